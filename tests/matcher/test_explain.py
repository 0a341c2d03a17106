"""Reasons add up to the score and say in Chinese what carried it; conditions stand beside them."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import Condition, Enterprise, Filters, Match, Operator, Posting, Query, Verdict
from matcher.explain import conditions, reasons
from matcher.matchmaker import MemoryMatchmaker
from matcher.rank import prior
from tests.builders import RANKER, TENANT, index_of, need, offer
from tests.stub_encoder import StubEncoder

FIRM = Enterprise(id="f", name="f")
TEXTS = ("五轴联动精密加工", "注塑模具设计", "电路板贴片", "精密加工与检测", "锂电池回收")


def matched(postings: list[Posting], query: Query) -> tuple[Match, ...]:
    matchmaker = MemoryMatchmaker(StubEncoder(), RANKER)
    matchmaker.add([FIRM], postings, tenant=TENANT)
    return matchmaker.match(query).matches


def logit(score: float) -> float:
    return math.log(score / (1 - score))


@settings(max_examples=40, deadline=None)
@given(
    offered=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6),
    asked=st.sampled_from((*TEXTS, "航天器")),
    filters=st.sampled_from((Filters(), Filters(region=("110000",), industry=("C34",)))),
)
def test_reasons_sum_to_the_logit_of_the_score(offered: list[str], asked: str, filters: Filters) -> None:
    postings = [offer(f"p{n}", text) for n, text in enumerate(offered)]
    for match in matched(postings, need(asked, filters=filters)):
        assert sum(reason.contribution for reason in match.reasons) == pytest.approx(logit(match.score), abs=1e-5)


def test_the_weightiest_reason_comes_first_and_the_base_last() -> None:
    (best, *_) = matched([offer("p"), offer("q", "法律咨询")], need())
    *parts, base = best.reasons
    sizes = [abs(reason.contribution) for reason in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert (base.feature, base.contribution) == ("base", prior().base)


def test_features_that_do_not_count_are_not_named() -> None:
    (only,) = matched([offer("p")], need())
    assert all(reason.contribution for reason in only.reasons)
    assert "region_unknown" not in {reason.feature for reason in only.reasons}


def test_every_feature_of_the_ranker_has_chinese_words() -> None:
    index = index_of([offer("p")])
    parts = dict.fromkeys(prior().weights, 0.5)
    for reason in reasons(index, need(), offer("p"), 0.0, parts):
        assert re.search("[\u4e00-\u9fff]", reason.text)


def test_shared_words_are_named_at_most_five() -> None:
    postings = [offer("p", "精密 数控 模具 焊接 注塑 铸造 热处理"), offer("q", "法律咨询")]
    index = index_of(postings)
    said = {
        reason.feature: reason.text
        for reason in reasons(
            index, need("精密 数控 模具 焊接 注塑 铸造"), postings[0], 0.0, {"word": 1.0, "pair": 1.0}
        )
    }
    shared = said["word"].removeprefix("共同词语：").split("、")
    assert len(shared) == 5
    assert set(shared) <= {"精密", "数控", "模具", "焊接", "注塑", "铸造"}
    assert said["pair"].startswith("相同字词：")


def test_nothing_shared_is_said_so() -> None:
    postings = [offer("p"), offer("q", "法律咨询")]
    (word, _) = reasons(index_of(postings), need(), postings[1], 0.0, {"word": -0.4})
    assert word.text == "没有共同词语"


def test_unverified_filters_become_open_questions() -> None:
    (found,) = conditions(need(), offer("p"), FIRM, ("地区", "加工精度 ≤ 0.01 mm"))
    assert (found.name, found.hard, found.outcome, found.question) == (
        "地区",
        True,
        Verdict.UNKNOWN,
        "请对方补充地区信息",
    )


def test_conditions_are_judged_in_the_order_asked() -> None:
    asked = (
        Condition(name="精度", op=Operator.LE, value=0.01),
        Condition(name="交期", op=Operator.LE, value=7, hard=False),
    )
    facts = {"tolerance_mm": 0.005, "lead_days": 8}
    found = conditions(need(conditions=asked), offer("p", attributes=facts), FIRM, ())
    assert [(one.name, one.hard, one.outcome) for one in found] == [
        ("精度", True, Verdict.MET),
        ("交期", False, Verdict.UNMET),
    ]


def test_what_both_texts_share_is_told_in_whole_stretches() -> None:
    postings = [offer("p", "旋转设备预测性维护平台，2026年发布，支持 PLC 接入"), offer("q", "餐饮配送")]
    index = index_of(postings)
    query = need("设备的预测性维护，2026年完成，须支持PLC")
    said = reasons(index, query, postings[0], 0.0, {"pair": 1.0})[0].text
    assert said.startswith("相同字词：")
    assert set(said.removeprefix("相同字词：").split("、")) >= {"预测性维护", "设备", "plc"}
    assert "2026" not in said
