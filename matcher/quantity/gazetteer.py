"""Places that a text names: provinces, cities, counties, areas of several provinces (长三角) and countries."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matcher.assets import asset
from matcher.quantity.patterns import heads
from matcher.taxonomy import find_region, region_covers, region_name

NATION = "CN"
_TAIL = 14
_SUFFIX = re.compile(r"(?<=..)(?:特别行政区|(?:[\u4e00-\u9fff]族|维吾尔)*自治[区州县]|地区|新区|[省市区县盟])$")
_NATION = ("全国", "国内", "境内", "中国大陆", "中国境内")
_VIRTUAL = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class Place:
    """A place named at [start, end); `codes` are all it surely takes in, `maybe` what it takes in for some."""

    start: int
    end: int
    codes: frozenset[str]
    maybe: frozenset[str] = frozenset()


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    with asset("data", "conditions", "places.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True, slots=True)
class _Names:
    codes: Mapping[str, tuple[frozenset[str], frozenset[str]]]
    lengths: Mapping[str, tuple[int, ...]]


@lru_cache(maxsize=1)
def _names() -> _Names:
    codes: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    nothing: frozenset[str] = frozenset()
    for word, code in _divisions():
        codes.setdefault(word, (frozenset({code}), nothing))
    for word, listed in _raw()["areas"].items():
        codes[word] = frozenset(listed), frozenset(_raw()["maybe"].get(word, ()))
    for region, countries in _raw()["world"].items():
        codes[region] = frozenset({region}), nothing
        for country in countries:
            codes.setdefault(country, (frozenset({f"{region}:{country}"}), nothing))
            for city in _raw()["cities"].get(country, ()):
                codes.setdefault(city, (frozenset({f"{region}:{country}:{city}"}), nothing))
    codes |= {word: (frozenset({NATION}), nothing) for word in _NATION}
    lengths: dict[str, set[int]] = {}
    for word in codes:
        lengths.setdefault(word[:2], set()).add(len(word))
    return _Names(codes, {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()})


def _divisions() -> Iterator[tuple[str, str]]:
    """Yield the names that mean one division only: every full one, and short ones that are no ordinary word."""
    with asset("data", "taxonomy", "regions.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["name"] not in _VIRTUAL]
    common = frozenset(_raw()["common"])
    rows.sort(key=lambda row: (not row["code"].endswith("0000"), not row["code"].endswith("00")))
    words = [(word, row["code"]) for row in rows for word in {row["name"], _SUFFIX.sub("", row["name"])}]
    seen: dict[str, int] = {}
    for word, _ in words:
        seen[word] = seen.get(word, 0) + 1
    for word, code in words:
        if len(word) > 1 and word not in common and (seen[word] == 1 or code.endswith("00")):
            yield word, code


def places(folded: str) -> list[Place]:
    """Return the places a text names, in order; 东莞长安 and 江苏省苏州市 are one each, the deepest."""
    names = _names()
    found: list[Place] = []
    end = 0
    for at in sorted(at for head in names.lengths.keys() & heads(folded) for at in _all(folded, head)):
        lengths = names.lengths[folded[at : at + 2]] if at >= end else ()
        word = next((folded[at : at + n] for n in lengths if folded[at : at + n] in names.codes), None)
        if word is not None:
            found.append(_deepest(folded, at, word))
            end = found[-1].end
    return found


def _all(folded: str, head: str) -> Iterator[int]:
    """Yield every place where a text has the two characters."""
    at = folded.find(head)
    while at >= 0:
        yield at
        at = folded.find(head, at + 1)


def _deepest(folded: str, at: int, word: str) -> Place:
    codes, maybe = _names().codes[word]
    end = at + len(word)
    code = next(iter(codes))
    if len(codes) == 1 and code.isdigit():
        end, code = _chain(folded, end, code)
        codes = frozenset({code})
    return Place(at, end, codes, maybe)


def _chain(folded: str, end: int, code: str) -> tuple[int, str]:
    """Return the end and code of the deepest division named right after one it lies in."""
    names = _names()
    while True:
        skip = end + (folded[end : end + 1] in "·-省市")
        lengths = names.lengths.get(folded[skip : skip + 2], ())
        inner = next((folded[skip : skip + n] for n in lengths if folded[skip : skip + n] in names.codes), None)
        if inner is None:
            break
        (inside,) = names.codes[inner][0] if len(names.codes[inner][0]) == 1 else ("",)
        if not (inside.isdigit() and inside != code and region_covers(code, inside)):
            break
        end, code = skip + len(inner), inside
    if not code.endswith("00"):
        return end, code
    deeper = find_region(region_name(code) + re.split(r"[^\u4e00-\u9fff]", folded[end : end + _TAIL], maxsplit=1)[0])
    return end, deeper if deeper and deeper != code and region_covers(code, deeper) else code


def covers(wanted: str, code: str) -> bool:
    """Return whether one place takes in another: a division its parts, a part of the world its countries."""
    if wanted == NATION:
        return code.isdigit() or code == NATION
    if wanted.isdigit() and code.isdigit():
        return region_covers(wanted, code)
    return code == wanted or code.startswith(wanted + ":")
