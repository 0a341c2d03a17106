"""Regions: the shipped table, codes, names and addresses, covering and distance."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.assets import asset
from matcher.errors import MatcherError
from matcher.taxonomy import find_region, region_code, region_covers, region_distance, region_name

VIRTUAL = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


def rows() -> list[dict[str, str]]:
    with asset("data", "taxonomy", "regions.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


REAL = [row["code"] for row in rows() if row["name"] not in VIRTUAL]
codes = st.sampled_from(REAL)


def test_parents_exist() -> None:
    known = {row["code"] for row in rows()}
    assert all(not row["parent"] or row["parent"] in known for row in rows())
    assert all(len(row["code"]) == 6 for row in rows())
    assert sum(row["level"] == "0" for row in rows()) == 34


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("110108", "110108"),
        ("1101", "110000"),
        ("11", "110000"),
        ("110100", "110000"),
        ("500200", "500000"),
        ("江西", "360000"),
        ("北京市海淀区", "110108"),
        ("北京 / 海淀", "110108"),
        ("海淀", "110108"),
        ("北京海淀区上地", "110108"),
        ("宁波鄞州区百丈路158号（9-17）", "330212"),
        ("亦庄", "110115"),
        ("北京经开区", "110115"),
        ("北京经济技术开发区荣华南路", "110115"),
        ("北京朝阳", "110105"),
        ("南京鼓楼区", "320106"),
        ("济南市中区", "370103"),
        ("济南市市中区", "370103"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("吉林长春", "220100"),
        ("海南", "460000"),
        ("大同", "140200"),
        ("恩施", "422800"),
        ("内蒙古", "150000"),
        ("河南济源", "419001"),
        ("新疆乌鲁木齐", "650100"),
        ("北京市密云县", "110118"),
        ("北京市宣武区", "110102"),
        ("中国（上海）自由贸易试验区峨山路", "310000"),
        ("地址：深圳市南山区科技园", "440305"),
        ("香港", "810000"),
    ],
)
def test_text_gives_the_code(text: str, code: str) -> None:
    assert region_code(text) == code
    assert find_region(text) == code


@pytest.mark.parametrize("text", ["鼓楼区", "朝阳区", "朝阳", "通州区"])
def test_namesakes_are_ambiguous(text: str) -> None:
    with pytest.raises(MatcherError) as caught:
        region_code(text)
    assert caught.value.code == "ambiguous_region"
    assert len(caught.value.details["suggestions"]) > 1  # type: ignore[arg-type]
    assert find_region(text) is None


@pytest.mark.parametrize("text", ["", "未知", "999999", "北京路12号", "南京西路100号", "abc", "³³³³³³"])
def test_texts_without_a_region(text: str) -> None:
    with pytest.raises(MatcherError) as caught:
        region_code(text)
    assert caught.value.code == "unknown_region"
    assert find_region(text) is None


def test_typo_gets_a_suggestion() -> None:
    with pytest.raises(MatcherError, match="北京市海淀区（110108）"):
        region_code("海定区")


def test_code_and_full_name_lead_back_to_the_code() -> None:
    assert [code for code in REAL if not region_code(code) == region_code(region_name(code)) == code] == []


@given(codes, st.text(alphabet="0123456789号楼室ABC-（） ", max_size=10))
def test_address_leads_to_its_region(code: str, rest: str) -> None:
    assert find_region(f"{region_name(code)}{rest}") == code


@given(st.text(max_size=20))
def test_find_region_never_raises(text: str) -> None:
    found = find_region(text)
    assert found is None or region_name(found)


def test_region_inside_a_sentence() -> None:
    assert find_region("生产基地设在江苏省苏州市昆山市") == "320583"


@pytest.mark.parametrize(
    ("code", "name"),
    [("110108", "北京市海淀区"), ("330212", "浙江省宁波市鄞州区"), ("419001", "河南省济源市"), ("110100", "北京市")],
)
def test_name_is_written_from_the_province_down(code: str, name: str) -> None:
    assert region_name(code) == name


@pytest.mark.parametrize(
    ("wanted", "code", "covered"),
    [
        ("110000", "110108", True),
        ("110100", "110108", True),
        ("110000", "110000", True),
        ("110108", "110000", False),
        ("110000", "120101", False),
        ("330200", "330212", True),
        ("330200", "330106", False),
        ("410000", "419001", True),
        ("110108", "110108", True),
    ],
)
def test_covering(wanted: str, code: str, covered: bool) -> None:
    assert region_covers(wanted, code) is covered


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("110108", "110108", 0),
        ("110108", "110105", 1),
        ("110108", "110000", 1),
        ("330212", "330203", 1),
        ("330212", "330106", 2),
        ("330212", "330000", 2),
        ("110108", "310115", None),
    ],
)
def test_distance_counts_levels_to_the_common_ancestor(a: str, b: str, distance: int | None) -> None:
    assert region_distance(a, b) == distance


@given(codes, codes)
def test_distance_is_symmetric(a: str, b: str) -> None:
    assert region_distance(a, b) == region_distance(b, a)
    assert (region_distance(a, b) is None) == (a[:2] != b[:2])
    assert (region_distance(a, b) == 0) == (a == b)
