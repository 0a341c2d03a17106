"""What was shown is kept once and whole; the last word on a candidate is the one that is learned from."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from math import isnan, nan

import pytest

from matcher.domain import Enterprise, Posting, PostingKind, Visibility
from matcher.errors import MatcherError
from matcher.outcomes import DismissalReason, OutcomeStage
from service.auth import SYSTEM, Actor, Role, Scope, local_admin
from service.store import Label, NewOutcome, Shown, ShownItem, Store, labels
from tests.databases import ADMIN, Clock

OWNER = Actor("t", "asker", "u1", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
STRANGER = replace(OWNER, organisation="other", user="u2")
LIST = Shown(
    id="l1",
    tenant="t",
    organisation="asker",
    user="u1",
    posting_id="ask",
    enterprise_id="asker",
    kind=PostingKind.NEED,
    query_hash="h1",
    as_of=date(2026, 3, 1),
    created_at=Clock().time,
    versions={"ranker": "prior", "seq": "7"},
    items=tuple(
        ShownItem(rank=n, posting_id=f"p{n}", enterprise_id=f"e{n}", score=1 / n, features={"dense": n / 8})
        for n in (1, 2, 3)
    ),
)
SHORTLISTED = NewOutcome(posting_id="p1", stage=OutcomeStage.SHORTLISTED, list_id="l1")


def dismissed(posting: str, reason: DismissalReason) -> NewOutcome:
    return NewOutcome(posting_id=posting, stage=OutcomeStage.DISMISSED, reason=reason, list_id="l1")


def told(store: Store, actor: Actor, list_id: str | None = None) -> list[str]:
    return [record.id for record in store.feedback.outcomes(actor, list_id=list_id).items]


def learned(store: Store, actor: Actor = OWNER) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = {}
    for label in store.feedback.labels(actor):
        found.setdefault(label.list_id, []).append(label.label)
    return found


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with the asking posting, one private posting of its firm, one of another, and the list `l1`."""
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=id_) for id_ in ("asker", "other")])
    ask = Posting(id="ask", enterprise_id="asker", kind=PostingKind.NEED, title="寻求")
    hidden = replace(ask, id="hidden", enterprise_id="other", visibility=Visibility.PRIVATE)
    store.records.put_postings(ADMIN, [ask, hidden, replace(hidden, id="open", visibility=Visibility.PUBLIC)])
    store.feedback.record_shown(OWNER, [LIST])
    return store


def test_an_outcome_from_start_to_end(asked: Store, clock: Clock) -> None:
    clock.advance(minutes=3)
    kept = asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, note="周五\n回电", id="o1"))
    assert (kept.id, kept.list_id, kept.posting_id, kept.enterprise_id) == ("o1", "l1", "p1", "e1")
    assert (kept.request_posting_id, kept.organisation, kept.user) == ("ask", "asker", "u1")
    assert (kept.stage, kept.reason, kept.note, kept.at) == (OutcomeStage.SHORTLISTED, None, "周五\n回电", clock())
    assert asked.feedback.outcomes(OWNER).items == (kept,)
    assert "回电" not in repr(kept)


def test_telling_the_same_again_adds_nothing(asked: Store) -> None:
    first = asked.feedback.record_outcome(OWNER, SHORTLISTED)
    assert asked.feedback.record_outcome(OWNER, SHORTLISTED) == first
    named = asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, id="o1"))
    assert asked.feedback.record_outcome(ADMIN, replace(SHORTLISTED, id="o1")) == named
    assert told(asked, OWNER) == [first.id, "o1"]


@pytest.mark.parametrize(
    ("actor", "again"),
    [
        (OWNER, replace(SHORTLISTED, id="o1", stage=OutcomeStage.MET)),
        (OWNER, replace(SHORTLISTED, id="o1", posting_id="p2")),
        (OWNER, replace(SHORTLISTED, id="o1", note="x")),
        (STRANGER, NewOutcome(id="o1", posting_id="open", stage=OutcomeStage.MET)),
    ],
    ids=["stage", "posting", "note", "another's"],
)
def test_an_id_belongs_to_one_outcome(asked: Store, actor: Actor, again: NewOutcome) -> None:
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, id="o1"))
    with pytest.raises(MatcherError) as error:
        asked.feedback.record_outcome(actor, again)
    assert error.value.code == "idempotency_conflict"


def test_the_last_word_counts_even_within_one_instant(asked: Store) -> None:
    far = dismissed("p1", DismissalReason.TOO_FAR)
    for new in (far, SHORTLISTED, far, SHORTLISTED, far):
        asked.feedback.record_outcome(OWNER, new)
    assert len(told(asked, OWNER)) == 5
    assert learned(asked) == {"l1": [0, None, None]}
    asked.feedback.record_outcome(OWNER, dismissed("p1", DismissalReason.SUPPLIER))
    assert learned(asked) == {"l1": [None, None]}, "p1 is left out"


