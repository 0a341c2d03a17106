"""The mask: each stage alone, what it counts, and what it lets through unverified."""

from datetime import date, timedelta

import pytest

from matcher.changes import Change
from matcher.conditions import judge
from matcher.domain import (
    Condition,
    Enterprise,
    Filters,
    Operator,
    Posting,
    PostingKind,
    Qualification,
    Query,
    SizeClass,
    Status,
    Verdict,
    Visibility,
)
from matcher.eligibility import Eligible, eligible
from matcher.errors import MatcherError
from matcher.index.postings import PostingIndex
from matcher.taxonomy import candidate_kinds
from tests.builders import DAY, TENANT, firm_change, index_of, need, offer, posting_change


def firm(name: str, parent: str | None = None, **facts: object) -> Enterprise:
    return Enterprise(id=name, name=name, parent_id=parent, **facts)  # type: ignore[arg-type]


def names(index: PostingIndex, mask: object) -> list[str]:
    rows = range(len(index.corpus.living()))
    return sorted(index.corpus.key(row)[1] for row in rows if mask[row])  # type: ignore[index]


def passed(index: PostingIndex, query: Query) -> list[str]:
    return names(index, eligible(index, query).mask)


def counts(found: Eligible) -> dict[str, int]:
    return {exclusion.condition: exclusion.count for exclusion in found.excluded}


def test_an_empty_corpus_lets_nothing_through() -> None:
    found = eligible(index_of([]), need())
    assert (found.mask.tolist(), found.excluded, found.unverified) == ([], (), {})


def test_a_tenant_sees_its_own_postings_only_and_no_count_of_others() -> None:
    index = index_of([offer("mine")])
    index.apply([firm_change(firm("f"), tenant="other"), posting_change(offer("theirs"), tenant="other")])
    for tenant, seen in ((TENANT, ["mine"]), ("other", ["theirs"]), ("nobody", []), ("", [])):
        found = eligible(index, need(tenant=tenant))
        assert (names(index, found.mask), found.excluded) == (seen, ())


@pytest.mark.parametrize("kind", list(PostingKind))
def test_kinds_answer_in_both_directions(kind: PostingKind) -> None:
    index = index_of([offer(other, kind=other) for other in PostingKind])
    answering = passed(index, need(kind=kind))
    assert answering == sorted(candidate_kinds(kind))
    assert all(kind in passed(index, need(kind=PostingKind(other))) for other in answering)


def test_offers_meet_the_requests_they_answer() -> None:
    index = index_of([offer("ask", kind=PostingKind.NEED), offer("scene", kind=PostingKind.SCENARIO), offer("rival")])
    assert passed(index, need(kind=PostingKind.CAPABILITY)) == ["ask", "scene"]


@pytest.mark.parametrize("status", list(Status))
def test_only_published_postings_are_matched(status: Status) -> None:
    index = index_of([offer("p", status=status)])
    assert bool(passed(index, need())) is (status is Status.PUBLISHED)


def test_the_asking_posting_is_not_its_own_answer() -> None:
    index = index_of([offer("p"), offer("q")])
    assert passed(index, need(posting_id="p")) == ["q"]
    assert passed(index, need(posting_id="unknown")) == ["p", "q"]


@pytest.mark.parametrize(("days", "open_"), [(-1, False), (0, True), (1, True)])
def test_the_first_day_counts(days: int, open_: bool) -> None:
    index = index_of([offer("p", valid_from=DAY)])
    assert bool(passed(index, need(as_of=DAY + timedelta(days=days)))) is open_


@pytest.mark.parametrize(("days", "open_"), [(-1, True), (0, True), (1, False)])
def test_the_last_day_counts(days: int, open_: bool) -> None:
    index = index_of([offer("p", valid_until=DAY)])
    found = eligible(index, need(as_of=DAY + timedelta(days=days)))
    assert bool(found.mask.any()) is open_
    assert counts(found) == ({} if open_ else {"有效期": 1})


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (None, ["matched", "private", "public"]),
        ("owner", ["matched", "private", "public"]),
        ("stranger", ["matched", "public"]),
        ("never seen", ["matched", "public"]),
    ],
)
def test_private_postings_are_seen_by_their_owner_and_counted_for_nobody(viewer: str | None, seen: list[str]) -> None:
    index = index_of([offer(v, firm="owner", visibility=v) for v in Visibility], [firm("owner"), firm("stranger")])
    found = eligible(index, need(viewer=viewer))
    assert (names(index, found.mask), found.excluded) == (seen, ())


@pytest.mark.parametrize("asker", ["top", "middle", "leaf"])
def test_the_whole_group_is_left_out(asker: str) -> None:
    firms = [firm("top"), firm("middle", "top"), firm("leaf", "middle"), firm("other")]
    index = index_of([offer(one.id, firm=one.id) for one in firms], firms)
    found = eligible(index, need(enterprise_id=asker))
    assert (names(index, found.mask), counts(found)) == (["other"], {"同一企业或集团": 3})


