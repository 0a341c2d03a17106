"""One row of an attendee sheet → one person of one firm, or a word on why it is none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.planning.model import EventSide
from matcher.tabular.attendees.columns import (
    JOINED,
    Headers,
    Sorted,
    folded,
    side_of,
    sort_cells,
    strings,
    table,
    words,
)
from matcher.tabular.attendees.model import Notes, Place
from matcher.tabular.attendees.person import Person, read_person
from matcher.tabular.attendees.times import TimeWords
from matcher.tabular.header import normalised
from matcher.tabular.model import RawRow
from matcher.tabular.numbers import is_unknown
from matcher.tabular.values import text_of

_NAME_CHARS = 100
_SECTION_CHARS = 14
_TOTAL = re.compile(r"共\d+(?:家|人|位|户).*")
_COUNT = re.compile(r"[:\d家人位户]+$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A person who comes for a firm, as one row says it, with the row's other cells."""

    place: Place
    firm: str
    cells: Sorted
    slots: frozenset[int]
    side: EventSide | None = None
    person: Person = Person()

    @property
    def is_person(self) -> bool:
        """Whether the row tells of somebody, not only of a firm."""
        return bool(self.person.name or self.person.phone or self.person.email)


class RowReader:
    """Reads the rows of one file in order: what a heading says holds for the rows below it."""

    def __init__(self, columns: Headers, times: TimeWords, notes: Notes) -> None:
        self._columns = columns
        self._times = times
        self._notes = notes
        self._sides: dict[str, EventSide | None] = {}
        self._nameless: dict[str, bool] = {}
        self._above: Entry | None = None

    def heading(self, sheet: str, text: str) -> None:
        """Take a heading inside a sheet (一、大企业) as the side of the rows below it."""
        if (side := side_of(text)) is not None:
            self._sides[sheet] = side

    def read(self, row: RawRow) -> Entry | None:
        """Return the person of a row, None when it is none; then why is noted, unless it is a heading."""
        self._sides.setdefault(row.sheet, side_of(row.sheet))
        if self._without_firms(row):
            return None
        cells, place = sort_cells(row.cells, self._columns), Place(row.sheet, row.number)
        if self._is_heading(row) or self._is_total(row, place) or self._is_example(row, place):
            return None
        firm = self._firm(row, cells, place)
        if firm is None or self._stays_away(cells, firm, place):
            return None
        self._above = self._entry(cells, firm, place)
        return self._above

    def _without_firms(self, row: RawRow) -> bool:
        """Note once that a sheet has no column of firms, and every column that we do not know."""
        if row.sheet not in self._nameless:
            found = {header: self._columns.find(header) for header in row.headers}
            self._nameless[row.sheet] = "firm" not in found.values()
            place = Place(row.sheet, None)
            if self._nameless[row.sheet]:
                self._notes.left_out(
                    place,
                    "sheet_no_firm",
                    f"工作表“{row.sheet}”没有单位名称列（看到：{'、'.join(row.headers[:6])}），没有读取",
                    "请补上“单位名称”列；如果它不是名单，可以忽略",
                )
            else:
                self._note_columns(found, place)
        return self._nameless[row.sheet]

    def _note_columns(self, found: Mapping[str, str | None], place: Place) -> None:
        first: dict[str, str] = {}
        for header, name in found.items():
            if name is None:
                self._notes.warn(
                    place.at(header),
                    "unknown_column",
                    f"列“{header}”不认识，内容原样保留、不参与排会",
                    f"如需使用，请改用这些列名之一：{'、'.join(self._columns.expected)}",
                )
            elif name not in JOINED and first.setdefault(name, header) != header:
                self._notes.warn(
                    place.at(header),
                    "column_twice",
                    f"列“{header}”与“{first[name]}”意思相同：两列都有时用“{first[name]}”，另一列原样保留",
                    "如不对，请改用不同的列名",
                )

    def _is_heading(self, row: RawRow) -> bool:
        texts = {text_of(value) for value in row.cells.values()}
        text = next(iter(texts), "")
        if len(texts) != 1 or len(row.headers) < 2 or len(text) > _SECTION_CHARS or side_of(text) is None:
            return False
        self.heading(row.sheet, text)
        return True

    def _is_total(self, row: RawRow, place: Place) -> bool:
        firsts = [folded(text_of(value)) for value in list(row.cells.values())[:2]]
        if not any(words("words").has("totals", _COUNT.sub("", text)) or _TOTAL.fullmatch(text) for text in firsts):
            return False
        self._notes.warn(place, "total_row", "这一行是合计，没有读取", "无需处理")
        return True

    def _is_example(self, row: RawRow, place: Place) -> bool:
        if not any(words("words").has("examples", text_of(value)) for value in list(row.cells.values())[:2]):
            return False
        self._notes.warn(place, "example_row", "这一行是填写示例，没有读取", "无需处理；如是真实数据请删去“示例”字样")
        return True

    def _firm(self, row: RawRow, cells: Sorted, place: Place) -> str | None:
        firm = cells.text("firm")
        if is_unknown(firm) or not re.search(r"[^\W\d_]", firm):
            return self._continued(row, cells, place)
        if len(firm) > _NAME_CHARS:
            self._notes.left_out(
                place.at(cells.found["firm"].header),
                "name_too_long",
                f"单位名称有 {len(firm)} 字，超过 {_NAME_CHARS} 字，这一行没有读取",
                "请填写单位全称",
                firm,
            )
            return None
        return firm

    def _continued(self, row: RawRow, cells: Sorted, place: Place) -> str | None:
        """Return the firm of the row above for a row that goes on with its people: a name, no firm and no number."""
        above, numbered = self._above, {normalised(word) for word in strings(table()["numbers"])}
        has_number = any(normalised(header) in numbered for header in row.cells)
        follows = above is not None and (above.place.sheet, above.place.row) == (row.sheet, row.number - 1)
        if above is None or not follows or has_number or not cells.text("person") or "firm" in cells.found:
            shown = "、".join(text_of(value) for value in list(row.cells.values())[:3])
            self._notes.left_out(
                place, "firm_missing", "这一行没有单位名称，没有读取", "请填写单位名称；如是说明文字可以忽略", shown
            )
            return None
        self._notes.warn(
            place,
            "firm_continued",
            f"单位名称为空，按上一行的“{above.firm}”处理",
            "请核对，并在这一行填写单位名称",
            readings=(above.firm,),
        )
        return above.firm

    def _stays_away(self, cells: Sorted, firm: str, place: Place) -> bool:
        who = f"{firm} {cells.text('person')}".strip()
        attends = cells.text("attends")
        if words("words").has("absent", attends):
            self._notes.warn(
                place.at(cells.found["attends"].header),
                "not_coming",
                f"“{who}”标注为“{attends}”，没有列入",
                "如会到场，请改为“是”后重新读取",
            )
            return True
        if attends and not words("words").has("present", attends):
            self._notes.warn(
                place.at(cells.found["attends"].header),
                "attends_unclear",
                f"“{who}”标注为“{attends}”，看不出会不会来，按参会处理",
                "请填“是”或“否”",
                attends,
            )
        roles = (cells.text(name) for name in ("type", "side"))
        role = next((role for role in roles if words("words").has("observers", role)), None)
        if role is not None:
            self._notes.warn(
                place, "observer", f"“{who}”的身份是“{role}”，不安排洽谈", "如需安排，请更正参会身份后重新读取"
            )
        return role is not None

    def _entry(self, cells: Sorted, firm: str, place: Place) -> Entry:
        return Entry(
            place=place,
            firm=firm,
            cells=cells,
            slots=self._slots(cells, place),
            side=self._side(cells, firm, place),
            person=read_person(cells, place, self._notes),
        )

    def _side(self, cells: Sorted, firm: str, place: Place) -> EventSide | None:
        own = side_of(cells.text("side")) or side_of(cells.text("type"))
        around = self._sides[place.sheet]
        if own is not None and around is not None and own is not around:
            self._notes.warn(
                place,
                "side_conflict",
                f"“{firm}”在{around.value}的名单里，这一行却写的是{own.value}，按{own.value}处理",
                "请核对所在工作表和身份列",
                readings=(own.value, around.value),
            )
        return own or around

    def _slots(self, cells: Sorted, place: Place) -> frozenset[int]:
        cell = cells.found.get("time")
        read = self._times.read(cell.value if cell else None)
        if cell is not None and read.doubt:
            self._notes.warn(
                place.at(cell.header),
                "time_unclear",
                read.doubt,
                "请填：全天、上午、下午、9:00-10:30、第一场、除14:00外、15:30后",
                cell.value,
            )
        return read.slots
