"""Names of firms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Party
from matcher.firmname import FirmNames, core_name, normalise_name, party_of

KNOWN = [
    ("1", "北京华锐精密机械有限公司"),
    ("2", "南京华锐精密机械有限公司"),
    ("3", "宁德时代新能源科技股份有限公司"),
    ("4", "中国移动通信集团福建有限公司南平分公司"),
]


def test_writing_does_not_matter() -> None:
    assert normalise_name("北京华锐（集团）有限公司") == normalise_name("北京华锐(集团) 有限公司")
    assert normalise_name("ＡＢＣ 科技") == "abc科技"


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("北京华锐精密（集团）有限公司", "华锐精密"),
        ("北京市海淀区华锐精密科技有限责任公司", "华锐精密科技"),
        ("华锐精密(北京)科技股份有限公司", "华锐精密科技"),
        ("清华大学", "清华大学"),
        ("中国移动通信集团福建有限公司南平分公司", "中国移动通信集团福建有限公司南平分公司"),
    ],
)
def test_core_of_a_name(name: str, core: str) -> None:
    assert core_name(name) == core


@pytest.mark.parametrize(
    ("name", "id_", "reason"),
    [
        ("华锐精密机械", "1", "简称"),
        ("北京华锐精密", "1", "简称"),
        ("宁德时代", "3", "简称"),
        ("北京华锐精密机诫有限公司", "1", "错字"),
        ("北京花锐精密机械有限公司", "1", "错字"),
    ],
)
def test_short_form_and_typo_find_the_known_firm(name: str, id_: str, reason: str) -> None:
    found = FirmNames(KNOWN).nearest(name)
    assert found is not None
    assert (found.id, found.reason) == (id_, reason)
    assert 0 < found.score <= 1


@pytest.mark.parametrize("name", ["上海华锐精密机械有限公司", "北京华锐精密机械二厂", "某某食品有限公司", "华", ""])
def test_another_place_or_another_name_is_another_firm(name: str) -> None:
    assert FirmNames(KNOWN).nearest(name) is None


def test_a_firm_is_not_suggested_to_itself() -> None:
    assert FirmNames(KNOWN[2:]).nearest(KNOWN[2][1], own_id="3") is None


@given(st.text(max_size=20))
def test_any_text_has_a_core_and_a_party(name: str) -> None:
    assert isinstance(core_name(name), str)
    FirmNames(KNOWN).nearest(name)
    assert party_of(name) in Party


@pytest.mark.parametrize(
    ("name", "party"),
    [
        ("清华大学", Party.UNIVERSITY),
        ("中科院某研究所", Party.INSTITUTE),
        ("某银行", Party.FINANCE),
        ("某厂", Party.ENTERPRISE),
    ],
)
def test_party_by_name(name: str, party: Party) -> None:
    assert party_of(name) is party