def test_tellers_side_by_side_tell_once(asked: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        kept = set(pool.map(lambda _: asked.feedback.record_outcome(OWNER, SHORTLISTED), range(12)))
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("actor", "new", "code"),
    [
        (OWNER, replace(SHORTLISTED, list_id="absent"), "not_found"),
        (OWNER, replace(SHORTLISTED, posting_id="p4"), "not_found"),
        (OWNER, replace(SHORTLISTED, posting_id="open"), "not_found"),
        (STRANGER, SHORTLISTED, "not_found"),
        (OWNER, replace(SHORTLISTED, list_id=None), "not_found"),
        (OWNER, NewOutcome(posting_id="hidden", stage=OutcomeStage.MET), "not_found"),
        (OWNER, replace(SHORTLISTED, request_posting_id="hidden"), "not_found"),
        (OWNER, replace(SHORTLISTED, request_posting_id="open"), "bad_outcome"),
        (OWNER, replace(SHORTLISTED, note="a\0b"), "bad_record"),
        (OWNER, replace(SHORTLISTED, id="a\nb"), "bad_record"),
        (replace(OWNER, scopes=frozenset({Scope.READ})), SHORTLISTED, "forbidden"),
        (replace(OWNER, tenant="absent"), SHORTLISTED, "unknown_tenant"),
    ],
)
def test_what_refers_to_nothing_is_refused(asked: Store, actor: Actor, new: NewOutcome, code: str) -> None:
    with pytest.raises(MatcherError) as error:
        asked.feedback.record_outcome(actor, new)
    assert error.value.code == code
    assert told(asked, ADMIN) == []


def test_an_outcome_outside_any_list(asked: Store) -> None:
    new = NewOutcome(posting_id="open", stage=OutcomeStage.SIGNED, request_posting_id="ask")
    kept = asked.feedback.record_outcome(OWNER, new)
    assert (kept.list_id, kept.request_posting_id, kept.enterprise_id) == (None, "ask", "other")
    assert learned(asked) == {}, "nothing is known of its features"


def test_a_list_asked_by_text_takes_the_request_it_became(asked: Store) -> None:
    asked.feedback.record_shown(OWNER, [replace(LIST, id="l2", posting_id=None)])
    asked.records.delete_posting(ADMIN, "open")
    kept = asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, list_id="l2", request_posting_id="ask"))
    assert (kept.request_posting_id, kept.enterprise_id) == ("ask", "e1")


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_outcomes_are_read_in_order_piece_by_piece(asked: Store, clock: Clock, limit: int) -> None:
    for id_, posting in (("z", "p1"), ("b", "p2"), ("a", "p3")):
        asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, id=id_, posting_id=posting))
    clock.advance(seconds=1)
    asked.feedback.record_outcome(ADMIN, NewOutcome(id="0", posting_id="open", stage=OutcomeStage.MET))
    found, after = [], None
    while True:
        piece = asked.feedback.outcomes(ADMIN, after=after, limit=limit)
        found += [record.id for record in piece.items]
        if (after := piece.next) is None:
            break
    assert found == ["a", "b", "z", "0"]
    assert told(asked, ADMIN, list_id="l1") == ["a", "b", "z"]
    assert told(asked, OWNER) == ["a", "b", "z"]


@pytest.mark.parametrize("cursor", ["x", "", "0001-01-01T00:00:00+14:00 x"])
def test_a_made_up_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(MatcherError) as error:
        store.feedback.outcomes(ADMIN, after=cursor)
    assert error.value.code == "bad_cursor"


def test_labels_carry_what_learning_needs(asked: Store) -> None:
    unsaid = replace(LIST.items[1], features={"dense": nan, "lexical": 0.25})
    other = replace(LIST, id="l2", posting_id=None, query_hash="h2", items=(LIST.items[0], unsaid))
    asked.feedback.record_shown(OWNER, [other, replace(LIST, id="silent")])
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, stage=OutcomeStage.SIGNED))
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, posting_id="p3", stage=OutcomeStage.FAILED))
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, list_id="l2"))
    *first, last = asked.feedback.labels(OWNER)
    known = {"list_id": "l1", "query": "ask"}
    assert first == [
        Label(**known, rank=1, features={"dense": 1 / 8}, label=1, weight=2.0),
        Label(**known, rank=2, features={"dense": 2 / 8}, label=None, weight=0.0),
        Label(**known, rank=3, features={"dense": 3 / 8}, label=0, weight=0.5),
        Label(list_id="l2", query="h2", rank=1, features={"dense": 1 / 8}, label=1, weight=1.0),
    ]
    assert (last.query, last.rank, last.label, last.features["lexical"]) == ("h2", 2, None, 0.25)
    assert isnan(last.features["dense"])


