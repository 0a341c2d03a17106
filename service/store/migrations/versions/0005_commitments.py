"""Promised capacity."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "commitments",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("posting_id", ID, nullable=False),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("amount", sa.Float(precision=53), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_commitments_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant", "posting_id"], ["postings.tenant", "postings.id"], name="fk_commitments_tenant_posting_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_commitments"),
    )
    op.create_index("ix_commitments_tenant_posting_id_state", "commitments", ["tenant", "posting_id", "state"])


def downgrade() -> None:
    """Undo: the table goes."""
    op.drop_table("commitments")
