"""Records are checked and made canonical before they are kept; in a batch each stands or falls by itself."""

from dataclasses import replace
from datetime import date

import pytest

from matcher.domain import Condition, Enterprise, Operator, Party, Posting, PostingKind, SizeClass
from matcher.errors import MatcherError
from service.auth import local_admin
from service.deps import Parts
from service.usecases.records import checked_enterprise, checked_posting, only, put_enterprises, put_postings, sizes_of
from tests.service.instance import TENANT, firm, offer

ADMIN = local_admin(TENANT)


def condition(name: str, value: str | int | tuple[str, ...], op: Operator = Operator.EQ) -> Posting:
    """Return a capability with one condition."""
    return replace(offer("p"), conditions=(Condition(name=name, op=op, value=value),))


def error_of(posting: Posting, owner: Enterprise | None) -> MatcherError:
    """Return what is wrong with a posting."""
    with pytest.raises(MatcherError) as caught:
        checked_posting(posting, owner)
    return caught.value


def test_codes_become_canonical() -> None:
    given = replace(firm(), region="海淀区", industry="3421", uscc=" 91110108ma01abcd9x ")
    checked, warnings = checked_enterprise(given)
    assert (checked.region, checked.industry, checked.uscc) == ("110108", "C3421", "91110108MA01ABCD9X")
    assert warnings
    posting, _ = checked_posting(replace(offer("p"), region="1101", industry="C34"), firm())
    assert (posting.region, posting.industry) == ("110000", "C34")


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("region", "11", "110000"),
        ("地区", "海淀区", "110108"),
        ("region", ("11", "天津市"), ("110000", "120000")),
        ("industry", "39", "C39"),
        ("行业", ("C3921", "34"), ("C3921", "C34")),
        ("region", 110108, "110108"),
        ("lead_days", "11", "11"),
        ("materials", ("北京",), ("北京",)),
    ],
)
def test_conditions_on_region_and_industry_are_kept_as_codes(
    name: str, given: str | int | tuple[str, ...], kept: object
) -> None:
    posting, _ = checked_posting(condition(name, given), firm())
    assert posting.conditions[0].value == kept


def test_a_condition_on_a_place_that_is_none_is_refused() -> None:
    assert error_of(condition("region", "火星"), firm()).code == "unknown_region"
    assert error_of(condition("industry", ("C34", "Z9")), firm()).code == "unknown_industry"
    posting, _ = checked_posting(condition("region", "京", Operator.CONTAINS), firm())
    assert posting.conditions[0].value == "京"


def test_a_posting_fits_its_firm_and_kind() -> None:
    assert error_of(offer("p"), None).code == "unknown_enterprise"
    bank = replace(firm(), party=Party.FINANCE)
    assert error_of(replace(offer("p"), kind=PostingKind.SPACE_NEED), bank).code == "party_not_allowed"
    upside = replace(offer("p"), valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 31))
    assert error_of(upside, firm()).code == "bad_dates"
    one_day = replace(offer("p"), valid_from=date(2026, 2, 1), valid_until=date(2026, 2, 1))
    assert checked_posting(one_day, firm())[0].valid_until == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("attributes", "fits"),
    [
        ({"lead_days": 7}, True),
        ({"lead_days": 7.5}, True),
        ({"lead_days": "七天"}, False),
        ({"lead_days": True}, False),
        ({"certificates": ["ISO 9001"]}, True),
        ({"certificates": "ISO 9001"}, False),
        ({"lead_days": None}, True),
        ({"自定义": object}, True),
    ],
)
def test_known_attributes_have_their_type(attributes: dict[str, object], *, fits: bool) -> None:
    posting = replace(offer("p"), attributes=attributes)
    if fits:
        checked_posting(posting, firm())
    else:
        error = error_of(posting, firm())
        assert error.code == "bad_attribute"
        assert next(iter(attributes)) in error.message


def test_a_wrong_value_is_quoted_in_part() -> None:
    error = error_of(replace(offer("p"), attributes={"lead_days": "很" * 100_000}), firm())
    assert len(error.message) < 200


def test_what_is_missing_or_odd_is_a_warning() -> None:
    _, warnings = checked_posting(offer("p"), firm())
    assert "核心工艺" in warnings[0]
    large = replace(firm(), declared_size=SizeClass.LARGE)
    complete = replace(offer("p"), attributes={"core_processes": ["铣"], "certificates": ["ISO 9001"]})
    assert "自报规模" in checked_posting(complete, large)[1][-1]


def test_a_bad_row_keeps_no_other_out(parts: Parts) -> None:
    rows = [firm("a"), replace(firm("b"), region="火星"), firm("a"), replace(firm("c"), name=""), firm("d")]
    outcomes = put_enterprises(parts.store, ADMIN, rows)
    assert [row.id for row in outcomes] == ["a", "b", "a", "c", "d"]
    codes = [row.error.code if row.error else "written" for row in outcomes]
    assert codes == ["written", "unknown_region", "duplicate_id", "bad_record", "written"]
    assert set(parts.store.records.enterprises_by_id(ADMIN, "abcd")) == {"a", "d"}


def test_rows_the_store_refuses_are_found_among_many(parts: Parts) -> None:
    put_enterprises(parts.store, ADMIN, [firm()])
    rows = [offer(f"p{n}", "标题" if n % 7 else "\0") for n in range(50)]
    outcomes = put_postings(parts.store, ADMIN, rows)
    refused = [n for n, row in enumerate(outcomes) if row.error is not None]
    assert refused == list(range(0, 50, 7))
    assert len(parts.store.records.postings_by_id(ADMIN, [row.id for row in rows])) == 50 - len(refused)
    seqs = [row.written.seq for row in outcomes if row.written is not None]
    assert seqs == sorted(seqs)


def test_no_rows_are_no_work(parts: Parts) -> None:
    assert put_enterprises(parts.store, ADMIN, []) == []
    assert parts.store.follow.seq(ADMIN) == 0


def test_a_single_row_raises_its_own_error(parts: Parts) -> None:
    assert only(put_enterprises(parts.store, ADMIN, [firm()])).written is not None
    with pytest.raises(MatcherError) as caught:
        only(put_enterprises(parts.store, ADMIN, [replace(firm(), industry="没有")]))
    assert caught.value.code == "unknown_industry"


def test_sizes_are_those_computed(parts: Parts) -> None:
    small = replace(firm("a"), industry="C3421", employees=50, revenue_wan=500.0)
    put_enterprises(parts.store, ADMIN, [small, firm("b")])
    assert sizes_of(parts.store, ADMIN, [small, firm("b")]) == {"a": SizeClass.SMALL, "b": SizeClass.UNKNOWN}
