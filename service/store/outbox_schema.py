"""Tables of what is sent out: the webhooks of a tenant, and the outbox of every channel."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

# `owner` is the enterprise that keeps a row, or empty for the platform: each has ids of its own.
webhooks = Table(
    "webhooks",
    metadata,
    tenant_column(),
    Column("owner", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("after", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "owner", "id"),
)

# `lost` is how many claims in a row nobody settled.
deliveries = Table(
    "deliveries",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("owner", Id, nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Id, nullable=False),
    Column("search_id", Id),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "state", "due_at"),
    Index(None, "tenant", "owner", "target"),
)
