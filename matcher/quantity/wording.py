"""Mentions in a text and the words around them: listed with what, affirmed, denied or left open, asked for or owned."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from typing import TypeVar, cast

from matcher.domain import Span
from matcher.quantity.measure_table import mark
from matcher.quantity.numbers import fold
from matcher.quantity.patterns import Found

_T = TypeVar("_T")
# Characters around a mention that may bear on it; what keeps reading linear where a text has no punctuation.
REACH = 60
_PAUSE = re.compile(r"[，。;!?\n()【】]|(?<!\d),|,(?!\d)")
_STOPS = frozenset("。;!?\n")
_LISTED = re.compile(r"\s?(?:[、/和及与或+&]|以及)?\s?")
_ALTERNATIVE = re.compile(r"或|任一|任意一")
_DEMAND = re.compile(r"须|需|要|必须|应|限|保证|确保|达到|满足")
_OWN = re.compile(r"[现既原已]有|自己|现用|目前(?:用|有|是|已)|对接|接住|兼容|配合|如果|若是|想知道|是否")
_PREFERRED = re.compile(r"优先|加分|最好|[更尤]?佳|更好|更便宜|如[有能]|若[有能]|可选|不是必须|非必须|可谈|不强求")


class Source:
    """A text of a posting's `field`, folded character by character, and where its clauses end."""

    def __init__(self, text: str, field: str) -> None:
        self.text = text
        self.field = field
        self.folded = fold(text)
        self.read: dict[object, object] = {}

    @cached_property
    def _pauses(self) -> list[int]:
        return [match.start() for match in _PAUSE.finditer(self.folded)]

    @cached_property
    def _stops(self) -> list[int]:
        return [place for place in self._pauses if self.folded[place] in _STOPS]

    def span(self, start: int, end: int) -> Span:
        """Return the span of the original text."""
        return Span(field=self.field, start=start, end=end, text=self.text[start:end])

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """Return where the clause that holds [start, end) begins and ends."""
        return _between(self._pauses, start, end, len(self.folded))

    def words(self, start: int, end: int) -> tuple[str, str]:
        """Return the words of the clause before and after [start, end), not further than `REACH` characters."""
        first, last = self.clause(start, end)
        return self.folded[max(first, start - REACH) : start], self.folded[end : min(last, end + REACH)]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return where the sentence that holds [start, end) begins and ends."""
        return _between(self._stops, start, end, len(self.folded))

    def near(self, start: int, end: int) -> str:
        """Return the sentence around [start, end), not further than twice `REACH` characters."""
        first, last = self.sentence(start, end)
        return self.folded[max(first, start - 2 * REACH) : min(last, end + 2 * REACH)]

    def next_clause(self, end: int) -> str:
        """Return the clause after the one that ends at `end`, empty where the sentence ends there."""
        if end >= len(self.folded) or self.folded[end] in _STOPS:
            return ""
        at = bisect_right(self._pauses, end)
        while at < len(self._pauses) and self._pauses[at] == end + 1:
            end, at = end + 1, at + 1
        last = self._pauses[at] if at < len(self._pauses) else len(self.folded)
        return self.folded[end + 1 : min(last, end + 1 + REACH)]


@lru_cache(maxsize=16)
def source_of(text: str, field: str) -> Source:
    """Return the text as a source, the same one to all who ask for it in turn."""
    return Source(text, field)


def shared(reader: Callable[[Source], Iterable[_T]]) -> Callable[[Source], tuple[_T, ...]]:
    """Return the reader as one that reads a source once, for what is demanded and for what is stated."""

    @wraps(reader)
    def read(source: Source) -> tuple[_T, ...]:
        if reader not in source.read:
            source.read[reader] = tuple(reader(source))
        return cast(tuple[_T, ...], source.read[reader])

    return read


def _between(places: Sequence[int], start: int, end: int, size: int) -> tuple[int, int]:
    first, last = bisect_left(places, start), bisect_left(places, end)
    return places[first - 1] + 1 if first else 0, places[last] if last < len(places) else size


@dataclass(frozen=True, slots=True)
class Mention:
    """Something named at [start, end), with the words of its clause before and after it and all listed with it.

    `next` is the clause after, when it names nothing of the kind. `run` numbers the list it stands in, `either` says
    that the list offers a choice (A或B). `name` is that of the form which read it.
    """

    match: re.Match[str]
    name: str
    start: int
    end: int
    before: str
    after: str
    next: str
    run: int
    either: bool


def mentions(source: Source, pattern: re.Pattern[str]) -> list[Mention]:
    """Return what `pattern` finds in a text, in order."""
    return around(source, [(match, "") for match in pattern.finditer(source.folded)])


def around(source: Source, found: Sequence[Found]) -> list[Mention]:
    """Return what was found in a text with the words about it."""
    runs = _runs(source.folded, found)
    mentioned: list[Mention] = []
    for number, run in enumerate(runs):
        start, end = run[0][0].start(), run[-1][0].end()
        first, last = source.clause(start, end)
        earlier = runs[number - 1][-1][0].end() if number else 0
        later = runs[number + 1][0][0].start() if number + 1 < len(runs) else len(source.folded)
        following = source.next_clause(last) if later > last else ""
        if later < last + 1 + len(following):
            following = ""
        words = (
            source.folded[max(first, earlier, start - REACH) : start],
            source.folded[end : min(last, later, end + REACH)],
        )
        either = len(run) > 1 and bool(_ALTERNATIVE.search(source.folded, start, last))
        mentioned += [Mention(m, name, m.start(), m.end(), *words, following, number, either) for m, name in run]
    return mentioned


def _runs(folded: str, found: Sequence[Found]) -> list[list[Found]]:
    runs: list[list[Found]] = []
    for each in found:
        if runs and _LISTED.fullmatch(folded, runs[-1][-1][0].end(), each[0].start()):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def apart(mentioned: Sequence[Mention], taken: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that overlap none of those taken."""
    covered = {at for mention in taken for at in range(mention.start, mention.end)}
    return [mention for mention in mentioned if covered.isdisjoint(range(mention.start, mention.end))]


def is_owned(source: Source, start: int) -> bool:
    """Return whether what begins at `start` is the asker's own: its clause or sentence says so, and seeks no other since."""
    clause, _ = source.clause(start, start)
    own = _OWN.search(source.folded, max(clause, start - REACH), start)
    if own and not mark("seek").search(source.folded, own.end(), start):
        return True
    first, _ = source.sentence(start, start)
    said = source.folded[max(first, start - 2 * REACH) : start]
    owners = [match.end() for match in mark("self").finditer(said)]
    return bool(owners) and not mark("seek").search(said, owners[-1])


def is_preferred(mention: Mention) -> bool:
    """Return whether what is named is merely welcome (优先, 最好)."""
    return bool(_PREFERRED.search(mention.before) or _PREFERRED.search(mention.after))


def is_demanded(mention: Mention) -> bool:
    """Return whether a word of demand (须, 要求, 必须) stands before what is named, in its clause."""
    return bool(_DEMAND.search(mention.before))
