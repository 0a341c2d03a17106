"""Measured conditions: what is read from a request and an offer, how bounds stand, and what holds for any text."""

from datetime import date
from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.errors import MatcherError
from matcher.quantity import measures, tokens
from matcher.quantity.base import Statement
from matcher.quantity.measure_table import topics

_MET, _UNMET, _OPEN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN
_WORDS = (
    *"0123456789.,~-±≥≤×/（）()，。；：%、 \n",
    *"万亿十余约内上下起年月天日周个件吨米毫丝平亩元人名台套箱产能公差精度面积交期租金率",
    *(
        "不低于",
        "不超过",
        "至少",
        "最大",
        "以上",
        "以内",
        "起订",
        "成立于",
        "每月",
        "工作日",
        "MPa",
        "mm",
        "kg",
        "㎡",
        "２",
        "⁻³",
    ),
)
_TEXT = st.lists(st.sampled_from(_WORDS), max_size=40).map("".join)


def _outcomes(request: str, offer: str) -> list[Verdict]:
    stated = measures.stated(offer, "detail")
    return [measures.judge(each, stated).outcome for each in measures.required(request, "detail")]


def _the(statements: tuple[Statement, ...], topic: str) -> Statement:
    (found,) = [each for each in statements if each.topic == topic]
    return found


@pytest.mark.parametrize(
    ("text", "topic", "low", "high"),
    [
        ("月产能不低于5万件", "throughput", 50_000, inf),
        ("月产能达到5万件", "throughput", 50_000, inf),
        ("孔位公差±0.02mm以内", "precision", -inf, 0.02),
        ("尺寸误差不得大于2丝", "precision", -inf, 0.02),
        ("圆度≤2μm", "roundness", -inf, 0.002),
        ("表面粗糙度Ra0.8", "roughness", -inf, 0.0008),
        ("面积200~300㎡", "area", 200, 300),
        ("面积800平方米左右", "area", 720, pytest.approx(880)),
        ("工业用地三十亩以上", "area", pytest.approx(20_000), inf),
        ("工件高2.4米", "height", 2400, 2400),
        ("额定负载≥1.5t", "load", 1500, inf),
        ("锁模力1600T及以上", "force", 1_600_000, inf),
        ("排气压力不低于8bar", "pressure", pytest.approx(0.8), inf),
        ("注册资本不低于500万元", "registered_capital", 5_000_000, inf),
        ("年化利率不高于4%", "interest", -inf, 4),
        ("来料不良率≤200ppm", "defect_rate", -inf, pytest.approx(0.02)),
        ("交货期30天", "delivery_time", -inf, 720),
        ("四层板打样，五天内出货", "sample_time", -inf, 120),
        ("故障须2小时内响应", "response_time", -inf, 2),
        ("质保不少于2年", "warranty", 17_520, inf),
        ("起订量500个以内", "moq", -inf, 500),
        ("最小订量200个", "moq", -inf, 200),
        ("希望MOQ不超过300只", "moq", -inf, 300),
        ("采购芳纶带，首批200米", "moq", -inf, 200_000),
        ("从业经验不低于8年", "experience_years", 70_080, inf),
        ("要求派驻至少20名保安", "headcount", 20, inf),
    ],
)
def test_a_request_demands_an_interval(text: str, topic: str, low: float, high: float) -> None:
    found = _the(measures.required(text, "detail"), topic)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "我公司成立于2008年，年产5万台电机，员工300人。",
        "采购Q355NE钢板，执行GB 9001标准，2026年3月前。",
        "前期累计采购3000万件。",
        "提供24小时热线。",
        "要做十万级洁净。",
        "零件若干，五通一平，数十家客户。",
    ],
)
def test_what_the_asker_says_of_itself_names_and_dates_are_no_demands(text: str) -> None:
    assert measures.required(text, "detail") == ()


@pytest.mark.parametrize(
    "text",
    [
        "需要一条灌装线",
        "需8卡H20服务器",
        "采购3台五轴加工中心",
        "求购500件法兰",
        "需求数量：2000件",
        "轴承座精加工2400件外协",
        "检具采购包（62套）",
        "每周做一次巡检",
        "提供二次开发接口",
    ],
)
def test_an_amount_that_is_wanted_is_no_minimum_order(text: str) -> None:
    assert "moq" not in {each.topic for each in measures.required(text, "detail")}


@pytest.mark.parametrize(
    ("words", "below", "at", "above"),
    [
        ("不低于100吨", _UNMET, _MET, _MET),
        ("不少于100吨", _UNMET, _MET, _MET),
        ("至少100吨", _UNMET, _MET, _MET),
        ("≥100吨", _UNMET, _MET, _MET),
        ("100吨以上", _UNMET, _MET, _MET),
        ("100吨及以上", _UNMET, _MET, _MET),
        ("达到100吨", _UNMET, _MET, _MET),
        ("100吨起", _UNMET, _MET, _MET),
        ("超过100吨", _UNMET, _UNMET, _MET),
        ("大于100吨", _UNMET, _UNMET, _MET),
    ],
)
def test_a_lower_bound_holds_at_its_value_unless_exclusive(
    words: str, below: Verdict, at: Verdict, above: Verdict
) -> None:
    request = f"要求月产能{words}"
    assert [_outcomes(request, f"月产能{n}吨") for n in (99, 100, 101)] == [[below], [at], [above]]