@pytest.mark.parametrize("held", [1, 2, 4, 5])
def test_labels_are_streamed_whole_whatever_is_held(asked: Store, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(labels, "_STREAMED", held)
    names = ["l1", "l2", "l3", "l4"]
    asked.feedback.record_shown(OWNER, [replace(LIST, id=name) for name in names])
    for name in names:
        asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, list_id=name))
    assert learned(asked) == {name: [1, None, None] for name in names}


def test_an_organisation_meets_only_its_own(asked: Store) -> None:
    asked.feedback.record_shown(STRANGER, [replace(LIST, id="l2", organisation="other")])
    asked.feedback.record_outcome(OWNER, SHORTLISTED)
    asked.feedback.record_outcome(STRANGER, replace(SHORTLISTED, list_id="l2"))
    asked.feedback.record_outcome(ADMIN, dismissed("p1", DismissalReason.IRRELEVANT))
    assert (len(told(asked, OWNER)), len(told(asked, STRANGER)), len(told(asked, ADMIN))) == (1, 1, 3)
    assert told(asked, STRANGER, list_id="l1") == []
    assert learned(asked) == {"l1": [1, None, None]}
    assert learned(asked, STRANGER) == {"l2": [1, None, None]}
    assert learned(asked, ADMIN) == {"l1": [0, None, None], "l2": [1, None, None]}
    since = LIST.created_at
    assert asked.feedback.exposure(STRANGER, since) == {"e1": 1, "e2": 1, "e3": 1}
    assert asked.feedback.exposure(ADMIN, since) == {"e1": 2, "e2": 2, "e3": 2}


def test_exposure_counts_the_first_ten_places_since_a_moment(store: Store) -> None:
    items = [replace(LIST.items[0], rank=n, enterprise_id=f"e{max(9, n)}") for n in range(1, 12)]
    later = LIST.created_at + timedelta(hours=1)
    lists = [replace(LIST, items=tuple(items)), replace(LIST, id="l2", created_at=later)]
    store.feedback.record_shown(SYSTEM, lists)
    assert store.feedback.exposure(ADMIN, LIST.created_at) == {"e9": 9, "e10": 1, "e1": 1, "e2": 1, "e3": 1}
    assert store.feedback.exposure(ADMIN, later) == {"e1": 1, "e2": 1, "e3": 1}
    assert store.feedback.exposure(ADMIN, later + timedelta(microseconds=1)) == {}


def test_a_list_is_kept_once(asked: Store) -> None:
    changed = replace(LIST, items=(replace(LIST.items[0], rank=9), *LIST.items))
    asked.feedback.record_shown(OWNER, [changed, replace(LIST, id="l2"), replace(LIST, id="l2")])
    assert asked.feedback.exposure(OWNER, LIST.created_at) == {"e1": 2, "e2": 2, "e3": 2}


def test_lists_of_many_tenants_are_kept_together_or_not_at_all(store: Store) -> None:
    other = local_admin("u")
    store.identity.ensure_tenant(other, "u")
    elsewhere = replace(LIST, tenant="u", no_match="没有合适的", items=())
    store.feedback.record_shown(SYSTEM, [LIST, elsewhere])
    with pytest.raises(MatcherError) as error:
        store.feedback.record_shown(SYSTEM, [replace(LIST, id="l2"), replace(LIST, tenant="absent")])
    assert error.value.code == "unknown_tenant"
    assert store.feedback.exposure(ADMIN, LIST.created_at) == {"e1": 1, "e2": 1, "e3": 1}
    assert store.feedback.exposure(other, LIST.created_at) == {}


@pytest.mark.parametrize(
    ("actor", "item", "code"),
    [
        (STRANGER, LIST, "forbidden"),
        (local_admin("u"), LIST, "forbidden"),
        (OWNER, replace(LIST, id=""), "bad_record"),
        (OWNER, replace(LIST, versions={"a": "\0"}), "bad_record"),
    ],
)
def test_a_list_that_cannot_be_kept_is_refused(store: Store, actor: Actor, item: Shown, code: str) -> None:
    with pytest.raises(MatcherError) as error:
        store.feedback.record_shown(actor, [item])
    assert error.value.code == code


