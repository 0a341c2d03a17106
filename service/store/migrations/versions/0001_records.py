"""Tenants, records, jobs and the counter that orders every change."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.Float(53)


def upgrade() -> None:
    """Apply."""
    _create_tenants()
    _create_people()
    _create_enterprises()
    _create_postings()
    _create_contacts()
    _create_names()
    _create_jobs()
    _create_idempotency()


def downgrade() -> None:
    """Undo: every table goes."""
    for table in _TABLES:
        op.drop_table(table)


_TABLES = (
    "idempotency",
    "import_problems",
    "jobs",
    "name_suggestions",
    "name_aliases",
    "contacts",
    "postings",
    "enterprises",
    "api_keys",
    "users",
    "tenants",
    "counter",
)


def _create_tenants() -> None:
    op.create_table(
        "counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_counter"),
    )
    op.create_table(
        "tenants",
        sa.Column("id", ID, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
    )
    op.execute(f"INSERT INTO counter (id, seq, origin) VALUES (1, 0, '{uuid4().hex}')")  # noqa: S608


def _create_people() -> None:
    op.create_table(
        "api_keys",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user", ID, nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_api_keys_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_api_keys"),
    )
    op.create_index("ix_api_keys_id", "api_keys", ["id"], unique=True)
    op.create_table(
        "users",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_users_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_users"),
    )


def _create_enterprises() -> None:
    op.create_table(
        "enterprises",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column("revenue_wan", NUMBER, nullable=True),
        sa.Column("assets_wan", NUMBER, nullable=True),
        sa.Column("declared_size", sa.Text(), nullable=True),
        sa.Column("qualifications", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("computed_size", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_enterprises_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_enterprises"),
    )
    op.create_index("ix_enterprises_seq", "enterprises", ["seq"], unique=True)
    op.create_index("ix_enterprises_tenant_name", "enterprises", ["tenant", "name"], unique=False)
    op.create_index("ix_enterprises_tenant_parent_id", "enterprises", ["tenant", "parent_id"], unique=False)
    op.create_index("ix_enterprises_tenant_seq", "enterprises", ["tenant", "seq"], unique=False)
    op.create_index("ix_enterprises_tenant_uscc", "enterprises", ["tenant", "uscc"], unique=False)


def _create_postings() -> None:
    op.create_table(
        "postings",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "enterprise_id"],
            ["enterprises.tenant", "enterprises.id"],
            name="fk_postings_tenant_enterprise_id",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_postings_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_postings"),
    )
    op.create_index("ix_postings_seq", "postings", ["seq"], unique=True)
    op.create_index("ix_postings_tenant_enterprise_id", "postings", ["tenant", "enterprise_id"], unique=False)
    op.create_index("ix_postings_tenant_kind_status", "postings", ["tenant", "kind", "status"], unique=False)
    op.create_index("ix_postings_tenant_seq", "postings", ["tenant", "seq"], unique=False)


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "enterprise_id"],
            ["enterprises.tenant", "enterprises.id"],
            name="fk_contacts_tenant_enterprise_id",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_contacts_tenant"),
        sa.PrimaryKeyConstraint("tenant", "enterprise_id", "n", name="pk_contacts"),
    )


def _create_names() -> None:
    op.create_table(
        "name_aliases",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("alias", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "enterprise_id"],
            ["enterprises.tenant", "enterprises.id"],
            name="fk_name_aliases_tenant_enterprise_id",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_name_aliases_tenant"),
        sa.PrimaryKeyConstraint("tenant", "alias", name="pk_name_aliases"),
    )
    op.create_index("ix_name_aliases_tenant_enterprise_id", "name_aliases", ["tenant", "enterprise_id"], unique=False)
    op.create_table(
        "name_suggestions",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("score", NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "candidate_id"],
            ["enterprises.tenant", "enterprises.id"],
            name="fk_name_suggestions_tenant_candidate_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "enterprise_id"],
            ["enterprises.tenant", "enterprises.id"],
            name="fk_name_suggestions_tenant_enterprise_id",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_name_suggestions_tenant"),
        sa.PrimaryKeyConstraint("tenant", "enterprise_id", "candidate_id", name="pk_name_suggestions"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("actor", sa.JSON(), nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_jobs_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"], unique=False)
    op.create_table(
        "import_problems",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "job_id"], ["jobs.tenant", "jobs.id"], name="fk_import_problems_tenant_job_id"
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_import_problems_tenant"),
        sa.PrimaryKeyConstraint("tenant", "job_id", "n", name="pk_import_problems"),
    )


def _create_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("caller", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_idempotency_tenant"),
        sa.PrimaryKeyConstraint("tenant", "caller", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)
