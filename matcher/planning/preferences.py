"""The preference round: whom to suggest to every participant, and the tick-lists that come back."""

import heapq
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.planning.candidates import Bars
from matcher.planning.model import Bar, PairScore, Programme, Stance, Wish, pair_key
from matcher.planning.ticklist import CHOICES, HEADERS
from matcher.tabular.attendees.model import MAX_ROWS, Notes, Place
from matcher.tabular.attendees.names import Names
from matcher.tabular.model import Limits, Problem, RawRow
from matcher.tabular.read import read_rows
from matcher.tabular.values import text_of

_WORDS = {
    Stance.MUST: "必见 必须见 一定见",
    Stance.WANT: "想见 想 √ ✓ ✔ ☑ v y yes 是 要 对 好 希望 希望对接 愿意 想对接 感兴趣 有意向 1 ★ o ○ 同意 见 选",
    Stance.FINE: "可见 可 可以 都可 均可 一般 无所谓 备选 随意 可以见 也可",
    Stance.NO: "不见 不 不想 不想见 否 × ✗ ✘ x n no 不要 不必 不用 拒绝 回避 无意向 不感兴趣 0 不希望 不愿意 不同意",
}
_STANCES = {word: stance for stance, said in _WORDS.items() for word in said.split()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What came back: the wishes, what was not understood, and how many rows were left unanswered."""

    wishes: tuple[Wish, ...]
    problems: tuple[Problem, ...] = ()
    unanswered: int = 0


def suggestions(programme: Programme, count: int) -> Mapping[str, tuple[PairScore, ...]]:
    """Return for every participant its best `count` partners that may meet it, best first; those it asked for lead.

    A pair of low relevance is left out unless a side asked for it.
    """
    bars = Bars(programme)
    scores = {scored.pair: scored for scored in programme.scores}
    asked = {pair_key(wish.of, wish.about): wish for wish in programme.wishes if wish.stance is not Stance.NO}
    partners: dict[str, list[PairScore]] = defaultdict(list)
    for pair in {**scores, **dict.fromkeys(asked)}:
        if bars.of(pair) in (None, Bar.TIME):
            for one in pair:
                partners[one].append(scores.get(pair) or PairScore(pair=pair, score=0))
    own = {(wish.of, pair_key(wish.of, wish.about)) for wish in asked.values()}
    return {
        one: tuple(heapq.nsmallest(count, found, key=lambda s: ((one, s.pair) not in own, -s.score, s.pair)))
        for one, found in partners.items()
    }


def read_tick_list(path: Path, programme: Programme) -> Ticked:
    """Return the wishes of a tick-list that came back: renamed sheets, moved or added rows and ✓ do not matter.

    Partners written into spare rows are told by name. Rows are told by their hidden ids, failing those by name.
    :raises MatcherError: when the file as a whole cannot be read (as `read_rows`).
    """
    notes = Notes()
    reader = _Reader(programme, notes)
    rows = read_rows(
        path,
        limits=Limits(rows=MAX_ROWS * 4, file_bytes=64 << 20),
        known=lambda header: header in HEADERS,
        expected=HEADERS[:4],
        report=lambda problem: notes.tally.add(problem) if problem.code == "cell_too_long" else None,
    )
    wishes: dict[tuple[str, str], Wish] = {}
    unanswered = 0
    for row in rows:
        if "意愿" not in row.headers:
            continue
        wish = reader.read(row)
        unanswered += wish is None and not text_of(row.cells.get("意愿", ""))
        if wish is not None:
            _keep(wishes, wish, row, reader, notes)
    return Ticked(
        wishes=tuple(wishes.values()),
        problems=tuple(replace(problem, file=path.name) for problem in notes.tally.first),
        unanswered=unanswered,
    )


def stance_of(text: str) -> Stance | None:
    """Return the stance that a cell states: 想见, ✓, 是, 不 …; None when it states none."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().strip("。.!！ ")
    return _STANCES.get(plain)


class _Reader:
    """Reads one row at a time against one programme."""

    def __init__(self, programme: Programme, notes: Notes) -> None:
        self.names = {participant.id: participant.name for participant in programme.participants}
        self._find = Names(self.names.items())
        self._notes = notes

    def read(self, row: RawRow) -> Wish | None:
        """Return the wish of a row, None when it states none; what is not understood is noted."""
        said = text_of(row.cells.get("意愿", ""))
        written = text_of(row.cells.get("对方单位", ""))
        has_id = bool(row.cells.get("对方编号"))
        if not said and (has_id or not written):
            return None
        place = Place(row.sheet, row.number, "意愿")
        stance = stance_of(said) if said else Stance.WANT
        if stance is None:
            self._notes.warn(
                place,
                "stance_unknown",
                f"“{said}”看不出意愿，没有采用",
                f"请填：{'、'.join(CHOICES)}",
                said,
                tuple(CHOICES),
            )
            return None
        of = self._party(row, "本方编号", self._title(row))
        about = self._party(row, "对方编号", written)
        if of is None or about is None or of == about:
            return None
        return Wish(of=of, about=about, stance=stance)

    def _title(self, row: RawRow) -> str:
        """Return the participant that a sheet is named after."""
        return row.sheet.lstrip("0123456789 ")

    def _party(self, row: RawRow, column: str, name: str) -> str | None:
        id_ = text_of(row.cells.get(column, ""))
        if id_ in self.names:
            return id_
        found = next(iter(self._find.in_cell(name)), None)
        if found is not None and found.only is not None:
            return found.only
        self._notes.warn(
            Place(row.sheet, row.number, column),
            "party_unknown",
            f"“{name or id_}”{'对得上不止一家' if found and found.ids else '不在参会单位里'}，这一行没有采用",
            "请填写参会单位的全称，且不要删除隐藏的编号列",
            name or id_,
            found.near[:3] if found else (),
        )
        return None


def _keep(wishes: dict[tuple[str, str], Wish], wish: Wish, row: RawRow, reader: _Reader, notes: Notes) -> None:
    """Keep a wish; of two about one partner the later counts, and is noted."""
    before = wishes.get((wish.of, wish.about))
    if before is not None and before.stance is not wish.stance:
        notes.warn(
            Place(row.sheet, row.number, "意愿"),
            "stance_twice",
            f"对“{reader.names[wish.about]}”填了两次：{before.stance}、{wish.stance}，按后一次处理",
            "请核对",
            wish.stance,
        )
    wishes[wish.of, wish.about] = wish


def merged_wishes(wishes: Sequence[Wish], ticked: Sequence[Wish]) -> tuple[Wish, ...]:
    """Return wishes with those of a tick-list laid over them: the later statement about a partner counts."""
    return tuple(_latest(wishes, ticked))


def _latest(wishes: Sequence[Wish], ticked: Sequence[Wish]) -> Iterator[Wish]:
    said = {(wish.of, wish.about) for wish in ticked}
    yield from (wish for wish in wishes if (wish.of, wish.about) not in said)
    yield from ticked
