"""Which column of an attendee sheet means what, and the words that cells use."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from matcher.assets import asset
from matcher.planning.model import EventSide
from matcher.tabular.cells import Cell
from matcher.tabular.header import normalised, split_unit
from matcher.tabular.model import CellMap
from matcher.tabular.values import text_of

IGNORED = "ignored"
_CHARS = 24
JOINED = frozenset({IGNORED, "want", "avoid", "must", "met", "fine", "rivals", "needs", "offers", "note", "short"})


class Headers:
    """The columns we can read: whole headers by `words`, pieces of headers by `pieces` in order."""

    def __init__(
        self, words: Mapping[str, str], pieces: tuple[tuple[str, str], ...], expected: tuple[str, ...]
    ) -> None:
        self._words = words
        self._pieces = pieces
        self.expected = expected
        self.find = lru_cache(maxsize=8192)(self._find)

    def _find(self, header: str) -> str | None:
        """Return the column that a header means, `IGNORED` for one without content, None when we know none."""
        key = normalised(header)
        base = split_unit(key)[0]
        for word in (key, base, key.rpartition("/")[2], base.rstrip("0123456789①②③④⑤⑥⑦⑧⑨一二三四五")):
            if word in self._words:
                return self._words[word]
        if len(base) > _CHARS:
            return None
        return next((name for piece, name in self._pieces if piece in base), None)

    def known(self, header: str) -> bool:
        """Return whether a header is one we can read."""
        return self.find(header) is not None


@dataclass(frozen=True, slots=True)
class Sorted:
    """The cells of a row by column, and what no column claims by header."""

    found: dict[str, Cell] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the text of a column on one line, empty when there is none."""
        cell = self.found.get(name)
        return " ".join(text_of(cell.value).split()) if cell else ""


@dataclass(frozen=True, slots=True)
class Words:
    """A table of words from data/import/attendees.toml, each in the form that `folded` gives."""

    sets: Mapping[str, frozenset[str]]

    def has(self, name: str, text: str) -> bool:
        """Return whether a text is one of the words of a set."""
        return folded(text) in self.sets[name]


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, Any]]:
    """Return data/import/attendees.toml as it stands."""
    return tomllib.loads(asset("data", "import", "attendees.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def headers() -> Headers:
    """Return the columns of an attendee sheet."""
    words = {normalised(word): IGNORED for word in strings(table()["ignored"])}
    pieces: list[tuple[str, str]] = []
    for name, entry in table()["columns"].items():
        for word in (name, entry["label"], *entry["aliases"]):
            words.setdefault(normalised(word), name)
        pieces += [(normalised(piece), name) for piece in entry.get("contains", ())]
    return Headers(words, tuple(pieces), strings(table()["expected"]))


@lru_cache(maxsize=4)
def words(section: str) -> Words:
    """Return the word sets of a section of the table: `words`, `time`."""
    return Words({name: frozenset(map(folded, strings(entry))) for name, entry in table()[section].items()})


def strings(value: object) -> tuple[str, ...]:
    """Return a list of the table as texts."""
    return tuple(map(str, value)) if isinstance(value, Iterable) else ()


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Return a cell's text for comparison: half width, lower case, without spaces, marks, full stops and brackets."""
    return normalised(text).strip("。.!！()[]【】")


def sort_cells(cells: CellMap, columns: Headers) -> Sorted:
    """Return the cells of a row by what they mean; a second column of one meaning is joined or kept apart."""
    found = Sorted()
    for header, value in cells.items():
        name = columns.find(header)
        if name is None or (name in found.found and name not in JOINED):
            found.extra[text_of(header)] = value
        elif name in found.found:
            first = found.found[name]
            found.found[name] = Cell(first.header, f"{text_of(first.value)}\n{text_of(value)}")
        elif name != IGNORED:
            found.found[name] = Cell(header, value)
    return found


@lru_cache(maxsize=4096)
def side_of(text: str) -> EventSide | None:
    """Return the side that a sheet's name or a cell speaks of; None when it names neither or both."""
    plain = folded(text)
    for word in strings(table()["side"]["neither"]):
        plain = plain.replace(word, "")
    host = any(word in plain for word in strings(table()["side"]["host"]))
    guest = any(word in plain for word in strings(table()["side"]["guest"]))
    if host == guest:
        return None
    return EventSide.HOST if host else EventSide.GUEST