@pytest.mark.parametrize("asker", ["a", "b"])
def test_a_group_that_is_a_cycle_is_left_out_too(asker: str) -> None:
    firms = [firm("a", "b"), firm("b", "a"), firm("c")]
    index = index_of([offer(one.id, firm=one.id) for one in firms], firms)
    assert passed(index, need(enterprise_id=asker)) == ["c"]


def test_an_asker_nobody_knows_has_no_group() -> None:
    assert passed(index_of([offer("p")]), need(enterprise_id="unseen")) == ["p"]


def test_the_kind_filter_narrows() -> None:
    index = index_of([offer("cap"), offer("idle", kind=PostingKind.IDLE_CAPACITY)])
    found = eligible(index, need(filters=Filters(kind=(PostingKind.IDLE_CAPACITY,))))
    assert (names(index, found.mask), counts(found)) == (["idle"], {"类型": 1})


def test_a_kind_that_cannot_answer_is_refused_with_those_that_can() -> None:
    with pytest.raises(MatcherError) as caught:
        eligible(index_of([]), need(filters=Filters(kind=(PostingKind.SPACE,))))
    assert caught.value.code == "bad_filter"
    assert all(kind in caught.value.message for kind in candidate_kinds(PostingKind.NEED))


def test_the_enterprise_filter_names_firms_of_this_tenant() -> None:
    index = index_of([offer("p", firm="a"), offer("q", firm="b")])
    assert passed(index, need(filters=Filters(enterprise_id=("b", "unseen")))) == ["q"]
    found = eligible(index, need(filters=Filters(enterprise_id=("unseen",))))
    assert (names(index, found.mask), counts(found)) == ([], {"指定企业": 2})


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (("110000",), ["haidian", "silent", "xicheng"]),
        (("110108",), ["haidian", "silent"]),
        (("310000",), ["pudong", "silent"]),
        (("110102", "310115"), ["pudong", "silent", "xicheng"]),
        (("440000",), ["silent"]),
    ],
)
def test_regions_filter_by_prefix_and_silence_passes_unverified(wanted: tuple[str, ...], seen: list[str]) -> None:
    places = {"haidian": "110108", "xicheng": "110102", "pudong": "310115", "silent": None}
    index = index_of([offer(name, region=code) for name, code in places.items()])
    found = eligible(index, need(filters=Filters(region=wanted)))
    assert names(index, found.mask) == seen
    assert names(index, found.unverified["地区"]) == ["silent"]
    assert counts(found).get("地区", 0) == 4 - len(seen)


@pytest.mark.parametrize(
    ("wanted", "seen"), [(("C",), ["coarse", "exact", "silent"]), (("C34",), ["coarse", "exact", "silent"])]
)
def test_industries_filter_by_prefix(wanted: tuple[str, ...], seen: list[str]) -> None:
    codes = {"exact": "C3421", "coarse": "C34", "other": "I65", "silent": None}
    index = index_of([offer(name, industry=code) for name, code in codes.items()])
    found = eligible(index, need(filters=Filters(industry=wanted)))
    assert (names(index, found.mask), names(index, found.unverified["行业"])) == (seen, ["silent"])


def test_a_silent_posting_is_where_its_firm_is() -> None:
    firms = [firm("here", region="110108"), firm("there", region="310115")]
    index = index_of([offer(one.id, firm=one.id) for one in firms], firms)
    found = eligible(index, need(filters=Filters(region=("110000",))))
    assert (names(index, found.mask), found.unverified) == (["here"], {})


def test_sizes_filter_and_an_unknown_size_passes_unverified() -> None:
    sizes = {"s": SizeClass.SMALL, "l": SizeClass.LARGE, "u": None}
    firms = [firm(name, declared_size=size) for name, size in sizes.items()]
    index = index_of([offer(one.id, firm=one.id) for one in firms], firms)
    found = eligible(index, need(filters=Filters(size=(SizeClass.SMALL, SizeClass.MICRO))))
    assert (names(index, found.mask), names(index, found.unverified["规模"])) == (["s", "u"], ["u"])
    assert counts(found) == {"规模": 1}


PRECISE = Condition(name="加工精度", op=Operator.LE, value=0.01, unit="mm")


def precise_and_not() -> PostingIndex:
    stated = {"good": {"tolerance_mm": 0.01}, "bad": {"tolerance_mm": 0.02}, "silent": {}}
    return index_of([offer(name, attributes=facts) for name, facts in stated.items()])


def test_a_hard_condition_takes_out_what_contradicts_it() -> None:
    index = precise_and_not()
    found = eligible(index, need(conditions=(PRECISE,)))
    assert names(index, found.mask) == ["good", "silent"]
    assert names(index, found.unverified["加工精度 ≤ 0.01 mm"]) == ["silent"]
    assert counts(found) == {"加工精度 ≤ 0.01 mm": 1}


