"""Tables of events, whose every state is kept, and of lists that were issued and never change again."""

from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

events = Table(
    "events",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("organisation", Id),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

event_versions = Table(
    "event_versions",
    metadata,
    tenant_column(),
    Column("event_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("note", Text),
    Column("user", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "event_id", "version"),
    ForeignKeyConstraint(["tenant", "event_id"], ["events.tenant", "events.id"]),
)

issued_lists = Table(
    "issued_lists",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("organisation", Id),
    Column("kind", Text, nullable=False),
    Column("subject", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("user", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)
