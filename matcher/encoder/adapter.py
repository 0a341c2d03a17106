"""Any sentence-transformers model behind the same protocol (extra `train`); never touches the network."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Self

import numpy as np

from matcher.encoder.base import FloatMatrix, TextSide, drop_surrogates, split_evenly, to_unit_rows
from matcher.errors import MatcherError

BATCH = 32


class SentenceTransformerEncoder:
    """Encodes with a loaded `SentenceTransformer`, adding the prefix of each side and windows for long texts."""

    def __init__(self, model: Any, *, name: str, prefixes: Mapping[TextSide, str], fingerprint: str) -> None:
        self.name = name
        self.dimension = int(model.get_embedding_dimension())
        self.fingerprint = fingerprint
        self.model = model
        self._prefixes = dict(prefixes)

    @classmethod
    def load(cls, spec: str, *, prefixes: Mapping[TextSide, str] | None = None, threads: int | None = None) -> Self:
        """Return the model in folder `spec`, or the one of that name in the local cache.

        `prefixes` defaults to the model's own prompts `query` and `passage` (or `document`), else to nothing.

        :raises MatcherError: `encoder_extra_missing` when sentence-transformers is not installed, `encoder_missing`
            when there is no such model on this machine, or it cannot be read.
        """
        model = _load_model(spec)
        if threads is not None:
            import_module("torch").set_num_threads(threads)
        chosen = dict(prefixes) if prefixes is not None else _own_prefixes(model.prompts)
        return cls(model, name=spec, prefixes=chosen, fingerprint=_fingerprint(model, chosen))

    def encode(self, texts: Sequence[str], /, side: TextSide) -> FloatMatrix:
        """Return unit vectors (n, dimension); see `Encoder.encode`."""
        owners: list[int] = []
        parts: list[str] = []
        weights: list[int] = []
        for owner, text in enumerate(texts):
            for part, weight in self._split(drop_surrogates(text), side):
                owners.append(owner)
                parts.append(self._prefixes[side] + part)
                weights.append(weight)
        totals = np.zeros((len(texts), self.dimension), np.float32)
        if parts:
            # An empty prompt keeps the model's default one away: the prefix is already there.
            found = self.model.encode(parts, batch_size=BATCH, prompt="", show_progress_bar=False)
            np.add.at(totals, owners, np.asarray(found, np.float32) * np.array(weights, np.float32)[:, None])
        return to_unit_rows(totals)

    def _split(self, text: str, side: TextSide) -> list[tuple[str, int]]:
        room = self.model.max_seq_length - len(self.model.tokenizer(self._prefixes[side])["input_ids"]) - 1
        found = self.model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        spans: list[tuple[int, int]] = found["offset_mapping"]
        if len(spans) <= room:
            return [(text, 1)]
        windows = [spans[window] for window in split_evenly(len(spans), room)]
        return [(text[window[0][0] : window[-1][1]], len(window)) for window in windows]


def _load_model(spec: str) -> Any:
    try:
        module = import_module("sentence_transformers")
    except ModuleNotFoundError as error:
        message = f"编码器 {spec} 需要 sentence-transformers，请先运行 pip install 'rongtong[train]'"
        raise MatcherError("encoder_extra_missing", message, spec=spec) from error
    try:
        return module.SentenceTransformer(spec, device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        message = f"本机没有可用的编码器模型 {spec}：请把 RONGTONG_ENCODER 设为完整的模型目录，或留空用内置模型"
        raise MatcherError("encoder_missing", message, spec=spec, cause=str(error)) from error


def _own_prefixes(prompts: Mapping[str, str | None]) -> dict[TextSide, str]:
    passage = prompts.get("passage") or prompts.get("document") or ""
    return {TextSide.QUERY: prompts.get("query") or "", TextSide.PASSAGE: passage}


def _fingerprint(model: Any, prefixes: Mapping[TextSide, str]) -> str:
    digest = hashlib.sha256(repr((str(model), sorted(prefixes.items()))).encode())
    for name, tensor in sorted(model.state_dict().items()):
        # A pooler that the files lack is filled at random; token pooling never reads it.
        if ".pooler." not in name:
            digest.update(name.encode())
            digest.update(tensor.float().numpy().tobytes())
    return digest.hexdigest()
