"""The demo tenant: made-up firms and postings, dated from the day they are loaded, gone with one command."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter

from matcher.assets import asset
from matcher.domain import Enterprise, Posting
from matcher.errors import MatcherError
from matcher.registers import Entry, entry, register_of
from service.auth import SYSTEM, local_admin
from service.store import Store
from service.usecases.demo_deals import put_deals
from service.usecases.records import put_enterprises, put_postings

TENANT = "demo"
MARK = "演示"

_OFFSET = re.compile(r"[+-]\d+d")
_IN_TEXT = re.compile(r"\{([+-]\d+)([dm])\}")
_FIRM, _POSTING = TypeAdapter(Enterprise), TypeAdapter(Posting)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was loaded."""

    enterprises: int
    postings: int


def load_demo(store: Store, today: date) -> Loaded:
    """Return what was loaded into the demo tenant; loading again the same day changes nothing.

    :raises MatcherError: the first row the service would refuse.
    """
    who = local_admin(TENANT)
    store.identity.ensure_tenant(who, TENANT, label=MARK, is_demo=True)
    firms = [_FIRM.validate_python(_marked(row)) for row in _rows("enterprises", today)]
    postings = [_POSTING.validate_python(_marked(row)) for row in _rows("postings", today)]
    for outcome in [*put_enterprises(store, who, firms), *put_postings(store, who, postings)]:
        if outcome.error is not None:
            raise MatcherError(outcome.error.code, f"演示数据 {outcome.id}：{outcome.error.message}")
    store.registers.put(who, [_entry(row) for row in _rows("registers", today)])
    put_deals(store, who, _rows("deals", today), today)
    return Loaded(len(firms), len(postings))


def _entry(row: dict[str, Any]) -> Entry:
    return entry(register_of(row["register"]), row["values"], row["id"])


def needs_demo(store: Store) -> bool:
    """Return whether nothing but a part of the demo is there: a first run that was cut short is finished by the next."""
    for tenant in store.identity.tenants(SYSTEM):
        counts = store.records.counts(local_admin(tenant.id))
        if counts["postings"] or (counts["enterprises"] and tenant.id != TENANT):
            return False
    return True


def remove_demo(store: Store) -> None:
    """Remove the demo tenant with everything in it."""
    store.identity.delete_tenant(local_admin(TENANT), TENANT)


def _marked(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"attributes": {**row.get("attributes", {}), MARK: True}}


def _rows(name: str, today: date) -> Iterator[dict[str, Any]]:
    for path in sorted(asset("data", "demo").glob(f"{name}-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = _dated(json.loads(line), today)
            for window in row.get("windows", ()):
                window.update({f"{end}_date": window.pop(end) for end in ("from", "until") if end in window})
            yield row


def _dated(value: Any, today: date) -> Any:
    """Return `value` with offsets from today made dates: "+90d" an ISO date, {+45d} and {+2m} words in a text."""
    if isinstance(value, dict):
        return {key: _dated(item, today) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, today) for item in value]
    if not isinstance(value, str):
        return value
    if _OFFSET.fullmatch(value):
        return (today + timedelta(days=int(value[:-1]))).isoformat()
    return _IN_TEXT.sub(lambda found: _words(today, int(found[1]), found[2]), value)


def _words(today: date, offset: int, unit: str) -> str:
    if unit == "d":
        day = today + timedelta(days=offset)
        return f"{day.year}年{day.month}月{day.day}日"
    months = today.year * 12 + today.month - 1 + offset
    return f"{months // 12}年{months % 12 + 1}月"
