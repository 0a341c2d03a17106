"""The people of a sheet put together as firms: spellings joined, duplicates merged, known enterprises linked."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from matcher.errors import MatcherError
from matcher.firmname import FirmNames, core_name, normalise_name
from matcher.planning.model import Delegate, EventSide, Participant
from matcher.tabular.attendees.model import Notes
from matcher.tabular.attendees.rows import Entry, known_texts, person_key
from matcher.tabular.attendees.times import number_of
from matcher.tabular.firms import firm_key
from matcher.tabular.values import plain_value, text_of
from matcher.taxonomy import industry_code, region_code

_COUNT = re.compile(r"\d+|[一二两三四五六七八九十]{1,3}")
_MOST_MEETINGS = 200
_NUMBER_LABELS = {"least": "最少场次", "most": "最多场次", "table": "桌号"}


@dataclass(slots=True)
class Firm:
    """A firm and the rows that tell of it; `name` is its fullest spelling, `linked` the id of a known enterprise."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    id: str = ""
    linked: str | None = None


class Registry:
    """Firms known before, by id: those of an earlier version of the sheet, or the enterprises on record."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self.names = dict(known)
        self._exact: dict[str, str] = {}
        self._cores: dict[str, list[str]] = defaultdict(list)
        for id_, name in self.names.items():
            self._exact.setdefault(normalise_name(name), id_)
            self._cores[core_name(name)].append(id_)
        self._firms = FirmNames(self.names.items())

    def exact(self, name: str) -> str | None:
        """Return the id of a name in the same words."""
        return self._exact.get(normalise_name(name))

    def alike(self, name: str) -> list[str]:
        """Return the ids of names that differ in legal form or place alone, where the places agree."""
        same = self._cores.get(core_name(name), [])
        return [id_ for id_ in same if same_firm(name, self.names[id_])]

    def near(self, name: str) -> str | None:
        """Return the name that comes nearest, None when none does."""
        found = self._firms.nearest(name) if self.names else None
        return found.name if found else None


def same_firm(name: str, other: str) -> bool:
    """Return whether two names differ in nothing but legal form, brackets and a place that one leaves out."""
    found = FirmNames([("", other)]).nearest(name)
    return found is not None and found.score == 1 and core_name(name) == core_name(other)


def group_entries(entries: Sequence[Entry], notes: Notes) -> list[Firm]:
    """Return the firms of a sheet in order of appearance; spellings of one name are joined and reported."""
    spelt: dict[str, Firm] = {}
    for entry in entries:
        firm = spelt.setdefault(normalise_name(entry.firm), Firm(entry.firm))
        firm.entries.append(entry)
    by_core: dict[str, list[Firm]] = defaultdict(list)
    for firm in spelt.values():
        by_core[core_name(firm.name)].append(firm)
    gone = {id(firm) for alike in by_core.values() if len(alike) > 1 for firm in _join(alike, notes)}
    return [firm for firm in spelt.values() if id(firm) not in gone]


def link(firms: list[Firm], *, known: Registry, earlier: Registry, notes: Notes) -> list[Firm]:
    """Return the firms with their ids; two that turn out to be one known enterprise are joined."""
    found: dict[str, Firm] = {}
    for firm in firms:
        firm.linked = _linked(firm, known, notes)
        firm.id = firm.linked or _earlier(firm, earlier) or firm_key(firm.name)
        first = found.setdefault(firm.id, firm)
        if first is not firm:
            _take(first, firm, notes)
    return list(found.values())


def participant_of(firm: Firm, notes: Notes) -> Participant:
    """Return a firm as a participant: the first row that says a thing counts, texts are joined."""
    attributes: dict[str, object] = {}
    side = _side(firm, notes)
    least, most = _limits(firm, notes)
    table = _number(firm, "table", notes)
    industry, region = _code(firm, "industry", attributes, notes), _code(firm, "region", attributes, notes)
    for entry in firm.entries:
        for header, value in entry.cells.extra.items():
            attributes.setdefault(header, plain_value(value))
    named = {"桌号": table, "备注": _joined(firm, "note"), "统一社会信用代码": _first(firm, "uscc")}
    return Participant(
        id=firm.id,
        name=firm.name,
        delegates=_delegates(firm, notes),
        side=side,
        enterprise_id=firm.linked,
        type=_first(firm, "type") or _first(firm, "side") or (side.value if side else None),
        group=_first(firm, "group"),
        minimum=least,
        maximum=most,
        keeps_table=side is EventSide.HOST or table is not None,
        offers=_joined(firm, "offers") or "",
        needs=_joined(firm, "needs") or "",
        industry=industry,
        region=region,
        attributes=attributes | {label: value for label, value in named.items() if value is not None},
    )


def _join(alike: list[Firm], notes: Notes) -> Iterator[Firm]:
    """Join shorter spellings into the one fuller name they fit, and yield what is gone."""
    heads: list[Firm] = []
    for firm in sorted(alike, key=lambda firm: -len(normalise_name(firm.name))):
        fitting = [head for head in heads if same_firm(firm.name, head.name)]
        if len(fitting) == 1:
            _take(fitting[0], firm, notes)
            yield firm
            continue
        if fitting:
            readings = tuple(head.name for head in fitting)
            notes.warn(
                firm.entries[0].place,
                "firm_ambiguous",
                f"“{firm.name}”既像“{readings[0]}”又像“{readings[1]}”，按另一家单位处理",
                "请填写单位全称",
                firm.name,
                readings,
            )
        heads.append(firm)


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


def _linked(firm: Firm, known: Registry, notes: Notes) -> str | None:
    given = _first(firm, "enterprise")
    if given in known.names:
        return given
    exact = known.exact(firm.name)
    if exact is not None or not known.names:
        return exact
    alike, place = known.alike(firm.name), firm.entries[0].place
    readings = tuple(known.names[id_] for id_ in alike) or tuple(filter(None, [known.near(firm.name)]))
    if len(alike) == 1:
        notes.warn(
            place, "firm_linked", f"“{firm.name}”按已登记的“{readings[0]}”处理", "如果不是同一家，请填写单位全称",
            firm.name, readings,
        )  # fmt: skip
        return alike[0]
    if readings:
        notes.warn(
            place, "firm_near", f"“{firm.name}”没有登记过，可能是“{'”或“'.join(readings[:3])}”，暂按新单位处理",
            "如果是，请改为登记的全称", firm.name, readings,
        )  # fmt: skip
    return None


def _earlier(firm: Firm, earlier: Registry) -> str | None:
    exact = earlier.exact(firm.name)
    alike = earlier.alike(firm.name) if exact is None else []
    return alike[0] if len(alike) == 1 else exact


def _first(firm: Firm, column: str) -> str | None:
    return next(iter(known_texts(entry.cells.text(column) for entry in firm.entries)), None)


def _joined(firm: Firm, column: str) -> str | None:
    cells = (entry.cells.found.get(column) for entry in firm.entries)
    return "\n".join(known_texts(text_of(cell.value) for cell in cells if cell)) or None


def _side(firm: Firm, notes: Notes) -> EventSide | None:
    sides = list(dict.fromkeys(entry.side for entry in firm.entries if entry.side is not None))
    if len(sides) > 1:
        other = next(entry for entry in firm.entries if entry.side is sides[1])
        notes.warn(
            other.place, "side_conflict", f"“{firm.name}”两边的名单里都有，按{sides[0].value}处理",
            "请只在一边保留", firm.name, tuple(side.value for side in sides),
        )  # fmt: skip
    return sides[0] if sides else None


def _limits(firm: Firm, notes: Notes) -> tuple[int | None, int | None]:
    least, most = _number(firm, "least", notes), _number(firm, "most", notes)
    if least is not None and most is not None and least > most:
        notes.warn(
            firm.entries[0].place, "limits_crossed", f"“{firm.name}”最少 {least} 场多于最多 {most} 场",
            "请更正；未更正时按最多场次安排",
        )  # fmt: skip
    return least, most


def _number(firm: Firm, column: str, notes: Notes) -> int | None:
    """Return the first number that the firm's rows give in a column; another one and what is none are noted."""
    first: int | None = None
    for entry in firm.entries:
        text = entry.cells.text(column)
        if not known_texts([text]) or text in ("不限", "无限制"):
            continue
        match = _COUNT.search(unicodedata.normalize("NFKC", text))
        number = number_of(match[0]) if match else -1
        place, label = entry.place.at(entry.cells.found[column].header), _NUMBER_LABELS[column]
        if not 0 <= number <= (_MOST_MEETINGS if column != "table" else 10_000):
            notes.warn(place, "number_unreadable", f"{label}“{text}”不是可用的数，未采用", "请填写整数，如 3", text)
        elif first is not None and number != first:
            notes.warn(place, "number_conflict", f"“{firm.name}”的{label}前后不一，按 {first} 处理", "请核对", text)
        else:
            first = number
    return first


