"""Numbered needs in one cell, and titles cut from texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.tabular.split import split_numbered, title_of


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1. 寻找激光焊接设备；2. 采购0.5mm铝板；3、检测服务", ("寻找激光焊接设备", "采购0.5mm铝板", "检测服务")),
        ("①电池检测②物流", ("电池检测", "物流")),
        ("（一）模具开发。（二）表面处理", ("模具开发。", "表面处理")),
        ("一、甲\n二、乙", ("甲", "乙")),
        ("(1)甲 (2)乙", ("甲", "乙")),
        ("需求：1、甲；2、乙", ("甲", "乙")),
        ("需求1：甲 需求2：乙", ("甲", "乙")),
    ],
)
def test_numbered_list_is_split(text: str, items: tuple[str, ...]) -> None:
    assert split_numbered(text) == items


@pytest.mark.parametrize(
    "text", ["1.5吨钢材，2.3吨铝", "第一，甲", "1. 只有一条", "1. 甲 3. 丙", "公司介绍很长很长的一段话：（1）a（2）b"]
)
def test_other_text_stays_whole(text: str) -> None:
    assert split_numbered(text) == (text,)


@given(st.lists(st.text(alphabet="甲乙丙丁戊", min_size=1, max_size=8), min_size=2, max_size=12))
def test_what_was_numbered_comes_back(items: list[str]) -> None:
    assert split_numbered("；".join(f"{n}. {item}" for n, item in enumerate(items, 1))) == tuple(items)


def test_title_is_the_first_clause() -> None:
    assert title_of("该公司是一家教育咨询服务提供商。主营咨询") == "该公司是一家教育咨询服务提供商"
    assert title_of("x" * 41) == "x" * 40
    assert title_of("x" * 40) == "x" * 40


@given(st.text(min_size=1, max_size=200))
def test_title_is_a_short_prefix(text: str) -> None:
    title = title_of(text)
    assert len(title) <= 40
    assert text.strip().startswith(title)
