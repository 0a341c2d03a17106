"""Contacts and the documents of events are sealed."""

import json
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FIELDS = ("name", "title", "phone", "email")
CONTACTS = sa.table(
    "contacts",
    sa.column("tenant"),
    sa.column("enterprise_id"),
    sa.column("n"),
    sa.column("sealed"),
    *map(sa.column, FIELDS),
)
VERSIONS = sa.table(
    "event_versions", sa.column("tenant"), sa.column("event_id"), sa.column("version"), sa.column("document")
)


def upgrade() -> None:
    """Apply."""
    vault = context.config.attributes["vault"]
    op.add_column("contacts", sa.Column("sealed", sa.Text(), nullable=False, server_default=""))
    for row in _rows(CONTACTS):
        text = json.dumps({name: row[name] for name in FIELDS}, ensure_ascii=False)
        _set(CONTACTS, row, ("tenant", "enterprise_id", "n"), sealed=vault.seal(text, "contact"))
    with op.batch_alter_table("contacts") as table:
        table.alter_column("sealed", server_default=None)
        for name in FIELDS:
            table.drop_column(name)
    _rewrite(lambda text: vault.seal(text, "event"))


def downgrade() -> None:
    """Undo: what was sealed is readable again."""
    vault = context.config.attributes["vault"]
    for name in FIELDS:
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
    for row in _rows(CONTACTS):
        _set(CONTACTS, row, ("tenant", "enterprise_id", "n"), **json.loads(vault.unseal(row["sealed"], "contact")))
    with op.batch_alter_table("contacts") as table:
        table.drop_column("sealed")
    _rewrite(lambda text: vault.unseal(text, "event"))


def _rewrite(change: Callable[[str], str]) -> None:
    for row in _rows(VERSIONS):
        _set(VERSIONS, row, ("tenant", "event_id", "version"), document=change(row["document"]))


def _rows(table: sa.TableClause) -> Sequence[sa.RowMapping]:
    return op.get_bind().execute(sa.select(table)).mappings().all()


def _set(table: sa.TableClause, row: sa.RowMapping, key: Sequence[str], **values: str) -> None:
    same = [table.c[name] == row[name] for name in key]
    op.get_bind().execute(sa.update(table).where(*same).values(**values))
