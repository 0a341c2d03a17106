"""The pieces a text lists, compared whole with what is sought: 变压器 is one item of 主营产品：变压器、互感器.

BM25 adds up scattered hits and so prefers 新能源用变压器 to 变压器 where the list is short; the closest single item does
not. Similarity is the normalised Indel similarity of RapidFuzz, so spelling variants and unknown compounds count too.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from matcher.index.base import Ids
from matcher.text import normalise

_CUT = re.compile(r"[、，,。；;：:！!？?（）()\n>/\[\]]+")
_MOST_CHARACTERS = 2000
_MOST_ITEMS = 200


def items(text: str) -> list[str]:
    """Return the pieces between punctuation of the first 2,000 characters, at most 200."""
    pieces = (piece.strip() for piece in _CUT.split(normalise(text[:_MOST_CHARACTERS])))
    return [piece for piece in pieces if piece][:_MOST_ITEMS]


def closest_item(phrase: str, text: str) -> str:
    """Return the item of a text most like a phrase, "" when it has none."""
    found = process.extractOne(normalise(phrase), items(text), scorer=fuzz.ratio)
    return found[0] if found else ""


class ItemIndex:
    """Texts numbered by the caller (rows ≥ 0), held as their items. A query costs the items of the rows it asks for.

    Beside them is the title of each: what it seeks or offers in few words.
    """

    def __init__(self) -> None:
        self._items: list[list[str]] = []
        self._titles: list[str] = []

    def add(self, rows: Ids, texts: Sequence[str], titles: Sequence[str]) -> None:
        """Add texts and their titles under rows not used before."""
        more = int(rows.max()) + 1 - len(self._items) if len(rows) else 0
        self._items.extend([] for _ in range(more))
        self._titles.extend("" for _ in range(more))
        for row, text, title in zip(rows.tolist(), texts, titles, strict=True):
            self._items[row], self._titles[row] = items(text), title

    def remove(self, rows: Ids) -> None:
        """Forget texts; unknown rows are ignored."""
        for row in rows.tolist():
            if row < len(self._items):
                self._items[row], self._titles[row] = [], ""

    def title(self, row: int) -> str:
        """Return the title of a row."""
        return self._titles[row]

    def text(self, row: int) -> str:
        """Return the items of a row, joined."""
        return "，".join(self._items[row])

    def scores(self, phrase: str, rows: Ids, *, least: float = 0.0) -> NDArray[np.float32]:
        """Return the similarity in [0, 1] of each row's closest item to a phrase, shape (rows,); 0 if below `least`."""
        held = [self._items[row] for row in rows.tolist()]
        starts = np.cumsum([0, *(len(pieces) for pieces in held)])
        flat = [piece for pieces in held for piece in pieces]
        result = np.zeros(len(rows), dtype=np.float32)
        if flat:
            found = process.cdist(
                [normalise(phrase)], flat, scorer=fuzz.ratio, score_cutoff=100 * least, dtype=np.float32
            )
            found = found[0] / 100
            filled = np.flatnonzero(np.diff(starts))
            result[filled] = np.maximum.reduceat(found, starts[filled])
        return result

    def renumbered(self, keep: Ids) -> "ItemIndex":
        """Return the same index with row `keep[i]` called i and all other rows gone."""
        other = ItemIndex()
        other._items = [self._items[row] for row in keep.tolist()]
        other._titles = [self._titles[row] for row in keep.tolist()]
        return other

    def save(self, folder: Path, name: str) -> None:
        """Write the index into `folder`: `name`.txt has a row a line, its items between commas, `name`.json the titles."""
        (folder / f"{name}.txt").write_text("\n".join(",".join(held) for held in self._items), encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps(self._titles, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> "ItemIndex":
        """Return the index that `save` wrote."""
        index = cls()
        text = (folder / f"{name}.txt").read_text(encoding="utf-8")
        index._titles = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        index._items = [line.split(",") if line else [] for line in text.split("\n")][: len(index._titles)]
        return index
