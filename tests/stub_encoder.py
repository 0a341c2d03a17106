"""An encoder for unit tests: hashed character pairs, no model, the same everywhere."""

import hashlib
from collections.abc import Sequence

import numpy as np

from matcher.encoder import FloatMatrix, TextSide
from matcher.text import character_pairs


class StubEncoder:
    """Texts that share character pairs point the same way; both sides are encoded alike. Keeps what it was asked."""

    name = "stub"
    dimension = 64

    def __init__(self, fingerprint: str = "5bstub") -> None:
        self.fingerprint = fingerprint
        self.asked: list[tuple[TextSide, str]] = []

    def encode(self, texts: Sequence[str], /, side: TextSide) -> FloatMatrix:
        """Return one unit row per text; a text without characters points along the first axis."""
        self.asked.extend((side, text) for text in texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for pair in character_pairs(text):
                row[_bucket(pair, self.dimension)] += 1.0
            if not row.any():
                row[0] = 1.0
        lengths: FloatMatrix = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / lengths


def _bucket(pair: str, size: int) -> int:
    return int.from_bytes(hashlib.blake2b(pair.encode(), digest_size=4).digest(), "big") % size
