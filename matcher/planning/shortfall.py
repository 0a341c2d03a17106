"""Who gets fewer meetings than wanted, and why, in words."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from matcher.planning.candidates import Bars, Candidates
from matcher.planning.model import Meeting, PairKey, Programme, Unmet, pair_key

_CAUSES = 3


def shortfalls(programme: Programme, arrays: Candidates, meetings: Iterable[Meeting]) -> tuple[Unmet, ...]:
    """Return every participant below its minimum and every must-meet that is missing, with the reason."""
    return tuple(_Shortfalls(programme, arrays, {pair_key(meeting.a, meeting.b) for meeting in meetings}).found())


class _Shortfalls:
    def __init__(self, programme: Programme, arrays: Candidates, seated: set[PairKey]) -> None:
        self._programme, self._arrays, self._seated = programme, arrays, seated
        self._bars = Bars(programme)
        self._degrees = Counter(name for pair in seated for name in pair)
        ends = np.concatenate([arrays.first, arrays.second])
        self._partners = np.bincount(ends, minlength=len(arrays.participants))

    def found(self) -> Iterable[Unmet]:
        """Yield participants in their order, then must-meets."""
        for n, participant in enumerate(self._arrays.participants):
            wanted, got = int(self._arrays.minimum[n]), self._degrees[participant.id]
            if got < wanted:
                yield Unmet(participant=participant.id, wanted=wanted, got=got, reason=self._why_short(n))
        for pair in sorted(self._arrays.musts() - self._seated):
            bar = self._bars.of(pair)
            reason = bar.value if bar else self._why_apart(pair)
            yield Unmet(participant=pair[0], partner=pair[1], wanted=1, got=0, reason=f"必见未能安排：{reason}")

    def _why_short(self, n: int) -> str:
        arrays = self._arrays
        partners, capacity, least = int(self._partners[n]), int(arrays.maximum[n]), int(arrays.minimum[n])
        if partners < least:
            few = f"可安排的对象只有 {partners} 个" if partners else "没有可安排的对象"
            return few + self._barred(arrays.participants[n].id)
        if capacity < least:
            return f"代表的空闲时段只够 {capacity} 场"
        return "可安排的对象名额已满，或共同的时段、洽谈桌已用完"

    def _barred(self, name: str) -> str:
        """Return what keeps others away from a participant, the most frequent causes first."""
        others = (person.id for person in self._programme.participants if person.id != name)
        bars = Counter(bar.value for other in others if (bar := self._bars.of(pair_key(name, other))) is not None)
        bars.pop("同属一方", None)
        causes = "，".join(f"{bar} {count} 个" for bar, count in bars.most_common(_CAUSES))
        return f"（{causes}）" if causes else ""

    def _why_apart(self, pair: PairKey) -> str:
        number = {person.id: n for n, person in enumerate(self._arrays.participants)}
        full = [name for name in pair if self._degrees[name] >= self._arrays.maximum[number[name]]]
        if full:
            name = self._arrays.participants[number[full[0]]].name
            return f"“{name}”的场次已排满"
        return "没有同时空出的时段或洽谈桌"
