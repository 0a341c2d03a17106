"""The library end to end: give it firms and postings, ask it, and read why."""

from dataclasses import replace
from datetime import timedelta
from math import exp

import pytest

from matcher.domain import Condition, Enterprise, Filters, Operator, PostingKind, SizeClass, Verdict
from matcher.eligibility import eligible
from matcher.encoder import TextSide
from matcher.errors import MatcherError
from matcher.features import NAMES
from matcher.matchmaker import MAX_K, Matchmaker, MemoryMatchmaker, relaxable
from matcher.rank import LinearRanker, prior
from matcher.records import MemoryRecords
from tests.builders import DAY, RANKER, TENANT, index_of, need, offer
from tests.stub_encoder import StubEncoder

FIRMS = (
    Enterprise(id="mill", name="某精密加工厂", region="110108", declared_size=SizeClass.SMALL),
    Enterprise(id="law", name="某律师事务所", region="310115"),
    Enterprise(id="car", name="某汽车公司", declared_size=SizeClass.LARGE),
)
POSTINGS = (
    offer("cut", "五轴精密零件加工", firm="mill", attributes={"tolerance_mm": 0.005}),
    offer("rough", "普通零件加工", firm="mill", attributes={"tolerance_mm": 0.1}),
    offer("advice", "法律咨询", firm="law"),
    offer("wish", "寻求精密零件加工", firm="car", kind=PostingKind.NEED),
)
PRECISE = Condition(name="加工精度", op=Operator.LE, value=0.01, unit="mm")


@pytest.fixture
def matchmaker() -> MemoryMatchmaker:
    made = MemoryMatchmaker(StubEncoder(), RANKER)
    made.add(FIRMS, POSTINGS, tenant=TENANT)
    return made


def test_a_need_finds_who_can_serve_it_and_why(matchmaker: MemoryMatchmaker) -> None:
    result = matchmaker.match(need("精密零件加工", enterprise_id="car", conditions=(PRECISE,)))
    best = result.matches[0]
    assert (best.posting.id, best.enterprise.name, best.rank) == ("cut", "某精密加工厂", 1)
    assert [match.rank for match in result.matches] == [1, 2]
    assert [match.posting.id for match in result.matches] == ["cut", "advice"]
    assert [(one.condition, one.count) for one in result.excluded] == [("加工精度 ≤ 0.01 mm", 1)]
    assert best.conditions[0].outcome is Verdict.MET
    assert result.matches[1].conditions[0].outcome is Verdict.UNKNOWN
    assert 0 < result.matches[1].score < best.score < 1
    assert (best.calibrated, result.no_match) == (False, None)
    assert result.versions == {"encoder": "5bstub", "ranker": prior().name, "seq": "0"}


def test_an_offer_finds_the_requests_it_could_serve(matchmaker: MemoryMatchmaker) -> None:
    result = matchmaker.match(need("精密零件加工", kind=PostingKind.CAPABILITY, enterprise_id="mill"))
    assert [match.posting.id for match in result.matches] == ["wish"]
    assert isinstance(matchmaker.index.encoder, StubEncoder)
    assert matchmaker.index.encoder.asked[-1] == (TextSide.PASSAGE, "精密零件加工")


def test_unverified_filters_are_questions_on_the_match(matchmaker: MemoryMatchmaker) -> None:
    result = matchmaker.match(need(filters=Filters(size=(SizeClass.SMALL,))))
    open_ = {match.posting.id: [one.name for one in match.conditions] for match in result.matches}
    assert open_ == {"cut": [], "rough": [], "advice": ["规模"]}


@pytest.mark.parametrize("k", [-1, 0, MAX_K + 1, 10**9])
def test_k_outside_its_bounds_is_refused(k: int, matchmaker: MemoryMatchmaker) -> None:
    with pytest.raises(MatcherError) as caught:
        matchmaker.match(need(k=k))
    assert caught.value.code == "bad_k"
    assert str(k) in caught.value.message


@pytest.mark.parametrize(("k", "count"), [(1, 1), (2, 2), (3, 3), (MAX_K, 3)])
def test_k_within_its_bounds_is_kept(k: int, count: int, matchmaker: MemoryMatchmaker) -> None:
    assert len(matchmaker.match(need(k=k)).matches) == count


@pytest.mark.parametrize(("title", "detail"), [("", None), (" \u3000\n", ""), ("", " \t ")])
def test_an_empty_text_is_refused(title: str, detail: str | None, matchmaker: MemoryMatchmaker) -> None:
    with pytest.raises(MatcherError) as caught:
        matchmaker.match(need(title, detail=detail))
    assert caught.value.code == "empty_text"


@pytest.mark.parametrize("title", ["，。！", "的", "😀", "x" * 100_000, "字" * 100_000])
def test_odd_texts_are_answered(title: str, matchmaker: MemoryMatchmaker) -> None:
    assert len(matchmaker.match(need(title)).matches) == 3


def test_a_posting_of_an_unknown_firm_is_refused_with_the_whole_batch(matchmaker: MemoryMatchmaker) -> None:
    with pytest.raises(MatcherError) as caught:
        matchmaker.add([], [offer("fine", firm="mill"), offer("lost", firm="nobody")], tenant=TENANT)
    assert caught.value.code == "unknown_enterprise"
    assert "lost" in caught.value.message
    assert "nobody" in caught.value.message
    assert len(matchmaker.match(need()).matches) == 3


