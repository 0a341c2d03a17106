"""When somebody can come, as people write it: 全天, 上午, 9:00-10:30, 第一场, 除14:00外, 15:30后, 6月18日下午."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from matcher.planning.model import Session, Slot
from matcher.tabular.attendees.columns import folded, strings, table, words
from matcher.tabular.values import text_of

_DIGITS = {"〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_N = r"[一二两三四五六七八九十]{1,3}|\d{1,2}"
_DASH = r"\s*(?:-+|~|〜|—+|–|―|至|到)\s*"
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d"
_SPELLINGS = (
    (re.compile(rf"({_N})[点时]\s*([0-5]\d)\s*分?"), lambda m: f"{number_of(m[1])}:{m[2]}"),
    (re.compile(rf"({_N})[点时]半"), lambda m: f"{number_of(m[1])}:30"),
    (re.compile(rf"({_N})[点时]一刻"), lambda m: f"{number_of(m[1])}:15"),
    (re.compile(rf"({_N})[点时](?!段|间|候|长)[整钟]?"), lambda m: f"{number_of(m[1])}:00"),
    (re.compile(rf"(?<!\d)(\d{{1,2}})\.([0-5]\d){_DASH}(\d{{1,2}})\.([0-5]\d)(?!\d)"),
     lambda m: f"{m[1]}:{m[2]}-{m[3]}:{m[4]}"),
    (re.compile(r"(?<![\d:])([01]\d|2[0-4])([0-5]\d)(?![\d:年]|[./-]\d{1,2}[./-]\d)"), lambda m: f"{m[1]}:{m[2]}"),
    (re.compile(rf"(?<![\d:第])(\d{{1,2}})(?={_DASH}{_CLOCK})"), lambda m: f"{m[1]}:00"),
    (re.compile(r"(?<=:)([0-5]\d):[0-5]\d(?!\d)"), lambda m: m[1]),
    (re.compile(rf"({_CLOCK})\s+(?=[01]?\d:|2\d:)"), lambda m: f"{m[1]},"),
)  # fmt: skip
_DAY = re.compile(
    r"(?:20\d\d\s*[年./-]\s*(?P<dated>1[0-2]|0?[1-9])\s*[月./-]|(?P<month>1[0-2]|0?[1-9])\s*[月./])\s*"
    r"(?P<day>3[01]|[12]\d|0?[1-9])\s*[日号]?(?![\d:])|(?<![\d月])(?P<only>3[01]|[12]\d|0?[1-9])[日号]"
    rf"|第(?P<nth>{_N})天|(?P<first>首日|首天)|(?P<second>次日)|(?:周|星期|礼拜)(?P<week>[一二三四五六日天])"
)
_CUT = re.compile(r"[、,;/|+。\n]|和|及|与|或者|或|以及|并且")
_EXCEPT = re.compile(
    r"(?:除了?去?开?|不含|不包括|不包含)(?P<a>.+?)(?:以外|之外|外|(?=其余|其他|都|均)|$)|(?P<b>[^,;]+?)除外"
)
_DENIED = re.compile(r"不行|不可|不能|不在|不方便|没空|没时间|无法|无空|有事|有会|不参|冲突|不便")
_ORDINAL = re.compile(
    rf"第?(?P<from>{_N})(?:{_DASH}第?(?P<to>{_N}))?\s*个?(?P<unit>场|轮|时段|节)|(?P<unit2>时段|轮|场次?)第?(?P<only>{_N})"
    rf"|(?P<edge>前|后|最后)(?P<count>{_N})个?(?P<unit3>场|轮|时段)"
)
_RANGE = re.compile(rf"(?P<a>{_CLOCK}){_DASH}(?P<word>\D{{0,3}}?)(?P<b>{_CLOCK})")
_AFTER = re.compile(
    rf"(?P<a>{_CLOCK})\s*(?:分?以后|之后|后|起|开始|到场|到达|抵达|才?到|才?来|-$)|(?:从|自)\s*(?P<b>{_CLOCK})"
)
_BEFORE = re.compile(
    rf"(?P<a>{_CLOCK})\s*(?:以前|之前|前|结束|离开|离场|要?走|止|为止)(?:离开|离场|要?走|结束)?|^\s*(?:到|至|截止|截至|-)\s*(?P<b>{_CLOCK})"
)
_AT = re.compile(_CLOCK)
_FILLER = re.compile(
    r"可以|可|参加|参会|有空|能|到场|到会|都|均|行|只|仅|约|大概|大约|时段|会面|洽谈|对接|的|左右|时间|场|有时间|方便|期间|"
    r"其余|其他|全部|其它|ok|okay|从|自|在|空闲|来|分|[\s()\[\]!:.-]|√|✓|✔"
)
_EARLY = 7
_CHARS = 200
_END_OF_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Times:
    """The slots that a text means, and what about it was not understood, in words."""

    slots: frozenset[int]
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    """A piece of a text read: the slots it means, and the rest that was not read."""

    slots: frozenset[int]
    rest: str


class TimeWords:
    """Reads when somebody can come to one event. 场 counts sessions where there are several, else slots."""

    def __init__(self, slots: Sequence[Slot], sessions: Sequence[Session] = ()) -> None:
        self._slots = tuple(slots)
        self._all = frozenset(slot.number for slot in slots)
        self._days = sorted({slot.start.date() for slot in slots})
        self._sessions = _named_sessions(slots, sessions)
        self._parts = {
            part: tuple(folded(word) for word in strings(table()["time"][part]))
            for part in ("morning", "afternoon", "evening")
        }
        self.of_text = lru_cache(maxsize=8192)(self._of_text)

    def read(self, value: object) -> Times:
        """Return the slots that a cell means; an empty one means all. What is not understood counts as all, with a doubt."""
        if isinstance(value, float) and 0 < value < 1:
            minutes = round(value * 1440)
            value = f"{minutes // 60}:{minutes % 60:02d}"
        return self.of_text(text_of(value) if value is not None else "")

    def _of_text(self, text: str) -> Times:
        plain = folded(text)
        if not plain or not self._slots or words("time").has("all", text) or words("words").has("nothing", text):
            return Times(self._all)
        if words("time").has("none", text):
            return Times(frozenset(), f"“{text}”表示不参加，没有可安排的时段")
        if len(text) > _CHARS:
            return Times(self._all, f"可参加时段有 {len(text)} 字，没有读懂，暂按全天处理")
        kept, dropped, unread = self._clauses(_spelt(text))
        if not kept and not dropped:
            return Times(self._all, f"可参加时段“{text}”没有读懂，暂按全天处理")
        slots = (frozenset[int]().union(*kept) if kept else self._all) - frozenset[int]().union(*dropped)
        if not slots:
            return Times(slots, f"可参加时段“{text}”里没有活动的会面时段，该代表不会被安排")
        return Times(slots, f"可参加时段“{text}”中的“{'、'.join(unread)}”没有读懂，未计入" if unread else None)

    def _clauses(self, text: str) -> tuple[list[frozenset[int]], list[frozenset[int]], list[str]]:
        kept: list[frozenset[int]] = []
        dropped: list[frozenset[int]] = []
        unread: list[str] = []
        for match in _EXCEPT.finditer(text):
            self._take(match["a"] or match["b"], dropped, dropped, unread)
        self._take(_EXCEPT.sub(",", text), kept, dropped, unread)
        return kept, dropped, unread

    def _take(self, text: str, kept: list[frozenset[int]], dropped: list[frozenset[int]], unread: list[str]) -> None:
        days: list[date] | None = None
        for clause in _CUT.split(text):
            named, rest = self._named_days(clause)
            days = days if named is None else named
            if not _FILLER.sub("", rest) and named is None:
                continue
            denied = _DENIED.search(rest)
            found = self._span(_DENIED.sub("", rest), days, named is not None)
            if found is None or (left := _FILLER.sub("", found.rest)):
                unread.append(clause.strip() if found is None else left)
            if found is not None:
                (dropped if denied else kept).append(found.slots)

    def _named_days(self, clause: str) -> tuple[list[date] | None, str]:
        days = [day for match in _DAY.finditer(clause) for day in self._days_of(match)]
        return (days if _DAY.search(clause) else None), _DAY.sub("", clause)

    def _days_of(self, match: re.Match[str]) -> Iterator[date]:
        nth = number_of(match["nth"]) if match["nth"] else 1 if match["first"] else 2 if match["second"] else None
        if nth is not None:
            yield from self._days[nth - 1 : nth]
        elif match["week"]:
            yield from (
                day for day in self._days if "一二三四五六日".index(match["week"].replace("天", "日")) == day.weekday()
            )
        else:
            month, number = match["dated"] or match["month"], int(match["day"] or match["only"])
            yield from (day for day in self._days if day.day == number and (not month or day.month == int(month)))

    def _span(self, clause: str, days: list[date] | None, dated: bool) -> _Span | None:
        """Return what a clause without a day means on `days`; a bare day (`dated`) means the whole of it."""
        on_days = self._where(lambda slot: days is None or slot.start.date() in days)
        for read in (self._session, self._ordinal, self._clock, self._part):
            found = read(clause)
            if found is not None:
                return _Span(found.slots & on_days, found.rest)
        rest = _FILLER.sub("", clause)
        return _Span(on_days, "") if words("time").has("all", rest or clause) or (dated and not rest) else None

    def _session(self, clause: str) -> _Span | None:
        plain = folded(clause)
        found = next(((name, numbers) for name, numbers in self._sessions if name and name in plain), None)
        return None if found is None else _Span(found[1], plain.replace(found[0], ""))

    def _ordinal(self, clause: str) -> _Span | None:
        match = _ORDINAL.search(clause)
        if match is None:
            return None
        part = self._part(clause)
        unit = match["unit"] or match["unit2"] or match["unit3"]
        single = [frozenset([number]) for number in sorted(self._all if part is None else part.slots)]
        by_session = unit.startswith("场") and len(self._sessions) > 1 and part is None
        all_ = [numbers for _, numbers in self._sessions] if by_session else single
        if match["edge"]:
            count = number_of(match["count"])
            chosen = all_[:count] if match["edge"] == "前" else all_[max(0, len(all_) - count) :]
        else:
            first = number_of(match["from"] or match["only"])
            chosen = all_[max(0, first - 1) : number_of(match["to"]) if match["to"] else first]
        rest = self._without_parts(clause[: match.start()] + clause[match.end() :])
        return _Span(frozenset[int]().union(*chosen), rest)

    def _clock(self, clause: str) -> _Span | None:
        part = self._part_of(clause)
        rest = self._without_parts(clause)
        if (match := _RANGE.search(clause)) is not None:
            start = self._time(match["a"], self._part_of(clause[: match.start()]))
            end = self._time(match["b"], self._part_of(match["word"]) or part, after=start)
            return _Span(self._where(lambda slot: start <= _since(slot) and _until(slot) <= end), _RANGE.sub("", rest))
        if (match := _AFTER.search(clause)) is not None:
            start = self._time(match["a"] or match["b"], part)
            return _Span(self._where(lambda slot: start <= _since(slot)), _AFTER.sub("", rest))
        if (match := _BEFORE.search(clause)) is not None:
            end = self._time(match["a"] or match["b"], part)
            return _Span(self._where(lambda slot: _until(slot) <= end), _BEFORE.sub("", rest))
        if (match := _AT.search(clause)) is not None:
            at = self._time(match[0], part)
            return _Span(self._where(lambda slot: _since(slot) <= at < _until(slot)), _AT.sub("", rest))
        return None

    def _part(self, clause: str) -> _Span | None:
        parts = {part for part, known in self._parts.items() if any(word in clause for word in known)}
        if not parts:
            return None
        return _Span(self._where(lambda slot: _part_at(slot.start.time()) in parts), self._without_parts(clause))

    def _part_of(self, text: str) -> str | None:
        return next((part for part, known in self._parts.items() if any(word in text for word in known)), None)

    def _without_parts(self, text: str) -> str:
        for known in self._parts.values():
            for word in known:
                text = text.replace(word, "")
        return text

    def _time(self, text: str, part: str | None, *, after: timedelta | None = None) -> timedelta:
        """Return a clock time as the time since midnight; 2:00 is in the afternoon where a word or the event says so."""
        hour, minute = (int(piece) for piece in text.split(":"))
        later = part in ("afternoon", "evening") or (
            after is not None and timedelta(hours=hour, minutes=minute) <= after
        )
        unlikely = part is None and hour < _EARLY and all(slot.start.hour >= _EARLY for slot in self._slots)
        if hour < 12 and (later or unlikely):
            hour += 12
        return min(timedelta(hours=hour, minutes=minute), _END_OF_DAY)

    def _where(self, holds: Callable[[Slot], bool]) -> frozenset[int]:
        return frozenset(slot.number for slot in self._slots if holds(slot))


def _named_sessions(slots: Sequence[Slot], sessions: Sequence[Session]) -> list[tuple[str, frozenset[int]]]:
    """Return sessions in order, by name and slots; those that a break cut in two are one."""
    ordered = sorted(sessions, key=lambda session: session.start)
    found: list[tuple[str, frozenset[int]]] = []
    for number in sorted({slot.session for slot in slots}):
        name = folded(ordered[number].name) if number < len(ordered) else ""
        numbers = frozenset(slot.number for slot in slots if slot.session == number)
        if found and name and found[-1][0] == name:
            numbers |= found.pop()[1]
        found.append((name, numbers))
    return found


def number_of(text: str) -> int:
    """Return a small number in digits or Chinese: 3, 三, 十二, 二十."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * (_DIGITS.get(tens, 1)) if ten else 0) + _DIGITS.get(ones, 0)


def spelt(text: str) -> str:
    """Return a text in half width with every clock time as H:MM: 九点半 → 9:30, 0900-1030 → 09:00-10:30."""
    text = unicodedata.normalize("NFKC", text).lower()
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text


def _spelt(text: str) -> str:
    return re.sub(r"[()\[\]【】]", ",", spelt(text))


def _since(slot: Slot) -> timedelta:
    return timedelta(hours=slot.start.hour, minutes=slot.start.minute, seconds=slot.start.second)


def _until(slot: Slot) -> timedelta:
    return _since(slot) + (slot.end - slot.start)


def _part_at(moment: time) -> str:
    return "morning" if moment.hour < 12 else "afternoon" if moment.hour < 18 else "evening"
