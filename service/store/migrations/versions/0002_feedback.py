"""What was shown to whom, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _create_shown()
    _create_shown_items()
    _create_outcomes()


def downgrade() -> None:
    """Undo: the three tables go."""
    for table in ("outcomes", "shown_items", "shown"):
        op.drop_table(table)


def _create_shown() -> None:
    op.create_table(
        "shown",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("posting_id", ID, nullable=True),
        sa.Column("enterprise_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("query_hash", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("no_match", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_shown_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_shown"),
    )
    op.create_index("ix_shown_tenant_created_at", "shown", ["tenant", "created_at"], unique=False)


def _create_shown_items() -> None:
    op.create_table(
        "shown_items",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("list_id", ID, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("posting_id", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("adjustments", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_shown_items_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant", "list_id"], ["shown.tenant", "shown.id"], name="fk_shown_items_tenant_list_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "list_id", "rank", name="pk_shown_items"),
    )


def _create_outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("list_id", ID, nullable=True),
        sa.Column("request_posting_id", ID, nullable=True),
        sa.Column("posting_id", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_outcomes_tenant"),
        sa.ForeignKeyConstraint(["tenant", "list_id"], ["shown.tenant", "shown.id"], name="fk_outcomes_tenant_list_id"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_tenant_at_id", "outcomes", ["tenant", "at", "id"], unique=False)
    op.create_index("ix_outcomes_tenant_list_id", "outcomes", ["tenant", "list_id"], unique=False)
