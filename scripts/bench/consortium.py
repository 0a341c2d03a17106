"""How long the exact consortium takes: many candidates, a lot of a dozen packages, up to ten members beside the lead.

usage: python -m scripts.bench.consortium [--candidates 1000] [--packages 12] [--seeds 5]
"""

import argparse
from statistics import median
from time import perf_counter

import numpy as np

from matcher.consortium import Candidate, Lot, Package, form


def problem(seed: int, count: int, packages: int, *, divisible: bool) -> tuple[Lot, list[Candidate]]:
    """Return a lot whose lead does everything well, and candidates that each do some packages, half of them small."""
    rng = np.random.default_rng(seed)
    parts = tuple(
        Package(name=f"p{n}", amount_wan=float(rng.integers(20, 200)), divisible=divisible) for n in range(packages)
    )
    lead = Candidate(firm="lead", fit={part.name: float(rng.uniform(0.7, 0.95)) for part in parts}, counts=False)
    candidates = [
        Candidate(
            firm=f"f{n}",
            fit={part.name: float(rng.uniform(0.3, 0.9)) for part in parts if rng.random() < 0.3},
            counts=bool(rng.random() < 0.5),
            most_wan=float(rng.integers(20, 150)),
            tied=frozenset({f"f{rng.integers(0, count)}"}) if rng.random() < 0.1 else frozenset(),
        )
        for n in range(count)
    ]
    return Lot(packages=parts, lead=lead, most=10, gate_pct=30.0), candidates


def main() -> None:
    """Print one line for packages that are divisible and one for those that are not, the median of the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--packages", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    print("标段可分 成员 份额% 损失 秒")
    for divisible in (False, True):
        took, members, share, loss = [], [], [], []
        for seed in range(chosen.seeds):
            lot, candidates = problem(seed, chosen.candidates, chosen.packages, divisible=divisible)
            started = perf_counter()
            made = form(lot, candidates)
            took.append(perf_counter() - started)
            if made is not None:
                members.append(len(made.members))
                share.append(made.share_pct)
                loss.append(made.loss)
        figures = f"{median(members):.0f} {median(share):.1f} {median(loss):.4f} {median(took):.1f}"
        print(f"{'是' if divisible else '否'} {figures}", flush=True)


if __name__ == "__main__":
    main()
