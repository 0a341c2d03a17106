"""Recommendations by who asks, what of them is kept, and how a list changes the next."""

from dataclasses import replace
from datetime import timedelta

import pytest

from matcher.domain import Condition, Operator, Posting, PostingKind, SizeClass, Visibility
from matcher.errors import MatcherError
from matcher.exposure import limits
from matcher.outcomes import OutcomeStage
from matcher.reciprocal import Direction
from service.auth import Actor, Role, Scope, local_admin
from service.deps import Parts
from service.store import NewOutcome
from service.store.database import utc_now
from service.usecases.exposure import exposure_report
from service.usecases.outcomes import record_outcome
from service.usecases.recommend import Recommended, recommend
from tests.service.instance import TENANT, TODAY, firm, offer

ADMIN = local_admin(TENANT)
MEMBER = Actor(TENANT, "f", "u", frozenset({Role.OWNER}), frozenset({Scope.READ}))
SECRET = Condition(name="交期", op=Operator.LE, value=7, unit="天")


def need(name: str, owner: str, **facts: object) -> Posting:
    """Return a need."""
    return replace(offer(name, "寻求钛合金五轴加工", owner=owner), kind=PostingKind.NEED, **facts)  # type: ignore[arg-type]


@pytest.fixture
def filled(parts: Parts) -> Parts:
    """Firm f with an offer and a need, g and h with needs of all visibilities and an offer."""
    firms = [firm("f"), replace(firm("g"), declared_size=SizeClass.SMALL), firm("h")]
    parts.store.records.put_enterprises(ADMIN, firms)
    hidden = {"detail": "秘而不宣", "conditions": (SECRET,)}
    postings = [
        offer("own", owner="f"),
        need("ask", "f"),
        need("open", "g"),
        need("half", "h", visibility=Visibility.MATCHED, **hidden),
        need("shut", "h", visibility=Visibility.PRIVATE),
        offer("tool", "钛合金加工刀具", owner="g"),
    ]
    parts.store.records.put_postings(ADMIN, postings)
    parts.engine.catch_up()
    return parts


def served(answer: Recommended) -> list[str]:
    """Return the postings a firm could serve."""
    return [one.forward.posting.id for one in answer.result.serves]


def test_the_platform_sees_both_sides_whole(filled: Parts) -> None:
    answer = recommend(filled, ADMIN, "f")
    assert set(served(answer)) == {"open", "half", "shut"}
    assert [one.forward.posting.id for one in answer.result.served_by] == ["tool"]
    half = next(one for one in answer.result.serves if one.forward.posting.id == "half")
    assert half.forward.posting.detail == "秘而不宣"
    assert [condition.name for condition in half.backward.conditions] == ["交期"]


def test_a_member_sees_others_public_part_from_either_side(filled: Parts) -> None:
    answer = recommend(filled, MEMBER, "f")
    assert set(served(answer)) == {"open", "half"}
    assert [one.rank for one in answer.result.serves] == [1, 2]
    half = next(one for one in answer.result.serves if one.forward.posting.id == "half")
    assert (half.forward.posting.detail, half.forward.posting.conditions) == (None, ())
    assert half.backward.conditions == ()
    texts = [reason.text for side in (half.forward, half.backward) for reason in side.reasons]
    assert not [text for text in texts if "：" in text]
    assert all(word not in str((half.forward.posting, texts)) for word in ("秘", "交期"))
    shown = next(one for one in answer.result.serves if one.forward.posting.id == "open")
    assert any("：" in reason.text for reason in shown.backward.reasons)


@pytest.mark.parametrize(
    ("who", "enterprise", "code"),
    [
        (MEMBER, "g", "forbidden"),
        (ADMIN, "nobody", "not_found"),
        (replace(ADMIN, scopes=frozenset()), "f", "forbidden"),
        (local_admin("other"), "f", "not_found"),
    ],
)
def test_who_may_not_ask_is_refused(who: Actor, enterprise: str, code: str, filled: Parts) -> None:
    with pytest.raises(MatcherError) as caught:
        recommend(filled, who, enterprise)
    assert caught.value.code == code


def test_one_direction_may_be_asked_for(filled: Parts) -> None:
    assert recommend(filled, ADMIN, "f", direction=Direction.SERVE).result.served_by == ()
    assert recommend(filled, ADMIN, "f", direction=Direction.SERVED).result.serves == ()


def test_a_list_is_kept_with_its_adjustments_and_counts_the_next_time(filled: Parts) -> None:
    first = recommend(filled, ADMIN, "f")
    assert (first.exposure.lists, first.exposure.gini, first.exposure.small_share) == (0, 0.0, None)
    lifted = next(one for one in first.result.serves if one.forward.enterprise.id == "g")
    assert lifted.adjustments == {"newcomer": limits().newcomer}
    filled.shown.flush()
    again = recommend(filled, ADMIN, "f")
    assert (again.exposure.lists, dict(again.exposure.shown)) == (1, {"g": 2, "h": 2})
    assert again.exposure.small_share == 0.5
    assert again.exposure.gini == pytest.approx(1 / 3)
    assert all("newcomer" not in one.adjustments for one in again.result.serves)


def test_both_sides_are_kept_in_the_order_they_are_read(filled: Parts) -> None:
    answer = recommend(filled, ADMIN, "f")
    assert answer.list_id is not None
    told = NewOutcome(posting_id="tool", stage=OutcomeStage.SIGNED, list_id=answer.list_id, request_posting_id="ask")
    record_outcome(filled.store, filled.shown, ADMIN, told)
    kept = list(filled.store.feedback.labels(ADMIN))
    assert [one.rank for one in kept] == [1, 2, 3, 4]
    assert [one.label for one in kept] == [None, 1, None, None]
    assert kept[1].features == dict(answer.result.served_by[0].forward.features)
    later = recommend(filled, ADMIN, "f")
    assert [one.forward.features["supplier"] for one in later.result.served_by] == [1]


def test_nothing_is_kept_where_nothing_was_shown(parts: Parts) -> None:
    parts.store.records.put_enterprises(ADMIN, [firm("f")])
    parts.engine.catch_up()
    answer = recommend(parts, ADMIN, "f")
    assert answer.list_id is None
    assert answer.result.no_match
    report = exposure_report(parts, ADMIN)
    assert (report.exposure.lists, report.top, report.exposure.small_share) == (0, (), None)


def test_the_report_counts_firms_by_places_and_size(filled: Parts) -> None:
    for _ in range(2):
        recommend(filled, ADMIN, "f")
    report = exposure_report(filled, ADMIN)
    assert [(one.enterprise_id, one.name, one.size, one.places) for one in report.top] == [
        ("g", "g公司", SizeClass.SMALL, 4), ("h", "h公司", SizeClass.UNKNOWN, 4)
    ]  # fmt: skip
    assert report.places[SizeClass.SMALL] == report.places[SizeClass.UNKNOWN] == 4
    assert report.since == utc_now().date() - timedelta(days=limits().days)
    tomorrow = utc_now().date() + timedelta(days=1)
    assert exposure_report(filled, ADMIN, tomorrow).exposure.lists == 0
    filled.store.records.delete_enterprise(ADMIN, "h")
    filled.engine.catch_up()
    gone = exposure_report(filled, ADMIN)
    assert [(one.enterprise_id, one.name) for one in gone.top] == [("g", "g公司"), ("h", None)]


def test_only_the_platform_reads_the_report(filled: Parts) -> None:
    with pytest.raises(MatcherError) as caught:
        exposure_report(filled, MEMBER, TODAY)
    assert caught.value.code == "forbidden"
