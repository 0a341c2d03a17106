"""Tables of what was shown and what became of it. They refer to no record: what happened outlives its postings."""

from sqlalchemy import (
    JSON,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from service.store.schema import Id, Moment, metadata, tenant_column


def _of_list() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "list_id"], ["shown.tenant", "shown.id"])


shown = Table(
    "shown",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("organisation", Id),
    Column("user", Id, nullable=False),
    Column("posting_id", Id),
    Column("enterprise_id", Id),
    Column("kind", Text, nullable=False),
    Column("query_hash", String(64), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("versions", JSON, nullable=False),
    Column("no_match", Text),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "tenant", "created_at"),
)

shown_items = Table(
    "shown_items",
    metadata,
    tenant_column(),
    Column("list_id", Id, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("posting_id", Id, nullable=False),
    Column("enterprise_id", Id, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("features", JSON, nullable=False),
    Column("adjustments", JSON(none_as_null=True)),
    PrimaryKeyConstraint("tenant", "list_id", "rank"),
    _of_list(),
)

outcomes = Table(
    "outcomes",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("list_id", Id),
    Column("request_posting_id", Id),
    Column("posting_id", Id, nullable=False),
    Column("enterprise_id", Id, nullable=False),
    Column("stage", Text, nullable=False),
    Column("reason", Text),
    Column("note", Text),
    Column("organisation", Id),
    Column("user", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    _of_list(),
    Index(None, "tenant", "list_id"),
    Index(None, "tenant", "at", "id"),
)
