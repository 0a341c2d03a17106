"""Measures the mean vector of each side on the training pairs: run it after `changes.npz` changed, then build again.

Texts of one language and one trade share a direction that tells none of them apart; without it cosines spread out and
both ranking and fusion gain (Mu & Viswanath 2018). `python models/default/recipe/centre.py --encoder models/default`.
"""

from argparse import ArgumentParser
from pathlib import Path
from random import Random

import numpy as np
from pairs import Pair, all_pairs

CENTRES = Path(__file__).with_name("centres.npz")
PER_SOURCE = 250


def sample(seed: int) -> dict[str, list[str]]:
    """Return texts of both sides, at most 250 pairs of each source."""
    chance = Random(seed)
    by_source: dict[str, list[Pair]] = {}
    for pair in all_pairs(seed):
        by_source.setdefault(pair.source, []).append(pair)
    chosen = [pair for group in by_source.values() for pair in chance.sample(group, min(len(group), PER_SOURCE))]
    return {
        "query": sorted({pair.query for pair in chosen}),
        "passage": sorted({pair.passage for pair in chosen}),
    }


def main() -> None:
    """Write `centres.npz`, float16 arrays `query` and `passage`."""
    from matcher.encoder import OnnxEncoder, TextSide

    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the artefact")
    encoder = OnnxEncoder.load(parser.parse_args().encoder)
    means = {side: encoder.raw(texts, TextSide(side)).mean(axis=0) for side, texts in sample(0).items()}
    np.savez_compressed(CENTRES, **{side: mean.astype(np.float16) for side, mean in means.items()})


if __name__ == "__main__":
    main()
