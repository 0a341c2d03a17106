"""How long the exact split of an order takes, beside one HiGHS program over all offers, and whether both agree.

usage: python -m scripts.bench.allocation [--offers 1000] [--windows 12] [--seeds 3] [--alone]
"""

import argparse
from dataclasses import replace
from datetime import date, timedelta
from statistics import median
from time import perf_counter

import numpy as np

from matcher.allocate import Objective, Offer, Order, Slot
from matcher.allocate_check import verify
from matcher.allocate_model import build
from matcher.allocate_solve import allocate
from matcher.capacity import Days, Supply
from matcher.domain import Window
from matcher.linear import ENDLESS

START = date(2026, 1, 1)
PER_WINDOW = (1000, 1500, 2500, 4500)


def problem(seed: int, count: int, windows: int, per_window: float) -> tuple[Order, list[Offer]]:
    """Return offers with monthly windows (7 in 10 of them open), least orders and prices around one level a firm."""
    rng = np.random.default_rng(seed)
    months = [Days(START + timedelta(days=30 * n), START + timedelta(days=30 * n + 29)) for n in range(windows)]
    offers = [_offer(rng, n, count, months) for n in range(count)]
    return Order(slots=tuple(Slot(days=month, amount=per_window) for month in months), unit="件", most=10), offers


def _offer(rng: np.random.Generator, n: int, count: int, months: list[Days]) -> Offer:
    level = rng.uniform(8, 20)
    supplies = []
    for number, days in enumerate(months, start=1):
        if rng.random() < 0.3:
            continue
        amount = float(rng.integers(0, 400))
        least = min(amount, float(rng.choice([0, 20, 50, 100])))
        price = round(level * rng.uniform(0.95, 1.05), 2)
        window = Window(from_date=days.first, until_date=days.last, amount=amount, unit="件", price=price)
        supplies.append(Supply(window=window, number=number, amount=amount, min_order=least, price=price, unit="件"))
    return Offer(
        id=f"o{n}",
        firm=f"f{rng.integers(0, max(1, int(count * 0.9)))}",
        score=float(rng.random()),
        supplies=tuple(supplies),
        least=float(rng.choice([0, 100, 200, 500])),
    )


def whole(order: Order, offers: list[Offer]) -> tuple[float, float]:
    """Return the value of one program over all offers, everything covered, and the seconds it took."""
    started = perf_counter()
    model = build(order, offers, ())
    cost = model.cost(order, offers)
    found, _ = model.covered().lowest(cost, whole=model.choices.whole, nodes=ENDLESS, presolve=True)
    return float("nan") if found is None else float(cost @ found), perf_counter() - started


def main() -> None:
    """Print one line per size of order and objective, the median of the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offers", type=int, default=1000)
    parser.add_argument("--windows", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="without the one program over all offers")
    chosen = parser.parse_args()
    print("每段数量 目标 家数 秒 全体一个程序的秒 值相同 违规")
    for per_window in PER_WINDOW:
        for objective in Objective:
            took, peer, same, firms, broken = [], [], True, [], 0
            for seed in range(chosen.seeds):
                order, offers = problem(seed, chosen.offers, chosen.windows, per_window)
                order = replace(order, objective=objective)
                started = perf_counter()
                found = allocate(order, offers)
                took.append(perf_counter() - started)
                firms.append(len(found.firms))
                broken += len(verify(order, offers, (), found))
                if not chosen.alone:
                    value, seconds = whole(order, offers)
                    peer.append(seconds)
                    mine = found.cost if objective is Objective.COST else -found.fit
                    same &= abs(value - mine) <= 1e-4 * abs(mine)
            beside = f"{median(peer):.1f} {'是' if same else '否'}" if peer else "- -"
            print(f"{per_window} {objective} {median(firms):.0f} {median(took):.1f} {beside} {broken}", flush=True)


if __name__ == "__main__":
    main()
