"""Normal form, words, character pairs and the fields that are encoded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.text import (
    character_pairs,
    normalise,
    split_title,
    stop_words,
    words,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＡＢＣ　１２３", "abc 123"),
        ("  精密\t加工\n\n零件 ", "精密 加工 零件"),
        ("±0.01㎜", "±0.01mm"),
        ("①号", "1号"),
        ("（北京）", "(北京)"),
        ("", ""),
        (" \u3000\n", ""),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(st.text(max_size=40))
def test_the_normal_form_has_single_inner_spaces_only(text: str) -> None:
    assert normalise(text) == " ".join(normalise(text).split())


def test_words_come_whole_and_in_parts_without_stop_words() -> None:
    found = words("我们的五轴联动数控机床")
    assert "数控机床" in found
    assert {"数控", "机床"} <= set(found)
    assert not stop_words() & set(found)


@pytest.mark.parametrize("text", ["", "，。！？", "的 和 与", "😀", "\u200b"])
def test_texts_that_say_nothing_have_no_words(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("通过ISO9001认证", "iso9001"),
        ("精度0.01mm", "0.01mm"),
        ("用C++和C#", "c++"),
        ("用C++和C#", "c#"),
        ("TC4-DT", "tc4-dt"),
        ("５Ｇ", "5g"),
    ],
)
def test_latin_and_digits_stay_together(text: str, token: str) -> None:
    assert token in words(text)
    assert token in character_pairs(text)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("机", ["机"]),
        ("机床", ["机床"]),
        ("数控机床", ["数控", "控机", "机床"]),
        ("数控，机床", ["数控", "机床"]),
        ("5轴机床", ["5", "轴机", "机床"]),
        ("", []),
    ],
)
def test_character_pairs(text: str, pairs: list[str]) -> None:
    assert character_pairs(text) == pairs


@given(st.text("数控机床加工", min_size=2, max_size=30))
def test_pairs_rebuild_the_run(text: str) -> None:
    pairs = character_pairs(text)
    assert pairs[0] + "".join(pair[1] for pair in pairs[1:]) == text


@given(st.text(max_size=60))
def test_any_text_can_be_cut(text: str) -> None:
    assert all(words(text) + character_pairs(text) + [" "])


def test_a_short_text_is_its_own_title() -> None:
    assert split_title("字" * 40) == ("字" * 40, None)
    assert split_title("  两  段 ") == ("两 段", None)
    assert split_title("") == ("", None)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("字" * 41, "字" * 40),
        ("寻求铝件加工，" + "字" * 40, "寻求铝件加工"),
        ("，" + "字" * 45, "，" + "字" * 39),
        ("A" * 30 + "。" + "B" * 30, "A" * 30),
    ],
)
def test_a_long_text_opens_with_its_title(text: str, title: str) -> None:
    assert split_title(text) == (title, text)
