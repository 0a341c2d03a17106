"""What fits both ways: each direction's score is a match's own, and either side's hard conditions hold."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Condition, Enterprise, Operator, Posting, PostingKind, Query, SizeClass, Status
from matcher.index.postings import PostingIndex
from matcher.rank import ranked
from matcher.reciprocal import (
    Back,
    Direction,
    Found,
    Judged,
    Pair,
    Wish,
    asking,
    candidates,
    harmonic,
    own_postings,
    published_firms,
    reverse,
)
from matcher.recommend import limited, ordered, varied
from matcher.records import Record
from matcher.retrieve import query_vectors
from tests.builders import DAY, RANKER, TENANT, index_of, need, offer

EXACT = Condition(name="加工精度", op=Operator.LE, value=0.01, unit="mm")
CUT = offer("cut", "五轴精密零件加工", firm="mill", attributes={"tolerance_mm": 0.005})
ROUGH = offer("rough", "普通零件加工", firm="mill", attributes={"tolerance_mm": 0.1})
MUTE = offer("mute", "零件加工", firm="mill")
WISH = offer("wish", "寻求精密零件加工", firm="car", kind=PostingKind.NEED, conditions=(EXACT,))
EASY = offer("easy", "零件粗加工需求", firm="car", kind=PostingKind.NEED)
POSTINGS = (CUT, ROUGH, MUTE, WISH, EASY)
MILL = Wish(tenant=TENANT, enterprise_id="mill", as_of=DAY)


def key(posting: Posting) -> tuple[str, str]:
    return (TENANT, posting.id)


def record(posting: Posting) -> Record:
    return Record(posting, Enterprise(id=posting.enterprise_id, name=posting.enterprise_id))


def query_of(posting: Posting) -> Query:
    return asking(posting, tenant=TENANT, as_of=DAY)


def back(index: PostingIndex, other: Posting, *own: Posting) -> dict[str, Judged]:
    asked = Back(key(other), query_of(other), {key(one): record(one) for one in own})
    return {id_: judged for ((_, id_), _), judged in reverse(index, [asked], RANKER).items()}


scores = st.floats(1e-9, 1 - 1e-9)


@given(scores, scores)
def test_the_harmonic_mean_lies_between_and_nearer_the_lower(first: float, second: float) -> None:
    found = harmonic(first, second)
    assert min(first, second) * (1 - 1e-12) <= found <= max(first, second) * (1 + 1e-12)
    assert found <= (first * second) ** 0.5 * (1 + 1e-9)
    assert found == harmonic(second, first)
    assert harmonic(0.5, 0.25) == pytest.approx(1 / 3)


def test_a_posting_asks_for_its_firm_with_its_own_conditions() -> None:
    query = query_of(replace(WISH, keywords=("五轴",), region="110108"))
    assert (query.posting_id, query.enterprise_id, query.conditions) == ("wish", "car", (EXACT,))
    assert (query.keywords, query.region, query.viewer, query.as_of) == (("五轴",), "110108", None, DAY)


@pytest.mark.parametrize(
    ("direction", "expected"),
    [(Direction.SERVE, ["cut"]), (Direction.SERVED, ["ask"]), (Direction.BOTH, ["ask", "cut"])],
)
def test_offers_serve_and_requests_are_served(direction: Direction, expected: list[str]) -> None:
    ask = replace(WISH, id="ask", enterprise_id="mill")
    found = own_postings(index_of([CUT, ask, WISH]), replace(MILL, direction=direction))
    assert [id_ for _, id_ in found] == expected


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"valid_until": DAY}, True),
        ({"valid_until": DAY - timedelta(days=1)}, False),
        ({"valid_from": DAY}, True),
        ({"valid_from": DAY + timedelta(days=1)}, False),
        ({"status": Status.DRAFT}, False),
    ],
)
def test_only_what_is_published_and_valid_asks(change: dict[str, object], shown: bool) -> None:
    index = index_of([replace(CUT, **change)])  # type: ignore[arg-type]
    assert bool(own_postings(index, MILL)) is shown
    assert own_postings(index, replace(MILL, enterprise_id="nobody")) == ()
    assert own_postings(index, replace(MILL, tenant="other")) == ()


def test_the_reverse_score_is_what_the_candidates_own_match_shows() -> None:
    index = index_of(POSTINGS)
    for other in (WISH, EASY):
        query = query_of(replace(other, conditions=()))
        ranking = ranked(index, query, query_vectors(index.encoder, query), RANKER)
        shown = {
            index.corpus.key(int(row))[1]: float(score) for row, score in zip(ranking.rows, ranking.scores, strict=True)
        }
        asked = Back(key(other), query, {key(one): record(one) for one in (CUT, ROUGH, MUTE)})
        found = reverse(index, [asked], RANKER)
        assert {id_: one.score for ((_, id_), _), one in found.items()} == pytest.approx(shown)


def test_candidates_asked_together_answer_as_each_alone() -> None:
    index = index_of(POSTINGS)
    asked = [
        Back(key(other), query_of(other), {key(one): record(one) for one in (CUT, MUTE)}) for other in (WISH, EASY)
    ]
    alone = [pair for one in asked for pair in reverse(index, [one], RANKER).items()]
    assert list(reverse(index, asked, RANKER).items()) == alone


def test_the_forward_score_is_the_firms_own_match() -> None:
    index = index_of(POSTINGS)
    found = candidates(index, key(CUT), query_of(CUT), RANKER)
    query = query_of(CUT)
    ranking = ranked(index, query, query_vectors(index.encoder, query), RANKER)
    assert [one.other[1] for one in found] == ["wish", "easy"]
    assert [one.forward.score for one in found] == ranking.scores.tolist()
    assert {(one.firm, one.size) for one in found} == {("car", SizeClass.UNKNOWN)}


def test_who_breaks_the_others_hard_condition_is_out() -> None:
    found = back(index_of(POSTINGS), WISH, CUT, ROUGH, MUTE)
    assert found.keys() == {"cut", "mute"}
    assert found["cut"].features["met"] == 1
    assert (found["mute"].features["met"], found["mute"].features["open"]) == (0, 1)
    soft = replace(WISH, conditions=(replace(EXACT, hard=False),))
    kept = back(index_of([CUT, ROUGH, MUTE, soft]), soft, CUT, ROUGH, MUTE)
    assert kept["rough"].features["unmet"] == 1
    assert kept["rough"].score < kept["cut"].score


def test_nothing_is_encoded_again() -> None:
    index = index_of(POSTINGS)
    index.encoder.asked.clear()  # type: ignore[attr-defined]
    assert candidates(index, key(CUT), query_of(CUT), RANKER)
    assert back(index, WISH, CUT)
    assert index.encoder.asked == []  # type: ignore[attr-defined]


def test_what_vanished_meanwhile_is_left_out() -> None:
    index = index_of(POSTINGS)
    gone = offer("gone", firm="mill")
    assert candidates(index, key(gone), query_of(gone), RANKER) == []
    assert back(index, gone, CUT) == {}
    assert back(index, EASY, gone, CUT).keys() == {"cut"}


def test_every_firm_with_something_published_is_counted_once() -> None:
    firms = [Enterprise(id="mill", name="m", declared_size=SizeClass.SMALL)]
    index = index_of([*POSTINGS, offer("d", firm="draft", status=Status.DRAFT)], firms)
    assert published_firms(index, TENANT) == {"mill": SizeClass.SMALL, "car": SizeClass.UNKNOWN}
    assert published_firms(index, "other") == {}


def pair(own: str, other: str, score: float, *, firm: str = "f", **moved: float) -> Pair:
    judged = Judged(need(), score, {}, {})
    return Pair(Found((TENANT, own), (TENANT, other), firm, SizeClass.UNKNOWN, judged), judged, moved)


def test_each_candidate_is_ordered_once_by_its_adjusted_score() -> None:
    pairs = [
        pair("a", "x", 0.5),
        pair("b", "x", 0.6),
        pair("a", "z", 0.5),
        pair("a", "y", 0.5),
        pair("a", "w", 0.5, exposure=-0.1),
    ]
    assert [(one.found.own[1], one.found.other[1]) for one in ordered(pairs)] == [
        ("b", "x"), ("a", "y"), ("a", "z"), ("a", "w")
    ]  # fmt: skip


@given(st.permutations([("a", "x", 0.5), ("b", "y", 0.5), ("b", "x", 0.5), ("c", "z", 0.4)]))
def test_the_order_of_arrival_does_not_matter(items: list[tuple[str, str, float]]) -> None:
    found = ordered(pair(*item) for item in items)
    assert [(one.found.own[1], one.found.other[1]) for one in found] == [("a", "x"), ("b", "y"), ("c", "z")]


def test_a_firm_has_two_places_until_others_had_theirs() -> None:
    pairs = [pair("a", f"x{n}", 0.9 - n / 100, firm="often") for n in range(4)] + [pair("a", "y", 0.1, firm="other")]
    names = [[one.found.other[1] for one in varied(pairs, k)] for k in (1, 3, 4, 9)]
    assert names == [["x0"], ["x0", "x1", "y"], ["x0", "x1", "x2", "y"], ["x0", "x1", "x2", "x3", "y"]]


@pytest.mark.parametrize(("most", "expected"), [(1, ["x", "x"]), (2, ["x", "y", "x"]), (9, ["x", "y", "x", "z"])])
def test_only_the_best_candidates_are_asked_back(
    most: int, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matcher.recommend.REVERSED_IN_ALL", most)
    pairs = [pair("a", "z", 0.1), pair("b", "x", 0.2), pair("a", "x", 0.9), pair("a", "y", 0.5)]
    assert [one.other[1] for one in limited(one.found for one in pairs)] == expected
