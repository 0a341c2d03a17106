"""The monthly 台账: looked at while it is open, closed once, then reprinted the same, also into one's own template."""

import json
from dataclasses import dataclass
from typing import Any

from matcher.errors import MatcherError
from matcher.tabular.tables import tables_book
from matcher.tracking.fill import fill_template
from matcher.tracking.ledger import COLUMNS, ledger, ledger_tables, month_days
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import IssuedList
from service.store.rights import require_platform
from service.usecases.tracking import records

KIND = "ledger"
_TOTAL, _COLUMN = "台账_", "明细_"


@dataclass(frozen=True, slots=True)
class Ledger:
    """A month's ledger; `closed` is what it was issued as, None while it is open."""

    content: dict[str, Any]
    closed: IssuedList | None


def open_ledger(parts: Parts, actor: Actor, month: str) -> Ledger:
    """Return a month's ledger: as it was closed, else as it stands.

    :raises MatcherError: `bad_month`, `forbidden` to all but the platform.
    """
    require_platform(actor, Scope.READ)
    month_days(month)
    held = next(
        (one for one in parts.store.events.lists(actor, subject=_subject(month)).items if one.kind == KIND), None
    )
    if held is not None:
        issued = parts.store.events.issued(actor, held.id)
        return Ledger(json.loads(issued.content), issued)
    return Ledger(_content(parts, actor, month), None)


def _subject(month: str) -> str:
    return f"{KIND} {month}"


def _content(parts: Parts, actor: Actor, month: str) -> dict[str, Any]:
    held = records(parts.store, actor)
    return ledger(month, held.tracked, {id_: firm.name for id_, firm in held.firms.items()})


def close_ledger(parts: Parts, actor: Actor, month: str) -> Ledger:
    """Return a month's ledger closed for good; closing again gives the same.

    :raises MatcherError: `month_not_over`, `bad_month`, `forbidden` to all but the platform.
    """
    require_platform(actor, Scope.WRITE)
    if parts.today() <= month_days(month)[1]:
        raise MatcherError("month_not_over", f"{month} 还没有结束，月底之后才能结账")
    if (held := open_ledger(parts, actor, month)).closed is not None:
        return held
    text = json.dumps(held.content, ensure_ascii=False, sort_keys=True)
    issued = parts.store.events.issue(
        actor, kind=KIND, subject=_subject(month), title=f"融通台账 {month}", content=text, once=True
    )
    return Ledger(json.loads(issued.content), issued)


def ledger_book(parts: Parts, actor: Actor, month: str) -> bytes:
    """Return a month's ledger as a workbook with charts.

    :raises MatcherError: what `open_ledger` raises.
    """
    return tables_book(ledger_tables(open_ledger(parts, actor, month).content))


def ledger_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names a template may define: single cells, and columns to be filled downwards."""
    totals = ledger("2000-01", (), {})["totals"]
    return tuple(f"{_TOTAL}{name}" for name in ("月份", *totals)), tuple(f"{_COLUMN}{name}" for name in COLUMNS)


def fill_ledger(parts: Parts, actor: Actor, month: str, template: bytes) -> bytes:
    """Return a user's own workbook with a month's ledger in its named cells.

    :raises MatcherError: `bad_template`, and what `open_ledger` raises.
    """
    content = open_ledger(parts, actor, month).content
    singles = {f"{_TOTAL}{name}": value for name, value in ({"月份": month} | content["totals"]).items()}
    columns = {f"{_COLUMN}{name}": [row[name] for row in content["rows"]] for name in COLUMNS}
    return fill_template(template, singles, columns)