def _code(firm: Firm, column: str, attributes: dict[str, object], notes: Notes) -> str | None:
    """Return the code of the firm's region or industry; what is none is kept as it stands and noted."""
    text = _first(firm, column)
    if text is None:
        return None
    try:
        return (region_code if column == "region" else industry_code)(text)
    except MatcherError as error:
        entry = next(entry for entry in firm.entries if entry.cells.text(column) == text)
        header = entry.cells.found[column].header
        attributes[header] = text
        near = error.details.get("suggestions")
        readings = tuple(map(str, near)) if isinstance(near, list | tuple) else ()
        notes.warn(
            entry.place.at(header), error.code, error.message, "可以不改：只影响按行业和地区的统计", text, readings
        )
        return None


def _delegates(firm: Firm, notes: Notes) -> tuple[Delegate, ...]:
    people: dict[tuple[str, str], Delegate] = {}
    persons = [entry for entry in firm.entries if entry.is_person] or firm.entries[:1]
    namesakes = _phones_by_name(persons)
    for entry in persons:
        name = person_key(entry.name)
        phone = entry.phone or ""
        key = (name, phone if len(namesakes[name]) > 1 or not name else "")
        if not phone and len(namesakes[name]) > 1:
            key = (name, min(namesakes[name]))
        new = _delegate(firm, key, entry)
        if key in people:
            notes.warn(
                entry.place, "person_twice", f"“{firm.name}”的“{entry.name or phone or entry.email}”出现了不止一次，按一人处理",
                "请核对；如是两人，请写清姓名和电话",
            )  # fmt: skip
            new = _merged(people[key], new)
        people[key] = new
    return tuple(people.values())


def _phones_by_name(persons: Sequence[Entry]) -> Mapping[str, set[str]]:
    phones: dict[str, set[str]] = defaultdict(set)
    for entry in persons:
        phones[person_key(entry.name)].update(filter(None, [entry.phone]))
    return phones


def _delegate(firm: Firm, key: tuple[str, str], entry: Entry) -> Delegate:
    own = "\x1f".join((firm.id, *(key if any(key) else (entry.email or "", ""))))
    return Delegate(
        id="d-" + blake2b(own.encode(), digest_size=8).hexdigest(),
        name=entry.name, title=entry.title, phone=entry.phone, email=entry.email, available=entry.slots,
    )  # fmt: skip


def _merged(first: Delegate, second: Delegate) -> Delegate:
    """Return two rows of one person as one: what either says; the times that both leave free."""
    return replace(
        first,
        title=first.title or second.title,
        phone=first.phone or second.phone,
        email=first.email or second.email,
        available=first.available & second.available,
    )
