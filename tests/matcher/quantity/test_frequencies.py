import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.quantity.frequencies import ask, demands, judge, states
from matcher.quantity.wording import Source


def verdict(request: str, offer: str) -> Verdict:
    (requirement,) = demands(Source(request, "detail"))
    said = [each for each in states(Source(offer, "detail")) if each.topic == requirement.topic]
    return judge(requirement, said).outcome


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("每月至少上门巡检2次", "每季度上门巡检一次", Verdict.UNMET),
        ("每月至少上门巡检2次", "每周上门巡检一次", Verdict.MET),
        ("每月至少巡检2次", "每15天巡检一次", Verdict.MET),
        ("要求每日发车一班以上", "每周三班", Verdict.UNMET),
        ("须每日配送", "天天配送", Verdict.MET),
        ("每月至少巡检2次", "每月培训4次", Verdict.UNKNOWN),
        ("每周至少上门2次", "专人养护", Verdict.UNKNOWN),
        ("要求提前1天预约就能上机", "须提前5个工作日预约", Verdict.UNMET),
        ("提前3天预约即可", "提前3天预约即可", Verdict.MET),
        ("提前3个工作日预约即可", "提前3个工作日预约", Verdict.MET),
        ("提前5天预约即可", "须提前5个工作日预约", Verdict.UNKNOWN),
        ("须可当天预约当天使用", "无需预约，随到随用", Verdict.MET),
        ("须可当天预约当天使用", "须提前半天预约", Verdict.UNMET),
        ("要求提前1天预约就能上机", "以平台排期为准", Verdict.UNKNOWN),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize("text", ["误报每天不超过2次", "掉线每周三四次", "我司每月巡检2次", "不接受当天预约使用的除外"])
def test_what_is_a_mishap_or_owned_is_no_demand(text: str) -> None:
    assert [each for each in demands(Source(text, "detail")) if each.topic == "frequency"] == []


@given(st.integers(1, 20), st.integers(1, 20))
def test_notice_and_frequency_by_number(asked: int, said: int) -> None:
    assert verdict(f"提前{asked}天预约即可", f"须提前{said}天预约") is (Verdict.MET if said <= asked else Verdict.UNMET)
    assert verdict(f"须每月巡检{asked}次", f"每月巡检{said}次") is (Verdict.MET if said >= asked else Verdict.UNMET)


def test_the_question_names_the_topic() -> None:
    (requirement,) = demands(Source("须每月巡检2次", "detail"))
    assert ask(requirement) == "频次是否符合“每月巡检2次”"
