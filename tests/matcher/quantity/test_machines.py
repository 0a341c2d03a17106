import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.quantity.base import Judgement
from matcher.quantity.machines import ask, demands, judge, states
from matcher.quantity.wording import Source


def judged(request: str, offer: str) -> list[Judgement]:
    said = list(states(Source(offer, "detail")))
    return [judge(each, [s for s in said if s.topic == each.topic]) for each in demands(Source(request, "detail"))]


def verdict(request: str, offer: str) -> Verdict:
    outcomes = {each.outcome for each in judged(request, offer)}
    assert len(outcomes) == 1
    return outcomes.pop()


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("须有五轴加工中心", "五轴联动加工中心6台", Verdict.MET),
        ("须有5轴机床", "五轴加工中心DM-65×3", Verdict.MET),
        ("须有五轴机", "全部为三轴、四轴，没有五轴", Verdict.UNMET),
        ("须有五轴机", "加工中心20台", Verdict.UNKNOWN),
        ("须有三坐标", "CMM两台", Verdict.MET),
        ("须有三坐标", "厂内没有三坐标，需要时外送检测", Verdict.UNMET),
        ("须有PVD镀膜设备", "只做电镀，PVD不做", Verdict.UNMET),
        ("须有磨齿机", "滚齿机12台，磨齿外协", Verdict.UNMET),
        ("须有双色注塑机", "均为单色机", Verdict.UNMET),
        ("须有透射电镜", "透射电镜采购中", Verdict.UNKNOWN),
        ("须有冷库", "冷冻库1.5万吨", Verdict.MET),
        ("须有冷冻库", "冷藏、恒温分区", Verdict.UNKNOWN),
        ("须配疲劳试验机", "疲劳试验机4台", Verdict.MET),
        ("须有慢走丝或电火花机", "电火花机3台", Verdict.MET),
        ("要有5吨反应釜", "反应釜12台", Verdict.UNKNOWN),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize(
    "text",
    [
        "我厂现有五轴加工中心6台，寻订单",
        "采购注塑机两台",
        "无需三坐标",
        "最好有三坐标",
        "须带氦检报告",
        "须配备先进设备",
    ],
)
def test_what_is_owned_sought_or_vague_is_no_demand(text: str) -> None:
    assert list(demands(Source(text, "detail"))) == []


def test_a_denial_proves_itself_with_its_words() -> None:
    (found,) = judged("须有三坐标", "厂内没有三坐标")
    assert found.proof is not None
    assert found.proof.span.text == "厂内没有三坐标"


@pytest.mark.parametrize(("tonnes", "outcome"), [(19, Verdict.UNMET), (20, Verdict.MET), (21, Verdict.MET)])
def test_the_largest_crane_decides(tonnes: int, outcome: Verdict) -> None:
    found = judged("须有20吨以上行车", f"5吨行车2台、{tonnes}吨行车1台")
    assert outcome in {each.outcome for each in found}
    assert (Verdict.UNMET in {each.outcome for each in found}) is (outcome is Verdict.UNMET)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 50))
def test_a_larger_crane_never_fails_where_a_smaller_passes(asked: int, offered: int, more: int) -> None:
    def passes(tonnes: int) -> bool:
        found = judged(f"须有{asked}吨以上行车", f"{tonnes}吨行车1台")
        return all(each.outcome is Verdict.MET for each in found)

    assert passes(offered) is (offered >= asked)
    assert passes(offered + more) or not passes(offered)


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("需要A100及以上GPU", "H800集群", Verdict.MET),
        ("需要A100级别GPU", "V100集群", Verdict.UNKNOWN),
        ("需要A100级别GPU", "仅有V100集群", Verdict.UNMET),
        ("需要A100 GPU", "H100集群", Verdict.UNKNOWN),
        ("需要A100 GPU", "A100 80G×64卡", Verdict.MET),
    ],
)
def test_cards_by_generation(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


def test_the_question_names_the_machine() -> None:
    (requirement,) = demands(Source("须有三坐标", "detail"))
    assert ask(requirement) == "是否有“三坐标”"
