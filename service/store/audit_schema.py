"""The table of the audit log: who asked for what to be changed, and how it was answered."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

audit = Table(
    "audit",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("user", Id, nullable=False),
    Column("key", Id),
    Column("organisation", Id),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "tenant", "user"),
)
