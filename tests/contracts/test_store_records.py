"""Records come back as they went in, keep their number when unchanged, and are refused whole when one is bad."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain import (
    Condition,
    Enterprise,
    Operator,
    Party,
    Posting,
    PostingKind,
    Qualification,
    SizeClass,
    Status,
    Visibility,
    Window,
)
from matcher.errors import MatcherError
from service.auth import SYSTEM
from service.store import Outcome, Store
from tests.databases import ADMIN

FIRM = Enterprise(
    id="e1",
    name="北京精工（集团）有限公司",
    uscc="91110108MA01ABCD2X",
    industry="C3421",
    region="110108",
    employees=299,
    revenue_wan=1234.5,
    declared_size=SizeClass.MEDIUM,
    qualifications=(Qualification(name="高新技术企业", number="GR2024", expires=date(2027, 12, 31)),),
    attributes={"备注": "旧厂", "编号": 7, "列表": ["a", 1.5, None]},
)
OFFER = Posting(
    id="p1",
    enterprise_id="e1",
    kind=PostingKind.IDLE_CAPACITY,
    title="五轴加工",
    detail="精度±0.01mm\n月产能5万件",
    keywords=("五轴", "钛合金"),
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    visibility=Visibility.MATCHED,
    conditions=(
        Condition(name="资质", op=Operator.IN, value=("AS9100", "ISO9001")),
        Condition(name="精度", op=Operator.LE, value=0.01, unit="mm", hard=False),
    ),
    windows=(Window(from_date=date(2026, 2, 1), amount=50000, unit="件", price=1.25),),
    attributes={"equipment": {"型号": "DMU50"}},
)


def error_code(error: pytest.ExceptionInfo[MatcherError]) -> str:
    return error.value.code


def test_records_come_back_as_they_went_in(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    store.records.put_postings(ADMIN, [OFFER])
    assert store.records.get_enterprise(ADMIN, "e1") == FIRM
    assert store.records.get_posting(ADMIN, "p1") == OFFER
    assert store.records.computed_sizes(ADMIN, ["e1", "absent"]) == {"e1": SizeClass.SMALL}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
CONDITIONS = st.builds(
    Condition,
    name=TEXT,
    op=st.sampled_from(Operator),
    value=st.one_of(TEXT, st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9), st.booleans(), st.tuples(TEXT, TEXT)),
    unit=st.none() | TEXT,
    hard=st.booleans(),
)
POSTINGS = st.builds(
    Posting,
    id=st.just("p1"),
    enterprise_id=st.just("e1"),
    kind=st.sampled_from(PostingKind),
    title=TEXT,
    detail=st.none() | TEXT,
    keywords=st.lists(TEXT, max_size=3).map(tuple),
    valid_from=st.none() | st.dates(),
    status=st.sampled_from(Status),
    visibility=st.sampled_from(Visibility),
    conditions=st.lists(CONDITIONS, max_size=2).map(tuple),
    attributes=st.dictionaries(TEXT, JSON, max_size=3),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posting=POSTINGS)
def test_any_posting_survives_and_is_then_unchanged(store: Store, posting: Posting) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    [first] = store.records.put_postings(ADMIN, [posting])
    [second] = store.records.put_postings(ADMIN, [store.records.get_posting(ADMIN, "p1")])
    assert store.records.get_posting(ADMIN, "p1") == posting
    assert (second.seq, second.outcome) == (first.seq, Outcome.UNCHANGED)


def test_only_a_change_takes_the_next_number(store: Store) -> None:
    other = replace(FIRM, id="e2", name="乙公司")
    written = store.records.put_enterprises(ADMIN, [FIRM, other])
    assert [(w.id, w.seq, w.outcome) for w in written] == [("e1", 1, Outcome.CREATED), ("e2", 2, Outcome.CREATED)]
    written = store.records.put_enterprises(ADMIN, [FIRM, replace(other, employees=300)])
    assert [(w.seq, w.outcome) for w in written] == [(1, Outcome.UNCHANGED), (3, Outcome.UPDATED)]
    assert store.follow.seq(ADMIN) == 3
    assert store.records.computed_sizes(ADMIN, ["e2"]) == {"e2": SizeClass.LARGE}


def test_a_failed_call_leaves_nothing(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    orphan = replace(OFFER, id="p2", enterprise_id="absent")
    with pytest.raises(MatcherError) as error:
        store.records.put_postings(ADMIN, [OFFER, orphan])
    assert (error_code(error), error.value.details["ids"]) == ("unknown_enterprise", ["p2"])
    assert store.records.postings_by_id(ADMIN, ["p1", "p2"]) == {}
    assert store.follow.seq(ADMIN) == 1


@pytest.mark.parametrize(
    ("firm", "code"),
    [
        (replace(FIRM, name="坏\0名"), "bad_record"),
        (replace(FIRM, name="长" * 501), "bad_record"),
        (replace(FIRM, id=""), "bad_record"),
        (replace(FIRM, id="e" * 201), "bad_record"),
        (replace(FIRM, employees=2**63), "bad_record"),
        (replace(FIRM, assets_wan=float("nan")), "bad_record"),
        (replace(FIRM, profile="\ud800"), "bad_record"),
        (replace(FIRM, attributes={"x": object()}), "bad_record"),
        (replace(FIRM, attributes={"x": ["a\0b"]}), "bad_record"),
        (replace(FIRM, parent_id="e1"), "parent_cycle"),
    ],
)
def test_what_no_database_can_hold_is_refused(store: Store, firm: Enterprise, code: str) -> None:
    with pytest.raises(MatcherError) as error:
        store.records.put_enterprises(ADMIN, [firm])
    assert error_code(error) == code
    assert store.records.counts(ADMIN)["enterprises"] == 0


def test_the_longest_that_is_allowed_is_kept(store: Store) -> None:
    firm = replace(FIRM, id="企" * 200, name="长" * 500, uscc="9" * 200, profile="文" * 100_000)
    escaped = replace(FIRM, id="e2", profile=r"a\u0000b")
    store.records.put_enterprises(ADMIN, [firm, escaped])
    assert store.records.get_enterprise(ADMIN, firm.id) == firm
    assert store.records.get_enterprise(ADMIN, "e2") == escaped


def test_the_same_id_twice_in_a_call_is_refused(store: Store) -> None:
    with pytest.raises(MatcherError) as error:
        store.records.put_enterprises(ADMIN, [FIRM, replace(FIRM, name="另一家")])
    assert (error_code(error), error.value.details["ids"]) == ("duplicate_id", ["e1"])


def test_a_removed_record_is_gone_and_can_come_back(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    store.records.put_postings(ADMIN, [OFFER])
    assert store.records.delete_posting(ADMIN, "p1") == 3
    for call in (store.records.get_posting, store.records.delete_posting):
        with pytest.raises(MatcherError) as error:
            call(ADMIN, "p1")
        assert error_code(error) == "not_found"
    assert store.records.list_postings(ADMIN).items == ()
    [change] = store.follow.changes(SYSTEM, 2, 10)
    assert (change.removed_posting, change.posting) == ("p1", None)
    [written] = store.records.put_postings(ADMIN, [OFFER])
    assert (written.seq, written.outcome) == (4, Outcome.CREATED)
    assert store.records.get_posting(ADMIN, "p1") == OFFER


def test_a_removed_enterprise_takes_its_postings_along(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    store.records.put_postings(ADMIN, [OFFER, replace(OFFER, id="p2")])
    assert store.records.delete_enterprise(ADMIN, "e1") == 6
    assert store.records.counts(ADMIN) == {"enterprises": 0, "postings": 0, "published": 0}
    removed = store.follow.changes(SYSTEM, 3, 10)
    assert {c.removed_posting or c.removed_enterprise for c in removed} == {"e1", "p1", "p2"}
    with pytest.raises(MatcherError) as error:
        store.records.put_postings(ADMIN, [OFFER])
    assert error_code(error) == "unknown_enterprise"


def test_an_id_that_no_database_can_hold_is_no_record(store: Store) -> None:
    for id_ in ("a\0b", "\ud800"):
        with pytest.raises(MatcherError) as error:
            store.records.get_posting(ADMIN, id_)
        assert error_code(error) in {"not_found", "bad_value"}
    with pytest.raises(MatcherError) as error:
        store.follow.changes(SYSTEM, 2**70, 10)
    assert error_code(error) == "bad_value"


def test_lists_are_in_id_order_and_continue_where_they_stopped(store: Store) -> None:
    ids = ["A", "a", "b-1", "z", "企"]
    store.records.put_enterprises(ADMIN, [replace(FIRM, id=id_) for id_ in reversed(ids)])
    first = store.records.list_enterprises(ADMIN, limit=2)
    rest = store.records.list_enterprises(ADMIN, after=first.next, limit=3)
    assert [firm.id for firm in first.items + rest.items] == ids
    assert (first.next, rest.next) == ("a", None)


@pytest.mark.parametrize("limit", [0, 1001, -1])
def test_a_limit_out_of_range_is_refused(store: Store, limit: int) -> None:
    with pytest.raises(MatcherError) as error:
        store.records.list_postings(ADMIN, limit=limit)
    assert error_code(error) == "bad_limit"


def test_lists_are_filtered(store: Store) -> None:
    school = Enterprise(id="e2", name="北京大学100%_", party=Party.UNIVERSITY, region="110101", industry="P83")
    store.records.put_enterprises(ADMIN, [FIRM, school])
    closed = replace(OFFER, id="p2", enterprise_id="e2", kind=PostingKind.IP, status=Status.CLOSED)
    store.records.put_postings(ADMIN, [OFFER, closed])
    firms = store.records.list_enterprises
    assert [f.id for f in firms(ADMIN, name="0%_").items] == ["e2"]
    assert [f.id for f in firms(ADMIN, name="%精").items] == []
    assert [f.id for f in firms(ADMIN, industry="C34", region="1101").items] == ["e1"]
    assert [f.id for f in firms(ADMIN, party=Party.UNIVERSITY).items] == ["e2"]
    offers = store.records.list_postings
    assert [p.id for p in offers(ADMIN, kind=PostingKind.IP).items] == ["p2"]
    assert [p.id for p in offers(ADMIN, enterprise_id="e1").items] == ["p1"]
    assert [p.id for p in offers(ADMIN, status=Status.CLOSED).items] == ["p2"]
    counts = store.records.counts(ADMIN)
    assert counts == {"enterprises": 2, "postings": 2, "published": 1, "idle_capacity": 1, "ip": 1}


def test_what_an_import_no_longer_has_is_closed(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    ids = ("kept", "gone", "other-kind", "other-source", "by-hand")
    offers = {id_: replace(OFFER, id=id_) for id_ in ids}
    offers["other-kind"] = replace(offers["other-kind"], kind=PostingKind.SPACE)
    for id_, source in zip(ids, ("a.xlsx", "a.xlsx", "a.xlsx", "b.xlsx", None), strict=True):
        store.records.put_postings(ADMIN, [offers[id_]], source=source)
    kinds = [PostingKind.IDLE_CAPACITY]
    assert store.records.retire_missing(ADMIN, source="a.xlsx", kinds=kinds, keep=["kept"]) == ["gone"]
    assert store.records.retire_missing(ADMIN, source="a.xlsx", kinds=kinds, keep=["kept"]) == []
    status = {id_: posting.status for id_, posting in store.records.postings_by_id(ADMIN, ids).items()}
    assert status.pop("gone") is Status.CLOSED
    assert set(status.values()) == {Status.PUBLISHED}
    [change] = store.follow.changes(SYSTEM, 6, 10)
    assert change.posting == replace(offers["gone"], status=Status.CLOSED)


def test_the_latest_import_owns_an_unchanged_record(store: Store) -> None:
    store.records.put_enterprises(ADMIN, [FIRM])
    for source in ("a.xlsx", "b.xlsx", None):
        store.records.put_postings(ADMIN, [OFFER], source=source)
    kinds = [PostingKind.IDLE_CAPACITY]
    assert store.records.retire_missing(ADMIN, source="a.xlsx", kinds=kinds, keep=[]) == []
    assert store.records.retire_missing(ADMIN, source="b.xlsx", kinds=kinds, keep=[]) == ["p1"]
