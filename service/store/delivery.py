"""One message to one target, and how sending it went."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from service.store.rows import Row


class DeliveryState(StrEnum):
    """Life of a delivery; `DROPPED` is one whose recipient wants no more, `DEAD` one that failed for good."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one target; `attempts` counts how often it was claimed, and tells the present sender from others.

    `failures` counts how often sending failed, since it was last asked for.
    """

    tenant: str
    id: str
    owner: str
    channel: str
    target: str
    search_id: str | None
    type: str
    body: str = field(repr=False)
    state: DeliveryState
    attempts: int
    failures: int
    due_at: datetime
    status: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How an attempt ended; `due_at` is when to try again, or hold back what else waits for the target until `held`."""

    state: DeliveryState
    status: int | None = None
    error: str | None = None
    due_at: datetime | None = None
    held: datetime | None = None


def delivery_of(row: Row | RowMapping) -> Delivery:
    """Return the delivery of a row."""
    return _DELIVERY.validate_python({name: row[name] for name in _FIELDS})


_DELIVERY = TypeAdapter(Delivery)
_FIELDS = tuple(one.name for one in fields(Delivery))
