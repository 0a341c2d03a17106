"""Saved searches and whom they tell."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "searches",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enterprise_id", ID, nullable=True),
        sa.Column("posting_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("most_per_day", sa.Integer(), nullable=False),
        sa.Column("muted_until", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_searches_tenant"),
        sa.PrimaryKeyConstraint("tenant", "owner", "id", name="pk_searches"),
    )
    op.create_index("ix_searches_active_next_at", "searches", ["active", "next_at"])
    _who_is_told()


def _who_is_told() -> None:
    op.create_table(
        "search_seen",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("search_id", ID, nullable=False),
        sa.Column("posting_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_search_seen_tenant"),
        sa.PrimaryKeyConstraint("tenant", "owner", "search_id", "posting_id", name="pk_search_seen"),
    )
    op.create_table(
        "recipients",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("muted_until", sa.Date(), nullable=True),
        sa.Column("unsubscribed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_recipients_tenant"),
        sa.PrimaryKeyConstraint("tenant", "owner", "id", name="pk_recipients"),
    )


def downgrade() -> None:
    """Undo: the tables go."""
    op.drop_table("recipients")
    op.drop_table("search_seen")
    op.drop_table("searches")
