"""Rows put together as firms: spellings and short names joined, codes compared, firms known before found again."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from matcher.firmname import FirmNames, core_name, normalise_name
from matcher.planning.model import EventSide
from matcher.tabular.attendees.model import Notes
from matcher.tabular.attendees.names import Names, is_short
from matcher.tabular.attendees.person import known_texts
from matcher.tabular.attendees.rows import Entry
from matcher.tabular.firms import firm_key
from matcher.tabular.values import text_of
from matcher.uscc import normalise_uscc

_CODE = 18
_LEAST_CORE = 3
_COMPARED = 10_000
_SURE = 0.9


@dataclass(slots=True)
class Firm:
    """A firm and the rows that tell of it; `name` is its fullest spelling, `linked` the id of a known enterprise."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    id: str = ""
    linked: str | None = None

    def codes(self) -> tuple[str, ...]:
        """Return the 统一社会信用代码 that its rows give, in normal form, those of the right length."""
        texts = known_texts(entry.cells.text("uscc") for entry in self.entries)
        return tuple(dict.fromkeys(code for code in map(normalise_uscc, texts) if len(code) == _CODE))

    def sides(self) -> tuple[EventSide, ...]:
        """Return the sides that its rows give, in order."""
        return tuple(dict.fromkeys(entry.side for entry in self.entries if entry.side is not None))


class Registry:
    """Firms known before: those of an earlier version of the sheet, or the enterprises on record.

    `known` are ids and names, `codes` the id that each 统一社会信用代码 belongs to.
    """

    def __init__(self, known: Iterable[tuple[str, str]] = (), codes: Mapping[str, str] = MappingProxyType({})) -> None:
        self.names = dict(known)
        self._codes = codes
        self._exact: dict[str, str] = {}
        self._cores: dict[str, list[str]] = defaultdict(list)
        for id_, name in self.names.items():
            self._exact.setdefault(normalise_name(name), id_)
            self._cores[core_name(name)].append(id_)

    @cached_property
    def _firms(self) -> FirmNames:
        return FirmNames(self.names.items())

    def of_key(self, key: str | None) -> str | None:
        """Return the id that a text is, or that the code belongs to."""
        id_ = key if key is None or key in self.names else self._codes.get(key)
        return id_ if id_ in self.names else None

    def exact(self, name: str) -> str | None:
        """Return the id of a name in the same words."""
        return self._exact.get(normalise_name(name))

    def alike(self, name: str) -> list[str]:
        """Return the ids of names that differ in legal form or place alone, where the places agree."""
        same = self._cores.get(core_name(name), [])
        return [id_ for id_ in same if same_firm(name, self.names[id_])]

    def short(self, name: str) -> str | None:
        """Return the id of the one name that a short name (without a legal form) is the better part of."""
        best = self._firms.nearest(name) if is_short(name) else None
        if best is None or best.score < _SURE or best.reason != "简称" or not _is_most_of(name, best.name):
            return None
        second = self._firms.nearest(name, own_id=best.id)
        return best.id if second is None or second.score < best.score else None

    def near(self, name: str) -> tuple[str, ...]:
        """Return the one or two names that come nearest, none when none does."""
        best = self._firms.nearest(name) if self.names else None
        second = self._firms.nearest(name, own_id=best.id) if best else None
        return tuple(found.name for found in (best, second) if found is not None)


def same_firm(name: str, other: str) -> bool:
    """Return whether two names differ in nothing but legal form, brackets and a place that one leaves out."""
    found = FirmNames([("", other)]).nearest(name)
    return found is not None and found.score == 1 and core_name(name) == core_name(other)


def group_entries(entries: Sequence[Entry], notes: Notes) -> list[Firm]:
    """Return the firms of a sheet in order of appearance; spellings of one name are joined and reported.

    A short name is joined to the one full name it fits. Names that are merely near are reported as they stand (in
    sheets of up to 10,000 firms).
    """
    spelt: dict[str, Firm] = {}
    for entry in entries:
        firm = spelt.setdefault(normalise_name(entry.firm), Firm(entry.firm))
        firm.entries.append(entry)
    by_core: dict[str, list[Firm]] = defaultdict(list)
    for firm in spelt.values():
        by_core[core_name(firm.name)].append(firm)
    gone = {id(firm) for alike in by_core.values() if len(alike) > 1 for firm in _join(alike, notes)}
    left = [firm for firm in spelt.values() if id(firm) not in gone]
    gone = {id(firm) for firm in _join_short(left, notes)}
    left = [firm for firm in left if id(firm) not in gone]
    if len(left) <= _COMPARED:
        _warn_of_near(left, notes)
    return left