@pytest.mark.parametrize(
    ("words", "below", "at", "above"),
    [
        ("不超过30天", _MET, _MET, _UNMET),
        ("不高于30天", _MET, _MET, _UNMET),
        ("不得超过30天", _MET, _MET, _UNMET),
        ("最多30天", _MET, _MET, _UNMET),
        ("≤30天", _MET, _MET, _UNMET),
        ("30天以内", _MET, _MET, _UNMET),
        ("30天内", _MET, _MET, _UNMET),
        ("30天", _MET, _MET, _UNMET),
        ("少于30天", _MET, _UNMET, _UNMET),
        ("小于30天", _MET, _UNMET, _UNMET),
    ],
)
def test_an_upper_bound_holds_at_its_value_unless_exclusive(
    words: str, below: Verdict, at: Verdict, above: Verdict
) -> None:
    request = f"要求交货期{words}"
    assert [_outcomes(request, f"交货期{n}天") for n in (29, 30, 31)] == [[below], [at], [above]]


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("月产能不低于5万件", "年产能60万件", _MET),
        ("月产能不低于5万件", "年产能59.9万件", _UNMET),
        ("月产能不低于5万件", "年产能60万套", _OPEN),
        ("日产2000件起", "月产6万件，每月开工26天", _MET),
        ("日产2000件起", "月产5万件，每月开工26天", _UNMET),
        ("日产2000件起", "月产5万件", _OPEN),
        ("年产能不少于2GW", "规划年产能3GW", _OPEN),
        ("月产能30万件以上", "累计交付3000万件", _OPEN),
        ("表面粗糙度Ra≤0.8μm", "尺寸公差±0.01mm", _OPEN),
        ("孔位公差±0.02mm", "外形公差±0.01mm", _OPEN),
        ("面积不小于600㎡", "实验室300～1000㎡可自由分割", _MET),
        ("面积200~300㎡", "450㎡，不分割出租", _UNMET),
        ("单层面积≥2000㎡", "四层厂房，总建筑面积7200㎡，各层面积相同", _UNMET),
        ("单厅面积≥5000㎡", "总建筑面积4.6万平", _OPEN),
        ("工件高2.4米", "炉膛尺寸Φ1200×2000mm", _UNMET),
        ("工件长2.6米", "炉膛尺寸3m×2m×2m", _MET),
        ("柜体宽度不大于900mm", "高2100×宽1.05米×深500mm", _UNMET),
        ("外径3.2m的环锻件", "环件单重可达12吨", _OPEN),
        ("锁模力800T以上", "机型：120T×6、450T×4、1000T×2", _MET),
        ("需AC 220V供电", "仅380V供电", _UNMET),
        ("租金不高于25元/㎡·月", "租金0.8元/㎡/天", _MET),
        ("租金不超过3万元", "租金2.2万元起", _OPEN),
        ("授信额度500万元以上", "单户最高300万元", _UNMET),
        ("授信额度500万元以上", "授信额度300万~1000万元", _MET),
        ("注册资本1亿元以上", "营业收入1.2亿元", _OPEN),
        ("纯度≥99.99%", "纯度5N", _MET),
        ("研发人员占比不低于20%", "员工150人，其中研发人员36人", _MET),
        ("批次合格率不低于98%", "准时交付率99%", _OPEN),
        ("7天内交样", "交样10个工作日", _UNMET),
        ("10个工作日内完成", "10天内完成", _MET),
        ("打样周期不超过30天", "批量周期20天", _OPEN),
        ("报修当天到场", "次日上门", _UNMET),
        ("交期7天以内", "交期15天，急单可加急", _OPEN),
        ("交期7天以内", "交期15天，不设加急", _UNMET),
        ("要求接50件小批量", "小批量不接", _UNMET),
        ("起订量1瓶", "单瓶起售", _MET),
        ("首批100份", "不限起订量", _MET),
        ("1个托盘起订", "整柜起订", _UNMET),
        ("一级建造师5人以上", "一级建造师3人、二级建造师12人", _UNMET),
        ("持证焊工30人以上", "焊工45人", _OPEN),
        ("持证焊工30人以上", "焊工25人", _UNMET),
        ("项目经理从业10年以上", "公司从业16年", _OPEN),
        ("企业成立须满5年", "2012年成立", _MET),
        ("运营年限满三年", "自2019年起连续运营", _MET),
        ("公差等级IT7", "公差可达IT6级", _MET),
        ("齿轮精度6级", "齿轮精度等级7级", _UNMET),
        ("角度误差±0.5°以内", "角度误差±1°", _UNMET),
        ("孔距公差±0.1mm", "公差±0.05mm", _OPEN),
        ("公差±0.01mm", "常规公差±0.05mm，精密件公差±0.005mm", _MET),
        ("平行度0.005mm", "平行度0.004mm/m", _OPEN),
        ("炉温1050℃", "箱式炉最高炉温950℃", _UNMET),
        ("温度18±2℃", "恒温18℃", _MET),
        ("扭矩不低于500N·m", "最大扭矩800N·m", _MET),
        ("年租金80万元以内", "月租金6万元", _MET),
        ("货架承重3吨/㎡以上", "额定载重5吨", _OPEN),
        ("专职安全员2人以上", "员工60人", _OPEN),
        ("持证焊工15名以上", "焊工20名，其中持证12名", _UNMET),
        ("单价3元以内", "单价2.6元/个", _MET),
        ("质保金比例不超过5%", "质保金10%", _UNMET),
        ("准时交付率95%以上", "准时交付率98%，客户满意度90%", _MET),
        ("业绩不少于3个", "同类业绩5个", _MET),
        ("叉车不少于5台", "叉车3台，货车20台", _UNMET),
        ("面积800平以上", "共5000㎡，可分割，1000㎡起租", _MET),
        ("面积100平", "共5000㎡，可分割，1000㎡起租", _UNMET),
        ("成立不少于3年（以2026年6月计）", "2025年9月注册成立", _UNMET),
    ],
)
def test_an_offer_meets_fails_or_leaves_open(request_text: str, offer: str, outcome: Verdict) -> None:
    assert _outcomes(request_text, offer) == [outcome]


