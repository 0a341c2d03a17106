"""Who asks decides what is shown: the platform everything, an organisation what is open to it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from matcher.domain import Filters, Match, PostingKind, Visibility
from matcher.errors import MatcherError
from matcher.features import NAMES
from matcher.outcomes import DismissalReason, OutcomeStage
from service.auth import Actor, Role, Scope, local_admin
from service.deps import Parts
from service.store import NewOutcome
from service.usecases.match import Ask, match
from service.usecases.outcomes import record_outcome
from tests.service.instance import TENANT, TODAY, firm, offer

ADMIN = local_admin(TENANT)
UNIX_START = datetime(1970, 1, 1, tzinfo=UTC)
MEMBER = Actor(TENANT, "g", "u", frozenset({Role.OWNER}), frozenset({Scope.READ}))
NEED = Ask(today=TODAY, text="钛合金五轴加工", kind=PostingKind.NEED)


@pytest.fixture
def filled(parts: Parts) -> Parts:
    """An instance with a public, a matched and a private posting of firm f, and firm g."""
    records = parts.store.records
    records.put_enterprises(ADMIN, [firm("f"), firm("g")])
    shown = [
        replace(offer(v.value, title=f"钛合金五轴加工{v.value}"), visibility=v, detail="秘而不宣") for v in Visibility
    ]
    records.put_postings(ADMIN, shown)
    parts.engine.catch_up()
    return parts


def found(parts: Parts, who: Actor, ask: Ask = NEED) -> dict[str, Match]:
    """Return what is matched by id."""
    return {one.posting.id: one for one in match(parts, who, ask).result.matches}


def refusal(parts: Parts, who: Actor, ask: Ask) -> str:
    """Return the code with which a match is refused."""
    with pytest.raises(MatcherError) as caught:
        match(parts, who, ask)
    return caught.value.code


def test_the_platform_sees_everything(filled: Parts) -> None:
    shown = found(filled, ADMIN)
    assert set(shown) == set(Visibility)
    assert all(one.posting.detail == "秘而不宣" for one in shown.values())


def test_a_member_sees_what_is_open_in_gapless_ranks(filled: Parts) -> None:
    filled.store.records.put_postings(ADMIN, [offer("other", "冷链仓储运输")])
    filled.engine.catch_up()
    shown = found(filled, MEMBER)
    assert set(shown) == {"public", "matched", "other"}
    assert sorted(one.rank for one in shown.values()) == [1, 2, 3]
    hidden = shown["matched"]
    assert hidden.posting.detail is None
    assert all("：" not in reason.text for reason in hidden.reasons)
    assert all(condition.offer_span is None for condition in hidden.conditions)
    assert any("：" in reason.text for reason in shown["public"].reasons)


def test_a_posting_removed_since_the_index_was_built_is_left_out(filled: Parts) -> None:
    filled.store.records.delete_posting(ADMIN, "matched")
    for who in (ADMIN, MEMBER):
        shown = found(filled, who)
        assert "matched" not in shown
        assert sorted(one.rank for one in shown.values()) == list(range(1, len(shown) + 1))


def test_a_posting_made_private_since_is_left_out(filled: Parts) -> None:
    kept = filled.store.records.get_posting(ADMIN, "public")
    filled.store.records.put_postings(ADMIN, [replace(kept, visibility=Visibility.PRIVATE)])
    assert set(found(filled, MEMBER)) == {"matched"}


def test_a_posting_asks_with_all_it_says(filled: Parts) -> None:
    need = replace(offer("n", owner="g"), kind=PostingKind.NEED, detail="薄壁件", keywords=("五轴",))
    filled.store.records.put_postings(ADMIN, [need])
    assert set(found(filled, ADMIN, Ask(today=TODAY, posting_id="n"))) == set(Visibility)


def test_filters_are_given_by_name_or_code(filled: Parts) -> None:
    filled.store.records.put_postings(ADMIN, [replace(offer("b"), region="110108", industry="C3421")])
    filled.engine.catch_up()
    near = replace(NEED, filters=Filters(region=("北京",), industry=("34",), enterprise_id=("f",)))
    assert set(found(filled, ADMIN, near)) == {"b", *Visibility}
    away = replace(NEED, filters=Filters(region=("天津",)))
    assert set(found(filled, ADMIN, away)) == set(Visibility), "who does not say where is still to be asked"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (Ask(today=TODAY), "bad_match"),
        (Ask(today=TODAY, text="x", posting_id="y"), "bad_match"),
        (Ask(today=TODAY, text="x"), "bad_match"),
        (Ask(today=TODAY, posting_id="none"), "not_found"),
        (replace(NEED, k=0), "bad_k"),
        (replace(NEED, k=10**9), "bad_k"),
        (replace(NEED, text="　"), "empty_text"),
        (replace(NEED, filters=Filters(region=("火星",))), "unknown_region"),
        (replace(NEED, filters=Filters(kind=(PostingKind.SPACE,))), "bad_filter"),
    ],
)
def test_a_senseless_question_is_refused(ask: Ask, code: str, filled: Parts) -> None:
    assert refusal(filled, ADMIN, ask) == code


def test_another_platforms_posting_is_not_there(filled: Parts) -> None:
    stranger = local_admin("other")
    filled.store.identity.ensure_tenant(stranger, "other")
    assert refusal(filled, stranger, Ask(today=TODAY, posting_id="public")) == "not_found"
    assert found(filled, stranger) == {}


def test_who_may_not_read_may_not_match(filled: Parts) -> None:
    assert refusal(filled, replace(ADMIN, scopes=frozenset()), NEED) == "forbidden"


def test_what_was_shown_is_kept_as_it_was_seen(filled: Parts) -> None:
    answer = match(filled, MEMBER, NEED)
    shortlisted = NewOutcome(posting_id="public", stage=OutcomeStage.SHORTLISTED, list_id=answer.list_id)
    record_outcome(filled.store, filled.shown, replace(MEMBER, scopes=frozenset({Scope.WRITE})), shortlisted)
    kept = list(filled.store.feedback.labels(MEMBER))
    assert [(one.list_id, one.rank) for one in kept] == [(answer.list_id, 1), (answer.list_id, 2)]
    for one, shown in zip(kept, answer.result.matches, strict=True):
        assert one.features == dict(shown.features)
        assert one.features.keys() == set(NAMES)
    with pytest.raises(MatcherError, match="private"):
        record_outcome(filled.store, filled.shown, ADMIN, replace(shortlisted, posting_id="private"))


def test_every_list_has_an_id_even_an_empty_one(parts: Parts) -> None:
    first, second = match(parts, ADMIN, NEED), match(parts, ADMIN, NEED)
    assert first.list_id != second.list_id
    assert first.result.no_match
    parts.shown.flush()
    assert parts.store.feedback.lists_shown(ADMIN, UNIX_START) == 0


def test_a_supplier_is_told_from_newcomers(filled: Parts) -> None:
    need = replace(offer("n", owner="g"), kind=PostingKind.NEED)
    filled.store.records.put_postings(ADMIN, [need])
    filled.engine.catch_up()
    ask = Ask(today=TODAY, posting_id="n")
    before = match(filled, ADMIN, ask)
    told = NewOutcome(
        posting_id="public",
        stage=OutcomeStage.DISMISSED,
        reason=DismissalReason.SUPPLIER,
        list_id=before.list_id,
    )
    record_outcome(filled.store, filled.shown, ADMIN, told)
    after = found(filled, ADMIN, ask)
    assert {one.features["supplier"] for one in before.result.matches} == {0}
    assert {one.features["supplier"] for one in after.values()} == {1}


def test_a_condition_is_relaxed_in_one_step(filled: Parts) -> None:
    near = replace(NEED, filters=Filters(region=("天津",)))
    filled.store.records.put_postings(ADMIN, [replace(offer("b"), region="110108")])
    filled.engine.catch_up()
    assert "b" not in found(filled, ADMIN, near)
    assert "b" in found(filled, ADMIN, replace(near, relax=("地区",)))
    assert refusal(filled, ADMIN, replace(near, relax=("行业",))) == "bad_relax"
