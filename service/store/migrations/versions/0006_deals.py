"""Evidence on enterprises; matches on their way; register entries about no firm."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("enterprises") as table:
        table.add_column(sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("register_entries") as table:
        table.alter_column("subject", existing_type=ID, nullable=True)
    _create_deals()
    _create_steps()
    _create_disclosures()
    _create_mutes()


def downgrade() -> None:
    """Undo: the tables and the column go."""
    for table in ("mutes", "disclosures", "deal_steps", "deals"):
        op.drop_table(table)
    with op.batch_alter_table("enterprises") as enterprises:
        enterprises.drop_column("evidence")
    op.execute(sa.text("DELETE FROM register_entries WHERE subject IS NULL"))
    with op.batch_alter_table("register_entries") as entries:
        entries.alter_column("subject", existing_type=ID, nullable=False)


def _create_deals() -> None:
    op.create_table(
        "deals",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("requester_id", ID, nullable=False),
        sa.Column("supplier_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("entered", sa.Date(), nullable=False),
        sa.Column("request_posting_id", ID, nullable=True),
        sa.Column("offer_posting_id", ID, nullable=True),
        sa.Column("list_id", ID, nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("agreed", "consents", "why", "questions")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("told", "scores")),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_deals_tenant"),
        _firm("deals", "requester_id"),
        _firm("deals", "supplier_id"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_deals"),
    )
    for column in ("requester_id", "supplier_id", "request_posting_id"):
        op.create_index(f"ix_deals_tenant_{column}", "deals", ["tenant", column])


def _create_steps() -> None:
    op.create_table(
        "deal_steps",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_deal_steps_tenant"),
        _deal("deal_steps"),
        sa.PrimaryKeyConstraint("tenant", "deal_id", "n", name="pk_deal_steps"),
    )


def _create_disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("about", ID, nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_disclosures_tenant"),
        _deal("disclosures"),
        sa.PrimaryKeyConstraint("tenant", "deal_id", "n", name="pk_disclosures"),
    )


def _create_mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("other", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_mutes_tenant"),
        _firm("mutes", "enterprise_id"),
        sa.PrimaryKeyConstraint("tenant", "enterprise_id", "other", name="pk_mutes"),
    )


def _firm(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", column], ["enterprises.tenant", "enterprises.id"], name=f"fk_{table}_tenant_{column}"
    )


def _deal(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "deal_id"], ["deals.tenant", "deals.id"], name=f"fk_{table}_tenant_deal_id"
    )
