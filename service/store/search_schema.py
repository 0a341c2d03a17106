"""Tables of saved searches: what is looked for, who is told, and of what they have been told."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

searches = Table(
    "searches",
    metadata,
    tenant_column(),
    Column("owner", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("enterprise_id", Id),
    Column("posting_id", Id),
    Column("text", Text),
    Column("kind", Text),
    Column("filters", JSON, nullable=False),
    Column("level", Text, nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("digest", Text, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("most_per_day", Integer, nullable=False),
    Column("muted_until", Date),
    Column("active", Boolean, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("told_on", Date),
    Column("told", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "owner", "id"),
    Index(None, "active", "next_at"),
)

search_seen = Table(
    "search_seen",
    metadata,
    tenant_column(),
    Column("owner", Id, nullable=False),
    Column("search_id", Id, nullable=False),
    Column("posting_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "owner", "search_id", "posting_id"),
)

recipients = Table(
    "recipients",
    metadata,
    tenant_column(),
    Column("owner", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("secret", Text),
    Column("muted_until", Date),
    Column("unsubscribed_at", Moment),
    PrimaryKeyConstraint("tenant", "owner", "id"),
)