def test_a_merged_firm_takes_its_lists_and_outcomes_along(asked: Store) -> None:
    asked.records.put_enterprises(ADMIN, [Enterprise(id="e1", name="甲")])
    asked.feedback.record_outcome(OWNER, SHORTLISTED)
    asked.records.merge_enterprises(ADMIN, "e1", "other")
    asked.records.merge_enterprises(ADMIN, "asker", "other")
    [kept] = asked.feedback.outcomes(STRANGER).items
    assert (kept.enterprise_id, kept.organisation) == ("other", "other")
    assert asked.feedback.exposure(STRANGER, LIST.created_at) == {"other": 1, "e2": 1, "e3": 1}
    assert learned(asked, STRANGER) == {"l1": [1, None, None]}


@pytest.mark.parametrize("gone", ["e1", "asker"])
def test_notes_go_with_the_firm_they_are_about_or_by(asked: Store, gone: str) -> None:
    asked.records.put_enterprises(ADMIN, [Enterprise(id="e1", name="甲")])
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, note="张三"))
    asked.records.delete_enterprise(ADMIN, gone)
    [kept] = asked.feedback.outcomes(ADMIN).items
    assert (kept.note, kept.stage) == (None, OutcomeStage.SHORTLISTED)


def test_nothing_is_left_of_a_removed_tenant(asked: Store) -> None:
    asked.feedback.record_outcome(OWNER, SHORTLISTED)
    asked.identity.delete_tenant(SYSTEM, "t")
    asked.identity.ensure_tenant(ADMIN, "t")
    assert told(asked, ADMIN) == []
    assert asked.feedback.exposure(ADMIN, LIST.created_at) == {}


def test_suppliers_are_those_signed_with_or_named_so(asked: Store) -> None:
    assert asked.feedback.suppliers(OWNER, "asker") == ()
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, stage=OutcomeStage.SIGNED))
    asked.feedback.record_outcome(OWNER, dismissed("p2", DismissalReason.SUPPLIER))
    asked.feedback.record_outcome(OWNER, dismissed("p3", DismissalReason.TOO_FAR))
    assert asked.feedback.suppliers(OWNER, "asker") == ("e1", "e2")
    assert asked.feedback.suppliers(ADMIN, "asker") == ("e1", "e2")
    assert asked.feedback.suppliers(ADMIN, "other") == ()
    assert asked.feedback.suppliers(STRANGER, "asker") == ()


def test_the_last_word_on_a_supplier_counts(asked: Store) -> None:
    asked.feedback.record_outcome(OWNER, dismissed("p1", DismissalReason.SUPPLIER))
    asked.feedback.record_outcome(OWNER, SHORTLISTED)
    assert asked.feedback.suppliers(OWNER, "asker") == ()
    asked.feedback.record_shown(OWNER, [replace(LIST, id="l2")])
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, list_id="l2", stage=OutcomeStage.SIGNED))
    assert asked.feedback.suppliers(OWNER, "asker") == ("e1",), "each list has a last word of its own"


@pytest.mark.parametrize("request_id", ["ask", None])
def test_what_the_platform_tells_of_a_request_counts_for_its_firm(asked: Store, request_id: str | None) -> None:
    new = NewOutcome(posting_id="open", stage=OutcomeStage.SIGNED, request_posting_id=request_id)
    asked.feedback.record_outcome(ADMIN, new)
    asked.feedback.record_outcome(ADMIN, replace(SHORTLISTED, stage=OutcomeStage.SIGNED))
    assert asked.feedback.suppliers(ADMIN, "asker") == (("e1", "other") if request_id else ("e1",))
    assert asked.feedback.suppliers(OWNER, "asker") == (), "an owner learns only what its own people told"


def test_lists_that_name_anybody_are_counted(store: Store) -> None:
    later = LIST.created_at + timedelta(hours=1)
    lists = [LIST, replace(LIST, id="l2", created_at=later, organisation="other"), replace(LIST, id="l3", items=())]
    store.feedback.record_shown(SYSTEM, lists)
    assert store.feedback.lists_shown(ADMIN, LIST.created_at) == 2
    assert store.feedback.lists_shown(ADMIN, later) == 1
    assert store.feedback.lists_shown(STRANGER, LIST.created_at) == 1
    assert store.feedback.lists_shown(local_admin("u"), LIST.created_at) == 0


def test_features_of_another_encoder_teach_nothing(asked: Store) -> None:
    asked.feedback.record_shown(OWNER, [replace(LIST, id="l9", versions={"encoder": "new"})])
    asked.feedback.record_outcome(OWNER, SHORTLISTED)
    asked.feedback.record_outcome(OWNER, replace(SHORTLISTED, list_id="l9"))
    assert {label.list_id for label in asked.feedback.labels(OWNER)} == {"l1", "l9"}
    assert {label.list_id for label in asked.feedback.labels(OWNER, encoder="new")} == {"l9"}
