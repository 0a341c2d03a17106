"""How windows are grouped for the session, and what the tokenizer sees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.assets import asset
from matcher.encoder.base import TextSide
from matcher.encoder.onnx import BATCH_TOKENS, BEGIN, END, OnnxEncoder, _batches


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder.load(asset("models", "default"), 2)


@given(st.lists(st.integers(1, 512), max_size=200))
def test_batches_hold_each_window_once_and_one_length_each(lengths: list[int]) -> None:
    batches = _batches(lengths)
    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len({lengths[number] for number in batch}) == 1
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= BATCH_TOKENS


def test_the_longest_windows_run_first() -> None:
    assert [batch[0] for batch in _batches([3, 512, 40])] == [1, 2, 0]


def test_prefix_and_text_are_cut_as_one_string_would_be(encoder: OnnxEncoder) -> None:
    text = "五轴加工中心，精度±0.01mm，CNC machining"
    whole = encoder._tokenizer.encode(f"query: {text}").ids
    (window,) = encoder._split(encoder._tokenise([text])[0], TextSide.QUERY)
    assert window.tolist() == whole
    assert (window[0], window[-1]) == (BEGIN, END)


def test_no_window_exceeds_the_model(encoder: OnnxEncoder) -> None:
    (ids,) = encoder._tokenise(["加工轴承，" * 2000])
    windows = encoder._split(ids, TextSide.PASSAGE)
    assert len(windows) > 1
    assert max(map(len, windows)) <= 512


def test_threads_do_not_change_vectors(encoder: OnnxEncoder) -> None:
    texts = ["精密轴承加工", "冷链物流仓储", "工业机器人系统集成与调试", "净化车间出租"]
    single = OnnxEncoder.load(asset("models", "default"), 1)
    many = encoder.encode(texts, TextSide.PASSAGE)
    np.testing.assert_allclose(single.encode(texts, TextSide.PASSAGE), many, atol=1e-6)


def test_more_texts_than_a_chunk_keep_their_order(encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{number}号车床" for number in range(7)]
    whole = encoder.encode(texts, TextSide.PASSAGE)
    monkeypatch.setattr("matcher.encoder.onnx.CHUNK", 3)
    np.testing.assert_allclose(encoder.encode(texts, TextSide.PASSAGE), whole, atol=1e-6)
