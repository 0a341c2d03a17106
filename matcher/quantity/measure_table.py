"""The topics that quantities speak of, their cue words and the words around a number, as `measures.toml` lists them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from matcher.assets import asset
from matcher.errors import MatcherError
from matcher.quantity.base import Sense
from matcher.quantity.units import counted

_COUNTS = "@counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One row of `measures.toml`; the fields are described at its head."""

    name: str
    label: str
    unit: str
    dims: frozenset[str]
    sense: Sense
    words: tuple[str, ...]
    after: tuple[str, ...] = ()
    choice: bool = False
    plain: bool = True
    head: str = ""
    rank: int = 0
    default: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cues:
    """The cue words that may name what a quantity of one dimension is about, before it or after it, longest first."""

    pattern: re.Pattern[str]
    after: re.Pattern[str]
    topics: Mapping[str, Topic]
    default: Topic | None


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    with asset("data", "conditions", "measures.toml").open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def topics() -> dict[str, Topic]:
    """Return every topic by name."""
    return {name: _topic(name, row) for name, row in _raw()["topics"].items()}


def _topic(name: str, row: Mapping[str, Any]) -> Topic:
    return Topic(
        name=name,
        label=row["label"],
        unit=row["unit"],
        dims=frozenset(row["dims"]) | (counted() if _COUNTS in row["dims"] else frozenset()),
        sense=Sense(row["sense"]),
        words=tuple(row["words"]),
        after=tuple(row.get("after", ())),
        choice=row.get("offer", "value") == "choice",
        plain=row.get("ask", "any") == "any",
        head=row.get("head", ""),
        rank=row.get("rank", 0),
        default=frozenset(row.get("default", ())),
    )


def topic(name: str) -> Topic:
    """Return the topic of that name.

    :raises MatcherError: `topic_unknown` when no such topic is measured.
    """
    found = topics().get(name)
    if found is None:
        raise MatcherError("topic_unknown", f"没有名为“{name}”的量，可用的见 data/conditions/measures.toml")
    return found


@lru_cache(maxsize=64)
def cues(dimension: str) -> Cues:
    """Return the cue words of a dimension; of two topics that share a word the one listed first has it."""
    found: dict[str, Topic] = {}
    behind: dict[str, Topic] = {}
    default = None
    for each in topics().values():
        if dimension in each.dims:
            for word in each.words:
                found.setdefault(word, each)
            for word in each.after:
                behind.setdefault(word, each)
        if dimension in each.default:
            default = each
    return Cues(one_of(found), one_of({**found, **behind}), {**behind, **found}, default)


def one_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return an expression that finds any of the words, the longest where several begin; no words match nothing."""
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)) if ordered else r"(?!)")


@lru_cache(maxsize=32)
def mark(name: str) -> re.Pattern[str]:
    """Return the expression of one list under `[marks]`."""
    return one_of(_raw()["marks"][name])


@lru_cache(maxsize=1)
def part_words() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the words for parts and features, and the sign each part goes by."""
    signs = {word: sign for sign, words in _raw()["parts"].items() for word in words}
    return one_of(signs), signs


@lru_cache(maxsize=1)
def edges() -> str:
    """Return the single characters that name nothing at either end of a noun."""
    return str(_raw()["marks"]["edges"])


@lru_cache(maxsize=1)
def area_words() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the words that say which part of a property an area is of, and the part each one means."""
    parts = {word: part for part, words in _raw()["areas"].items() for word in words}
    return one_of(parts), parts


def month_days() -> tuple[float, float]:
    """Return the fewest and most days of a month."""
    low, high = _raw()["calendar"]["month_days"]
    return float(low), float(high)


def work_days(period: str) -> tuple[float, float]:
    """Return the fewest and most days a firm runs in a month, year or week."""
    low, high = _raw()["calendar"]["work_days"][period]
    return float(low), float(high)


def day_hours() -> tuple[float, float]:
    """Return the fewest and most hours a firm runs in a day."""
    low, high = _raw()["calendar"]["day_hours"]
    return float(low), float(high)


def reading_dates() -> tuple[date, date]:
    """Return the first and last day on which an undated text is taken to be read."""
    first, last = _raw()["calendar"]["as_of"]
    return first, last
