"""Two-sided recommendations end to end: both directions, their reasons, and the room made for those shown little."""

import threading
from collections import Counter
from dataclasses import replace
from math import exp, isclose

import pytest

from matcher.domain import Condition, Enterprise, Operator, PostingKind, SizeClass, Visibility
from matcher.errors import MatcherError
from matcher.exposure import limits
from matcher.matchmaker import MemoryMatchmaker
from matcher.reciprocal import Direction, Wish
from matcher.recommend import Recommendation, Recommendations
from tests.builders import DAY, RANKER, TENANT, offer
from tests.stub_encoder import StubEncoder

NEED = PostingKind.NEED
EXACT = Condition(name="加工精度", op=Operator.LE, value=0.01, unit="mm")
NORTH = Condition(name="region", op=Operator.IN, value=("11",))
FIRMS = (
    Enterprise(id="mill", name="精密加工厂", region="110108", declared_size=SizeClass.SMALL),
    Enterprise(id="shop", name="零件小厂", region="310115", declared_size=SizeClass.MICRO),
    Enterprise(id="car", name="汽车公司", region="110000", declared_size=SizeClass.LARGE),
    Enterprise(id="jet", name="飞机公司", region="110000", declared_size=SizeClass.LARGE),
)
POSTINGS = (
    offer("mill-cut", "五轴精密零件加工", firm="mill", attributes={"tolerance_mm": 0.005}),
    offer("mill-ask", "寻求刀具采购", firm="mill", kind=NEED),
    offer("shop-cut", "精密零件加工", firm="shop", attributes={"tolerance_mm": 0.1}),
    offer("shop-tool", "刀具供应", firm="shop"),
    offer("car-ask", "寻求精密零件加工", firm="car", kind=NEED, conditions=(EXACT,)),
    offer("jet-ask", "寻求五轴零件加工", firm="jet", kind=NEED, conditions=(NORTH,)),
)
WISH = Wish(tenant=TENANT, enterprise_id="mill", as_of=DAY)


@pytest.fixture
def matchmaker() -> MemoryMatchmaker:
    made = MemoryMatchmaker(StubEncoder(), RANKER)
    made.add(FIRMS, POSTINGS, tenant=TENANT)
    return made


def ids(side: tuple[Recommendation, ...]) -> list[str]:
    return [one.forward.posting.id for one in side]


def test_a_firm_learns_whom_it_could_serve_and_who_could_serve_it(matchmaker: MemoryMatchmaker) -> None:
    found = matchmaker.recommend(WISH)
    assert set(ids(found.serves)) == {"car-ask", "jet-ask"}
    assert ids(found.served_by)[0] == "shop-tool"
    assert {one.backward.posting.id for one in found.serves} == {"mill-cut"}
    assert {one.backward.posting.id for one in found.served_by} == {"mill-ask"}
    assert [one.rank for one in found.serves] == [1, 2]
    assert found.no_match is None
    assert found.versions == {"encoder": "5bstub", "ranker": RANKER.name, "seq": "0", "exposure": limits().name}


def test_both_directions_are_explained_to_the_last_bit(matchmaker: MemoryMatchmaker) -> None:
    found = matchmaker.recommend(WISH)
    for one in (*found.serves, *found.served_by):
        for side in (one.forward, one.backward):
            total = sum(reason.contribution for reason in side.reasons)
            assert isclose(1 / (1 + exp(-total)), side.score, abs_tol=1e-6)
            assert side.features.keys() >= set(RANKER.weights)
        assert isclose(one.score, 2 / (1 / one.forward.score + 1 / one.backward.score))
        assert one.rank == one.forward.rank == one.backward.rank
    asked = {one.forward.posting.id: one.backward.conditions for one in found.serves}
    assert [(result.name, result.outcome) for result in asked["car-ask"]] == [("加工精度", "满足")]
    assert [(result.name, result.outcome) for result in asked["jet-ask"]] == [("region", "满足")]


def pairs(found: Recommendations) -> set[tuple[str, str]]:
    return {(one.backward.posting.id, one.forward.posting.id) for one in (*found.serves, *found.served_by)}


def test_either_sides_hard_conditions_take_out(matchmaker: MemoryMatchmaker) -> None:
    seen_by_shop = pairs(matchmaker.recommend(replace(WISH, enterprise_id="shop")))
    assert seen_by_shop == {("shop-tool", "car-ask"), ("shop-tool", "mill-ask")}, "what is silent on precision may do"
    asked_by_car = pairs(matchmaker.recommend(replace(WISH, enterprise_id="car")))
    assert asked_by_car == {("car-ask", "mill-cut"), ("car-ask", "shop-tool")}
    assert pairs(matchmaker.recommend(replace(WISH, enterprise_id="jet"))) == {("jet-ask", "mill-cut")}


def test_one_direction_may_be_asked_for(matchmaker: MemoryMatchmaker) -> None:
    both = matchmaker.recommend(WISH)
    serve = matchmaker.recommend(replace(WISH, direction=Direction.SERVE))
    served = matchmaker.recommend(replace(WISH, direction=Direction.SERVED))
    assert (serve.serves, serve.served_by) == (both.serves, ())
    assert (served.serves, served.served_by) == ((), both.served_by)


