"""What every encoder is: texts in, unit vectors out."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatMatrix: TypeAlias = NDArray[np.float32]

# A longer text is read through this many windows spread evenly over it, so that one text is bounded work.
MOST_WINDOWS = 64


class TextSide(StrEnum):
    """Which side of a match a text stands on."""

    QUERY = "query"
    PASSAGE = "passage"


class Encoder(Protocol):
    """Turns texts into vectors whose dot product is their likeness."""

    @property
    def name(self) -> str:
        """A name people know the model by."""

    @property
    def dimension(self) -> int:
        """The number of columns."""

    @property
    def fingerprint(self) -> str:
        """A hexadecimal digest that changes whenever vectors would."""

    def encode(self, texts: Sequence[str], /, side: TextSide) -> FloatMatrix:
        """Return one row per text, (n, dimension) float32, each of length 1; no texts give (0, dimension).

        A text's row does not depend on the other texts of the call. A text longer than the model's window is split
        into windows of nearly equal size whose token vectors are averaged together.
        """


def split_evenly(length: int, limit: int) -> list[slice]:
    """Return adjacent slices that cover `length` tokens, none above `limit`, sizes within 1 of each other.

    At least one slice, empty when `length` is 0; where more than `MOST_WINDOWS` would be needed, that many of them,
    evenly spread, the first and the last included.
    """
    count = max(1, -(-length // limit))
    bounds = [length * number // count for number in range(count + 1)]
    windows = [slice(first, last) for first, last in pairwise(bounds)]
    if count <= MOST_WINDOWS:
        return windows
    return [windows[number * (count - 1) // (MOST_WINDOWS - 1)] for number in range(MOST_WINDOWS)]


def to_unit_rows(rows: FloatMatrix) -> FloatMatrix:
    """Return the rows scaled to length 1."""
    lengths: FloatMatrix = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths


def drop_surrogates(text: str) -> str:
    """Return the text with lone surrogates, which no UTF-8 can carry, replaced by `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")
