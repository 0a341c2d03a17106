"""What the adapter asks of a sentence-transformers model, seen through a stand-in."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from matcher.encoder.adapter import SentenceTransformerEncoder
from matcher.encoder.base import FloatMatrix, TextSide
from matcher.errors import MatcherError


class Tensor(np.ndarray[tuple[int], np.dtype[np.float64]]):
    """An array with the two methods of a torch tensor that are used."""

    def float(self) -> "Tensor":
        return self

    def numpy(self) -> "Tensor":
        return self


class CharModel:
    """One token per character, windows of 10; a vector counts the letters a and b."""

    max_seq_length = 10

    def __init__(self, prompts: dict[str, str | None], weight: float = 1.0) -> None:
        self.prompts = prompts
        self.weight = weight
        self.seen: list[str] = []

    def get_embedding_dimension(self) -> int:
        return 2

    def tokenizer(self, text: str, **options: object) -> dict[str, Any]:
        extra = 0 if options else 2
        return {"input_ids": [0] * (len(text) + extra), "offset_mapping": [(i, i + 1) for i in range(len(text))]}

    def encode(self, texts: list[str], **_: object) -> FloatMatrix:
        self.seen.extend(texts)
        return np.array([[text.count("a") + 1, text.count("b") + 1] for text in texts], np.float32)

    def state_dict(self) -> dict[str, Tensor]:
        return {"w": np.array([self.weight]).view(Tensor), "0.pooler.w": np.random.default_rng().random(2).view(Tensor)}

    def __str__(self) -> str:
        return "CharModel"


def load(monkeypatch: pytest.MonkeyPatch, model: CharModel, **options: Any) -> SentenceTransformerEncoder:
    fake = SimpleNamespace(SentenceTransformer=lambda *_, **__: model)
    monkeypatch.setitem(sys.modules, "sentence_transformers", fake)
    return SentenceTransformerEncoder.load("stand-in", **options)


@pytest.mark.parametrize(
    ("prompts", "query", "passage"),
    [
        ({"query": "q:", "passage": "p:"}, "q:x", "p:x"),
        ({"query": "q:", "document": "d:"}, "q:x", "d:x"),
        ({"query": "", "document": None}, "x", "x"),
        ({}, "x", "x"),
    ],
)
def test_prefixes_come_from_the_models_own_prompts(
    monkeypatch: pytest.MonkeyPatch, prompts: dict[str, str | None], query: str, passage: str
) -> None:
    model = CharModel(prompts)
    encoder = load(monkeypatch, model)
    encoder.encode(["x"], TextSide.QUERY)
    encoder.encode(["x"], TextSide.PASSAGE)
    assert model.seen == [query, passage]


def test_given_prefixes_win(monkeypatch: pytest.MonkeyPatch) -> None:
    model = CharModel({"query": "q:"})
    encoder = load(monkeypatch, model, prefixes={TextSide.QUERY: "查询：", TextSide.PASSAGE: ""})
    encoder.encode(["x"], TextSide.QUERY)
    assert model.seen == ["查询：x"]


def test_a_long_text_is_split_and_its_windows_weighted(monkeypatch: pytest.MonkeyPatch) -> None:
    model = CharModel({})
    found = load(monkeypatch, model).encode(["a" * 6 + "b" * 8], TextSide.PASSAGE)
    assert model.seen == ["aaaaaab", "bbbbbbb"]
    total = 7 * np.array([7 + 1, 2 + 8], np.float32)
    np.testing.assert_allclose(found[0], total / np.linalg.norm(total), rtol=1e-6)


def test_the_fingerprint_follows_weights_and_prefixes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    same = {load(monkeypatch, CharModel({})).fingerprint for _ in range(2)}
    assert len(same) == 1
    assert load(monkeypatch, CharModel({}, weight=2.0)).fingerprint not in same
    assert load(monkeypatch, CharModel({"query": "q:"})).fingerprint not in same


def test_a_model_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no such file")

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=refuse))
    with pytest.raises(MatcherError) as caught:
        SentenceTransformerEncoder.load("group/name")
    assert caught.value.code == "encoder_missing"
    assert "group/name" in caught.value.message