def link(firms: list[Firm], *, known: Registry, earlier: Registry, notes: Notes) -> list[Firm]:
    """Return the firms with their ids; two that turn out to be one known enterprise, or bear one code, are joined.

    The id is the earlier one, else that of the enterprise on record, else the firm's code, else made from its name.
    A short name gives way to the full one that it is known by.
    """
    found: dict[str, Firm] = {}
    for firm in firms:
        firm.linked = _linked(firm, known, notes)
        before = _earlier(firm, earlier, notes)
        full = known.names.get(firm.linked or "") or earlier.names.get(before or "")
        if full is not None and is_short(firm.name) and not is_short(full):
            firm.name = full
        code = next(iter(firm.codes()), None)
        firm.id = before or firm.linked or code or firm_key(firm.name)
        first = found.setdefault(firm.id, firm)
        if first is not firm:
            _take(first, firm, notes)
    return list(found.values())


def short_names(firm: Firm) -> Iterator[str]:
    """Yield what a firm is called besides its name: its other spellings and declared short names."""
    yield from dict.fromkeys(entry.firm for entry in firm.entries)
    for entry in firm.entries:
        if (cell := entry.cells.found.get("short")) is not None:
            yield from re.split(r"[、，,;；/\n]", text_of(cell.value))


def _join(alike: list[Firm], notes: Notes) -> Iterator[Firm]:
    """Join shorter spellings into the one fuller name they fit, and yield what is gone."""
    heads: list[Firm] = []
    for firm in sorted(alike, key=lambda firm: -len(normalise_name(firm.name))):
        fitting = [head for head in heads if same_firm(firm.name, head.name) and _agree(firm, head)]
        if len(fitting) == 1:
            _take(fitting[0], firm, notes)
            yield firm
            continue
        if fitting and not is_short(firm.name):
            _ambiguous(firm, tuple(head.name for head in fitting), notes)
        heads.append(firm)


def _join_short(firms: list[Firm], notes: Notes) -> Iterator[Firm]:
    """Join short names into the one full name they fit, and yield what is gone; the others are noted."""
    full = [firm for firm in firms if not is_short(firm.name)]
    if not full or len(full) == len(firms):
        return
    heads = {str(n): firm for n, firm in enumerate(full)}
    declared = ((n, name) for n, firm in heads.items() for name in short_names(firm) if len(normalise_name(name)) > 1)
    names = Names(((n, firm.name) for n, firm in heads.items()), declared)
    for firm in firms:
        if not is_short(firm.name):
            continue
        found = names.find(firm.name)
        sure = found.how == "全称" or (found.how == "简称" and _is_most_of(firm.name, found.near[0]))
        if found.only and sure and _agree(firm, heads[found.only]):
            _take(heads[found.only], firm, notes)
            yield firm
        elif len(found.ids) > 1:
            _ambiguous(firm, found.near, notes)
        elif found.near:
            _near(firm, found.near[0], notes)


def _is_most_of(short: str, full: str) -> bool:
    """Return whether a short name is half of a full one or more: 国家电网 need not be 国家电网北京市电力公司."""
    length = len(core_name(short))
    return length >= _LEAST_CORE and 2 * length >= len(core_name(full))


def _warn_of_near(firms: list[Firm], notes: Notes) -> None:
    names = FirmNames((str(n), firm.name) for n, firm in enumerate(firms))
    told: set[str] = set()
    for n, firm in enumerate(firms):
        found = names.nearest(firm.name, own_id=str(n))
        if found is not None and found.reason == "错字" and str(n) not in told and _agree(firm, firms[int(found.id)]):
            told.add(found.id)
            _near(firm, found.name, notes)


