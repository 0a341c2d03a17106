"""The preference round: whom to suggest to every participant, and the tick-lists that come back."""

import heapq
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.errors import MatcherError
from matcher.firmname import normalise_name
from matcher.planning.candidates import Bars
from matcher.planning.model import Bar, PairScore, Programme, Stance, Wish, pair_key
from matcher.planning.ticklist import CHOICES, HEADERS, LISTED, OVERVIEW, OVERVIEW_HEADERS
from matcher.tabular.attendees.model import LIMITS, MAX_ROWS, Notes, Place
from matcher.tabular.attendees.names import Found, Names
from matcher.tabular.model import Problem, RawRow
from matcher.tabular.read import read_rows
from matcher.tabular.values import text_of

SUGGESTED = 15
"""How many partners a tick-list suggests to each participant."""
_WORDS = {
    Stance.MUST: "必见 必须见 一定见",
    Stance.WANT: "想见 想 √ ✓ ✔ ☑ v y yes 是 要 对 好 希望 希望对接 愿意 想对接 感兴趣 有意向 1 ★ o ○ 同意 见 选",
    Stance.FINE: "可见 可 可以 都可 均可 一般 无所谓 备选 随意 可以见 也可",
    Stance.NO: "不见 不 不想 不想见 否 × ✗ ✘ x n no 不要 不必 不用 拒绝 回避 无意向 不感兴趣 0 不希望 不愿意 不同意",
}
_KNOWN = frozenset((*HEADERS, *OVERVIEW_HEADERS))
_LIMITS = replace(LIMITS, rows=4 * MAX_ROWS)
_CUT = re.compile(r"[\s/、，,；;|或和]+")
_DIGITS = 6
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
    own = {(wish.of, pair_key(wish.of, wish.about)) for wish in programme.wishes if wish.stance is not Stance.NO}
    partners: dict[str, list[PairScore]] = defaultdict(list)
    for pair in {**scores, **dict.fromkeys(pair for _, pair in sorted(own))}:
        if bars.of(pair) in (None, Bar.TIME):
            for one in pair:
                partners[one].append(scores.get(pair) or PairScore(pair=pair, score=0))
    return {
        one: tuple(heapq.nsmallest(count, found, key=lambda s: ((one, s.pair) not in own, -s.score, s.pair)))
        for one, found in partners.items()
    }


def read_tick_list(path: Path, programme: Programme) -> Ticked:
    """Return the wishes of a tick-list that came back: renamed sheets, moved or added rows and ✓ do not matter.

    Partners written into spare rows are told by name. Rows are told by their hidden ids, failing those by name; where
    the two tell of different participants, the row is left out. Rows and sheets that are gone are noted.
    :raises MatcherError: when the file as a whole cannot be read (as `read_rows`).
    """
    reader = _Reader(programme)
    try:
        for row in read_rows(
            path, limits=_LIMITS, known=_KNOWN.__contains__, expected=HEADERS[:4], report=reader.report
        ):
            reader.take(row)
    except MatcherError as error:
        if error.code != "header_missing":
            raise
        raise MatcherError(
            error.code,
            f"文件“{path.name}”里没有找到意愿表的表头：请恢复“{'、'.join(HEADERS[:4])}”一行，或重新下载意愿表填写",
            **error.details,
        ) from error
    reader.check_gone()
    return Ticked(
        wishes=tuple(reader.wishes.values()),
        problems=tuple(replace(problem, file=path.name) for problem in reader.notes.tally.first),
        unanswered=reader.unanswered,
    )


