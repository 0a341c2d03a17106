"""The default encoder: an ONNX file and a tokenizer, on onnxruntime alone."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from matcher.encoder.artefact import MODEL, TOKENIZER, Artefact, read_artefact
from matcher.encoder.base import FloatMatrix, TextSide, drop_surrogates, split_evenly, to_unit_rows

BEGIN, END = 0, 2
# Larger batches fall out of the processor's cache and get slower.
BATCH_TOKENS = 512
# Texts are tokenised and held this many at a time, so memory does not grow with the call.
CHUNK = 4096

Window = NDArray[np.int64]


class OnnxEncoder:
    """Encodes with the shipped artefact, each side around its centre; the vector of a text is the same, to float rounding (1e-6), in any batch."""

    def __init__(
        self, artefact: Artefact, session: onnxruntime.InferenceSession, *, tokenizer: Tokenizer, threads: int
    ) -> None:
        self.name = artefact.name
        self.dimension = artefact.dimension
        self.fingerprint = artefact.fingerprint
        self._artefact = artefact
        self._session = session
        self._tokenizer = tokenizer
        self._threads = threads

    @classmethod
    def load(cls, folder: Path, threads: int | None = None) -> Self:
        """Return the encoder in `folder`; `threads` defaults to the machine's processors.

        :raises MatcherError: `encoder_missing`, `encoder_incomplete`, `encoder_corrupt` or `encoder_format`.
        """
        artefact = read_artefact(folder)
        options = onnxruntime.SessionOptions()
        # Windows run side by side, one thread each: it scales better than splitting one small product over threads.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False
        # The graph is built fused; the extended fusions would put slower operators in.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        return cls(artefact, session, tokenizer=tokenizer, threads=threads or os.cpu_count() or 1)

    def encode(self, texts: Sequence[str], /, side: TextSide) -> FloatMatrix:
        """Return unit vectors (n, dimension); see `Encoder.encode`."""
        return to_unit_rows(self.raw(texts, side) - self._artefact.centres[side])

    def raw(self, texts: Sequence[str], side: TextSide) -> FloatMatrix:
        """Return the network's own unit vectors (n, dimension), before the side's centre is taken off."""
        parts = [self._encode_chunk(texts[first : first + CHUNK], side) for first in range(0, len(texts), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)

    def _encode_chunk(self, texts: Sequence[str], side: TextSide) -> FloatMatrix:
        owners: list[int] = []
        windows: list[Window] = []
        for owner, ids in enumerate(self._tokenise(texts)):
            for window in self._split(ids, side):
                owners.append(owner)
                windows.append(window)
        sums = self._run(windows)
        totals = np.zeros((len(texts), self.dimension), np.float32)
        np.add.at(totals, owners, sums)
        return to_unit_rows(totals)

    def _tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        clean = [drop_surrogates(text) for text in texts]
        return [found.ids for found in self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)]

    def _split(self, ids: list[int], side: TextSide) -> list[Window]:
        prefix = self._tokenizer.encode(self._artefact.prefixes[side], add_special_tokens=False).ids
        room = self._artefact.max_tokens - len(prefix) - 2
        parts = split_evenly(len(ids), room)
        return [np.array([BEGIN, *prefix, *ids[part], END], np.int64) for part in parts]

    def _run(self, windows: list[Window]) -> FloatMatrix:
        batches = _batches([len(window) for window in windows])
        inputs = [np.stack([windows[number] for number in batch]) for batch in batches]
        sums = np.empty((len(windows), self.dimension), np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            for batch, found in zip(batches, pool.map(self._infer, inputs), strict=True):
                sums[batch] = found
        return sums

    def _infer(self, ids: Window) -> FloatMatrix:
        (sums,) = self._session.run(None, {"input_ids": ids})
        return np.asarray(sums, np.float32)


def _batches(lengths: list[int]) -> list[list[int]]:
    """Return groups of positions: one length in each group, at most `BATCH_TOKENS` tokens unless alone, long first."""
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    batches: list[list[int]] = []
    for length, found in groupby(order, key=lambda number: lengths[number]):
        same = list(found)
        size = max(1, BATCH_TOKENS // length)
        batches.extend(same[first : first + size] for first in range(0, len(same), size))
    return batches
