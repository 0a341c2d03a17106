"""Which industries a text speaks of: GB/T 4754 classes and 高精尖 industries, each with a confidence.

A class is known by its path, its name and the products and services that firms of it name
(`data/taxonomy/industry_terms.csv`); a text is compared with all of them by meaning and by words.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.assets import asset
from matcher.encoder import Encoder, FloatMatrix, TextSide
from matcher.index.lexical import LexicalIndex
from matcher.taxonomy import all_industry_classes, hightech_labels, industry_name, industry_path
from matcher.text import character_pairs, words

KEPT = 3
_SHARPNESS = 8.0
_WORDS, _PAIRS = 0.15, 0.35


@dataclass(frozen=True, slots=True)
class Tag:
    """An industry a text speaks of; `confidence` in (0, 1]."""

    code: str
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Tags:
    """The likeliest classes of some texts: numbers into `all_industry_classes` and confidences, both (texts, 3), likeliest first."""

    classes: NDArray[np.int16]
    confidence: NDArray[np.float32]


@lru_cache(maxsize=1)
def industry_terms() -> Mapping[str, tuple[str, ...]]:
    """Return the products and services that firms of each class name, by code."""
    with asset("data", "taxonomy", "industry_terms.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: tuple(row["terms"].split("、")) for row in csv.DictReader(lines)}


@dataclass(frozen=True, slots=True)
class ClassVectors:
    """Every class as a direction, (classes, dimension), and the mean vector of each side, (dimension,)."""

    matrix: FloatMatrix
    centres: Mapping[TextSide, FloatMatrix]


_MEASURED: dict[tuple[str, str, int], ClassVectors] = {}


def class_vectors(encoder: Encoder) -> ClassVectors:
    """Return the vectors of all classes: some 4,000 short texts to encode, once for an encoder."""
    key = (type(encoder).__name__, encoder.fingerprint, encoder.dimension)
    if key not in _MEASURED:
        _MEASURED[key] = _shipped(encoder.fingerprint) or measured(encoder)
    return _MEASURED[key]


def terms_digest() -> str:
    """Return the digest of the terms that class vectors are made of."""
    return hashlib.sha256(asset("data", "taxonomy", "industry_terms.csv").read_bytes()).hexdigest()


def _shipped(fingerprint: str) -> ClassVectors | None:
    """Return the vectors that come with the default encoder; None for any other encoder or other terms."""
    path = asset("models", "default", "classes.npz")
    if not path.is_file():
        return None
    with np.load(path) as stored:
        if (str(stored["encoder"]), str(stored["terms"])) != (fingerprint, terms_digest()):
            return None
        centres = {side: stored[side.value].astype(np.float32) for side in TextSide}
        return ClassVectors(stored["matrix"].astype(np.float32), centres)


def measured(encoder: Encoder) -> ClassVectors:
    """Return the vectors of all classes, encoded now."""
    codes = all_industry_classes()
    names, paths = [_names(code)[-1] for code in codes], [" > ".join(_names(code)) for code in codes]
    terms = [f"{name}：{'、'.join(industry_terms()[code])}" for name, code in zip(names, codes, strict=True)]
    held = [encoder.encode(texts, side=TextSide.PASSAGE) for texts in (paths, terms, names)]
    matrix = sum(weight * _centred(v, v.mean(axis=0)) for weight, v in zip((1.0, 1.0, 0.5), held, strict=True))
    asked = encoder.encode(names, side=TextSide.QUERY)
    centres = {TextSide.PASSAGE: np.concatenate(held).mean(axis=0), TextSide.QUERY: asked.mean(axis=0)}
    return ClassVectors(np.asarray(matrix, dtype=np.float32), centres)


@lru_cache(maxsize=1)
def _lexical() -> tuple[LexicalIndex, LexicalIndex]:
    """Return the classes' names and terms by words and by character pairs."""
    documents = [f"{' '.join(_names(code)[-2:])} {' '.join(industry_terms()[code])}" for code in all_industry_classes()]
    found = LexicalIndex(words), LexicalIndex(character_pairs)
    for index in found:
        index.add(np.arange(len(documents), dtype=np.int64), documents)
    return found


class IndustryTagger:
    """Compares texts with every class."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._classes = class_vectors(encoder)
        self._directions = self._classes.matrix.T.astype(np.float64)

    def tag(self, text: str, *, k: int = KEPT) -> tuple[Tag, ...]:
        """Return the k likeliest classes of a text, likeliest first."""
        share = self._read(text)
        best = np.argsort(-share, kind="stable")[:k]
        return tuple(
            Tag(all_industry_classes()[n], industry_name(all_industry_classes()[n]), float(share[n])) for n in best
        )

    def tag_hightech(self, text: str) -> tuple[Tag, ...]:
        """Return the 高精尖 industries a text speaks of, by the summed confidence of their classes, likeliest first."""
        share = self._read(text)
        sums: dict[str, float] = {}
        for code, confidence in zip(all_industry_classes(), share.tolist(), strict=True):
            for label in hightech_labels(code):
                sums[label] = sums.get(label, 0.0) + confidence
        ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Tag(label, label, min(1.0, confidence)) for label, confidence in ranked)

    def tags(self, vectors: FloatMatrix, side: TextSide) -> Tags:
        """Return the likeliest classes of texts by their vectors alone, encoded on one side."""
        share = _shares(self._meaning(vectors, side))
        best = np.argsort(-share, axis=1, kind="stable")[:, :KEPT]
        return Tags(best.astype(np.int16), np.take_along_axis(share, best, axis=1))

    def _read(self, text: str) -> NDArray[np.float32]:
        """Return the confidence of every class for a text, by meaning and by words."""
        vectors = self._encoder.encode([text], side=TextSide.PASSAGE)
        worded, paired = (_relative(index.scores(text)[None]) for index in _lexical())
        share: NDArray[np.float32] = _shares(
            self._meaning(vectors, TextSide.PASSAGE) + _WORDS * worded + _PAIRS * paired
        )[0]
        return share

    def _meaning(self, vectors: FloatMatrix, side: TextSide) -> NDArray[np.float32]:
        """Return how near each class is to each text by meaning, shape (texts, classes)."""
        # In double precision and rounded, so that equal texts are tagged alike wherever they stand in a batch.
        moved = _centred(vectors, self._classes.centres[side]).astype(np.float64)
        likeness = moved @ self._directions
        rounded: NDArray[np.float32] = np.round(likeness, 6).astype(np.float32)
        return _relative(rounded)


def _shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row as shares that sum to 1."""
    raised = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
    result: NDArray[np.float32] = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def _names(code: str) -> Sequence[str]:
    return industry_path(code)


def _centred(vectors: FloatMatrix, centre: FloatMatrix) -> FloatMatrix:
    moved = vectors - centre
    result: FloatMatrix = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return result


def _relative(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row rescaled so that its mean is 0 and its best is 1."""
    mean = scores.mean(axis=1, keepdims=True)
    spread = scores.max(axis=1, keepdims=True) - mean
    result: NDArray[np.float32] = (scores - mean) / np.maximum(spread, 1e-6)
    return result
