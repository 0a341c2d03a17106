"""What an import has met so far, in 16 bytes a key, so that a million rows fit."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

_MERGE_AT = 4096


class Seen:
    """Keys with the row they were met in and a digest of what stood there."""

    def __init__(self) -> None:
        self._keys: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._values: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._recent: dict[int, int] = {}

    def find(self, key: str) -> tuple[int, int] | None:
        """Return the row and digest a key was first met with, or None."""
        number = _digest(key, 8)
        value = self._recent.get(number)
        if value is None:
            place = int(np.searchsorted(self._keys, np.uint64(number)))
            if place == len(self._keys) or int(self._keys[place]) != number:
                return None
            value = int(self._values[place])
        return value >> 32, value & 0xFFFFFFFF

    def add(self, key: str, row: int, content: str) -> None:
        """Note a key that was not met before."""
        self._recent[_digest(key, 8)] = row << 32 | content_digest(content)
        if len(self._recent) >= _MERGE_AT:
            self._merge()

    def _merge(self) -> None:
        keys = np.concatenate([self._keys, np.fromiter(self._recent.keys(), np.uint64)])
        values = np.concatenate([self._values, np.fromiter(self._recent.values(), np.uint64)])
        order = np.argsort(keys, kind="stable")
        self._keys, self._values = keys[order], values[order]
        self._recent = {}


def content_digest(content: str) -> int:
    """Return 32 bits that tell two contents apart."""
    return _digest(content, 4)


def _digest(text: str, size: int) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=size).digest(), "big")


def row_content(cells: Iterable[tuple[str, object]]) -> str:
    """Return the content of a row for `Seen.add`."""
    return repr(sorted((key, repr(value)) for key, value in cells))
