import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.quantity.gazetteer import covers, places
from matcher.quantity.locations import ask, demands, judge, states
from matcher.quantity.numbers import fold
from matcher.quantity.wording import Source


def verdict(request: str, offer: str) -> Verdict:
    outcomes = set()
    for requirement in demands(Source(request, "detail")):
        said = [each for each in states(Source(offer, "detail")) if each.topic == requirement.topic]
        outcomes.add(judge(requirement, said).outcome)
    assert len(outcomes) == 1
    return outcomes.pop()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("位于东莞长安", {"441900"}),
        ("在江苏省苏州市昆山", {"320583"}),
        ("北京亦庄", {"110115"}),
        ("全国布局", {"CN"}),
        ("江浙沪", {"310000", "320000", "330000"}),
        ("马来西亚", {"东南亚:马来西亚"}),
        ("洛杉矶", {"北美:美国:洛杉矶"}),
    ],
)
def test_the_deepest_place_is_named(text: str, codes: set[str]) -> None:
    assert set(places(fold(text))[0].codes) == codes


@pytest.mark.parametrize("text", ["合作开发新建项目", "安全资源中心", "东方电气"])
def test_ordinary_words_are_no_places(text: str) -> None:
    assert places(text) == []


@pytest.mark.parametrize(
    ("wanted", "code", "taken_in"),
    [
        ("320000", "320500", True),
        ("320500", "320000", False),
        ("CN", "110108", True),
        ("东南亚", "东南亚:泰国:曼谷", True),
        ("CN", "东南亚:泰国", False),
    ],
)
def test_what_a_place_takes_in(wanted: str, code: str, taken_in: bool) -> None:
    assert covers(wanted, code) is taken_in


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("工厂要在广东省内", "打样厂在东莞长安", Verdict.MET),
        ("工厂要在广东省内", "工厂位于浙江嘉兴", Verdict.UNMET),
        ("工厂要在广东省内", "华南地区工厂", Verdict.UNKNOWN),
        ("工厂要在广东省内", "总部位于上海，多地设有分公司", Verdict.UNKNOWN),
        ("要求在成都有服务网点", "西南有合作点", Verdict.UNKNOWN),
        ("会议场地须在杭州主城区", "会议中心位于绍兴柯桥，距杭州东站约40公里", Verdict.UNMET),
        ("工厂须在长三角地区", "客户遍布上海、杭州", Verdict.UNKNOWN),
        ("须能到新疆施工", "业务只接长江以南各省", Verdict.UNMET),
        ("须能到江苏施工", "业务只接长江以南各省", Verdict.UNKNOWN),
        ("须能到西藏施工", "全国施工，新疆西藏除外", Verdict.UNMET),
        ("须能到西藏施工", "全国施工", Verdict.MET),
        ("安装服务需覆盖甘肃和青海", "西北五省均可上门安装", Verdict.MET),
        ("海外仓须位于东南亚", "海外仓在马来西亚巴生港", Verdict.MET),
        ("海外仓须在美国西部", "洛杉矶海外仓", Verdict.UNKNOWN),
        ("厂址距宁波港不超过80公里", "厂区到宁波港约35公里", Verdict.MET),
        ("厂址距宁波港不超过80公里", "厂区到上海港约35公里", Verdict.UNKNOWN),
        ("离机场车程不超过1小时", "离机场车程90分钟", Verdict.UNMET),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize("text", ["我司位于苏州，寻外协", "货物销往广东", "公司在东城注册，流水每月二十万", "北京优先"])
def test_where_the_asker_is_or_sells_is_no_demand(text: str) -> None:
    assert list(demands(Source(text, "detail"))) == []


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_distance_is_met_up_to_its_bound(asked: int, said: int) -> None:
    outcome = verdict(f"厂址距宁波港不超过{asked}公里", f"厂区距宁波港{said}公里")
    assert outcome is (Verdict.MET if said <= asked else Verdict.UNMET)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("须能到新疆施工", "能否服务“新疆”"),
        ("工厂要在广东省内", "是否在“广东”有场所"),
        ("厂址距宁波港不超过80公里", "是否满足“距宁波港不超过80公里”"),
    ],
)
def test_the_question_quotes_the_place(text: str, question: str) -> None:
    (requirement,) = demands(Source(text, "detail"))
    assert ask(requirement).replace("广东省", "广东") == question
