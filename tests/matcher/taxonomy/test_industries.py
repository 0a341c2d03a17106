"""Industries: the shipped table, codes and names, covering and distance."""

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.assets import asset
from matcher.errors import MatcherError
from matcher.taxonomy import (
    industry_classes,
    industry_code,
    industry_covers,
    industry_distance,
    industry_name,
    industry_path,
)

HIGH_TECH = (
    "新一代信息技术",
    "集成电路",
    "医药健康",
    "智能装备",
    "节能环保",
    "新能源智能汽车",
    "新材料",
    "人工智能",
    "软件和信息服务",
    "科技服务业",
)


def rows() -> list[dict[str, str]]:
    with asset("data", "taxonomy", "industries.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


CODES = [row["code"] for row in rows()]
codes = st.sampled_from(CODES)


def test_table_has_the_standards_counts() -> None:
    # One 小类 of 修改单 1 is unknown to us, see data/taxonomy/README.md.
    assert Counter(row["level"] for row in rows()) == {"0": 20, "1": 97, "2": 473, "3": 1381}


def test_every_row_hangs_from_its_code() -> None:
    for row in rows():
        code, level = row["code"], int(row["level"])
        assert len(code) == (1, 3, 4, 5)[level]
        assert row["parent"] == ("" if level == 0 else code[0] if level == 1 else code[:-1])
        assert not row["parent"] or row["parent"] in CODES


def test_every_group_has_a_class() -> None:
    assert all(industry_classes(code) for code in CODES)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("Q84", "卫生"),
        ("Q8411", "综合医院"),
        ("Q842", "基层医疗卫生服务"),
        ("C3670", "汽车零部件及配件制造"),
        ("C2832", "生物基、淀粉基新材料制造"),
        ("F5292", "互联网零售"),
        ("C37", "铁路、船舶、航空航天和其他运输设备制造业"),
    ],
)
def test_gaps_are_mended(code: str, name: str) -> None:
    assert industry_name(code) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3421", "C3421"),
        ("C3421", "C3421"),
        (" ｃ３４２１ ", "C3421"),
        ("C", "C"),
        ("01", "A01"),
        ("C34 通用设备制造业", "C34"),
        ("金属切削机床制造", "C3421"),
        ("通用设备制造", "C34"),
        ("制造业/通用设备制造业", "C34"),
        ("软件和信息技术服务业", "I65"),
        ("教育", "P"),
        ("新材料", "新材料"),
        ("新材料产业", "新材料"),
        ("AI", "人工智能"),
        ("芯片", "集成电路"),
        ("科技服务", "科技服务业"),
    ],
)
def test_text_gives_the_canonical_code(text: str, code: str) -> None:
    assert industry_code(text) == code


def test_codes_digits_and_names_lead_back_to_the_code() -> None:
    for code in CODES:
        assert industry_code(code) == code
        assert code[0] == code or industry_code(code[1:]) == code
        assert code.startswith(industry_code(industry_name(code)))


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("金属切削机床", "C3421 金属切削机床制造"),
        ("D3421", "C3421 金属切削机床制造"),
        ("C3420", "C342 金属加工机械制造"),
        ("新才料", "新材料"),
    ],
)
def test_unknown_text_gets_suggestions(text: str, suggestion: str) -> None:
    with pytest.raises(MatcherError) as caught:
        industry_code(text)
    assert caught.value.code == "unknown_industry"
    assert suggestion in caught.value.message
    assert len(caught.value.details["suggestions"]) <= 3  # type: ignore[arg-type]


@given(st.text(max_size=12))
def test_any_text_gives_a_known_code_or_the_one_error(text: str) -> None:
    try:
        code = industry_code(text)
    except MatcherError as error:
        code = error.code
    assert code == "unknown_industry" or industry_name(code)


def test_path_goes_from_the_section_down() -> None:
    assert industry_path("C3421") == ("制造业", "通用设备制造业", "金属加工机械制造", "金属切削机床制造")
    assert industry_path("新材料") == ("新材料",)


@pytest.mark.parametrize(
    ("wanted", "code", "covered"),
    [
        ("C", "C3421", True),
        ("C34", "C3421", True),
        ("C3421", "C3421", True),
        ("C3421", "C34", False),
        ("C35", "C3421", False),
        ("新材料", "新材料", True),
        ("新材料", "C3240", True),
        ("新材料", "C3", False),
        ("新材料", "C", False),
        ("新材料", "人工智能", False),
        ("C", "新材料", False),
    ],
)
def test_covering_is_by_prefix(wanted: str, code: str, covered: bool) -> None:
    assert industry_covers(wanted, code) is covered


@pytest.mark.parametrize("label", HIGH_TECH)
def test_high_tech_industries_cover_known_classes(label: str) -> None:
    assert industry_code(label) == label
    assert any(industry_covers(label, code) for code in CODES)
    assert industry_classes(label) == ()


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("C3421", "C3421", 0),
        ("C3421", "C3422", 1),
        ("C3421", "C34", 2),
        ("C3421", "C3511", 3),
        ("C3421", "I6513", None),
        ("新材料", "新材料", 0),
        ("新材料", "C3240", 1),
        ("新材料", "I65", None),
        ("新材料", "人工智能", None),
    ],
)
def test_distance_counts_levels_to_the_common_ancestor(a: str, b: str, distance: int | None) -> None:
    assert industry_distance(a, b) == distance


@given(codes, codes)
def test_distance_is_symmetric_and_agrees_with_covering(a: str, b: str) -> None:
    distance = industry_distance(a, b)
    assert distance == industry_distance(b, a)
    assert (distance is not None) == (a[0] == b[0])
    assert (distance == 0) == (a == b)
    assert not industry_covers(a, b) or distance == len(industry_path(b)) - len(industry_path(a))
