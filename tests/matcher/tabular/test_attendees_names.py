"""Participants as others name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.tabular.attendees import Names

FIRMS = (
    "北京华锐精密（集团）有限公司",
    "上海华锐精密机械有限公司",
    "北京奔驰汽车有限公司",
    "北京汽车集团有限公司",
    "北京和利时系统工程有限公司",
    "北京三和精工有限公司",
    "小米科技有限责任公司",
    "京东方科技集团股份有限公司",
    "中国中车股份有限公司",
    "甲、乙律师事务所",
)
NAMES = Names((name, name) for name in FIRMS)


def read(text: str) -> list[tuple[str, ...]]:
    return [found.ids for found in NAMES.in_cell(text)]


@pytest.mark.parametrize(
    ("text", "firms"),
    [
        ("奔驰、小米", [FIRMS[2], FIRMS[6]]),
        ("奔驰和小米", [FIRMS[2], FIRMS[6]]),
        ("和利时及中车", [FIRMS[4], FIRMS[8]]),
        ("北京三和精工和和利时和小米", [FIRMS[5], FIRMS[4], FIRMS[6]]),
        ("1、奔驰\n2、小米；京东方", [FIRMS[2], FIRMS[6], FIRMS[7]]),
        ("1.奔驰；2.三和", [FIRMS[2], FIRMS[5]]),
        ("小米科技 京东方/奔驰", [FIRMS[6], FIRMS[7], FIRMS[2]]),
        ("北京奔驰（采购部）", [FIRMS[2]]),
        ("奔驰、小米等", [FIRMS[2], FIRMS[6]]),
        ("甲、乙律师事务所", [FIRMS[9]]),
        ("小米，甲，乙律师事务所", [FIRMS[6], FIRMS[9]]),
        ("北京华锐精密", [FIRMS[0]]),
        ("北京市小米科技公司", [FIRMS[6]]),
        ("京东芳科技集团股份有限公司", [FIRMS[7]]),
        ("小米、小米、小米", [FIRMS[6]]),
    ],
)
def test_several_names_in_a_cell(text: str, firms: list[str]) -> None:
    assert read(text) == [(firm,) for firm in firms]


@pytest.mark.parametrize("text", ["", "无", "不限", "都可以", "—", "12"])
def test_words_that_name_nobody(text: str) -> None:
    assert read(text) == []


def test_a_short_form_of_two_gives_both() -> None:
    (found,) = NAMES.in_cell("华锐精密")
    assert found.only is None
    assert set(found.near) == {FIRMS[0], FIRMS[1]}


def test_one_not_found_gives_the_nearest() -> None:
    (found,) = NAMES.in_cell("京东芳")
    assert (found.ids, found.near) == ((), (FIRMS[7],))


def test_another_place_is_another_firm() -> None:
    (found,) = NAMES.in_cell("天津华锐精密")
    assert found.ids == ()
    assert FIRMS[0] in found.near


def test_longer_names_are_not_taken_for_their_beginning() -> None:
    (found,) = NAMES.in_cell("北京三和精工检测技术有限公司")
    assert (found.ids, found.near) == ((), (FIRMS[5],))


def test_declared_short_names_are_exact() -> None:
    names = Names([("a", "北京星辰动力有限公司"), ("b", "北京星辰能源有限公司")], [("b", "星辰")])
    assert names.find("星辰").only == "b"


@given(st.lists(st.sampled_from(FIRMS), unique=True, min_size=1), st.sampled_from(["、", "，", ",", "；", ";", "\n"]))
def test_full_names_are_found_in_any_list(firms: list[str], mark: str) -> None:
    assert read(mark.join(firms)) == [(firm,) for firm in firms]


@given(
    st.lists(st.sampled_from(FIRMS[:9]), unique=True, min_size=2, max_size=3),
    st.sampled_from(["和", "及", "与", " ", "/"]),
)
def test_full_names_are_found_between_weak_marks(firms: list[str], mark: str) -> None:
    assert read(mark.join(firms)) == [(firm,) for firm in firms]


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    for found in NAMES.in_cell(text):
        assert set(found.ids) <= set(FIRMS)
