"""The words of `data/lexicon/asking.toml` as parts of regular expressions."""

import re
import tomllib
from functools import lru_cache

from matcher.assets import asset
from matcher.text import segmenter


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(asset("data", "lexicon", "asking.toml").read_text(encoding="utf-8"))


def any_of(*names: str) -> str:
    """Return the words of the lists named `table.list` as one group, longest first; those of `…_re` lists are expressions."""
    plain = {word for name in names if not name.endswith("_re") for word in word_list(name)}
    parts = [word for name in names if name.endswith("_re") for word in word_list(name)]
    return "(?:" + "|".join([*map(re.escape, sorted(plain, key=lambda word: (-len(word), word))), *parts]) + ")"


def word_list(name: str) -> list[str]:
    """Return the list named `table.list`."""
    table, _, key = name.partition(".")
    return _tables()[table][key]


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return `pattern` compiled, in which `<table.list+table.list>` stands for `any_of` those lists; case is ignored."""
    return re.compile(
        re.sub(r"<([a-z]+\.[a-z._+]+)>", lambda found: any_of(*found[1].split("+")), pattern), re.IGNORECASE
    )


@lru_cache(maxsize=4096)
def tagged(text: str) -> list[tuple[str, str]]:
    """Return the words of `text` with their parts of speech, as the segmenter cuts them."""
    return [(word, tag) for word, tag in segmenter().tag(text)]


@lru_cache(maxsize=4096)
def inside_word(text: str, place: int) -> bool:
    """Whether the position `place` of `text` lies inside a word."""
    start = 0
    for word, _ in tagged(text):
        if start >= place:
            return False
        start += len(word)
        if start > place:
            return True
    return False
