"""Deals: one transaction a step, each side meets only its own; evidence outlives imports and follows merges."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from matcher.deals import Amount, Deal, DealSide, DealStage, Ending, Question
from matcher.domain import Enterprise, Evidence, Posting, PostingKind
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope
from service.store import Step, Store
from tests.databases import ADMIN, Clock

DAY = date(2026, 3, 1)
STEP = Step(action="推荐", on=DAY, values={"department": "产业处"})
ONE = Deal(
    id="d1",
    requester_id="big",
    supplier_id="small",
    title="壳体加工",
    entered=DAY,
    request_posting_id="n",
    offer_posting_id="c",
    answer_by=DAY,
    why=("意思相近",),
    questions=(Question(asked="精度 ≤ 0.01 mm", question="是否满足？"),),
    told={Amount.INTENDED: {DealSide.SUPPLIER: 12.5}},
    scores={"team": 80.0},
)


def of(firm: str, scope: Scope = Scope.WRITE) -> Actor:
    return Actor(ADMIN.tenant, firm, f"u-{firm}", frozenset({Role.OWNER}), frozenset({scope}))


@pytest.fixture(autouse=True)
def firms(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("big", "small", "other")])


def code(call: object) -> str:
    with pytest.raises(MatcherError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_a_deal_comes_back_as_it_was_kept(store: Store) -> None:
    (kept,) = store.deals.create(ADMIN, [ONE], STEP)
    assert replace(kept, created_at=None, updated_at=None) == ONE
    (step,) = store.deals.steps(ADMIN, "d1")
    assert (step.action, step.values, step.stage, step.user) == (
        "推荐",
        {"department": "产业处"},
        DealStage.RECOMMENDED,
        ADMIN.user,
    )


def test_a_pair_of_postings_has_one_open_deal(store: Store) -> None:
    store.deals.create(ADMIN, [ONE], STEP)
    (again,) = store.deals.create(ADMIN, [replace(ONE, id="d2")], STEP)
    assert again.id == "d1"
    store.deals.change(ADMIN, "d1", lambda one: replace(one, ending=Ending.FAILED), STEP)
    (fresh,) = store.deals.create(ADMIN, [replace(ONE, id="d2")], STEP)
    assert fresh.id == "d2"
    outside = replace(ONE, request_posting_id=None, offer_posting_id=None)
    assert code(lambda: store.deals.create(ADMIN, [replace(outside, id="d2")], STEP)) == "deal_exists"


def test_all_or_none_and_only_for_ones_own_firm(store: Store) -> None:
    both = [ONE, replace(ONE, id="d2", supplier_id="gone", offer_posting_id="x")]
    assert code(lambda: store.deals.create(ADMIN, both, STEP)) == "unknown_enterprise"
    assert store.deals.list(ADMIN).items == ()
    assert code(lambda: store.deals.create(of("other"), [ONE], STEP)) == "forbidden"
    assert code(lambda: store.deals.create(of("big", Scope.READ), [ONE], STEP)) == "forbidden"
    store.deals.create(of("small"), [ONE], STEP)


def test_each_side_meets_its_own(store: Store) -> None:
    store.deals.create(ADMIN, [ONE], STEP)
    assert [len(store.deals.list(of(firm)).items) for firm in ("big", "small", "other")] == [1, 1, 0]
    assert code(lambda: store.deals.get(of("other"), "d1")) == "not_found"
    assert code(lambda: store.deals.change(of("other"), "d1", lambda one: one, STEP)) == "not_found"
    assert code(lambda: store.deals.steps(of("other"), "d1")) == "not_found"


def test_what_changes_nothing_leaves_no_step(store: Store) -> None:
    store.deals.create(ADMIN, [ONE], STEP)
    store.deals.change(ADMIN, "d1", lambda one: one, STEP)
    store.deals.change(ADMIN, "d1", lambda one: replace(one, department="科技处"), replace(STEP, action="指定"))
    store.deals.change(ADMIN, "d1", lambda one: one, replace(STEP, note="补充说明"))
    assert [one.action for one in store.deals.steps(ADMIN, "d1")] == ["推荐", "指定", "推荐"]


def test_lists_by_stage_firm_request_and_department(store: Store) -> None:
    rows = [replace(ONE, id=f"d{n}", offer_posting_id=f"c{n}", request_posting_id=f"n{n % 2}") for n in range(4)]
    store.deals.create(ADMIN, rows, STEP)
    store.deals.change(ADMIN, "d2", lambda one: replace(one, stage=DealStage.MET, department="科技处"), STEP)
    store.deals.change(ADMIN, "d3", lambda one: replace(one, ending=Ending.DECLINED), STEP)

    def ids(**asked: Any) -> list[str]:
        return [one.id for one in store.deals.list(ADMIN, **asked).items]

    assert ids(stage=DealStage.MET) == ids(department="科技处") == ["d2"]
    assert ids(open_only=True) == ["d0", "d1", "d2"]
    assert ids(request_posting_id="n1") == ["d1", "d3"]
    assert ids(enterprise_id="other") == []
    first = store.deals.list(ADMIN, limit=3)
    assert [one.id for one in store.deals.list(ADMIN, after=first.next).items] == ["d3"]


def test_disclosures_are_noted_once_a_day(store: Store, clock: Clock) -> None:
    store.deals.create(ADMIN, [ONE], STEP)
    for _ in range(2):
        store.deals.disclose(of("small"), "d1", what="联系方式", about="big")
    store.deals.disclose(of("big"), "d1", what="联系方式", about="small")
    clock.time += timedelta(days=1)
    store.deals.disclose(of("small"), "d1", what="联系方式", about="big")
    found = store.deals.disclosures(ADMIN, "d1")
    assert [(one.organisation, one.about) for one in found] == [("small", "big"), ("big", "small"), ("small", "big")]


def test_mutes_are_of_one_or_of_all(store: Store) -> None:
    store.deals.mute(of("small"), "small", other="big")
    store.deals.mute(of("other"), "other")
    store.deals.mute(of("other"), "other")
    assert store.deals.muted(ADMIN, "big") == {"small", "other"}
    assert store.deals.muted(ADMIN, "else") == {"other"}
    store.deals.mute(of("other"), "other", muted=False)
    assert store.deals.muted(ADMIN, "big") == {"small"}
    assert code(lambda: store.deals.mute(of("big"), "small")) == "forbidden"


def test_a_merged_firm_keeps_its_deals_and_a_removed_one_leaves_numbers(store: Store) -> None:
    store.deals.create(ADMIN, [ONE], replace(STEP, note="张三经办"))
    store.records.merge_enterprises(ADMIN, "small", "other")
    assert store.deals.get(ADMIN, "d1").supplier_id == "other"
    store.records.delete_enterprise(ADMIN, "other")
    left = store.deals.get(ADMIN, "d1")
    assert (left.why, left.questions, left.told) == ((), (), ONE.told)
    assert store.deals.steps(ADMIN, "d1")[0].note is None


PROOF = Evidence(id="e1", on=DAY, source="企业答复", asked="精度 ≤ 0.01 mm", met=True, expires=date(2027, 3, 1))


def test_evidence_outlives_what_is_written_over_its_firm(store: Store) -> None:
    before = store.follow.seq(ADMIN)
    seq = store.records.add_evidence(of("small"), "small", [PROOF])
    assert seq == before + 1
    store.records.put_enterprises(ADMIN, [Enterprise(id="small", name="新名")])
    held = store.records.get_enterprise(ADMIN, "small")
    assert (held.name, held.evidence) == ("新名", (PROOF,))
    (change,) = [one for one in store.follow.changes(ADMIN, before, 10) if one.enterprise]
    assert change.enterprise is not None
    assert change.enterprise.evidence == (PROOF,)
    store.records.add_evidence(ADMIN, "small", [replace(PROOF, met=False), replace(PROOF, id="e2")])
    assert [(one.id, one.met) for one in store.records.get_enterprise(ADMIN, "small").evidence] == [
        ("e1", False),
        ("e2", True),
    ]
    store.records.drop_evidence(ADMIN, "small", "e1")
    assert code(lambda: store.records.drop_evidence(ADMIN, "small", "e1")) == "not_found"
    assert code(lambda: store.records.add_evidence(of("big"), "small", [PROOF])) == "forbidden"
    many = [replace(PROOF, id=f"m{n}") for n in range(500)]
    assert code(lambda: store.records.add_evidence(ADMIN, "small", many)) == "too_much_evidence"
    assert len(store.records.get_enterprise(ADMIN, "small").evidence) == 1


def test_evidence_follows_a_merge_and_goes_with_its_firm(store: Store) -> None:
    store.records.add_evidence(ADMIN, "small", [PROOF, replace(PROOF, id="e2")])
    store.records.add_evidence(ADMIN, "other", [replace(PROOF, met=False)])
    store.records.merge_enterprises(ADMIN, "small", "other")
    held = store.records.get_enterprise(ADMIN, "other").evidence
    assert {one.id: one.met for one in held} == {"e1": False, "e2": True}
    store.records.delete_enterprise(ADMIN, "other")
    store.records.put_enterprises(ADMIN, [Enterprise(id="other", name="又来")])
    assert store.records.get_enterprise(ADMIN, "other").evidence == ()


def test_a_subsidiary_keeps_its_evidence_when_its_parent_is_merged(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id="child", name="子", parent_id="small")])
    store.records.add_evidence(ADMIN, "child", [PROOF])
    store.records.put_postings(
        ADMIN, [Posting(id="p", enterprise_id="small", kind=PostingKind.CAPABILITY, title="加工")]
    )
    store.records.merge_enterprises(ADMIN, "small", "other")
    child = store.records.get_enterprise(ADMIN, "child")
    assert (child.parent_id, child.evidence) == ("other", (PROOF,))
