"""The forms in which a plan leaves the system, each as named files."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from matcher.errors import MatcherError
from matcher.planning.diff import Difference
from matcher.planning.document import Document, dumped
from matcher.planning.export.calendar import calendars
from matcher.planning.export.figure import figure
from matcher.planning.export.messages import messages
from matcher.planning.export.pages import STYLESHEET, agendas_page, overview_page, style, tables_page
from matcher.planning.export.workbook import workbook
from matcher.planning.feedback import feedback_form
from matcher.planning.preferences import SUGGESTED, suggestions
from matcher.planning.ticklist import tick_list

_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which version files are of and when it was made (an aware datetime), the plan people had before, what changed."""

    version: int = 0
    stamp: datetime | None = None
    before: Document | None = None
    changes: tuple[Difference, ...] = ()


def exported(found: Document, form: str, edition: Edition | None = None) -> Mapping[str, bytes]:
    """Return the files of one form by name; calendars also tell what became of meetings people had before.

    :raises MatcherError: `unknown_format`, naming the forms.
    """
    make = FORMATS.get(form)
    if make is None:
        raise MatcherError("unknown_format", f"没有“{form}”这种格式；可选：{'、'.join(FORMATS)}", format=form)
    return make(found, edition or Edition())


def _workbook(found: Document, edition: Edition) -> Mapping[str, bytes]:
    return {"计划.xlsx": workbook(found, edition.changes)}


def _json(found: Document, _: Edition) -> Mapping[str, bytes]:
    return {"计划.json": json.dumps(dumped(found), ensure_ascii=False, indent=1).encode()}


def _calendars(found: Document, edition: Edition) -> Mapping[str, bytes]:
    made = calendars(found, version=edition.version, stamp=edition.stamp, before=edition.before)
    return {f"{name}.ics": made[person] for person, name in _people(found)}


def _messages(found: Document, _: Edition) -> Mapping[str, bytes]:
    told = messages(found)
    return {f"{name}.txt": told[person].encode() for person, name in _people(found)}


def _people(found: Document) -> Iterator[tuple[str, str]]:
    """Yield every delegate's id and a file name of its own."""
    people = ((one, person) for one in found.programme.participants for person in one.delegates)
    for n, (one, person) in enumerate(people, 1):
        yield person.id, f"{n:03d} {_safe(' '.join(filter(None, (one.name, person.name))))}"


def _agendas(found: Document, _: Edition) -> Mapping[str, bytes]:
    return _page("日程", agendas_page(found))


def _tables(found: Document, _: Edition) -> Mapping[str, bytes]:
    return _page("桌卡", tables_page(found))


def _overview(found: Document, _: Edition) -> Mapping[str, bytes]:
    return _page("总览", overview_page(found))


def _page(name: str, page: str) -> Mapping[str, bytes]:
    return {f"{name}.html": page.encode(), STYLESHEET: style().encode()}


def _figure(found: Document, _: Edition) -> Mapping[str, bytes]:
    return {"时间表.svg": figure(found).encode()}


def _tick_lists(found: Document, _: Edition) -> Mapping[str, bytes]:
    return {"意愿表.xlsx": tick_list(found.programme, suggestions(found.programme, SUGGESTED))}


def _feedback(found: Document, _: Edition) -> Mapping[str, bytes]:
    return {"会面反馈表.xlsx": feedback_form(found.programme, found.plan)}


def _safe(name: str) -> str:
    """Return a name that any file system takes."""
    return _UNFIT.sub(" ", name)[:_NAME].strip(" .")


FORMATS: Mapping[str, Callable[[Document, Edition], Mapping[str, bytes]]] = MappingProxyType(
    {
        "xlsx": _workbook,
        "json": _json,
        "ics": _calendars,
        "messages": _messages,
        "ticklist": _tick_lists,
        "feedback": _feedback,
        "agendas": _agendas,
        "tables": _tables,
        "overview": _overview,
        "figure": _figure,
    }
)
"""Every form by its name."""