def test_a_request_with_several_numbers_demands_only_those_of_the_other_side() -> None:
    text = "我司2009年成立，年产电机80万台，员工500人。现寻求铝压铸供应商：锁模力1600T以上，月产能不低于5万件，尺寸公差±0.05mm。"
    assert [each.topic for each in measures.required(text, "detail")] == ["force", "throughput", "precision"]


def test_the_statement_that_decides_is_the_proof() -> None:
    stated = measures.stated("压铸岛9台，280T至2500T，配真空系统。", "detail")
    judged = measures.judge(measures.required("锁模力须1600T以上", "detail")[0], stated)
    assert judged.proof is not None
    assert judged.proof.span.text == "280T至2500T"


def test_an_open_question_has_no_proof() -> None:
    judged = measures.judge(measures.required("交期30天以内", "detail")[0], ())
    assert (judged.outcome, judged.proof) == (_OPEN, None)


@pytest.mark.parametrize(("on", "outcome"), [(date(2026, 6, 1), _UNMET), (date(2028, 6, 1), _MET)])
def test_years_since_a_founding_are_counted_on_the_day_given(on: date, outcome: Verdict) -> None:
    requirement = measures.required("企业成立须满5年", "detail")[0]
    stated = measures.stated("公司成立于2023年3月", "detail")
    assert measures.judge(requirement, stated, as_of=on).outcome is outcome


def test_statements_that_disagree_leave_it_open() -> None:
    assert _outcomes("切割误差不大于0.1mm", "薄板切割误差±0.1mm，厚板切割误差±0.25mm") == [_OPEN]


def test_every_topic_has_a_chinese_name() -> None:
    assert measures.topic_label("precision") == "加工精度"
    with pytest.raises(MatcherError) as raised:
        measures.topic_label("beauty")
    assert raised.value.code == "topic_unknown"


def test_no_topic_is_read_by_both_readers() -> None:
    assert not set(topics()) & set(tokens.topics())


@given(_TEXT)
def test_spans_are_exact_and_intervals_sound_in_any_text(text: str) -> None:
    for each in (*measures.required(text, "detail"), *measures.stated(text, "detail")):
        assert text[each.span.start : each.span.end] == each.span.text
        assert each.span.field == "detail"
        assert not isnan(each.low)
        assert each.low <= each.high


@given(_TEXT, _TEXT)
def test_judging_any_two_texts_gives_a_verdict_and_a_proof_of_the_offer(request_text: str, offer: str) -> None:
    stated = measures.stated(offer, "detail")
    for requirement in measures.required(request_text, "detail"):
        judged = measures.judge(requirement, stated)
        assert judged.proof is None or judged.proof in stated
        assert (judged.proof is None) == (judged.outcome is _OPEN)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 100))
def test_a_weaker_lower_bound_is_met_whenever_a_stronger_is(offered: int, bound: int, less: int) -> None:
    stated = measures.stated(f"月产能{offered}吨", "detail")
    strong, weak = (
        measures.judge(measures.required(f"月产能不低于{n}吨", "detail")[0], stated).outcome
        for n in (bound, max(1, bound - less))
    )
    assert strong is not _MET or weak is _MET


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 100))
def test_a_weaker_upper_bound_is_met_whenever_a_stronger_is(offered: int, bound: int, more: int) -> None:
    stated = measures.stated(f"交期{offered}天", "detail")
    strong, weak = (
        measures.judge(measures.required(f"交期不超过{n}天", "detail")[0], stated).outcome
        for n in (bound, bound + more)
    )
    assert strong is not _MET or weak is _MET


def test_a_text_of_the_greatest_length_without_a_stop_is_read() -> None:
    text = ("公差±0.01mm面积300㎡我公司月产5万件" * 1000)[:20_000]
    assert len(measures.stated(text, "detail")) > 1000
