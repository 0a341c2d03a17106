"""Events, every state of each, and issued lists."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _create_events()
    _create_event_versions()
    _create_issued_lists()


def downgrade() -> None:
    """Undo: the three tables go."""
    for table in ("issued_lists", "event_versions", "events"):
        op.drop_table(table)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_events_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_events"),
    )


def _create_event_versions() -> None:
    op.create_table(
        "event_versions",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("user", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_event_versions_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant", "event_id"], ["events.tenant", "events.id"], name="fk_event_versions_tenant_event_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "event_id", "version", name="pk_event_versions"),
    )


def _create_issued_lists() -> None:
    op.create_table(
        "issued_lists",
        sa.Column("tenant", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("user", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name="fk_issued_lists_tenant"),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_issued_lists"),
    )
