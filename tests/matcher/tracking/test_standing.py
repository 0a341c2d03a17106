"""Where a deal stood on a day follows from its history, whenever it is asked."""

from datetime import date

import pytest

from matcher.deals import Amount, DealSide, DealStage, Ending, amount
from matcher.tracking.standing import as_of, total
from tests.matcher.tracking.histories import Told, step, tracked

SIGNED = tracked(
    "a",
    step("recommended", 1, 5),
    step("accepted", 1, 9),
    step("signed", 2, 10, DealSide.REQUESTER, signed=80.0),
    step("signed", 2, 12, DealSide.SUPPLIER, signed=90.0),
    step("delivered", 3, 20, paid=40.0),
)


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2026, 1, 4), None),
        (date(2026, 1, 5), DealStage.RECOMMENDED),
        (date(2026, 1, 9), DealStage.ACCEPTED),
        (date(2026, 2, 9), DealStage.ACCEPTED),
        (date(2026, 2, 10), DealStage.SIGNED),
        (date(2026, 3, 20), DealStage.DELIVERED),
    ],
)
def test_the_stage_on_a_day(day: date, stage: DealStage | None) -> None:
    found = as_of(SIGNED, day)
    assert (found.stage if found else None) is stage


def test_sums_on_a_day() -> None:
    before, one, both, paid = (as_of(SIGNED, date(2026, *day)) for day in ((2, 9), (2, 10), (2, 12), (3, 31)))
    assert before is not None
    assert one is not None
    assert both is not None
    assert paid is not None
    assert [amount(state, Amount.SIGNED) for state in (before, one, both)] == [None, 80, 80]
    assert (total([paid], Amount.PAID), total([before], Amount.PAID)) == (40, 0)


def test_a_later_stage_implies_the_earlier_and_what_is_taken_back_does_not_count() -> None:
    skipped = tracked("b", step("recommended", 1, 5), step("signed", 2, 1))
    assert skipped.first[DealStage.MET] == date(2026, 2, 1)
    back = tracked("c", step("recommended", 1, 5), step("signed", 2, 1), step("met", 3, 1))
    assert (DealStage.SIGNED in back.first, back.first[DealStage.MET]) == (False, date(2026, 2, 1))


def test_a_backdated_report_counts_on_its_own_day() -> None:
    late = tracked("d", step("recommended", 1, 5), step("met", 3, 1), step("met", 1, 20))
    assert late.first[DealStage.MET] == date(2026, 1, 20)
    found = as_of(late, date(2026, 1, 31))
    assert found is not None
    assert (found.stage, found.entered) == (DealStage.MET, date(2026, 1, 20))


def test_sums_told_of_an_earlier_day_move_no_stage() -> None:
    told = Told(None, date(2026, 1, 7), DealSide.SUPPLIER, {"intended": 30.0})
    late = tracked("f", step("recommended", 1, 5), step("signed", 2, 10), told)
    assert late.first[DealStage.SIGNED] == date(2026, 2, 10)
    found = as_of(late, date(2026, 1, 31))
    assert found is not None
    assert (found.stage, amount(found, Amount.INTENDED)) == (DealStage.RECOMMENDED, 30)


def test_an_ending_counts_from_its_day() -> None:
    gone = tracked("e", step("recommended", 1, 5), step("declined", 1, 8))
    before, after = as_of(gone, date(2026, 1, 7)), as_of(gone, date(2026, 1, 8))
    assert before is not None
    assert after is not None
    assert (before.ending, after.ending, after.reason) == (None, Ending.DECLINED, "x")
