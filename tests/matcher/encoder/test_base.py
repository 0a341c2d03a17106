"""Windows cover a text evenly; rows come out at length 1."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.encoder.base import MOST_WINDOWS, drop_surrogates, split_evenly, to_unit_rows

LIMIT = 507


@given(length=st.integers(1, LIMIT * MOST_WINDOWS), limit=st.just(LIMIT))
def test_windows_cover_every_token_once_and_are_even(length: int, limit: int) -> None:
    windows = split_evenly(length, limit)
    tokens = range(length)
    assert [token for window in windows for token in tokens[window]] == list(tokens)
    sizes = [len(tokens[window]) for window in windows]
    assert max(sizes) <= limit
    assert max(sizes) - min(sizes) <= 1


@given(length=st.integers(LIMIT * MOST_WINDOWS + 1, 10_000_000))
def test_a_huge_text_is_bounded_work_from_first_to_last_token(length: int) -> None:
    windows = split_evenly(length, LIMIT)
    assert len(windows) == MOST_WINDOWS
    assert windows[0].start == 0
    assert windows[-1].stop == length
    assert all(before.stop <= after.start for before, after in pairwise(windows))
    assert all(0 < window.stop - window.start <= LIMIT for window in windows)


def test_the_number_of_windows_changes_exactly_at_the_limit() -> None:
    assert len(split_evenly(LIMIT - 1, LIMIT)) == 1
    assert len(split_evenly(LIMIT, LIMIT)) == 1
    assert split_evenly(LIMIT + 1, LIMIT) == [slice(0, 254), slice(254, 508)]


def test_no_tokens_give_one_empty_window() -> None:
    assert split_evenly(0, LIMIT) == [slice(0, 0)]


def test_rows_are_scaled_to_length_one() -> None:
    rows = to_unit_rows(np.array([[3, 4], [0, 2]], np.float32))
    assert rows.tolist() == np.array([[0.6, 0.8], [0, 1]], np.float32).tolist()


def test_lone_surrogates_become_question_marks() -> None:
    assert drop_surrogates("轴承\ud800加工") == "轴承?加工"
    assert drop_surrogates("完好的文本 🙂") == "完好的文本 🙂"
