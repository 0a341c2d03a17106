"""Records as rows and back, and the digest that tells whether a record has changed."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError
from sqlalchemy import RowMapping

from matcher.domain import Enterprise, Posting, SizeClass
from matcher.errors import MatcherError

Row: TypeAlias = dict[str, Any]
Record: TypeAlias = Enterprise | Posting
T = TypeVar("T")

ENTERPRISE_FIELDS = tuple(field.name for field in fields(Enterprise))
POSTING_FIELDS = tuple(field.name for field in fields(Posting))
_ENTERPRISE = TypeAdapter(Enterprise)
_POSTING = TypeAdapter(Posting)
_KEY_LENGTH = 200
_NAME_LENGTH = 500
_LARGEST = 2**63 - 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_BATCH = 1000
_MAX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A piece of a list in id order; `next` is the cursor of the following piece, None at the end."""

    items: tuple[T, ...]
    next: str | None


def enterprise_row(item: Enterprise, size: SizeClass) -> Row:
    """Return the columns of an enterprise, its computed size and its digest.

    :raises MatcherError: `bad_record`.
    """
    check_name(item.name, "name")
    for field, value in (("uscc", item.uscc), ("parent_id", item.parent_id)):
        if value is not None:
            check_key(value, field)
    row = {**_plain(item, _ENTERPRISE), "computed_size": size.value}
    return {**row, "content_hash": _digest(item, row)}


def posting_row(item: Posting) -> Row:
    """Return the columns of a posting and its digest.

    :raises MatcherError: `bad_record`.
    """
    row = _plain(item, _POSTING)
    dates = {"valid_from": item.valid_from, "valid_until": item.valid_until}
    return {**row, **dates, "content_hash": _digest(item, row)}


def to_enterprise(row: RowMapping) -> Enterprise:
    """Return the enterprise of a row."""
    return _ENTERPRISE.validate_python({name: row[name] for name in ENTERPRISE_FIELDS})


def to_posting(row: RowMapping) -> Posting:
    """Return the posting of a row."""
    return _POSTING.validate_python({name: row[name] for name in POSTING_FIELDS})


def version_of(value: object) -> str:
    """Return what tells this state of a record from any other."""
    return hashlib.sha256(_canonical(_ANYTHING.dump_python(value, mode="json"))).hexdigest()[:32]


def enterprise_version(item: Enterprise, size: SizeClass) -> str:
    """Return the version of what is shown of an enterprise; evidence, kept apart, does not count."""
    return version_of((replace(item, evidence=()), size))


def page(found: Sequence[tuple[str, T]], limit: int) -> Page[T]:
    """Return the page of `limit` out of (id, item) pairs that were read one further than it."""
    shown = found[:limit]
    return Page(tuple(item for _, item in shown), shown[-1][0] if len(found) > limit else None)


def every(read: Callable[[str | None, int], Page[T]]) -> Iterator[T]:
    """Yield the items of all pages of a list; `read` is given the cursor and how many to read at a time."""
    after: str | None = None
    while True:
        found = read(after, _MAX_LIMIT)
        yield from found.items
        if (after := found.next) is None:
            return


def check_limit(limit: int) -> int:
    """Return the limit when it is within 1…1000.

    :raises MatcherError: `bad_limit`.
    """
    if not 1 <= limit <= _MAX_LIMIT:
        raise MatcherError("bad_limit", f"limit 应在 1 到 {_MAX_LIMIT} 之间，收到 {limit}", limit=limit)
    return limit


def check_key(value: str, field: str) -> str:
    """Return an id of 1…200 characters, none of them a control character, as it is.

    :raises MatcherError: `bad_record`.
    """
    return _check_text(value, field, _KEY_LENGTH)


def check_name(value: str, field: str) -> str:
    """Return a name of 1…500 characters, none of them a control character, as it is.

    :raises MatcherError: `bad_record`.
    """
    return _check_text(value, field, _NAME_LENGTH)


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items by the thousand, which both databases take as parameters of one statement."""
    source = iter(items)
    while batch := list(islice(source, _BATCH)):
        yield batch


def storable(value: object, place: str) -> Any:
    """Return a value as JSON knows it: dates as text, tuples as lists.

    :raises MatcherError: `bad_record` when JSON or the database cannot hold it.
    """
    try:
        plain = _ANYTHING.dump_python(value, mode="json")
        _canonical(plain)
    except (PydanticSerializationError, ValueError) as error:
        raise _unstorable(place, error) from error
    return plain


_ANYTHING: TypeAdapter[object] = TypeAdapter(object)


def _plain(item: Record, adapter: TypeAdapter[Any]) -> Row:
    check_key(item.id, "id")
    try:
        row: Row = adapter.dump_python(item, mode="json", exclude={"evidence"})
    except PydanticSerializationError as error:
        raise _unstorable(item.id, error) from error
    for field, value in row.items():
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise MatcherError("bad_record", f"记录 {item.id} 的 {field} 过大：{value}", id=item.id, field=field)
    return row


def _digest(item: Record, row: Mapping[str, object]) -> str:
    try:
        return hashlib.sha256(_canonical(row)).hexdigest()
    except ValueError as error:
        raise _unstorable(item.id, error) from error


def _canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    if "\\u0000" in text and _NUL.search(text):
        raise ValueError("NUL character")
    return text.encode()


def _unstorable(place: str, error: Exception) -> MatcherError:
    message = f"记录 {place} 含有无法保存的内容（空字符、残缺的字符、非有限的数或不支持的类型）：请清理后重试"
    return MatcherError("bad_record", message, id=place, cause=str(error))


def _check_text(value: str, field: str, longest: int) -> str:
    if not 1 <= len(value) <= longest or _CONTROL.search(value):
        shown = value if len(value) <= longest else value[:20] + "…"
        message = f"{field} 应为 1 到 {longest} 个字符且不含控制字符，收到 {len(value)} 个：{shown!r}"
        raise MatcherError("bad_record", message, field=field)
    return value
