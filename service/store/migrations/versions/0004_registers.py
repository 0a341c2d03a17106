"""Register entries: who owes whom, and other dated entries about firms."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "register_entries",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("other", ID, nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_register_entries_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant", "subject"], ["enterprises.tenant", "enterprises.id"], name="fk_register_entries_tenant_subject"
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "other"], ["enterprises.tenant", "enterprises.id"], name="fk_register_entries_tenant_other"
        ),
        sa.PrimaryKeyConstraint("tenant", "register", "id", name="pk_register_entries"),
    )
    for column in ("subject", "other"):
        op.create_index(
            f"ix_register_entries_tenant_register_{column}", "register_entries", ["tenant", "register", column]
        )


def downgrade() -> None:
    """Undo: the table goes."""
    op.drop_table("register_entries")
