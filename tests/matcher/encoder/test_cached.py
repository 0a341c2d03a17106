"""The cache encodes a text once, whoever asks, and keeps apart what must not mix."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.encoder import TextSide
from matcher.encoder.cached import CachedEncoder
from matcher.errors import MatcherError
from tests.stub_encoder import StubEncoder

PASSAGE, QUERY = TextSide.PASSAGE, TextSide.QUERY

_ELSEWHERE = """
import sys
from pathlib import Path
from matcher.encoder import TextSide
from matcher.encoder.cached import CachedEncoder
from tests.stub_encoder import StubEncoder
plain = StubEncoder()
cached = CachedEncoder.open(plain, Path(sys.argv[1]))
cached.encode(["甲工艺", "乙工艺"], TextSide.PASSAGE)
sys.stdout.write(" ".join(text for _, text in plain.asked))
"""


@pytest.fixture
def plain() -> StubEncoder:
    return StubEncoder()


@pytest.fixture
def cached(plain: StubEncoder, tmp_path: Path) -> Iterator[CachedEncoder]:
    opened = CachedEncoder.open(plain, tmp_path / "cache")
    yield opened
    opened.close()


def test_it_speaks_for_the_encoder_behind(cached: CachedEncoder, plain: StubEncoder) -> None:
    assert (cached.name, cached.dimension, cached.fingerprint) == (plain.name, plain.dimension, plain.fingerprint)


def test_each_text_is_encoded_once_within_a_call_and_across_calls(cached: CachedEncoder, plain: StubEncoder) -> None:
    first = cached.encode(["甲", "乙", "甲"], PASSAGE)
    second = cached.encode(["乙", "丙", "甲"], PASSAGE)
    assert [text for _, text in plain.asked] == ["甲", "乙", "丙"]
    assert np.array_equal(first, StubEncoder().encode(["甲", "乙", "甲"], PASSAGE))
    assert np.array_equal(second, StubEncoder().encode(["乙", "丙", "甲"], PASSAGE))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=8), max_size=6))
def test_vectors_are_those_of_the_encoder(texts: list[str], cached: CachedEncoder) -> None:
    found = cached.encode(texts, PASSAGE)
    assert found.dtype == np.float32
    assert np.array_equal(found, StubEncoder().encode(texts, PASSAGE))


def test_no_text_gives_no_row(cached: CachedEncoder) -> None:
    assert cached.encode([], QUERY).shape == (0, 64)


def test_the_two_sides_are_kept_apart(cached: CachedEncoder, plain: StubEncoder) -> None:
    cached.encode(["甲"], PASSAGE)
    cached.encode(["甲"], QUERY)
    assert plain.asked == [(PASSAGE, "甲"), (QUERY, "甲")]


def test_another_model_finds_nothing_of_this_one(tmp_path: Path) -> None:
    for fingerprint in ("5b1", "5b2"):
        other = StubEncoder(fingerprint)
        with_cache = CachedEncoder.open(other, tmp_path)
        with_cache.encode(["甲"], PASSAGE)
        with_cache.close()
        assert len(other.asked) == 1


def test_a_reader_reads_but_keeps_nothing(cached: CachedEncoder, plain: StubEncoder) -> None:
    cached.encode(["已知"], PASSAGE)
    reader = cached.reader()
    reader.encode(["已知", "有人问的"], PASSAGE)
    reader.encode(["有人问的"], PASSAGE)
    cached.encode(["有人问的"], PASSAGE)
    assert [text for _, text in plain.asked] == ["已知", "有人问的", "有人问的", "有人问的"]


def test_what_one_process_encoded_another_finds(tmp_path: Path, cached: CachedEncoder, plain: StubEncoder) -> None:
    cached.encode(["甲工艺"], PASSAGE)
    command = [sys.executable, "-c", _ELSEWHERE, str(tmp_path / "cache")]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert other.stdout == "乙工艺"
    cached.encode(["乙工艺"], PASSAGE)
    assert [text for _, text in plain.asked] == ["甲工艺"]


def test_a_broken_character_is_a_text_like_any_other(cached: CachedEncoder) -> None:
    assert cached.encode(["\ud800"], QUERY).shape == (1, 64)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cache_cut_short_is_begun_anew(share: float, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    texts = [f"工艺{n}" for n in range(2000)]
    whole = CachedEncoder.open(StubEncoder(), tmp_path)
    vectors = whole.encode(texts, PASSAGE)
    whole.close()
    os.truncate(tmp_path / "data.mdb", int((tmp_path / "data.mdb").stat().st_size * share))
    again = CachedEncoder.open(StubEncoder(), tmp_path)
    assert np.array_equal(again.encode(texts, PASSAGE), vectors)
    again.close()
    assert "已清空" in caplog.text


def test_a_whole_cache_is_kept(tmp_path: Path) -> None:
    for batch in range(30):
        plain = StubEncoder()
        cached = CachedEncoder.open(plain, tmp_path)
        cached.encode([f"工艺{n}" for n in range(batch * 20)], PASSAGE)
        cached.close()
        assert len(plain.asked) == min(batch * 20, 20)


def test_a_folder_that_is_no_cache_is_told(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(b"not a cache" * 1000)
    with pytest.raises(MatcherError, match="请删除该目录") as caught:
        CachedEncoder.open(StubEncoder(), tmp_path)
    assert caught.value.code == "cache_unusable"
