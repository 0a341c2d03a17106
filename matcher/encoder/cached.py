"""An encoder that never encodes the same text twice: vectors on disk under the text's digest."""

import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import lmdb
import numpy as np

from matcher.encoder.base import Encoder, FloatMatrix, TextSide
from matcher.errors import MatcherError

log = logging.getLogger(__name__)

_MAP_SIZE = 1 << 38


class CachedEncoder:
    """Wraps an encoder with a cache shared by processes; the cache is derived data and may be deleted at any time.

    `hits` and `misses` count the texts it knew and those it had to encode, roughly where threads meet.
    """

    def __init__(self, encoder: Encoder, cache: "lmdb.Environment", *, keeps: bool = True) -> None:
        self._encoder = encoder
        self._cache = cache
        self._keeps = keeps
        self.hits = 0
        self.misses = 0

    @classmethod
    def open(cls, encoder: Encoder, folder: Path) -> "CachedEncoder":
        """Return `encoder` behind the cache kept in `folder`, created when missing and anew when cut short.

        :raises MatcherError: `cache_unusable` when the folder holds something else or cannot be written.
        """
        try:
            cache = _opened(folder)
            if _cut_short(cache, folder):
                log.warning("向量缓存 %s 不完整，已清空：只会重新编码，不丢数据", folder)
                cache.close()
                shutil.rmtree(folder)
                cache = _opened(folder)
        except (lmdb.Error, OSError) as error:
            message = f"向量缓存 {folder} 无法使用：请删除该目录后重试，只会重新编码，不丢数据"
            raise MatcherError("cache_unusable", message, path=str(folder), cause=str(error)) from error
        cache.reader_check()
        return cls(encoder, cache)

    def reader(self) -> "CachedEncoder":
        """Return the same encoder reading the cache but adding nothing to it: what people ask is not kept."""
        return CachedEncoder(self._encoder, self._cache, keeps=False)

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()

    @property
    def name(self) -> str:
        """Name of the encoder behind."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._encoder.dimension

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the encoder behind."""
        return self._encoder.fingerprint

    def encode(self, texts: Sequence[str], /, side: TextSide) -> FloatMatrix:
        """Return unit vectors of shape (texts, dimension); only unknown texts are encoded, each once."""
        keys = [self._key(text, side) for text in texts]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        missing: dict[bytes, list[int]] = {}
        with self._cache.begin() as transaction:
            for row, key in enumerate(keys):
                stored = transaction.get(key)
                if stored is None:
                    missing.setdefault(key, []).append(row)
                else:
                    vectors[row] = np.frombuffer(stored, dtype=np.float32)
        self.misses += sum(map(len, missing.values()))
        self.hits += len(texts) - sum(map(len, missing.values()))
        if missing:
            fresh = self._encoder.encode([texts[rows[0]] for rows in missing.values()], side)
            for rows, vector in zip(missing.values(), fresh, strict=True):
                vectors[rows] = vector
            if self._keeps:
                self._keep(list(missing), fresh)
        return vectors

    def _keep(self, keys: Sequence[bytes], vectors: FloatMatrix) -> None:
        with self._cache.begin(write=True) as transaction:
            for key, vector in zip(keys, vectors, strict=True):
                transaction.put(key, np.ascontiguousarray(vector, dtype=np.float32).tobytes())

    def _key(self, text: str, side: TextSide) -> bytes:
        digest = hashlib.blake2b(digest_size=24)
        for part in (self.fingerprint, side, text):
            digest.update(part.encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
        return digest.digest()


def _opened(folder: Path) -> "lmdb.Environment":
    folder.mkdir(parents=True, exist_ok=True)
    return lmdb.open(str(folder), map_size=_MAP_SIZE, metasync=False, max_readers=512)


def _cut_short(cache: "lmdb.Environment", folder: Path) -> bool:
    """Return whether pages in use lie beyond the end of the file: to read one would kill the process."""
    used = (cache.info()["last_pgno"] + 1) * cache.stat()["psize"]
    return bool((folder / "data.mdb").stat().st_size < used)
