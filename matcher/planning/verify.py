"""Whether a plan keeps every rule and states its figures rightly. Shares no code with what makes plans."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise

from matcher.planning.model import (
    Delegate,
    EventSide,
    Meeting,
    PairKey,
    Participant,
    Plan,
    Programme,
    Stance,
    Violation,
    pair_key,
)


def verify(programme: Programme, plan: Plan) -> tuple[Violation, ...]:
    """Return every rule that a plan breaks and every figure that it states wrongly; empty for a sound plan."""
    return tuple(_Check(programme, plan).violations())


class _Check:
    """One pass over one plan."""

    def __init__(self, programme: Programme, plan: Plan) -> None:
        self.programme, self.plan, self.event = programme, plan, programme.event
        self.people = {participant.id: participant for participant in programme.participants}
        self.slots = {slot.number: slot for slot in self.event.slots}

    def violations(self) -> Iterator[Violation]:
        """Yield what is wrong; a meeting of unknown parties, time or place is not looked at further."""
        strange = list(self._strange())
        yield from strange
        if strange:
            return
        yield from self._barred()
        yield from self._tables()
        yield from self._delegates()
        yield from self._streaks()
        yield from self._numbers()
        yield from self._locks()
        yield from self._figures()

    @cached_property
    def seated(self) -> Mapping[PairKey, Meeting]:
        """Meetings by pair."""
        return {pair_key(meeting.a, meeting.b): meeting for meeting in self.plan.meetings}

    @cached_property
    def stances(self) -> Mapping[PairKey, set[Stance]]:
        """What either of a pair says of the other."""
        found: dict[PairKey, set[Stance]] = defaultdict(set)
        for wish in self.programme.wishes:
            found[pair_key(wish.of, wish.about)].add(wish.stance)
        return found

    def named(self, *ids: str) -> str:
        """Return participants in words."""
        return "与".join(f"“{self.people[name].name}”" for name in ids)

    def _strange(self) -> Iterator[Violation]:
        seen: Counter[PairKey] = Counter()
        for meeting in self.plan.meetings:
            both = (meeting.a, meeting.b)
            if unknown := [name for name in both if name not in self.people]:
                yield Violation(rule="unknown_participant", message=f"没有参会方“{unknown[0]}”", participants=both)
                continue
            seen[pair_key(*both)] += 1
            if meeting.a == meeting.b or seen[pair_key(*both)] > 1:
                yield Violation(rule="repeated", message=f"{self.named(*both)}重复安排", participants=both)
            if meeting.slot not in self.slots:
                yield Violation(rule="unknown_slot", message=f"没有第 {meeting.slot + 1} 时段", participants=both)
            if not 1 <= meeting.table <= self.event.tables or meeting.table in self.event.closed_tables:
                yield Violation(rule="unknown_table", message=f"{meeting.table} 号桌不可用", participants=both)
            for name, person in zip(both, (meeting.delegate_a, meeting.delegate_b), strict=True):
                if person not in {delegate.id for delegate in self.people[name].delegates}:
                    message = f"{self.named(name)}没有代表“{person}”"
                    yield Violation(rule="unknown_delegate", message=message, participants=both)

    def _barred(self) -> Iterator[Violation]:
        scores = {scored.pair: scored.score for scored in self.programme.scores}
        for pair, meeting in self.seated.items():
            both = (meeting.a, meeting.b)
            for rule, words, broken in self._bars(pair, scores.get(pair)):
                if broken:
                    message = f"{self.named(*both)}不应会面：{words}"
                    yield Violation(rule=rule, message=message, participants=both, slot=meeting.slot)
            if meeting.score != scores.get(pair, 0):
                message = f"{self.named(*both)}的得分应为 {scores.get(pair, 0)}，写作 {meeting.score}"
                yield Violation(rule="wrong_score", message=message, participants=both)

    def _bars(self, pair: PairKey, score: int | None) -> Iterator[tuple[str, str, bool]]:
        one, other = (self.people[name] for name in pair)
        said = self.stances.get(pair, set())
        asked = bool(said & {Stance.MUST, Stance.WANT}) or any(lock.pair == pair for lock in self.programme.locks)
        rules = self.event.rules
        types = [set(allowed) for allowed in rules.meet]
        yield "veto", "一方表示不见", Stance.NO in said
        yield "forbidden", "主办方禁止", pair in self.programme.forbidden
        yield "met_before", "此前已见", pair in self.programme.met
        yield "same_side", "同属一方", one.side is not None and one.side == other.side
        yield "same_group", "同一集团", one.group is not None and one.group == other.group
        rivals = bool({other.id, other.group} & one.rivals) or bool({one.id, one.group} & other.rivals)
        yield "rivals", "相互竞争", rivals
        yield "types", "双方类型不安排会面", bool(types) and {one.type, other.type} not in types
        yield "floor", "相关度低于下限", not asked and (score is None or score < rules.floor)

    def _tables(self) -> Iterator[Violation]:
        taken: dict[tuple[int, int], list[Meeting]] = defaultdict(list)
        for meeting in self.plan.meetings:
            taken[meeting.slot, meeting.table].append(meeting)
        for (slot, table), sat in taken.items():
            hosts = {meeting.a for meeting in sat}
            grouped = len(hosts) == 1 and self.people[sat[0].a].side is EventSide.HOST
            most = self.event.rules.guests if grouped else 1
            if len(sat) > most:
                message = f"第 {slot + 1} 时段 {table} 号桌排了 {len(sat)} 场，至多 {most} 场"
                everyone = tuple(sorted({name for meeting in sat for name in (meeting.a, meeting.b)}))
                yield Violation(rule="table_clash", message=message, participants=everyone, slot=slot)

    def _delegates(self) -> Iterator[Violation]:
        places: dict[tuple[str, str, int], set[tuple[str, object]]] = defaultdict(set)
        for meeting in self.plan.meetings:
            host = self.people[meeting.a].side is EventSide.HOST
            own = ("table", meeting.table) if host else ("pair", meeting.b)
            places[meeting.a, meeting.delegate_a, meeting.slot].add(own)
            places[meeting.b, meeting.delegate_b, meeting.slot].add(("pair", meeting.a))
        for (name, person, slot), at in places.items():
            delegate = self._delegate(name, person)
            if slot not in delegate.available:
                message = f"{self.named(name)}的{delegate.name or '代表'}第 {slot + 1} 时段不在场"
                yield Violation(rule="unavailable", message=message, participants=(name,), slot=slot)
            if len(at) > 1:
                message = f"{self.named(name)}的{delegate.name or '代表'}第 {slot + 1} 时段同时有 {len(at)} 场"
                yield Violation(rule="delegate_clash", message=message, participants=(name,), slot=slot)

    def _delegate(self, name: str, person: str) -> Delegate:
        return next(delegate for delegate in self.people[name].delegates if delegate.id == person)

    def _streaks(self) -> Iterator[Violation]:
        most = self.event.rules.streak
        busy: dict[tuple[str, str], set[int]] = defaultdict(set)
        for meeting in self.plan.meetings:
            busy[meeting.a, meeting.delegate_a].add(meeting.slot)
            busy[meeting.b, meeting.delegate_b].add(meeting.slot)
        for (name, _), slots in busy.items() if most is not None else ():
            if (longest := self._longest(sorted(slots))) > (most or 0):
                message = f"{self.named(name)}连续 {longest} 场，至多 {most} 场"
                yield Violation(rule="streak", message=message, participants=(name,))

    def _longest(self, slots: list[int]) -> int:
        longest = run = 1
        for before, after in pairwise(slots):
            together = after == before + 1 and self.slots[after].session == self.slots[before].session
            run = run + 1 if together else 1
            longest = max(longest, run)
        return longest

    def _degrees(self) -> Counter[str]:
        return Counter(name for meeting in self.plan.meetings for name in (meeting.a, meeting.b))

    def _bounds(self, participant: Participant) -> tuple[int, int | None]:
        rules = self.event.rules
        least = rules.minimum if participant.minimum is None else participant.minimum
        most = rules.maximum if participant.maximum is None else participant.maximum
        return (least if most is None else min(least, most)), most

    def _numbers(self) -> Iterator[Violation]:
        degrees = self._degrees()
        stated = {unmet.participant: unmet for unmet in self.plan.unmet if unmet.partner is None}
        for name, participant in self.people.items():
            least, most = self._bounds(participant)
            if most is not None and degrees[name] > most:
                message = f"{self.named(name)}有 {degrees[name]} 场，至多 {most} 场"
                yield Violation(rule="maximum", message=message, participants=(name,))
            said = stated.get(name)
            short = (least, degrees[name]) if degrees[name] < least else None
            if short != (said and (said.wanted, said.got)):
                message = f"{self.named(name)}有 {degrees[name]} 场，至少 {least} 场，与计划所列的未满足不符"
                yield Violation(rule="wrong_unmet", message=message, participants=(name,))
        missing = {pair_key(unmet.participant, unmet.partner) for unmet in self.plan.unmet if unmet.partner is not None}
        for pair in self._musts():
            if (pair in self.seated) == (pair in missing):
                message = f"{self.named(*pair)}必见，{'已安排却列为未满足' if pair in missing else '未安排也未说明'}"
                yield Violation(rule="must_meet", message=message, participants=pair)

    def _musts(self) -> list[PairKey]:
        asked = [pair for pair, said in self.stances.items() if Stance.MUST in said]
        return sorted({*asked, *(lock.pair for lock in self.programme.locks)})

    def _locks(self) -> Iterator[Violation]:
        for lock in self.programme.locks:
            meeting = self.seated.get(lock.pair)
            if meeting is None:
                continue
            moved = lock.slot not in (None, meeting.slot) or lock.table not in (None, meeting.table)
            if moved or not meeting.locked:
                message = f"{self.named(*lock.pair)}已锁定，却被改动"
                yield Violation(rule="lock", message=message, participants=lock.pair, slot=meeting.slot)

    def _figures(self) -> Iterator[Violation]:
        for pair in ((name, other) for name, others in self.plan.alternates.items() for other in others):
            if pair_key(*pair) in self.seated:
                message = f"候补“{self.people[pair[1]].name}”已与“{self.people[pair[0]].name}”会面"
                yield Violation(rule="alternate", message=message, participants=pair)
        degrees, shortfall = self._degrees(), 0
        for name, participant in self.people.items():
            shortfall += max(0, self._bounds(participant)[0] - degrees[name])
        for stage in self.plan.stages:
            if stage.name == "shortfall" and stage.value != shortfall:
                message = f"未满足的场次应为 {shortfall}，写作 {stage.value:g}"
                yield Violation(rule="wrong_figure", message=message)
            if stage.proven and stage.value != stage.bound:
                yield Violation(rule="wrong_proof", message=f"“{stage.name}”称已证明最优，但与界限不等")
