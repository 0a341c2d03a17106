"""Keys that expire."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo: keys that had expired open again, so they go first."""
    op.execute(sa.text("DELETE FROM api_keys WHERE expires_at IS NOT NULL"))
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("expires_at")