def stance_of(text: str) -> Stance | None:
    """Return the stance that a cell states: 想见, ✓, 是, 不 …; None when it states none."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().strip("。.!！ ")
    return _STANCES.get(plain)


class _Reader:
    """Reads the rows of one file in order against one programme."""

    def __init__(self, programme: Programme) -> None:
        self.wishes: dict[tuple[str, str], Wish] = {}
        self.notes = Notes()
        self.unanswered = 0
        self._people = {participant.id: participant for participant in programme.participants}
        self._find = Names((participant.id, participant.name) for participant in programme.participants)
        self._own: dict[str, str | None] = {}
        self._numbers: dict[str, tuple[str, set[int]]] = {}
        self._listed: dict[str, int] = {}
        self._blind: set[str] = set()

    def report(self, problem: Problem) -> None:
        """Take a problem of the file: a list without its header is one, the overview without is none."""
        if problem.code == "sheet_no_header":
            remedy = f"请恢复表头一行：{'、'.join(HEADERS[:4])}"
            problem = replace(problem, message=f"工作表“{problem.sheet}”的表头不见了，没有读取", remedy=remedy)
        self.notes.tally.add(problem)

    def take(self, row: RawRow) -> None:
        """Take the wish of a row; what is not understood is noted."""
        if LISTED in row.headers:
            self._take_overview(row)
        elif "意愿" in row.headers:
            self._take_answer(row)
        elif row.sheet not in self._blind:
            self._blind.add(row.sheet)
            message = f"工作表“{row.sheet}”没有“意愿”列，没有读取"
            self.notes.warn(Place(row.sheet, None), "column_missing", message, "请恢复“意愿”列，或重新下载意愿表填写")

    def check_gone(self) -> None:
        """Note the rows and sheets that the file was sent out with and that are not there."""
        for own, (sheet, numbers) in self._numbers.items():
            gone = sorted(set(range(1, self._listed.get(own, max(numbers, default=0)) + 1)) - numbers)
            if gone:
                message = f"序号 {'、'.join(map(str, gone))} 的行不在表里，按未表态处理"
                self.notes.warn(
                    Place(sheet, None, "序号"), "rows_gone", message, "如对这些单位有意愿，请把单位名称写在末尾空行"
                )
        for own in self._listed.keys() - self._numbers.keys() if self._numbers else ():
            message = f"“{self._people[own].name}”的意愿表不在文件里，按未表态处理"
            self.notes.warn(Place(OVERVIEW, None), "list_gone", message, "如误删，请找回这张工作表后重新上传")

    def _take_overview(self, row: RawRow) -> None:
        found = self._find.exact(text_of(row.cells.get("单位", "")))
        count = text_of(row.cells.get(LISTED, ""))
        if found is not None and found.only and count.isdecimal() and len(count) < _DIGITS:
            self._listed[found.only] = int(count)

    def _take_answer(self, row: RawRow) -> None:
        said, written = text_of(row.cells.get("意愿", "")), text_of(row.cells.get("对方单位", ""))
        given = text_of(row.cells.get("对方编号", ""))
        of = self._owner(row)
        self._count(row, of)
        partner = self._people.get(given)
        spare = not any(row.cells.get(column) for column in ("序号", "理由", "对方编号"))
        if not said and (not written or (not spare and (partner is None or same_name(written, partner.name)))):
            self.unanswered += not spare
            return
        place = Place(row.sheet, row.number, "意愿")
        stance = self._stance(said, place)
        about = self._partner(written, given, place.at("对方单位"))
        if of is None:
            self._unknown(place.at("本方编号"), self._title(row))
        if stance is None or about is None or of is None:
            return
        if of == about:
            self.notes.warn(place, "name_own", f"“{self._people[of].name}”就是本单位，没有采用", "请改为对方单位")
            return
        self._keep(Wish(of=of, about=about, stance=stance), place)

    def _count(self, row: RawRow, of: str | None) -> None:
        number = text_of(row.cells.get("序号", ""))
        if of is not None:
            numbers = self._numbers.setdefault(of, (row.sheet, set()))[1]
            numbers.update([int(number)] if number.isdecimal() and len(number) < _DIGITS else [])

    def _stance(self, said: str, place: Place) -> Stance | None:
        """Return the stance of a cell; a partner that is named without one is one to meet."""
        stance = stance_of(said) if said else Stance.WANT
        if stance is None:
            several = [found for piece in _CUT.split(said) if (found := stance_of(piece))]
            why = f"填了不止一种意愿（{'、'.join(several)}）" if len(set(several)) > 1 else "看不出意愿"
            self.notes.warn(
                place, "stance_unknown", f"“{said}”{why}，没有采用", f"请填：{'、'.join(CHOICES)}", said, tuple(CHOICES)
            )
        return stance

    def _title(self, row: RawRow) -> str:
        """Return the participant that a sheet is named after."""
        return row.sheet.lstrip("0123456789 ")

    def _owner(self, row: RawRow) -> str | None:
        """Return whose list a row is of: by its hidden id, as the rows above it, by the sheet's name."""
        given = text_of(row.cells.get("本方编号", ""))
        if given in self._people:
            self._own[row.sheet] = given
        elif row.sheet not in self._own:
            self._own[row.sheet] = self._find.find(self._title(row)).only
        return self._own[row.sheet]

    def _partner(self, written: str, given: str, place: Place) -> str | None:
        """Return the participant that a row is about: by its hidden id, unless another's name was put over it."""
        partner = self._people.get(given)
        if partner is not None and (not written or same_name(written, partner.name)):
            return given
        found = next(iter(self._find.in_cell(written)), Found(written))
        if partner is not None and given in found.ids:
            return given
        if partner is not None and found.ids:
            both = (self._find.name(found.ids[0]), partner.name)
            message = f"单位名称是“{written}”，这一行原来是“{partner.name}”，没有采用"
            remedy = "请恢复原来的名称，把另外想见的单位写在末尾空行"
            self.notes.warn(place, "party_mismatch", message, remedy, written, both)
            return None
        if partner is not None:
            message = f"单位名称“{written}”与原来的“{partner.name}”不同，按“{partner.name}”处理"
            remedy = "如果想见的是另一家，请把全称写在末尾空行"
            self.notes.warn(place, "party_renamed", message, remedy, written, (partner.name,))
            return given
        return self._named(found, place)

    def _named(self, found: Found, place: Place) -> str | None:
        if found.only is None:
            self._unknown(place, found.text, found)
        elif found.how in ("错字", "缩写"):
            name = self._people[found.only].name
            message = f"“{found.text}”按“{name}”处理"
            self.notes.warn(place, "name_guessed", message, "如果不是，请改为全称", found.text, (name,))
        return found.only

    def _unknown(self, place: Place, name: str, found: Found | None = None) -> None:
        why = "对得上不止一家" if found and found.ids else "不在参会单位里"
        message = f"“{name}”{why}，这一行没有采用" if name else "填了意愿，没有写对方单位，这一行没有采用"
        remedy = "请填写参会单位的全称，且不要删除隐藏的编号列"
        self.notes.warn(place, "party_unknown", message, remedy, name, found.near[:3] if found else ())

    def _keep(self, wish: Wish, place: Place) -> None:
        """Keep a wish; of two about one partner the later counts, and is noted."""
        before, other = self.wishes.get((wish.of, wish.about)), self._people[wish.about]
        if before is not None and before.stance is not wish.stance:
            message = f"对“{other.name}”填了两次：{before.stance}、{wish.stance}，按后一次处理"
            self.notes.warn(place, "stance_twice", message, "请核对，只保留一种", wish.stance)
        side = other.side
        if wish.stance is not Stance.NO and side is not None and side is self._people[wish.of].side:
            message = f"“{other.name}”同为{side}，不安排会面"
            self.notes.warn(place, "wish_same_side", message, "如需安排，请主办方更正其中一家的身份", other.name)
        self.wishes[wish.of, wish.about] = wish


def same_name(one: str, other: str) -> bool:
    """Return whether two texts are one name, apart from width, case, brackets and spaces."""
    return normalise_name(one) == normalise_name(other)


def merged_wishes(wishes: Sequence[Wish], ticked: Sequence[Wish]) -> tuple[Wish, ...]:
    """Return wishes with those of a tick-list laid over them: the later statement about a partner counts."""
    return tuple(_latest(wishes, ticked))


def _latest(wishes: Sequence[Wish], ticked: Sequence[Wish]) -> Iterator[Wish]:
    said = {(wish.of, wish.about) for wish in ticked}
    yield from (wish for wish in wishes if (wish.of, wish.about) not in said)
    yield from ticked
