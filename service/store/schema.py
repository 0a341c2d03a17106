"""Tables of records, people and jobs. A change here needs a migration beside it; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# Ids sort by code point everywhere, so that a cursor means the same on both databases.
Id = String().with_variant(String(collation="C"), "postgresql")


class Moment(TypeDecorator[datetime]):
    """An instant, kept and returned in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant with its zone, which SQLite drops."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value and value.astimezone(UTC)


def tenant_column() -> Column[str]:
    """Return the column that says whose a row is."""
    return Column("tenant", Id, ForeignKey("tenants.id"), nullable=False)


def _of_enterprise() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "enterprise_id"], ["enterprises.tenant", "enterprises.id"])


def _written() -> tuple[Column[str], Column[str], Column[int], Column[bool], Column[datetime], Column[datetime]]:
    """Columns of a record that takes a sequence number with every change."""
    return (
        Column("source", Text),
        Column("content_hash", String(64), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("deleted", Boolean, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
    )


counter = Table(
    "counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("origin", String(32), nullable=False),
)

tenants = Table(
    "tenants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("label", Text, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("user", Id, nullable=False),
    Column("organisation", Id),
    Column("roles", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "id", unique=True),
)

enterprises = Table(
    "enterprises",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("uscc", Text),
    Column("parent_id", Id),
    Column("profile", Text),
    Column("industry", Text),
    Column("region", Text),
    Column("employees", BigInteger),
    Column("revenue_wan", Float(53)),
    Column("assets_wan", Float(53)),
    Column("declared_size", Text),
    Column("qualifications", JSON, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("computed_size", Text, nullable=False),
    Column("evidence", JSON, nullable=False, server_default="[]"),
    *_written(),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "seq", unique=True),
    Index(None, "tenant", "seq"),
    Index(None, "tenant", "name"),
    Index(None, "tenant", "uscc"),
    Index(None, "tenant", "parent_id"),
)

postings = Table(
    "postings",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("enterprise_id", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text),
    Column("keywords", JSON, nullable=False),
    Column("industry", Text),
    Column("region", Text),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("status", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("conditions", JSON, nullable=False),
    Column("windows", JSON, nullable=False),
    Column("attributes", JSON, nullable=False),
    *_written(),
    PrimaryKeyConstraint("tenant", "id"),
    _of_enterprise(),
    Index(None, "seq", unique=True),
    Index(None, "tenant", "seq"),
    Index(None, "tenant", "enterprise_id"),
    Index(None, "tenant", "kind", "status"),
)

contacts = Table(
    "contacts",
    metadata,
    tenant_column(),
    Column("enterprise_id", Id, nullable=False),
    Column("n", Integer, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("source", Text),
    PrimaryKeyConstraint("tenant", "enterprise_id", "n"),
    _of_enterprise(),
)

name_aliases = Table(
    "name_aliases",
    metadata,
    tenant_column(),
    Column("alias", Id, nullable=False),
    Column("enterprise_id", Id, nullable=False),
    PrimaryKeyConstraint("tenant", "alias"),
    _of_enterprise(),
    Index(None, "tenant", "enterprise_id"),
)

name_suggestions = Table(
    "name_suggestions",
    metadata,
    tenant_column(),
    Column("enterprise_id", Id, nullable=False),
    Column("candidate_id", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("state", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "enterprise_id", "candidate_id"),
    _of_enterprise(),
    ForeignKeyConstraint(["tenant", "candidate_id"], ["enterprises.tenant", "enterprises.id"]),
)

jobs = Table(
    "jobs",
    metadata,
    tenant_column(),
    Column("id", Id, nullable=False),
    Column("actor", JSON, nullable=False),
    Column("organisation", Id),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("progress", JSON, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("heartbeat_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "state", "created_at"),
)

import_problems = Table(
    "import_problems",
    metadata,
    tenant_column(),
    Column("job_id", Id, nullable=False),
    Column("n", Integer, nullable=False),
    Column("sheet", Text),
    Column("row", Integer),
    Column("column", Text),
    Column("value", Text),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("remedy", Text),
    PrimaryKeyConstraint("tenant", "job_id", "n"),
    ForeignKeyConstraint(["tenant", "job_id"], ["jobs.tenant", "jobs.id"]),
)

idempotency = Table(
    "idempotency",
    metadata,
    tenant_column(),
    Column("caller", Id, nullable=False),
    Column("key", Id, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "caller", "key"),
    Index(None, "created_at"),
)
