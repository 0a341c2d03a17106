"""Chinese text as the indexes see it: normalised, cut into words and character pairs, split into fields to encode."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import rjieba

from matcher.assets import asset
from matcher.domain import Posting

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
def _segmenter() -> Segmenter:
    segmenter = rjieba.Jieba()
    for word in _lines("words.txt"):
        segmenter.add_word(word, None, None)
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
        parts = _segmenter().cut_for_search(run) if _HAN.match(run) else [run]
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


def lexical_text(title: str, detail: str | None, keywords: Sequence[str]) -> str:
    """Return what the lexical index reads of a posting."""
    return "\n".join(part for part in (title, " ".join(keywords), detail or "") if part)


def encoded_fields(title: str, detail: str | None, keywords: Sequence[str]) -> dict[str, str]:
    """Return the texts to encode by field name; a title cut from the start of its detail is not encoded twice."""
    heading = "，".join([title, *(word for word in keywords if word not in title)])
    body = (detail or "").strip()
    if not body:
        return {"title": heading}
    if body.startswith(title) and heading == title:
        return {"detail": body}
    return {"title": heading, "detail": body}


def posting_fields(posting: Posting) -> dict[str, str]:
    """Return `encoded_fields` of a posting."""
    return encoded_fields(posting.title, posting.detail, posting.keywords)
