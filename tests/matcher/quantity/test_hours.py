import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.quantity.clock import slots
from matcher.quantity.hours import ask, demands, judge, states
from matcher.quantity.wording import Source


def verdict(request: str, offer: str) -> Verdict:
    (requirement,) = demands(Source(request, "detail"))
    return judge(requirement, list(states(Source(offer, "detail")))).outcome


@pytest.mark.parametrize(
    ("text", "days", "minutes"),
    [
        ("周一至周五13:00-17:00", "12345", (780, 1020)),
        ("星期一到星期三9点至11点半", "123", (540, 690)),
        ("每周二、周四下午", "24", (780, 1080)),
        ("双休日09:00–20:00", "67", (540, 1200)),
        ("工作日（周一至周五）8:30-18:00全天", "12345", (510, 1080)),
        ("每日22:00-次日6:00", "1234567", (1320, 1800)),
        ("凌晨2-5点", "", (120, 300)),
        ("晚上7点到9点", "", (1140, 1260)),
        ("7×24小时", "", (0, 1440)),
        ("18点以后", "", (1080, 1440)),
    ],
)
def test_days_and_minutes(text: str, days: str, minutes: tuple[float, float]) -> None:
    slot = next(iter(slots(Source(text, "detail"))))
    assert slot.days == frozenset(days)
    assert slot.wide == minutes


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("需每周二下午使用", "周一至周五13:00-17:00可约用", Verdict.MET),
        ("需每周三上午使用", "每周三下午、周五全天开放", Verdict.UNMET),
        ("求周末可用的场馆", "仅周一至周五开放，周六周日闭馆", Verdict.UNMET),
        ("求周末可用的场馆", "场馆齐全，预约使用", Verdict.UNKNOWN),
        ("只能安排在周六", "每周六、日上课", Verdict.MET),
        ("须周六可用", "周一至周五开放，周六也可约", Verdict.MET),
        ("须24小时可进出", "门卫24小时值守", Verdict.UNKNOWN),
        ("须24小时可进出", "24小时出入不限", Verdict.MET),
        ("须24小时开放", "6:00-23:00开放", Verdict.UNMET),
        ("需要夜班产能", "三班倒，24小时生产", Verdict.MET),
        ("需要夜班产能", "单班制，8:00-17:00生产，不开夜班", Verdict.UNMET),
        ("需在晚上18点以后使用", "开放时间8:30—17:30", Verdict.UNMET),
        ("须夜间可用", "8:00-22:00开放，具体面议", Verdict.UNKNOWN),
        ("须周五晚上可用", "周五晚为会员场，不对外", Verdict.UNMET),
        ("须节假日可上门", "法定节假日不提供上门", Verdict.UNMET),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize(
    "text", ["每天触发约900条报警", "12个工作日交货", "我司每周六使用", "之后每周四百根", "列检车夜间拍摄", "周期30天"]
)
def test_what_asks_for_no_hours_is_no_demand(text: str) -> None:
    assert list(demands(Source(text, "detail"))) == []


@given(st.integers(7, 11), st.integers(12, 20), st.integers(7, 11), st.integers(12, 20))
def test_open_hours_must_take_in_those_wanted(first: int, last: int, opens: int, closes: int) -> None:
    outcome = verdict(f"须{first}:00-{last}:00可用", f"{opens}:00-{closes}:00开放")
    assert outcome is (Verdict.MET if opens <= first and last <= closes else Verdict.UNMET)


def test_the_question_quotes_the_hours() -> None:
    (requirement,) = demands(Source("须每周二下午使用", "detail"))
    assert ask(requirement) == "“周二下午”是否可用"
