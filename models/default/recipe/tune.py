"""Tunes the encoder on `pairs.py`: low-rank changes of the upper layers, in-batch and hard negatives, both directions.

Run `python models/default/recipe/reference.py --untuned --out /tmp/encoder/base`, then
`python models/default/recipe/tune.py --base /tmp/encoder/base --out models/default/recipe/changes.npz`: about an hour on
two cores. The same machine gives the same changes; another's sums differ in their last bits.
"""

import math
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from pairs import Pair, all_pairs
from reference import LINEAR, PROMPTS
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

RANK = 16
LAYERS = range(4, 12)
BATCH, LENGTH = 48, 96
RATE, WARM_UP, DECAY = 3e-4, 0.1, 0.01
SCALE = 30.0
WRITTEN_TWICE = ("tech", "buy", "firm")


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus a trainable product of two thin matrices (Hu et al. 2021)."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.a = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.b = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output with the change added."""
        result: Tensor = self.layer(x) + x @ self.a.T @ self.b.T
        return result


def inject(model: SentenceTransformer) -> dict[str, LowRank]:
    """Return the trainable changes by the names of the pack; everything else is frozen."""
    for parameter in model.parameters():
        parameter.requires_grad = False
    found: dict[str, LowRank] = {}
    network: Any = model[0].auto_model
    for number in LAYERS:
        layer = network.encoder.layer[number]
        for short, path in LINEAR.items():
            *parents, last = path.split(".")
            owner = layer.get_submodule(".".join(parents))
            change = LowRank(getattr(owner, last))
            setattr(owner, last, change)
            found[f"l{number}.{short}"] = change
    return found


def batches(found: Sequence[Pair], chance: Random) -> list[list[Pair]]:
    """Return batches of one source each and of similar length, in random order."""
    made: list[list[Pair]] = []
    for source in sorted({pair.source for pair in found}):
        group = [pair for pair in found if pair.source == source] * (2 if source in WRITTEN_TWICE else 1)
        chance.shuffle(group)
        for start in range(0, len(group), 8 * BATCH):
            chunk = sorted(group[start : start + 8 * BATCH], key=lambda pair: len(pair.query) + len(pair.passage))
            made += [chunk[n : n + BATCH] for n in range(0, len(chunk) - BATCH // 2, BATCH)]
    chance.shuffle(made)
    return made


def loss(model: SentenceTransformer, batch: Sequence[Pair]) -> Tensor:
    """Return the mean cross-entropy of each query among all passages, and of each passage among all queries."""
    asked = vectors(model, [PROMPTS["query"] + pair.query for pair in batch])
    told = vectors(model, [PROMPTS["passage"] + text for pair in batch for text in (pair.passage, pair.negative)])
    right, wrong = told[0::2], told[1::2]
    groups = [pair.group for pair in batch]
    same = torch.tensor([[a == b and i != j for j, b in enumerate(groups)] for i, a in enumerate(groups)])
    forward = torch.cat([(SCALE * asked @ right.T).masked_fill(same, -1e4), SCALE * asked @ wrong.T], dim=1)
    backward = (SCALE * right @ asked.T).masked_fill(same, -1e4)
    truth = torch.arange(len(batch))
    return (nn.functional.cross_entropy(forward, truth) + nn.functional.cross_entropy(backward, truth)) / 2


def vectors(model: SentenceTransformer, texts: list[str]) -> Tensor:
    """Return unit vectors by mean pooling, shape (texts, hidden)."""
    network: Any = model[0].auto_model
    tokenizer: Any = model.tokenizer
    words = tokenizer(texts, padding=True, truncation=True, max_length=LENGTH, return_tensors="pt")
    inputs = {name: words[name] for name in ("input_ids", "attention_mask")}
    hidden: Tensor = network(**inputs).last_hidden_state
    weight = words["attention_mask"].unsqueeze(-1).float()
    return nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)


def rates(steps: int) -> Iterator[float]:
    """Yield the learning rate of each step: up over the first tenth, then down to 0."""
    for step in range(steps):
        yield RATE * min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)


def tune(base: Path, out: Path, *, seed: int) -> None:
    """Write the changes learned in one pass over all pairs, as float16 arrays `layer.name.a` and `.b`."""
    torch.manual_seed(seed)
    model = SentenceTransformer(str(base), device="cpu")
    model.eval()
    changes = inject(model)
    parameters = [parameter for change in changes.values() for parameter in (change.a, change.b)]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    todo = batches(all_pairs(seed), Random(seed))
    for number, (batch, rate) in enumerate(zip(todo, rates(len(todo)), strict=True)):
        optimiser.param_groups[0]["lr"] = rate
        optimiser.zero_grad()
        value = loss(model, batch)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if number % 20 == 0:
            print(f"{number}/{len(todo)} {value.item():.3f}", flush=True)
    save(changes, out)


def save(changes: dict[str, LowRank], out: Path) -> None:
    """Write the changes."""
    held = {f"{name}.{part}": getattr(change, part) for name, change in changes.items() for part in "ab"}
    arrays = {name: value.detach().numpy().astype(np.float16) for name, value in held.items()}
    np.savez_compressed(out, **arrays)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="folder of the untuned reference")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tune(options.base, options.out, seed=options.seed)
