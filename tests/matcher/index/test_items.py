"""The closest single item of a text, and the same answers however the texts came."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.index.items import ItemIndex, closest_item, items

TEXTS = ["主营产品：变压器、互感器", "新能源用变压器、照明电源", "", "化肥/农药（批发）"]
TITLES = ["变压器", "照明\n电源", "", "农药"]


def built() -> ItemIndex:
    index = ItemIndex()
    index.add(np.arange(len(TEXTS)), TEXTS, TITLES)
    return index


def test_a_text_is_cut_at_punctuation() -> None:
    assert items(TEXTS[0]) == ["主营产品", "变压器", "互感器"]
    assert items("A > B，c") == ["a", "b", "c"]
    assert items("，。") == []


def test_the_whole_item_beats_a_part_of_a_longer_one() -> None:
    scores = built().scores("变压器", np.array([0, 1, 2, 3]))
    assert scores[0] == 1.0
    assert scores[0] > scores[1] > scores[3] == scores[2] == 0.0
    assert closest_item("变压器", TEXTS[1]) == "新能源用变压器"
    assert closest_item("变压器", "") == ""


def test_what_was_removed_is_like_nothing() -> None:
    index = built()
    index.remove(np.array([0, 99]))
    assert index.scores("变压器", np.array([0])).tolist() == [0.0]
    assert (index.title(0), index.title(1)) == ("", TITLES[1])


def test_what_is_less_alike_than_asked_for_counts_nothing() -> None:
    rows = np.arange(len(TEXTS))
    every = built().scores("变压器", rows)
    assert 0 < every[1] < 1
    for least, kept in ((float(every[1]) - 0.01, every[1]), (float(every[1]) + 0.01, 0.0)):
        assert built().scores("变压器", rows, least=least).tolist() == [1.0, kept, 0.0, 0.0]


def test_renumbered_and_read_back(tmp_path: Path) -> None:
    index = built()
    keep = np.array([1, 3])
    other = index.renumbered(keep)
    assert other.scores("农药", np.arange(2)).tolist() == index.scores("农药", keep).tolist()
    index.save(tmp_path, "items")
    read = ItemIndex.load(tmp_path, "items")
    assert [other.title(row) for row in range(2)] == [TITLES[1], TITLES[3]]
    assert [read.title(row) for row in range(4)] == TITLES
    assert [read.text(row) for row in range(4)] == [index.text(row) for row in range(4)]


@given(
    st.lists(st.text("电池、模组，\n 。", max_size=12), min_size=1, max_size=6),
    st.text("电池模", min_size=1, max_size=4),
)
def test_scores_are_shares_and_one_only_for_the_item_itself(texts: list[str], phrase: str) -> None:
    index = ItemIndex()
    index.add(np.arange(len(texts)), texts, texts)
    scores = index.scores(phrase, np.arange(len(texts)))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert [score == 1.0 for score in scores.tolist()] == [phrase in items(text) for text in texts]
