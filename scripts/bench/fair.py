"""Random events of a fair's size: few topics per firm, so scores are correlated and skewed, and most are low."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from matcher.planning.model import (
    MILLI,
    Delegate,
    Event,
    EventSide,
    PairScore,
    Participant,
    Programme,
    Rules,
    Slot,
    Stance,
    Wish,
    pair_key,
)

TOPICS = 30
START = datetime(2026, 12, 1, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fair:
    """How large an event is; `half_days` is the share of firms that come for the morning or the afternoon only."""

    hosts: int
    guests: int
    slots: int
    tables: int
    group: int = 1
    floor: int = 350
    host_minimum: int | None = None
    guest_minimum: int = 1
    guest_maximum: int = 8
    half_days: float = 0.2
    wishes: float = 0.5
    sides: bool = True


def firm(
    name: str, *free: frozenset[int], side: EventSide | None = None, least: int = 0, most: int | None = None
) -> Participant:
    """Return a firm with a delegate for each set of slots."""
    delegates = tuple(Delegate(id=f"{name}-{n}", available=times) for n, times in enumerate(free, 1))
    return Participant(
        id=name,
        name=name,
        side=side,
        delegates=delegates,
        minimum=least,
        maximum=most,
        keeps_table=side is EventSide.HOST,
    )


def slots(count: int) -> tuple[Slot, ...]:
    """Return slots of half an hour in two sessions with a lunch break between."""
    found = []
    for number in range(count):
        afternoon = number >= (count + 1) // 2
        start = START + timedelta(minutes=30 * number + 90 * afternoon)
        found.append(
            Slot(number=number, session=int(afternoon), start=start, end=start + timedelta(minutes=30)),
        )
    return tuple(found)


def fair(size: Fair, seed: int) -> Programme:
    """Return an event: few topics per firm, so scores are correlated, skewed, and mostly below the floor."""
    rng = np.random.default_rng(seed)
    hosts = _firms(size, rng, EventSide.HOST if size.sides else None, size.hosts)
    guests = _firms(size, rng, EventSide.GUEST if size.sides else None, size.guests)
    firms = (*hosts, *guests)
    if size.sides:
        rows, columns = np.indices((size.hosts, size.guests)).reshape(2, -1)
        columns = columns + size.hosts
    else:
        rows, columns = np.triu_indices(len(firms), 1)
    values = _values(rng, len(firms), rows, columns)
    kept = values >= size.floor
    scores = tuple(
        PairScore(pair=pair_key(firms[a].id, firms[b].id), score=int(value))
        for a, b, value in zip(rows[kept], columns[kept], values[kept], strict=True)
    )
    wishes = _wishes(rng, firms, scores, size.wishes)
    rules = Rules(minimum=0, floor=size.floor, guests=size.group)
    event = Event(name="对接会", slots=slots(size.slots), tables=size.tables, rules=rules)
    return Programme(event=event, participants=firms, scores=scores, wishes=wishes)


def _firms(size: Fair, rng: np.random.Generator, side: EventSide | None, count: int) -> list[Participant]:
    host = side is EventSide.HOST
    half, everything = (size.slots + 1) // 2, range(size.slots)
    presence = rng.choice(3, size=count, p=[1 - size.half_days, size.half_days / 2, size.half_days / 2])
    halves = (frozenset(everything), frozenset(everything[:half]), frozenset(everything[half:]))
    least = size.host_minimum if size.host_minimum is not None else size.slots // 2
    firms = []
    for n in range(count):
        available = halves[0] if host else halves[presence[n]]
        name = f"{'h' if host else 'g' if side else 'p' if count == size.hosts else 'q'}{n:04d}"
        most = None if host else size.guest_maximum
        minimum = least if host else size.guest_minimum
        firms.append(firm(name, available, side=side, least=minimum, most=most))
    return firms


def _values(
    rng: np.random.Generator, count: int, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Return scores in thousandths: agreement of topics, the partner's own standing, and noise."""
    popularity = rng.dirichlet(np.full(TOPICS, 3.0))
    seeks = rng.dirichlet(popularity * 2 + 0.01, size=count)
    gives = rng.dirichlet(popularity * 2 + 0.01, size=count)
    seeks /= np.linalg.norm(seeks, axis=1, keepdims=True)
    gives /= np.linalg.norm(gives, axis=1, keepdims=True)
    standing = rng.normal(0, 0.08, size=count)
    one = np.einsum("ij,ij->i", seeks[rows], gives[columns])
    other = np.einsum("ij,ij->i", gives[rows], seeks[columns])
    mutual = 0.5 * np.maximum(one, other) + 0.3 * np.minimum(one, other)
    noise = rng.normal(0.08, 0.07, size=len(rows))
    scores: NDArray[np.int64] = np.clip(MILLI * (mutual + standing[rows] + standing[columns] + noise), 0, MILLI).astype(
        np.int64
    )
    return scores


def _wishes(
    rng: np.random.Generator, firms: tuple[Participant, ...], scores: tuple[PairScore, ...], share: float
) -> tuple[Wish, ...]:
    """Return what a share of the firms say: some liked, better ones likelier; now and then one refused."""
    speaks = {firm.id for firm, draw in zip(firms, rng.random(len(firms)), strict=True) if draw < share}
    heard: dict[str, int] = {}
    found = []
    for scored, draw in zip(scores, rng.random((len(scores), 2)), strict=True):
        for of, about, chance in (*((*scored.pair, draw[0]),), *((*scored.pair[::-1], draw[1]),)):
            if of not in speaks:
                continue
            wanted = chance < 0.1 * (scored.score / MILLI) ** 2 * 4 and heard.get(of, 0) < 6
            if wanted or chance > 0.99:
                heard[of] = heard.get(of, 0) + wanted
                found.append(Wish(of=of, about=about, stance=Stance.WANT if wanted else Stance.NO))
    return tuple(found)
