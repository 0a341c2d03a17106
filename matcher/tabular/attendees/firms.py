"""A firm's rows → a participant: what they say put together, contradictions noted, one delegate per person."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from matcher.errors import MatcherError
from matcher.planning.model import Delegate, EventSide, Participant
from matcher.tabular.attendees.link import Firm
from matcher.tabular.attendees.model import Notes
from matcher.tabular.attendees.person import known_texts, person_key
from matcher.tabular.attendees.rows import Entry
from matcher.tabular.attendees.times import number_of
from matcher.tabular.values import plain_value, text_of
from matcher.taxonomy import industry_code, region_code
from matcher.uscc import normalise_uscc, uscc_problems

_COUNT = re.compile(r"\d{1,9}|[一二两三四五六七八九十]{1,3}")
_MOST_MEETINGS = 200
_NUMBER_LABELS = {"least": "最少场次", "most": "最多场次", "table": "桌号"}


def participant_of(firm: Firm, notes: Notes) -> Participant:
    """Return a firm as a participant: texts are joined, of two other values the first counts and the rest are noted."""
    attributes: dict[str, object] = {}
    side = _side(firm, notes)
    least, most = _limits(firm, notes)
    table = _number(firm, "table", notes)
    industry, region = _code(firm, "industry", attributes, notes), _code(firm, "region", attributes, notes)
    attributes |= _extras(firm)
    named = {"桌号": table, "备注": _joined(firm, "note"), "统一社会信用代码": _uscc(firm, notes)}
    return Participant(
        id=firm.id,
        name=firm.name,
        delegates=_delegates(firm, notes),
        side=side,
        enterprise_id=firm.linked,
        type=_one(firm, "type", notes) or _one(firm, "side", notes) or (side.value if side else None),
        group=_one(firm, "group", notes),
        minimum=least,
        maximum=most,
        keeps_table=side is EventSide.HOST or table is not None,
        offers=_joined(firm, "offers") or "",
        needs=_joined(firm, "needs") or "",
        industry=industry,
        region=region,
        attributes=attributes | {label: value for label, value in named.items() if value is not None},
    )


def people_in_two_firms(firms: Sequence[Firm], notes: Notes) -> None:
    """Note everybody of one name and phone who comes for two firms: the two may be given the same slot."""
    first: dict[tuple[str, str], Firm] = {}
    for firm in firms:
        for entry in firm.entries:
            if entry.person.name is None or entry.person.phone is None:
                continue
            other = first.setdefault((person_key(entry.person.name), entry.person.phone), firm)
            if other is not firm:
                message = f"“{entry.person.name}”同时代表“{other.name}”和“{firm.name}”，可能被排在同一时段"
                notes.warn(entry.place, "person_in_two_firms", message, "请改由两人参加，或填写错开的可参加时段")


def _one(firm: Firm, column: str, notes: Notes) -> str | None:
    """Return the first text that the firm's rows give in a column; another one is noted."""
    first: str | None = None
    for entry in firm.entries:
        text = entry.cells.text(column)
        if not known_texts([text]) or text == first:
            continue
        if first is None:
            first = text
        else:
            header = entry.cells.found[column].header
            message = f"“{firm.name}”的{header}前后不一（{first}、{text}），按“{first}”处理"
            notes.warn(entry.place.at(header), "value_conflict", message, "请核对", text, (first, text))
    return first


def _extras(firm: Firm) -> dict[str, object]:
    """Return the columns we do not know, by header; where rows differ, all they say, line by line."""
    said: dict[str, list[object]] = {}
    for entry in firm.entries:
        for header, value in entry.cells.extra.items():
            plain = plain_value(value)
            held = said.setdefault(header, [])
            held += [plain] if plain not in held else []
    return {header: held[0] if len(held) == 1 else "\n".join(map(text_of, held)) for header, held in said.items()}


def _uscc(firm: Firm, notes: Notes) -> str | None:
    """Return the firm's 统一社会信用代码 in normal form; what is wrong with it is noted and left as it stands."""
    first: str | None = None
    for entry in firm.entries:
        text = entry.cells.text("uscc")
        code = normalise_uscc(text) if known_texts([text]) else ""
        if not code or code == first:
            continue
        place = entry.place.at(entry.cells.found["uscc"].header)
        if first is not None:
            message = f"“{firm.name}”有两个统一社会信用代码（{first}、{code}），按前一个处理"
            notes.warn(place, "uscc_conflict", message, "请核对；如是两家单位，请写清全称", code, (first, code))
            continue
        first = code
        for problem in uscc_problems(code):
            notes.warn(place, "uscc_invalid", problem, "请对照营业执照核对；此项只提示，不影响排会", code)
    return first


def _joined(firm: Firm, column: str) -> str | None:
    cells = (entry.cells.found.get(column) for entry in firm.entries)
    return "\n".join(known_texts(text_of(cell.value) for cell in cells if cell)) or None


def _side(firm: Firm, notes: Notes) -> EventSide | None:
    sides = firm.sides()
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
    text = _one(firm, column, notes)
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
        name = person_key(entry.person.name)
        phone = entry.person.phone or ""
        key = (name, phone if len(namesakes[name]) > 1 or not name else "")
        if not phone and len(namesakes[name]) > 1:
            key = (name, min(namesakes[name]))
        new = _delegate(firm, key, entry)
        if key in people:
            notes.warn(
                entry.place, "person_twice", f"“{firm.name}”的“{entry.person.name or phone or entry.person.email}”出现了不止一次，按一人处理",
                "请核对；如是两人，请写清姓名和电话",
            )  # fmt: skip
            new = _merged(people[key], new)
        people[key] = new
    return tuple(people.values())


def _phones_by_name(persons: Sequence[Entry]) -> Mapping[str, set[str]]:
    phones: dict[str, set[str]] = defaultdict(set)
    for entry in persons:
        phones[person_key(entry.person.name)].update(filter(None, [entry.person.phone]))
    return phones


def _delegate(firm: Firm, key: tuple[str, str], entry: Entry) -> Delegate:
    own = "\x1f".join((firm.id, *(key if any(key) else (entry.person.email or "", ""))))
    return Delegate(
        id="d-" + blake2b(own.encode(), digest_size=8).hexdigest(),
        name=entry.person.name, title=entry.person.title, phone=entry.person.phone, email=entry.person.email, available=entry.slots,
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
