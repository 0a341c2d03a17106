"""Tables of the people of a tenant and of their sessions."""

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

users = Table(
    "users",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation_id", Id),
    Column("roles", JSON, nullable=False),
    Column("password", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Moment),
    PrimaryKeyConstraint("tenant", "id"),
)

sessions = Table(
    "sessions",
    metadata,
    tenant_column(),
    Column("digest", String(64), nullable=False),
    Column("user", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    PrimaryKeyConstraint("digest"),
    ForeignKeyConstraint(["tenant", "user"], ["users.tenant", "users.id"], ondelete="CASCADE"),
    Index(None, "tenant", "user"),
)