def test_firms_of_another_tenant_do_not_count_as_known(matchmaker: MemoryMatchmaker) -> None:
    with pytest.raises(MatcherError) as caught:
        matchmaker.add([], [offer("p", firm="mill")], tenant="other")
    assert caught.value.code == "unknown_enterprise"


def test_adding_again_replaces(matchmaker: MemoryMatchmaker) -> None:
    matchmaker.add([], [replace(POSTINGS[2], title="冷链仓储运输")], tenant=TENANT)
    result = matchmaker.match(need("冷链仓储运输"))
    assert [match.posting.title for match in result.matches if match.posting.id == "advice"] == ["冷链仓储运输"]
    assert result.matches[0].posting.id == "advice"


def test_a_match_carries_the_features_that_it_was_scored_by(matchmaker: MemoryMatchmaker) -> None:
    for match in matchmaker.match(need()).matches:
        assert match.features.keys() == set(NAMES)
        logit = RANKER.base + sum(weight * match.features[name] for name, weight in RANKER.weights.items())
        assert match.score == pytest.approx(1 / (1 + exp(-logit)), rel=1e-5)


NARROW = need(
    conditions=(PRECISE,),
    enterprise_id="mill",
    filters=Filters(
        region=("11",), industry=("34",), kind=(PostingKind.IP,), enterprise_id=("law",), size=(SizeClass.SMALL,)
    ),
)


def test_whatever_excludes_can_be_relaxed_by_the_name_it_is_counted_under() -> None:
    late = replace(POSTINGS[0], id="late", valid_until=DAY - timedelta(days=1))
    known = set(relaxable(NARROW))
    for posting in (*POSTINGS, late):
        alone = MemoryMatchmaker(StubEncoder(), RANKER)
        alone.add(FIRMS, [posting], tenant=TENANT)
        assert {one.condition for one in alone.match(NARROW).excluded} <= known
    assert set(eligible(index_of(POSTINGS, FIRMS), NARROW).unverified) <= known


def test_a_relaxed_condition_lowers_instead_of_excluding(matchmaker: MemoryMatchmaker) -> None:
    strict = matchmaker.match(need(conditions=(PRECISE,)))
    relaxed = matchmaker.match(need(conditions=(PRECISE,), relax=("加工精度 ≤ 0.01 mm",)))
    assert {match.posting.id for match in relaxed.matches} - {match.posting.id for match in strict.matches} == {"rough"}
    assert relaxed.excluded == ()


@pytest.mark.parametrize("name", ["加工精度", "地区", "", "有效期 "])
def test_relaxing_what_the_query_does_not_ask_is_refused_with_what_it_does(
    name: str, matchmaker: MemoryMatchmaker
) -> None:
    with pytest.raises(MatcherError) as caught:
        matchmaker.match(need(conditions=(PRECISE,), relax=("有效期", name)))
    assert caught.value.code == "bad_relax"
    assert caught.value.details["relaxable"] == ["有效期", "加工精度 ≤ 0.01 mm"]
    assert "加工精度 ≤ 0.01 mm" in caught.value.message


def test_nothing_to_answer_says_what_to_do() -> None:
    result = MemoryMatchmaker(StubEncoder(), RANKER).match(need())
    assert (result.matches, result.excluded) == ((), ())
    assert result.no_match == "还没有可以应答的条目，请先导入或发布供需信息"


def test_everything_excluded_says_what_took_most(matchmaker: MemoryMatchmaker) -> None:
    result = matchmaker.match(need(filters=Filters(enterprise_id=("nobody",))))
    assert result.matches == ()
    assert result.no_match == "没有符合全部条件的条目；排除最多的是“指定企业”（3 条），可放宽后重试"


def test_records_that_vanished_meanwhile_are_left_out() -> None:
    records = MemoryRecords()
    records.known_enterprises[(TENANT, "f")] = Enterprise(id="f", name="f")
    records.known_postings[(TENANT, "q")] = offer("q", "零件检测与装配")
    index = index_of([offer("p"), records.known_postings[(TENANT, "q")]])
    result = Matchmaker(index, records, RANKER).match(need())
    assert [(match.posting.id, match.rank) for match in result.matches] == [("q", 1)]
    del records.known_enterprises[(TENANT, "f")]
    gone = Matchmaker(index_of([offer("p")]), records, RANKER).match(need())
    assert gone.matches == ()
    assert gone.no_match


def test_another_ranker_and_another_asking_encoder_are_used() -> None:
    ranker = LinearRanker("mine", 0.0, {"word": 1.0}, calibrated=True)
    asking = StubEncoder()
    records = MemoryRecords()
    records.known_enterprises[(TENANT, "f")] = Enterprise(id="f", name="f")
    records.known_postings[(TENANT, "p")] = offer("p")
    result = Matchmaker(index_of([offer("p")]), records, ranker, asking=asking).match(need())
    assert (result.versions["ranker"], result.matches[0].calibrated) == ("mine", True)
    assert asking.asked == [(TextSide.QUERY, "精密零件加工")]
