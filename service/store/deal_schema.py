"""Tables of matches on their way: deals, what happened to them, who was shown what, and who wants no more requests."""

from sqlalchemy import JSON, Column, Date, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, Table, Text

from service.store.schema import Id, Moment, metadata, tenant_column

deals = Table(
    "deals",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("requester_id", Id, nullable=False),
    Column("supplier_id", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("entered", Date, nullable=False),
    Column("request_posting_id", Id),
    Column("offer_posting_id", Id),
    Column("list_id", Id),
    Column("stage", Text, nullable=False),
    Column("ending", Text),
    Column("reason", Text),
    Column("department", Text),
    Column("contract", Text),
    Column("answer_by", Date),
    Column("due", Date),
    Column("agreed", JSON, nullable=False),
    Column("consents", JSON, nullable=False),
    Column("why", JSON, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("told", JSON, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("link", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "requester_id"], ["enterprises.tenant", "enterprises.id"]),
    ForeignKeyConstraint(["tenant", "supplier_id"], ["enterprises.tenant", "enterprises.id"]),
    Index(None, "tenant", "requester_id"),
    Index(None, "tenant", "supplier_id"),
    Index(None, "tenant", "request_posting_id"),
)

deal_steps = Table(
    "deal_steps",
    metadata,
    tenant_column(),
    Column("deal_id", Id, nullable=False),
    Column("n", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("stage", Text),
    Column("on", Date, nullable=False),
    Column("note", Text),
    Column("values", JSON, nullable=False),
    Column("organisation", Id),
    Column("user", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "deal_id", "n"),
    ForeignKeyConstraint(["tenant", "deal_id"], ["deals.tenant", "deals.id"]),
)

disclosures = Table(
    "disclosures",
    metadata,
    tenant_column(),
    Column("deal_id", Id, nullable=False),
    Column("n", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Id, nullable=False),
    Column("organisation", Id),
    Column("user", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "deal_id", "n"),
    ForeignKeyConstraint(["tenant", "deal_id"], ["deals.tenant", "deals.id"]),
)

mutes = Table(
    "mutes",
    metadata,
    tenant_column(),
    Column("enterprise_id", Id, nullable=False),
    Column("other", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "enterprise_id", "other"),
    ForeignKeyConstraint(["tenant", "enterprise_id"], ["enterprises.tenant", "enterprises.id"]),
)
