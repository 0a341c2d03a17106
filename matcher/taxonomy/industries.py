"""Industries: GB/T 4754-2017 codes with their section letter, and Beijing's ten 高精尖 industries by name."""

import csv
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from matcher.assets import asset
from matcher.errors import MatcherError

_CODE = re.compile(r"([A-T]?)(\d{2,4})(?![0-9])|([A-T])(?![A-Z0-9])")
_NOISE = re.compile(r"[\s、，,。.·；;（）()《》“”\"']")
_SEPARATOR = re.compile(r"[/>\\|\-—]+")


@dataclass(frozen=True, slots=True)
class _Table:
    names: Mapping[str, str]
    parents: Mapping[str, str]
    words: Mapping[str, str]
    prefixes: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    words: dict[str, str] = {}
    with asset("data", "taxonomy", "industries.csv").open(encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: (int(row["level"]), row["code"]))
    for row in rows:
        names[row["code"]] = row["name"]
        parents[row["code"]] = row["parent"]
        words.setdefault(_key(row["name"]), row["code"])
    prefixes: dict[str, tuple[str, ...]] = {}
    for entry in tomllib.loads(asset("data", "taxonomy", "hightech.toml").read_text(encoding="utf-8"))["industry"]:
        label = entry["label"]
        names[label], parents[label], prefixes[label] = label, "", tuple(entry["prefixes"])
        words[_key(label)] = label
        for alias in entry["aliases"]:
            words.setdefault(_key(alias), label)
    return _Table(names, parents, words, prefixes)


def _key(name: str) -> str:
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", name)).lower()
    return plain.removesuffix("业") or plain


@lru_cache(maxsize=4096)
def industry_code(text: str) -> str:
    """Return the canonical code ("C3421") of a code with or without its section letter, or of a class name.

    A name shared by a group and its only class gives the group. A 高精尖 industry is its own code ("新材料").

    :raises MatcherError: `unknown_industry` with up to three `suggestions`.
    """
    table = _table()
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _CODE.match(plain.upper()):
        code = _by_digits().get(match[2]) if match[2] else match[3]
        if code and code.startswith(match[1] or ""):
            return code
    elif found := table.words.get(_key(plain)) or table.words.get(_key(_SEPARATOR.split(plain)[-1])):
        return found
    suggestions = _nearest(plain)
    raise MatcherError(
        "unknown_industry",
        f"没有行业“{text}”，请填 GB/T 4754-2017 代码（如 C3421）或名称；相近的有：{'、'.join(suggestions) or '无'}",
        suggestions=suggestions,
    )


@lru_cache(maxsize=1)
def _by_digits() -> Mapping[str, str]:
    return {code[1:]: code for code in _table().names if code[1:].isdigit()}


def _nearest(text: str) -> list[str]:
    table = _table()
    shown = {code: f"{code} {name}" if code != name else name for code, name in table.names.items()}
    digits = re.sub(r"\D", "", text)
    if digits:
        close = [code for code in (_by_digits().get(digits[:n]) for n in (4, 3, 2)) if code]
        return [shown[code] for code in dict.fromkeys(close)][:3]
    best = process.extract(_key(text), table.words.keys(), scorer=fuzz.ratio, limit=3, score_cutoff=35)
    return [shown[code] for code in dict.fromkeys(table.words[word] for word, _, _ in best)]


def industry_name(code: str) -> str:
    """Return the name of a canonical code.

    :raises MatcherError: `unknown_industry`.
    """
    return _table().names[_known(code)]


def industry_path(code: str) -> tuple[str, ...]:
    """Return the names from the section down to a canonical code; a 高精尖 industry is a path of one.

    :raises MatcherError: `unknown_industry`.
    """
    return tuple(_table().names[step] for step in _steps(_known(code)))


@lru_cache(maxsize=1)
def all_industry_classes() -> tuple[str, ...]:
    """Return every four-digit class in order of its code."""
    return tuple(sorted(code for code in _by_digits().values() if len(code) == 5))


@lru_cache(maxsize=4096)
def hightech_labels(code: str) -> tuple[str, ...]:
    """Return the 高精尖 industries that hold a canonical class code, in the order of the table."""
    return tuple(label for label, prefixes in _table().prefixes.items() if code.startswith(prefixes))


@lru_cache(maxsize=4096)
def industry_classes(code: str) -> tuple[str, ...]:
    """Return the four-digit classes within a canonical code; none for a 高精尖 label, which cuts across classes.

    :raises MatcherError: `unknown_industry`.
    """
    wanted = _known(code)
    return tuple(found for found in _by_digits().values() if len(found) == 5 and found.startswith(wanted))


def _known(code: str) -> str:
    return code if code in _table().names else industry_code(code)


@lru_cache(maxsize=4096)
def _steps(code: str) -> tuple[str, ...]:
    parent = _table().parents[code]
    return (*_steps(parent), code) if parent else (code,)


def industry_covers(wanted: str, code: str) -> bool:
    """Return whether canonical `code` lies in `wanted`: C ⊃ C34 ⊃ C3421; a 高精尖 label covers itself and its classes.

    The classes of a 高精尖 industry are those of `data/taxonomy/hightech.toml`.
    """
    prefixes = _table().prefixes
    if wanted in prefixes:
        return code == wanted or (code not in prefixes and code.startswith(prefixes[wanted]))
    return code.startswith(wanted)


@lru_cache(maxsize=65536)
def industry_distance(a: str, b: str) -> int | None:
    """Return how many levels the deeper of two canonical codes is below their common ancestor, 0 (same) to 3.

    A 高精尖 label is one level above the classes it covers. None: nothing in common.

    :raises MatcherError: `unknown_industry`.
    """
    a, b = _known(a), _known(b)
    if a in _table().prefixes or b in _table().prefixes:
        return 0 if a == b else 1 if industry_covers(a, b) or industry_covers(b, a) else None
    first, second = _steps(a), _steps(b)
    shared = sum(1 for x, y in zip(first, second, strict=False) if x == y)
    return max(len(first), len(second)) - shared if shared else None
