"""The table of register entries. Its firms must exist; what it says of them goes when they do."""

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

register_entries = Table(
    "register_entries",
    metadata,
    tenant_column(),
    Column("register", Text, nullable=False),
    Column("id", Id, nullable=False),
    Column("subject", Id),
    Column("other", Id),
    Column("values", JSON, nullable=False),
    Column("organisation", Id),
    Column("user", Id, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "register", "id"),
    ForeignKeyConstraint(["tenant", "subject"], ["enterprises.tenant", "enterprises.id"]),
    ForeignKeyConstraint(["tenant", "other"], ["enterprises.tenant", "enterprises.id"]),
    Index(None, "tenant", "register", "subject"),
    Index(None, "tenant", "register", "other"),
)