def test_who_was_shown_often_gives_way_and_that_is_on_record(matchmaker: MemoryMatchmaker) -> None:
    twin = offer("jet-twin", "寻求精密零件加工", firm="jet", kind=NEED)
    matchmaker.add([], [replace(twin, conditions=(EXACT,))], tenant=TENANT)
    wish = replace(WISH, direction=Direction.SERVE)
    tied = {one.forward.posting.id: one for one in matchmaker.recommend(wish).serves}
    assert tied["car-ask"].score == tied["jet-twin"].score
    assert tied["car-ask"].rank < tied["jet-twin"].rank
    moved = {one.forward.posting.id: one for one in matchmaker.recommend(replace(wish, shown={"car": 40})).serves}
    assert moved["car-ask"].rank > moved["jet-twin"].rank
    assert moved["car-ask"].adjustments["exposure"] < 0 < moved["jet-twin"].adjustments["exposure"]
    assert moved["car-ask"].score == tied["car-ask"].score, "the score itself stays honest"


def test_small_newcomers_are_lifted_once(matchmaker: MemoryMatchmaker) -> None:
    car = replace(WISH, enterprise_id="car")
    assert matchmaker.recommend(car).served_by[0].adjustments == {"newcomer": limits().newcomer}
    later = matchmaker.recommend(replace(car, shown={"mill": 1, "shop": 1}))
    assert all("newcomer" not in one.adjustments for one in later.served_by)


def test_a_viewer_is_recommended_only_what_it_may_see(matchmaker: MemoryMatchmaker) -> None:
    hidden = replace(POSTINGS[5], visibility=Visibility.PRIVATE)
    matchmaker.add([], [hidden], tenant=TENANT)
    assert "jet-ask" in ids(matchmaker.recommend(WISH).serves)
    assert "jet-ask" not in ids(matchmaker.recommend(replace(WISH, viewer="mill")).serves)


@pytest.mark.parametrize("firm", ["nobody", "idle"])
def test_a_firm_without_postings_is_told_so(firm: str, matchmaker: MemoryMatchmaker) -> None:
    matchmaker.add([Enterprise(id="idle", name="闲")], [], tenant=TENANT)
    found = matchmaker.recommend(replace(WISH, enterprise_id=firm))
    assert (found.serves, found.served_by) == ((), ())
    assert "发布" in (found.no_match or "")


def test_a_firm_whom_nobody_fits_is_told_so() -> None:
    alone = MemoryMatchmaker(StubEncoder(), RANKER)
    alone.add(FIRMS, POSTINGS[:1], tenant=TENANT)
    assert "双方" in (alone.recommend(WISH).no_match or "")


@pytest.mark.parametrize("k", [0, 1001])
def test_k_is_bounded(k: int, matchmaker: MemoryMatchmaker) -> None:
    for asked in (
        lambda: matchmaker.recommend(replace(WISH, k=k)),
        lambda: matchmaker.recommend_many([replace(WISH, k=k)], most_shown=1),
    ):
        with pytest.raises(MatcherError) as caught:
            asked()
        assert caught.value.code == "bad_k"


def test_the_same_wish_has_the_same_answer(matchmaker: MemoryMatchmaker) -> None:
    assert matchmaker.recommend(WISH) == matchmaker.recommend(WISH)


def shown(lists: dict[str, Recommendations]) -> Counter[str]:
    return Counter(one.forward.enterprise.id for found in lists.values() for one in (*found.serves, *found.served_by))


@pytest.mark.parametrize("most", [1, 2, 9])
def test_no_firm_is_on_more_lists_than_allowed(most: int, matchmaker: MemoryMatchmaker) -> None:
    wishes = [replace(WISH, enterprise_id=firm.id, k=3) for firm in FIRMS]
    lists = matchmaker.recommend_many(wishes, most_shown=most)
    assert list(lists) == [firm.id for firm in FIRMS]
    assert max(shown(lists).values()) <= most
    for found in lists.values():
        firms = [one.forward.enterprise.id for one in (*found.serves, *found.served_by)]
        assert len(firms) == len(set(firms)) <= 3
    assert any(found.withheld for found in lists.values()) is (most < 9)


def test_without_pressure_lists_are_those_of_each_firm_alone(matchmaker: MemoryMatchmaker) -> None:
    lists = matchmaker.recommend_many([replace(WISH, k=9)], most_shown=99)
    alone = matchmaker.recommend(replace(WISH, k=9))
    best = {one.forward.enterprise.id for one in (*alone.serves, *alone.served_by)}
    assert {one.forward.enterprise.id for one in (*lists["mill"].serves, *lists["mill"].served_by)} == best
    assert matchmaker.recommend_many([], most_shown=1) == {}


def test_a_cap_below_one_is_refused(matchmaker: MemoryMatchmaker) -> None:
    with pytest.raises(MatcherError) as caught:
        matchmaker.recommend_many([WISH], most_shown=0)
    assert caught.value.code == "bad_most_shown"


def test_others_have_their_turn_between_the_steps(matchmaker: MemoryMatchmaker) -> None:
    class Counted:
        def __init__(self) -> None:
            self.lock, self.turns = threading.Lock(), 0

        def __enter__(self) -> None:
            self.lock.acquire()
            self.turns += 1

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    turn = Counted()
    found = matchmaker.recommend(WISH, turn=turn)
    assert turn.turns >= 3 + len(found.serves) + len(found.served_by)
    assert not turn.lock.locked()