@pytest.mark.parametrize(("day", "seen"), [(date(2026, 5, 31), []), (date(2026, 6, 1), ["young"])])
def test_years_demanded_in_the_text_are_counted_on_the_day_asked(day: date, seen: list[str]) -> None:
    index = index_of([offer("young", detail="公司成立于2023年6月。")])
    assert passed(index, need(detail="要求成立不少于3年", strict=True, as_of=day)) == seen


def test_a_soft_condition_takes_nothing_out() -> None:
    soft = Condition(name="加工精度", op=Operator.LE, value=0.01, hard=False)
    assert passed(precise_and_not(), need(conditions=(soft,))) == ["bad", "good", "silent"]


@pytest.mark.parametrize("name", ["region", "地区"])
def test_a_condition_on_the_region_reads_posting_and_firm(name: str) -> None:
    firms = [firm("here", region="110108"), firm("there", region="310115"), firm("silent")]
    index = index_of([offer(one.id, firm=one.id) for one in firms], firms)
    outside = Condition(name=name, op=Operator.NE, value="310000")
    found = eligible(index, need(conditions=(outside,)))
    assert (names(index, found.mask), counts(found)) == (["here", "silent"], {"地区 ≠ 310000": 1})


CONDITIONS = (
    PRECISE,
    Condition(name="面积", op=Operator.GE, value=500),
    Condition(name="资质", op=Operator.CONTAINS, value="ISO 9001"),
    Condition(name="region", op=Operator.IN, value=("110000", "310000")),
    Condition(name="行业", op=Operator.EQ, value="C34"),
    Condition(name="自定义", op=Operator.NOT_IN, value=("甲", "乙")),
)
POSTINGS: tuple[Posting, ...] = (
    offer("silent"),
    offer("fine", attributes={"tolerance_mm": 0.005, "area_sqm": 500, "certificates": ["ISO 9001"], "自定义": "丙"}),
    offer("poor", attributes={"tolerance_mm": 0.1, "area_min_sqm": 499, "certificates": ["无"], "自定义": "甲"}),
    offer("near", region="110108", industry="C3421"),
    offer("far", region="440100", industry="I65"),
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_the_mask_and_the_explanation_agree(condition: Condition) -> None:
    index = index_of(POSTINGS)
    found = eligible(index, need(conditions=(condition,)))
    judged = {one.id: judge(condition, one, firm("f"), as_of=DAY).outcome for one in POSTINGS}
    assert names(index, found.mask) == sorted(name for name, outcome in judged.items() if outcome is not Verdict.UNMET)
    (unverified,) = found.unverified.values()
    assert names(index, unverified) == sorted(name for name, outcome in judged.items() if outcome is Verdict.UNKNOWN)


def test_certificates_are_listed_by_the_posting_or_held_by_the_firm() -> None:
    titled = Qualification(name="IATF 16949:2016")
    firms = [firm("holder", qualifications=(titled,)), firm("plain")]
    index = index_of(
        [
            offer("holds", firm="holder"),
            offer("holds and lists another", firm="holder", attributes={"certificates": ["ISO 9001"]}),
            offer("lists", firm="plain", attributes={"certificates": ["IATF16949"]}),
            offer("lists another", firm="plain", attributes={"certificates": ["ISO 9001"]}),
            offer("silent", firm="plain"),
        ],
        firms,
    )
    both = Condition(name="资质", op=Operator.CONTAINS, value=("IATF 16949",))
    found = eligible(index, need(conditions=(both,)))
    assert names(index, found.mask) == ["holds", "holds and lists another", "lists", "silent"]
    assert names(index, found.unverified["资质 包含 IATF 16949"]) == ["silent"]


def test_each_posting_is_counted_once_by_the_first_stage_that_takes_it_out() -> None:
    gone = DAY - timedelta(days=1)
    index = index_of(
        [
            offer("old", valid_until=gone, region="310115"),
            offer("far", region="310115", attributes={"tolerance_mm": 1}),
            offer("coarse", region="110108", attributes={"tolerance_mm": 1}),
            offer("good", region="110108"),
        ]
    )
    found = eligible(index, need(filters=Filters(region=("110000",)), conditions=(PRECISE,)))
    assert names(index, found.mask) == ["good"]
    assert counts(found) == {"有效期": 1, "地区": 1, "加工精度 ≤ 0.01 mm": 1}


def test_removed_and_replaced_postings_are_out() -> None:
    index = index_of([offer("p", region="310115"), offer("q")])
    index.apply([Change(seq=2, tenant=TENANT, removed_posting="q"), posting_change(offer("p", region="110108"), seq=3)])
    found = eligible(index, need(filters=Filters(region=("310000",))))
    assert (names(index, found.mask), counts(found)) == ([], {"地区": 1})
