"""The demo loads into a tenant of its own, dated from the day it is loaded, and goes without a trace."""

from datetime import date, timedelta

import pytest

from matcher.deals import DealStage, Ending, conflicts
from matcher.domain import Posting, PostingKind, Query
from matcher.registers import Register
from service.auth import SYSTEM, local_admin
from service.deps import Parts
from service.usecases import demo
from service.usecases.demo import MARK, load_demo, needs_demo, remove_demo
from tests.service.instance import firm, offer

TODAY = date(2026, 3, 31)
ADMIN = local_admin(demo.TENANT)


def postings(parts: Parts) -> tuple[Posting, ...]:
    """Return all postings of the demo tenant."""
    return parts.store.records.list_postings(ADMIN, limit=1000).items


def test_the_demo_is_large_enough_covers_every_kind_and_is_marked(parts: Parts) -> None:
    loaded = load_demo(parts.store, TODAY)
    assert loaded.enterprises >= 200
    assert loaded.postings >= 500
    records = parts.store.records
    counts = records.counts(ADMIN)
    assert (counts["enterprises"], counts["postings"]) == (loaded.enterprises, loaded.postings)
    assert all(counts.get(kind, 0) for kind in PostingKind)
    for page in (records.list_enterprises(ADMIN, limit=1000), records.list_postings(ADMIN, limit=1000)):
        assert all(item.attributes[MARK] is True for item in page.items)
    deals = parts.store.deals.list(ADMIN, limit=1000).items
    assert {DealStage.RECOMMENDED, DealStage.MET, DealStage.SIGNED, DealStage.LISTED} <= {one.stage for one in deals}
    assert {one.ending for one in deals} == {None, *Ending}
    assert any(conflicts(one) for one in deals)
    for register in Register:
        assert parts.store.registers.about(ADMIN, register), register
    tenant = next(tenant for tenant in parts.store.identity.tenants(SYSTEM) if tenant.id == demo.TENANT)
    assert (tenant.label, tenant.is_demo) == (MARK, True)


def test_loading_twice_a_day_changes_nothing_and_the_next_day_moves_the_dates(parts: Parts) -> None:
    load_demo(parts.store, TODAY)
    seq, before = parts.store.follow.seq(SYSTEM), postings(parts)
    deals = parts.store.deals.list(ADMIN).items
    load_demo(parts.store, TODAY)
    assert parts.store.follow.seq(SYSTEM) == seq
    assert parts.store.deals.list(ADMIN).items == deals
    load_demo(parts.store, TODAY + timedelta(days=1))
    ends = [(old.valid_until, new.valid_until) for old, new in zip(before, postings(parts), strict=True)]
    assert any(old for old, _ in ends)
    assert all(new == (old + timedelta(days=1) if old else None) for old, new in ends)


def test_dates_count_from_the_day_and_none_are_left_unread(parts: Parts) -> None:
    load_demo(parts.store, TODAY)
    assert any(item.valid_until and item.valid_until > TODAY for item in postings(parts))
    for item in postings(parts):
        assert "{+" not in item.title + (item.detail or "")
        assert "{-" not in item.title + (item.detail or "")


@pytest.mark.parametrize(
    ("given", "day", "told"),
    [
        ("+90d", TODAY, "2026-06-29"),
        ("-1d", date(2026, 1, 1), "2025-12-31"),
        ("{+1d}交付", TODAY, "2026年4月1日交付"),
        ("{+9m}起", TODAY, "2026年12月起"),
        ("{+10m}起", TODAY, "2027年1月起"),
        ("{-3m}", TODAY, "2025年12月"),
        ("±0.01mm，+3天", TODAY, "±0.01mm，+3天"),
    ],
)
def test_offsets_become_dates(given: str, day: date, told: str) -> None:
    assert demo._dated({"a": [given]}, day) == {"a": [told]}


def test_it_goes_with_one_command_and_from_the_matches_too(parts: Parts) -> None:
    load_demo(parts.store, TODAY)
    parts.engine.catch_up()
    query = Query(tenant=demo.TENANT, kind=PostingKind.NEED, title="钛合金五轴加工", as_of=TODAY)
    assert parts.engine.match(query).matches
    remove_demo(parts.store)
    parts.engine.catch_up()
    assert parts.engine.match(query).matches == ()
    assert demo.TENANT not in [tenant.id for tenant in parts.store.identity.tenants(SYSTEM)]


def test_it_leaves_others_alone(parts: Parts) -> None:
    own = local_admin(parts.settings.tenant)
    parts.store.records.put_enterprises(own, [firm()])
    parts.store.records.put_postings(own, [offer("mine")])
    load_demo(parts.store, TODAY)
    remove_demo(parts.store)
    assert parts.store.records.get_posting(own, "mine").title


def test_it_is_wanted_by_an_empty_database_and_by_one_where_it_was_cut_short(parts: Parts) -> None:
    assert needs_demo(parts.store)
    parts.store.identity.ensure_tenant(ADMIN, demo.TENANT, label=MARK, is_demo=True)
    parts.store.records.put_enterprises(ADMIN, [firm()])
    assert needs_demo(parts.store), "firms of the demo without a posting: the first load was cut short"
    load_demo(parts.store, TODAY)
    assert not needs_demo(parts.store)
    remove_demo(parts.store)
    assert needs_demo(parts.store)
    parts.store.records.put_enterprises(local_admin(parts.settings.tenant), [firm()])
    assert not needs_demo(parts.store)