def _agree(firm: Firm, other: Firm) -> bool:
    """Return whether neither codes nor sides say that two are different firms."""
    pairs: list[tuple[Sequence[str], Sequence[str]]] = [(firm.codes(), other.codes()), (firm.sides(), other.sides())]
    return all(not one or not two or not {*one}.isdisjoint(two) for one, two in pairs)


def _take(head: Firm, firm: Firm, notes: Notes) -> None:
    notes.warn(
        firm.entries[0].place,
        "firm_spelling",
        f"“{firm.name}”与“{head.name}”按同一家单位处理",
        "如果是两家单位，请都填写营业执照上的全称",
        firm.name,
        (head.name,),
    )
    head.entries.extend(firm.entries)


def _ambiguous(firm: Firm, readings: tuple[str, ...], notes: Notes) -> None:
    notes.warn(
        firm.entries[0].place,
        "firm_ambiguous",
        f"“{firm.name}”既像“{readings[0]}”又像“{readings[1]}”，按另一家单位处理",
        "请填写单位全称",
        firm.name,
        readings[:6],
    )


def _near(firm: Firm, reading: str, notes: Notes) -> None:
    notes.warn(
        firm.entries[0].place,
        "firm_twice",
        f"“{firm.name}”像是“{reading}”，没有合并，按两家单位处理",
        "如果是同一家，请写成一样的全称",
        firm.name,
        (reading,),
    )


def _read_as(firm: Firm, where: str, reading: str, notes: Notes) -> None:
    message = f"“{firm.name}”按{where}的“{reading}”处理"
    notes.warn(firm.entries[0].place, "firm_linked", message, "如果不是同一家，请填写单位全称", firm.name, (reading,))


def _linked(firm: Firm, known: Registry, notes: Notes) -> str | None:
    """Return the enterprise on record that a firm is: by its id, code, name, short name; what is only near is noted."""
    if not known.names:
        return None
    place = firm.entries[0].place
    given = next(iter(known_texts(entry.cells.text("enterprise") for entry in firm.entries)), None)
    by_id = next(filter(None, map(known.of_key, (given, *firm.codes()))), None)
    if given and known.of_key(given) is None:
        notes.warn(place, "enterprise_unknown", f"没有编号为“{given}”的企业，改按名称查找", "请核对企业编号", given)
    if by_id is not None:
        if not _alike(firm, known.names[by_id]):
            message = f"“{firm.name}”的编号或代码登记的是“{known.names[by_id]}”，按登记的处理"
            notes.warn(place, "firm_differs", message, "请核对编号、代码与名称", firm.name, (known.names[by_id],))
        return by_id
    exact = known.exact(firm.name)
    if exact is not None:
        return exact
    alike = known.alike(firm.name)
    found = alike[0] if len(alike) == 1 else None if alike else known.short(firm.name)
    if found is not None:
        _read_as(firm, "已登记", known.names[found], notes)
    elif readings := tuple(known.names[id_] for id_ in alike) or known.near(firm.name):
        message = f"“{firm.name}”没有登记过，可能是“{'”或“'.join(readings[:3])}”，暂按新单位处理"
        notes.warn(place, "firm_near", message, "如果是，请改为登记的全称", firm.name, readings)
    return found


def _alike(firm: Firm, name: str) -> bool:
    spellings = dict.fromkeys(entry.firm for entry in firm.entries)
    return any(normalise_name(one) == normalise_name(name) or FirmNames([("", name)]).nearest(one) for one in spellings)


def _earlier(firm: Firm, earlier: Registry, notes: Notes) -> str | None:
    """Return the id that a firm had in the sheet's last version: by code, name, or short name, which is noted."""
    by_code = next(filter(None, map(earlier.of_key, firm.codes())), None)
    sure = by_code or earlier.exact(firm.name)
    alike = [] if sure else earlier.alike(firm.name)
    if sure or len(alike) == 1:
        return sure or alike[0]
    short = None if alike or not earlier.names else earlier.short(firm.name)
    if short is not None:
        _read_as(firm, "上一版名单", earlier.names[short], notes)
    return short
