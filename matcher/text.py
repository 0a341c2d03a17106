"""Chinese text as the indexes see it: normalised, cut into words and character pairs, split into fields to encode."""

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias

import rjieba

from matcher.assets import asset

Segmenter: TypeAlias = "rjieba.Jieba"

_TOKEN = re.compile(r"[a-z0-9]+(?:[.\-/+#][a-z0-9]+)*[+#]*|[\u3400-\u9fff]+")
_CLAUSE_END = re.compile(r"[。；;！？!?，,\n]")
_TITLE_LENGTH = 40
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z0-9\u3400-\u9fff]")


def normalise(text: str) -> str:
    """Return `text` with full-width and compatibility forms folded, lower-cased, white space collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """Return the segmenter with the words of the lexicon."""
    segmenter = rjieba.Jieba()
    for word in _lines("words.txt"):
        segmenter.add_word(word, None, "n")
    return segmenter


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Return the words too common in postings to tell one from another."""
    return frozenset(_lines("stop.txt"))


def _lines(name: str) -> list[str]:
    text = asset("data", "lexicon", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def words(text: str) -> list[str]:
    """Return the words of `text` in search mode (long words also in their parts), without stop words."""
    stops = stop_words()
    found: list[str] = []
    for run in _TOKEN.findall(normalise(text)):
        parts = segmenter().cut_for_search(run) if _HAN.match(run) else [run]
        found.extend(part for part in parts if part not in stops and _WORD.search(part))
    return found


def character_pairs(text: str) -> list[str]:
    """Return overlapping pairs of Han characters, and Latin or digit runs whole: robust to unknown compounds."""
    found: list[str] = []
    for run in _TOKEN.findall(normalise(text)):
        if _HAN.match(run):
            found.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        else:
            found.append(run)
    return found


def split_title(text: str) -> tuple[str, str | None]:
    """Return (title, detail) of a text without a title: a short text is its own title, a long one opens with it."""
    text = " ".join(text.split())
    if len(text) <= _TITLE_LENGTH:
        return text, None
    first = _CLAUSE_END.split(text, maxsplit=1)[0]
    return (first or text)[:_TITLE_LENGTH], text
