"""Consortia: the gate at 29.9, 30 and 30.1, ties, indivisible packages, and equal to trying every one."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.consortium import Candidate, Lot, Package, additions, form

WHOLE = Package(name="全部", amount_wan=100, divisible=True)


def firm(name: str, counts: bool = True, **fit: float) -> Candidate:
    return Candidate(firm=name, fit=fit, counts=counts)


LEAD = firm("牵头", False, 全部=0.9)


def brute(lot: Lot, candidates: list[Candidate]) -> float | None:
    """Return the best mean fit over indivisible packages that passes the gate, by trying every assignment."""
    best = None
    firms = [lot.lead, *candidates]
    for assigned in product(firms, repeat=len(lot.packages)):
        if any(package.name not in one.fit for package, one in zip(lot.packages, assigned, strict=True)):
            continue
        used = {one.firm: one for one in assigned}
        beside = set(used) - {lot.lead.firm}
        if (
            lot.lead.firm not in used
            or len(beside) > lot.most
            or any(b in used[a].tied for a, b in combinations_both(used))
        ):
            continue
        counted = sum(p.amount_wan for p, one in zip(lot.packages, assigned, strict=True) if one.counts)
        done = {
            name: sum(p.amount_wan for p, one in zip(lot.packages, assigned, strict=True) if one.firm == name)
            for name in used
        }
        if any(one.most_wan is not None and done[name] > one.most_wan for name, one in used.items()):
            continue
        if counted < lot.total_wan * lot.gate_pct / 100 - 1e-9:
            continue
        fit = sum(p.amount_wan * one.fit[p.name] for p, one in zip(lot.packages, assigned, strict=True)) / lot.total_wan
        best = fit if best is None else max(best, fit)
    return best


def combinations_both(names: dict[str, Candidate]) -> list[tuple[str, str]]:
    return [pair for a, b in combinations(names, 2) for pair in ((a, b), (b, a))]


# 〔2020〕46号 第九条 and the seed 二（四）: from 30 % of the contract on.
@pytest.mark.parametrize("gate", [29.9, 30.0, 30.1])
def test_no_more_than_the_gate_asks_for_is_given_away(gate: float) -> None:
    found = form(Lot(packages=(WHOLE,), lead=LEAD, gate_pct=gate), [firm("小", 全部=0.5)])
    assert found is not None
    assert found.share_pct == pytest.approx(gate)
    assert found.loss == pytest.approx(0.4 * gate / 100)
    assert found.members == ("小",)


@pytest.mark.parametrize(("amount", "passes"), [(29.9, False), (30.0, True), (30.1, True)])
def test_a_package_at_the_gate(amount: float, passes: bool) -> None:
    packages = (Package(name="主体", amount_wan=100 - amount), Package(name="配套", amount_wan=amount))
    lot = Lot(packages=packages, lead=firm("牵头", False, 主体=0.9, 配套=0.8))
    found = form(lot, [firm("小", 配套=0.7)])
    assert (found is not None) is passes


def test_tied_firms_do_not_bid_together() -> None:
    tied = Candidate(firm="子公司", fit={"全部": 0.89}, counts=True, tied=frozenset({"牵头"}))
    found = form(Lot(packages=(WHOLE,), lead=LEAD), [tied, firm("小", 全部=0.5)])
    assert found is not None
    assert found.members == ("小",)
    assert form(Lot(packages=(WHOLE,), lead=LEAD), [tied]) is None


def test_a_member_takes_no_more_than_it_can() -> None:
    small = Candidate(firm="小", fit={"全部": 0.5}, counts=True, most_wan=20)
    assert form(Lot(packages=(WHOLE,), lead=LEAD), [small]) is None
    both = form(Lot(packages=(WHOLE,), lead=LEAD), [small, firm("另", 全部=0.4)])
    assert both is not None
    assert {part.firm: round(part.amount_wan) for part in both.parts} == {"牵头": 70, "小": 20, "另": 10}


def test_nobody_counts() -> None:
    assert form(Lot(packages=(WHOLE,), lead=LEAD), [firm("中", False, 全部=0.95)]) is None
    assert form(Lot(packages=(WHOLE,), lead=LEAD), []) is None


def test_the_cheapest_members_to_add_in_order() -> None:
    held = Candidate(firm="已有", fit={"全部": 0.8}, counts=True, most_wan=20)
    others = [firm("贵", 全部=0.3), firm("宜", 全部=0.7), firm("中", False, 全部=0.85)]
    found = additions(Lot(packages=(WHOLE,), lead=LEAD), [held, *others], ["已有"], 3)
    assert [set(one.members) - {"已有"} for one in found] == [{"宜"}, {"贵"}]
    assert found[0].loss < found[1].loss
    assert all("已有" in one.members for one in found)


FITS = st.lists(st.none() | st.integers(0, 10), min_size=3, max_size=3)
ROWS = st.tuples(FITS, st.booleans(), st.none() | st.integers(10, 60), st.frozensets(st.integers(0, 3), max_size=2))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(ROWS, min_size=1, max_size=4),
    st.tuples(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50)),
    st.integers(0, 3),
    st.integers(1, 60),
)
def test_equal_to_trying_every_consortium(
    rows: list[tuple[list[int | None], bool, int | None, frozenset[int]]],
    amounts: tuple[int, int, int],
    most: int,
    gate: int,
) -> None:
    packages = tuple(Package(name=f"p{n}", amount_wan=amount) for n, amount in enumerate(amounts))
    lead = Candidate(firm="lead", fit={"p0": 0.9, "p1": 0.6, "p2": 0.5}, counts=False)
    candidates = [
        Candidate(
            firm=f"f{n}",
            fit={f"p{p}": value / 10 for p, value in enumerate(fits) if value is not None},
            counts=counts,
            most_wan=most_wan,
            tied=frozenset("lead" if m == 3 else f"f{m}" for m in tied if m != n),
        )
        for n, (fits, counts, most_wan, tied) in enumerate(rows)
    ]
    symmetric = [
        Candidate(
            firm=one.firm,
            fit=one.fit,
            counts=one.counts,
            most_wan=one.most_wan,
            tied=one.tied | {other.firm for other in candidates if one.firm in other.tied},
        )
        for one in candidates
    ]
    lot = Lot(packages=packages, lead=lead, most=most, gate_pct=gate)
    best = brute(lot, symmetric)
    found = form(lot, candidates)
    assert (found is None) == (best is None)
    if found is not None:
        assert found.fit == pytest.approx(best)
        assert found.share_pct >= gate - 1e-6
        assert found.free_fit >= found.fit - 1e-9
        assert len(found.members) <= most
