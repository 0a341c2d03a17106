"""The words and samples a check goes by: `data/conditions/vague.toml` and `check.toml`."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from matcher.assets import asset
from matcher.domain import Condition, Operator, PostingKind, Side
from matcher.taxonomy import Field, FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class Vague:
    """Words that promise without a number, what would settle them, and the sentences to write instead."""

    words: tuple[str, ...]
    topics: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    request: str | None = None
    offer: str | None = None

    def instead(self, side: Side) -> str | None:
        """Return the sentence to write instead."""
        return self.request if side is Side.REQUEST else self.offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a posting of one kind is asked for; the head of `check.toml` says what each field means."""

    title: str
    mode: tuple[str, ...]
    time: tuple[str, ...]
    measure: tuple[str, ...]
    require: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    condition: Condition = Condition(name="certificates", op=Operator.CONTAINS, value="ISO 9001")


_SAMPLES: Mapping[FieldType, object] = {
    FieldType.LIST: ["某某"],
    FieldType.BOOL: True,
    FieldType.INTEGER: 2,
    FieldType.TEXT: "某某",
    FieldType.WINDOWS: "每周六、周日全天",
}


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, Any]:
    with asset("data", "conditions", name).open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def vague_words() -> tuple[Vague, ...]:
    """Return the words that are questioned unless a number stands for them."""
    return TypeAdapter(tuple[Vague, ...]).validate_python(_table("vague.toml")["vague"])


@lru_cache(maxsize=1)
def all_vague() -> re.Pattern[str]:
    """Return the expression of every word that is questioned."""
    return any_of([word for entry in vague_words() for word in entry.words])


@lru_cache(maxsize=len(PostingKind))
def wanted(kind: PostingKind) -> Wanted:
    """Return what a posting of a kind is asked for."""
    return TypeAdapter(Wanted).validate_python(_table("check.toml")["kinds"][kind.value])


def sample(field: Field) -> object:
    """Return a value of a field to show where only the poster knows the right one; a date has none."""
    if field.name in _table("check.toml")["samples"]:
        return _table("check.toml")["samples"][field.name]
    return field.options[0] if field.options else _SAMPLES.get(field.type, 10)


@lru_cache(maxsize=128)
def cue(field: str) -> re.Pattern[str]:
    """Return the expression of the words by which a text says that an attribute has a value."""
    return any_of(_table("vague.toml")["cues"].get(field, ()))


@lru_cache(maxsize=4)
def words_of(section: str, name: str = "words") -> re.Pattern[str]:
    """Return the expression of one list of `vague.toml`."""
    return any_of(_table("vague.toml")[section][name])


def any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Return an expression that finds any of the words, the longest first; no words find nothing."""
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)) if ordered else r"(?!)")
