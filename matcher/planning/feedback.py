"""After the event: the form that asks how each meeting went, and what comes back in it."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import xlsxwriter

from matcher.errors import MatcherError
from matcher.planning.calendar import slot_in_words
from matcher.planning.model import Meeting, PairKey, Participant, Plan, Programme, pair_key
from matcher.tabular.attendees.model import MAX_ROWS, Notes, Place
from matcher.tabular.attendees.names import Names
from matcher.tabular.model import Limits, Problem, RawRow
from matcher.tabular.read import read_rows
from matcher.tabular.values import text_of

HEADERS = ("单位", "对方单位", "时间", "桌号", "对方到场", "评价", "结果", "备注", "本方编号", "对方编号")
BEST = 5
_GOOD, _POOR = 4, 2
_WIDTHS = (32, 32, 18, 8, 10, 8, 12, 40)
_YES = frozenset(["是", "到", "已到", "到场", "来了", "有", "√", "✓", "✔", "y", "yes", "1"])
_NO = frozenset(["否", "未到", "没到", "没来", "缺席", "未到场", "爽约", "×", "✗", "n", "no", "0"])
_STARS = {"很好": 5, "非常满意": 5, "好": 4, "满意": 4, "一般": 3, "尚可": 3, "差": 2, "不满意": 2, "很差": 1}


class Result(StrEnum):
    """What came of a meeting, as one side tells it."""

    SIGNED = "已签约"
    CONTACT = "继续联系"
    UNFIT = "不合适"


_RESULTS: Mapping[str, Result] = {
    word: result
    for result, said in {
        Result.SIGNED: "已签约 签约 已合作 成交 签单",
        Result.CONTACT: "继续联系 继续 跟进 继续跟进 保持联系 有意向 有意 对接中",
        Result.UNFIT: "不合适 不相关 无意向 不考虑 不匹配 不需要",
    }.items()
    for word in said.split()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What `of` tells of its meeting with `about`: whether it came, 1…5, what came of it. None where nothing is told.

    `note` may name persons: it is never logged.
    """

    of: str
    about: str
    came: bool | None = None
    rating: int | None = None
    result: Result | None = None
    note: str | None = field(default=None, repr=False)

    @property
    def pair(self) -> PairKey:
        """Who met."""
        return pair_key(self.of, self.about)

    @property
    def speaks(self) -> bool:
        """Whether anything is told."""
        return not (self.came is None and self.rating is None and self.result is None and self.note is None)

    @property
    def liked(self) -> bool | None:
        """Whether the meeting was worth it; None where that is not told, or the other did not come."""
        if self.result is not None:
            return self.result is not Result.UNFIT
        if self.came is False or self.rating is None or _POOR < self.rating < _GOOD:
            return None
        return self.rating >= _GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came back, and what was not understood."""

    told: tuple[Told, ...]
    problems: tuple[Problem, ...] = ()


def feedback_form(programme: Programme, plan: Plan) -> bytes:
    """Return an XLSX workbook with a line for each side of each meeting, to be filled in; no text can run as a formula.

    :raises MatcherError: `no_meetings`.
    """
    if not plan.meetings:
        raise MatcherError("no_meetings", "计划中没有会面，没有可反馈的内容")
    stream = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": programme.event.slots[0].start})
        page = book.add_worksheet("会面反馈")
        cell = {"text_wrap": True, "valign": "vcenter", "border": 1}
        head, text = book.add_format({**cell, "bold": True, "bg_color": "#DDEBF7"}), book.add_format(cell)
        for column, header in enumerate(HEADERS):
            page.write_string(0, column, header, head)
        lines = list(_lines(programme, plan))
        for line, values in enumerate(lines, 1):
            for column, value in enumerate(values):
                page.write_string(line, column, value, text)
        for column, width in enumerate(_WIDTHS):
            page.set_column(column, column, width)
        page.set_column(len(_WIDTHS), len(HEADERS) - 1, None, None, {"hidden": True})
        for column, choices in ((4, ["是", "否"]), (5, [str(n) for n in range(BEST, 0, -1)]), (6, list(Result))):
            page.data_validation(1, column, len(lines), column, {"validate": "list", "source": choices})
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    return stream.getvalue()


def read_feedback(path: Path, programme: Programme, plan: Plan) -> Returned:
    """Return what a filled form tells; firms are told by hidden ids, failing those by name, and must have met.

    :raises MatcherError: when the file as a whole cannot be read (as `read_rows`).
    """
    notes = Notes()
    reader = _Reader(programme, plan, notes)
    rows = read_rows(
        path,
        limits=Limits(rows=MAX_ROWS * 4, file_bytes=64 << 20),
        known=lambda header: header in HEADERS,
        expected=HEADERS[:8],
        report=lambda problem: notes.tally.add(problem) if problem.code == "cell_too_long" else None,
    )
    told = {(one.of, one.about): one for row in rows if (one := reader.read(row)) is not None and one.speaks}
    problems = tuple(replace(problem, file=path.name) for problem in notes.tally.first)
    return Returned(told=tuple(told.values()), problems=problems)


def results(programme: Programme, plan: Plan, told: Iterable[Told]) -> dict[str, dict[str, dict[str, float]]]:
    """Return how the meetings went in figures, in all and by type, industry and district of either side.

    Each group has `meetings`, `told` (sides that told anything), `no_shows`, `mean_rating`, `contact` and `signed`.
    """
    people = {one.id: one for one in programme.participants}
    said = list(told)
    groups: dict[str, dict[str, dict[str, float]]] = {"总体": {"全部": _figures(len(plan.meetings), said)}}
    for title, label in _LABELS.items():
        meetings = Counter(label(people[name]) for meeting in plan.meetings for name in (meeting.a, meeting.b))
        by_label: dict[str, list[Told]] = defaultdict(list)
        for one in said:
            by_label[label(people[one.about])].append(one)
        groups[title] = {name: _figures(count, by_label[name]) for name, count in sorted(meetings.items())}
    return groups


_LABELS: Mapping[str, Callable[[Participant], str]] = {
    "类型": lambda one: one.type or (one.side.value if one.side else "未分类"),
    "行业": lambda one: one.industry or "未填写",
    "地区": lambda one: one.region or "未填写",
}


def _figures(meetings: int, told: list[Told]) -> dict[str, float]:
    ratings = [one.rating for one in told if one.rating is not None]
    return {
        "meetings": meetings,
        "told": len(told),
        "no_shows": sum(one.came is False for one in told),
        "mean_rating": round(sum(ratings) / len(ratings), 2) if ratings else 0.0,
        "contact": sum(one.result is Result.CONTACT for one in told),
        "signed": sum(one.result is Result.SIGNED for one in told),
    }


def _lines(programme: Programme, plan: Plan) -> Iterator[tuple[str, ...]]:
    people = {one.id: one for one in programme.participants}
    slots = {slot.number: slot for slot in programme.event.slots}
    order = {one.id: n for n, one in enumerate(programme.participants)}
    sides: list[tuple[Participant, Participant, Meeting]] = []
    for meeting in plan.meetings:
        one, other = people[meeting.a], people[meeting.b]
        sides += [(one, other, meeting), (other, one, meeting)]
    for of, about, meeting in sorted(sides, key=lambda side: (order[side[0].id], side[2].slot)):
        when = slot_in_words(slots[meeting.slot], programme.event.slots)
        yield (of.name, about.name, when, str(meeting.table), "", "", "", "", of.id, about.id)


class _Reader:
    """Reads one row at a time against one plan."""

    def __init__(self, programme: Programme, plan: Plan, notes: Notes) -> None:
        self._names = {one.id: one.name for one in programme.participants}
        self._find = Names(self._names.items())
        self._met = {pair_key(meeting.a, meeting.b) for meeting in plan.meetings}
        self._notes = notes

    def read(self, row: RawRow) -> Told | None:
        """Return what a row tells, None where it tells of no meeting; what is not understood is noted."""
        if not any(text_of(row.cells.get(header, "")) for header in HEADERS[4:8]):
            return None
        of, about = self._party(row, "单位", "本方编号"), self._party(row, "对方单位", "对方编号")
        if of is None or about is None:
            return None
        if pair_key(of, about) not in self._met:
            names = f"“{self._names[of]}”与“{self._names[about]}”"
            self._warn(row, "对方单位", "no_meeting", f"{names}没有安排会面，这一行没有采用", "请核对单位名称")
            return None
        return Told(
            of=of,
            about=about,
            came=self._came(row),
            rating=self._rating(row),
            result=self._result(row),
            note=text_of(row.cells.get("备注", "")) or None,
        )

    def _came(self, row: RawRow) -> bool | None:
        said = _plain(row, "对方到场")
        if said and said not in _YES | _NO:
            self._warn(row, "对方到场", "came_unknown", f"“{said}”看不出是否到场，没有采用", "请填：是、否", said)
        return True if said in _YES else False if said in _NO else None

    def _rating(self, row: RawRow) -> int | None:
        said = _plain(row, "评价").rstrip("分星")
        if not said:
            return None
        value = _STARS.get(said) or (int(float(said)) if said.replace(".", "", 1).isdecimal() else 0)
        if 1 <= value <= BEST:
            return value
        self._warn(
            row, "评价", "rating_unknown", f"“{said}”不是 1 到 5 的评价，没有采用", "请填 1 到 5，5 为最好", said
        )
        return None

    def _result(self, row: RawRow) -> Result | None:
        said = _plain(row, "结果")
        if said and said not in _RESULTS:
            self._warn(
                row, "结果", "result_unknown", f"“{said}”看不出结果，没有采用", f"请填：{'、'.join(Result)}", said
            )
        return _RESULTS.get(said)

    def _party(self, row: RawRow, column: str, hidden: str) -> str | None:
        id_, name = text_of(row.cells.get(hidden, "")), text_of(row.cells.get(column, ""))
        if id_ in self._names:
            return id_
        found = next(iter(self._find.in_cell(name)), None)
        if found is not None and found.only is not None:
            return found.only
        self._warn(row, column, "party_unknown", f"“{name}”不在参会单位里，这一行没有采用", "请填写全称", name)
        return None

    def _warn(self, row: RawRow, column: str, code: str, message: str, remedy: str, value: object = None) -> None:
        self._notes.warn(Place(row.sheet, row.number, column), code, message, remedy, value)


def _plain(row: RawRow, column: str) -> str:
    said = text_of(row.cells.get(column, ""))
    return unicodedata.normalize("NFKC", said).strip().lower().strip("。.!！ ")
