"""Passwords of users, and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("password", sa.Text(), nullable=True))
        users.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        users.add_column(sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "sessions",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_sessions_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant", "user"], ["users.tenant", "users.id"], name="fk_sessions_tenant_user", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_tenant_user", "sessions", ["tenant", "user"])


def downgrade() -> None:
    """Undo: everybody is signed out and the passwords go."""
    op.drop_table("sessions")
    with op.batch_alter_table("users") as users:
        for name in ("locked_until", "failures", "password"):
            users.drop_column(name)
