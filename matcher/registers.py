"""Registers: dated entries about firms (who owes whom, what became of a contract …), one table of columns each."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType

from pydantic import TypeAdapter

from matcher.assets import asset
from matcher.errors import MatcherError
from matcher.policy.criteria import indicators
from matcher.taxonomy.fields import NUMBERS, Field, FieldType, check_value, is_date

Values = Mapping[str, object]


class Register(StrEnum):
    """The registers; labels and columns are in `data/registers.toml`."""

    ARREARS = "arrears"
    INDICATORS = "indicators"
    CREDIT = "credit"
    PROJECTS = "projects"
    SUPPLY_LINKS = "supply_links"
    RECEIVABLE_PLATFORM = "receivable_platform"
    PARK_FIRMS = "park_firms"
    PARK_LINKS = "park_links"
    TARGETS = "targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterKind:
    """A register: its columns, which tell entries apart, and which of the firm columns is the subject and the owner."""

    register: Register
    label: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    subject: str | None = None
    owner: str | None = None

    @property
    def other(self) -> str | None:
        """The firm column of the second party, if there is one."""
        firms = (field.name for field in self.fields if field.type is FieldType.FIRM)
        return next((name for name in firms if name != self.subject), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a register as it is kept: `subject` and `other` are enterprise ids, `values` the other columns.

    The subject is empty in a register about no firm.
    """

    id: str
    register: Register
    subject: str
    other: str | None = None
    values: Values = field(default_factory=dict)
    organisation: str | None = None
    user: str = ""
    updated_at: datetime | None = None


@lru_cache(maxsize=1)
def registers() -> Mapping[Register, RegisterKind]:
    """Return every register."""
    rows = tomllib.loads(asset("data", "registers.toml").read_text(encoding="utf-8"))
    more = {name: tuple(indicators().values()) for name, row in rows.items() if row.pop("include", None)}
    made = TypeAdapter(tuple[RegisterKind, ...]).validate_python(
        [{"register": name, **row} for name, row in rows.items()]
    )
    found = (replace(kind, fields=(*kind.fields, *more.get(kind.register, ()))) for kind in made)
    return MappingProxyType({kind.register: kind for kind in found})


def register_of(text: str) -> RegisterKind:
    """Return the register of a name or label.

    :raises MatcherError: `unknown_register`, naming those there are.
    """
    for kind in registers().values():
        if text.strip() in (kind.register, kind.label):
            return kind
    valid = "、".join(f"{kind.register}（{kind.label}）" for kind in registers().values())
    raise MatcherError("unknown_register", f"没有“{text}”这种台账，可用的有：{valid}", valid=list(registers()))


def entry(kind: RegisterKind, values: Values, id_: str | None = None) -> Entry:
    """Return an entry of all its columns, firm columns included, checked; its id is made of the key when none is given.

    :raises MatcherError: `bad_entry` naming the column.
    """
    given = {name: value for name, value in values.items() if value is not None and value != ""}
    fields = {one.name: one for one in kind.fields}
    if strange := sorted(set(given) - set(fields)):
        raise MatcherError(
            "bad_entry", f"“{kind.label}”没有 {'、'.join(strange)} 这些栏；可用的有：{'、'.join(fields)}"
        )
    if missing := [one.label for one in kind.fields if one.required and one.name not in given]:
        raise MatcherError("bad_entry", f"“{kind.label}”缺少{'、'.join(missing)}")
    for name, value in given.items():
        _check(fields[name], value)
    firms = {name: str(given.pop(name)) for name in (kind.subject, kind.other) if name and name in given}
    return Entry(
        id=id_ or _key(kind, values),
        register=kind.register,
        subject=firms.get(kind.subject or "", ""),
        other=firms.get(kind.other or ""),
        values=given,
    )


def _check(field: Field, value: object) -> None:
    try:
        check_value(field, value, place="values")
    except MatcherError as error:
        raise MatcherError("bad_entry", error.message) from error
    if field.type is FieldType.DATE and not is_date(value):
        raise MatcherError("bad_entry", f"values.{field.name}（{field.label}）应为日期，如 2026-03-31，收到“{value}”")
    if field.type in NUMBERS and isinstance(value, int | float) and value < 0:
        raise MatcherError("bad_entry", f"values.{field.name}（{field.label}）不能为负，收到 {value}")


def _key(kind: RegisterKind, values: Values) -> str:
    text = "\n".join(str(values.get(name, "")) for name in kind.key)
    return f"{kind.register}_{blake2b(text.encode(), digest_size=10).hexdigest()}"


def all_values(kind: RegisterKind, found: Entry) -> dict[str, object]:
    """Return every column of an entry, the firm columns with their ids."""
    firms = {kind.subject: found.subject, kind.other: found.other}
    return {**{name: id_ for name, id_ in firms.items() if name and id_}, **found.values}


def latest_values(entries: Iterable[Entry], as_of: date) -> dict[str, object]:
    """Return for each column what the latest entry dated (`on`) up to a day says, leaving out entries that ran out."""
    day = as_of.isoformat()
    good = [one for one in entries if str(one.values.get("on", "")) <= day <= str(one.values.get("expires", "9999"))]
    found: dict[str, object] = {}
    for one in sorted(good, key=lambda one: str(one.values.get("on", ""))):
        found |= one.values
    return found
