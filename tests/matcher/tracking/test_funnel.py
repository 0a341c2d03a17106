"""Funnels by group, and targets beside what was done in their period."""

from datetime import date

import pytest

from matcher.deals import Amount, DealStage
from matcher.registers import Entry, Register
from matcher.tracking.funnel import Dimension, funnel, targets
from tests.matcher.tracking.histories import step, tracked

DEALS = (
    tracked(
        "a",
        step("recommended", 1, 5),
        step("accepted", 1, 9),
        step("signed", 2, 10, signed=80.0),
        department="产业处",
    ),
    tracked("b", step("recommended", 1, 6), step("declined", 1, 8), size="微型"),
    tracked("c", step("recommended", 2, 6), step("met", 2, 20, intended=30.0), step("failed", 3, 1), district=""),
)
END = date(2026, 12, 31)


def test_one_row_of_all() -> None:
    (row,) = funnel(DEALS, None, until=END)
    assert [row.reached[stage] for stage in DealStage] == [3, 2, 2, 1, 1, 0, 0]
    assert (row.declined, row.failed) == (1, 1)
    assert row.amounts == {Amount.INTENDED: 30, Amount.SIGNED: 80, Amount.PAID: 0}


def test_a_period_takes_what_began_in_it_as_it_stood_at_its_end() -> None:
    (row,) = funnel(DEALS, None, since=date(2026, 1, 6), until=date(2026, 2, 28))
    assert (row.reached[DealStage.RECOMMENDED], row.failed, row.declined) == (2, 0, 1)
    (january,) = funnel(DEALS, None, until=date(2026, 1, 31))
    assert (january.reached[DealStage.RECOMMENDED], january.reached[DealStage.SIGNED]) == (2, 0)
    assert january.amounts[Amount.SIGNED] == 0


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (Dimension.DISTRICT, {"北京市昌平区": 2, "未填": 1}),
        (Dimension.SIZE, {"小型": 2, "微型": 1}),
        (Dimension.DEPARTMENT, {"产业处": 1, "未填": 2}),
        (Dimension.INDUSTRY, {"通用设备制造业": 3}),
        (Dimension.KIND, {"需求": 3}),
    ],
)
def test_groups(by: Dimension, groups: dict[str, int]) -> None:
    rows = funnel(DEALS, by, until=END)
    assert {row.group: row.reached[DealStage.RECOMMENDED] for row in rows} == groups
    assert [row.reached[DealStage.RECOMMENDED] for row in rows] == sorted(groups.values(), reverse=True)


def target(indicator: str, goal: float = 10, first: str = "2026-02-01", last: str = "2026-02-28", **more: str) -> Entry:
    values = {"indicator": indicator, "from": first, "until": last, "target": goal} | more
    return Entry(id="t", register=Register.TARGETS, subject="", values=values)


def done(entry: Entry, day: date = END) -> float:
    (row,) = targets([entry], DEALS, day, regions={"s-a": "110114", "s-c": "310000"})
    return row.done


@pytest.mark.parametrize(
    ("indicator", "count"),
    [
        ("推荐数", 1),
        ("应约数", 1),
        ("签约数", 1),
        ("签约金额", 80),
        ("意向金额", 30),
        ("到账金额", 0),
        ("参与中小企业数", 1),
    ],
)
def test_what_a_month_brought(indicator: str, count: float) -> None:
    assert done(target(indicator)) == count


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2026-02-10", "2026-02-10", 1),
        ("2026-02-11", "2026-02-28", 0),
        ("2026-01-01", "2026-02-09", 0),
    ],
)
def test_the_first_and_last_day_of_a_period_count(first: str, last: str, count: int) -> None:
    assert done(target("签约数", first=first, last=last)) == count
    assert done(target("签约金额", first=first, last=last)) == 80 * count


def test_targets_of_a_department_or_a_region() -> None:
    assert done(target("签约数", department="产业处")) == 1
    assert done(target("签约数", department="科技处")) == 0
    assert done(target("签约数", region="1101")) == 1
    assert done(target("签约数", region="310000")) == 0


def test_behind_when_less_is_done_than_the_period_is_over() -> None:
    (half,) = targets([target("签约数", goal=2)], DEALS, date(2026, 2, 14), regions={})
    assert (half.done, half.elapsed, half.behind) == (1, 0.5, False)
    (late,) = targets([target("签约数", goal=3)], DEALS, date(2026, 2, 14), regions={})
    assert late.behind
    (early,) = targets([target("签约数", goal=3)], DEALS, date(2026, 1, 14), regions={})
    assert (early.elapsed, early.behind) == (0, False)
    (over,) = targets([target("签约数", goal=2)], DEALS, END, regions={})
    assert (over.elapsed, over.behind) == (1, True)
