"""The table of promised capacity. A promise outlives its posting's changes, and goes with the posting's firm."""

from sqlalchemy import Column, Date, Float, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

commitments = Table(
    "commitments",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("posting_id", Id, nullable=False),
    Column("enterprise_id", Id, nullable=False),
    Column("order_id", Id),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("amount", Float(53), nullable=False),
    Column("unit", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer_by", Date),
    Column("note", Text),
    Column("organisation", Id),
    Column("user", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "posting_id"], ["postings.tenant", "postings.id"]),
    Index(None, "tenant", "posting_id", "state"),
)
