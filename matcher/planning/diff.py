"""What changed, in words: between two versions of the attendees, and between two plans."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from matcher.errors import MatcherError
from matcher.planning.calendar import slot_in_words, slots_in_words
from matcher.planning.model import Delegate, Meeting, PairKey, Participant, Plan, Programme, Slot, Wish, pair_key
from matcher.taxonomy import industry_name, region_name

_FIELDS = (
    ("name", "名称"),
    ("side", "所属一方"),
    ("type", "类型"),
    ("group", "集团"),
    ("minimum", "最少场次"),
    ("maximum", "最多场次"),
    ("offers", "提供"),
    ("needs", "需求"),
    ("enterprise_id", "关联的企业"),
)
_PERSON_FIELDS = (("name", "姓名"), ("title", "职务"), ("phone", "电话"), ("email", "邮箱"))


class Kind(StrEnum):
    """What happened to a thing."""

    ADDED = "新增"
    REMOVED = "取消"
    CHANGED = "变更"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed: whom it concerns, by id, and what happened, in words."""

    kind: Kind
    participants: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return self.text


def attendee_changes(old: Programme, new: Programme) -> tuple[Difference, ...]:
    """Return what changed about who comes: participants, their delegates and times, their wishes and past meetings.

    In order: removed, added, changed participants; then wishes; then pairs that have met. Participants are told by id.
    """
    return tuple(_attendee_changes(old, new))


def meeting_changes(old: tuple[Programme, Plan], new: tuple[Programme, Plan]) -> tuple[Difference, ...]:
    """Return what changed from one plan to the next, each beside the programme it was made for.

    In order: dropped meetings, added ones, and those moved in time, to another table or to another delegate. Times are
    compared by the clock, so that a session that starts 20 minutes late moves all its meetings.
    """
    return tuple(_meeting_changes(*old, *new))


def by_participant(changes: Iterable[Difference]) -> Mapping[str, tuple[Difference, ...]]:
    """Return the changes that concern each participant, by id, in the order given; a meeting concerns both."""
    found: dict[str, list[Difference]] = {}
    for change in changes:
        for id_ in dict.fromkeys(change.participants):
            found.setdefault(id_, []).append(change)
    return {id_: tuple(own) for id_, own in found.items()}


def in_total(changes: Sequence[Difference]) -> str:
    """Return how much changed, in words: 新增 2 项、变更 1 项，涉及 4 家；无变化 when nothing did."""
    counts = Counter(change.kind for change in changes)
    if not counts:
        return "无变化"
    return f"{'、'.join(f'{kind} {counts[kind]} 项' for kind in Kind if counts[kind])}，涉及 {len(by_participant(changes))} 家"


def _attendee_changes(old: Programme, new: Programme) -> Iterator[Difference]:
    before = {participant.id: participant for participant in old.participants}
    after = {participant.id: participant for participant in new.participants}
    for id_, participant in before.items():
        if id_ not in after:
            yield Difference(Kind.REMOVED, (id_,), f"取消参会：“{participant.name}”")
    for id_, participant in after.items():
        if id_ not in before:
            people = "、".join(delegate.name or "未具名代表" for delegate in participant.delegates)
            yield Difference(Kind.ADDED, (id_,), f"新增参会：“{participant.name}”（{people}）")
    names = {id_: participant.name for id_, participant in (before | after).items()}
    for id_, participant in after.items():
        if id_ in before:
            for text in _participant_changes(before[id_], participant, old.event.slots, new.event.slots, names):
                yield Difference(Kind.CHANGED, (id_,), f"“{participant.name}”{text}")
    staying = before.keys() & after.keys()
    yield from _wish_changes(old.wishes, new.wishes, names, staying)
    yield from _met_changes(old.met, new.met, names, staying)


def _participant_changes(
    old: Participant, new: Participant, slots: Sequence[Slot], new_slots: Sequence[Slot], names: Mapping[str, str]
) -> Iterator[str]:
    yield from _field_changes(old, new, _FIELDS)
    for label, first, second in _named_fields(old, new):
        if first != second:
            yield f"{label}由“{_said(first)}”改为“{_said(second)}”"
    for label, gone in (("不再与", old.rivals - new.rivals), ("新增竞争单位：", new.rivals - old.rivals)):
        if gone:
            listed = "、".join(sorted(names.get(id_, id_) for id_ in gone))
            yield f"{label}{listed}" + ("互为竞争单位" if label.startswith("不") else "")
    before, after = ({delegate.id: delegate for delegate in one.delegates} for one in (old, new))
    yield from (f"减少代表：{_who(delegate)}" for id_, delegate in before.items() if id_ not in after)
    yield from (f"增加代表：{_who(delegate)}" for id_, delegate in after.items() if id_ not in before)
    for id_, delegate in after.items():
        if id_ in before:
            yield from _delegate_changes(before[id_], delegate, slots, new_slots)


def _named_fields(old: Participant, new: Participant) -> Iterator[tuple[str, object, object]]:
    """Yield a label and both values of what is not said by a field alone: codes by name, and the other columns."""
    yield "行业", _coded(old.industry, industry_name), _coded(new.industry, industry_name)
    yield "地区", _coded(old.region, region_name), _coded(new.region, region_name)
    for label in {**old.attributes, **new.attributes}:
        yield label, old.attributes.get(label), new.attributes.get(label)


def _coded(code: str | None, name_of: Callable[[str], str]) -> str | None:
    try:
        return name_of(code) if code else None
    except MatcherError:
        return code


def _delegate_changes(old: Delegate, new: Delegate, slots: Sequence[Slot], new_slots: Sequence[Slot]) -> Iterator[str]:
    for text in _field_changes(old, new, _PERSON_FIELDS):
        yield f"代表{_who(new)}的{text}"
    first, second = slots_in_words(old.available, slots), slots_in_words(new.available, new_slots)
    if first != second:
        yield f"代表{_who(new)}的可参加时段由“{first}”改为“{second}”"


def _field_changes(old: object, new: object, fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, label in fields:
        first, second = getattr(old, name), getattr(new, name)
        if first != second:
            yield f"{label}由“{_said(first)}”改为“{_said(second)}”"


def _wish_changes(
    old: Sequence[Wish], new: Sequence[Wish], names: Mapping[str, str], staying: Set[str]
) -> Iterator[Difference]:
    """Yield what changed in wishes between those who were and are there; the others come and go with their wishes."""
    before, after = ({(wish.of, wish.about): wish.stance for wish in wishes} for wishes in (old, new))
    for (of, about), stance in {**before, **after}.items():
        if of not in staying or (about not in staying and (of, about) not in after):
            continue
        first, second = before.get((of, about)), after.get((of, about))
        said = f"“{names[of]}”对“{names[about]}”"
        if first is None:
            yield Difference(Kind.ADDED, (of, about), f"{said}新表示{stance}")
        elif second is None:
            yield Difference(Kind.REMOVED, (of, about), f"{said}不再表示{stance}")
        elif first is not second:
            yield Difference(Kind.CHANGED, (of, about), f"{said}由{first}改为{second}")


def _met_changes(
    old: frozenset[PairKey], new: frozenset[PairKey], names: Mapping[str, str], staying: Set[str]
) -> Iterator[Difference]:
    for kind, pairs, verb in ((Kind.REMOVED, old - new, "不再标注"), (Kind.ADDED, new - old, "新标注")):
        for one, other in sorted(pair for pair in pairs if staying >= {*pair}):
            yield Difference(kind, (one, other), f"“{names[one]}”与“{names[other]}”{verb}为此前已见")


def _meeting_changes(old: Programme, before: Plan, new: Programme, after: Plan) -> Iterator[Difference]:
    first = {pair_key(meeting.a, meeting.b): meeting for meeting in before.meetings}
    second = {pair_key(meeting.a, meeting.b): meeting for meeting in after.meetings}
    names = {participant.id: participant.name for programme in (old, new) for participant in programme.participants}
    for pair, meeting in _in_time(first):
        if pair not in second:
            yield _one(Kind.REMOVED, meeting, names, f"取消（原 {_when(meeting, old)} {meeting.table} 号桌）")
    for pair, meeting in _in_time(second):
        if pair not in first:
            yield _one(Kind.ADDED, meeting, names, f"新增：{_when(meeting, new)} {meeting.table} 号桌")
    for pair, meeting in _in_time(second):
        if pair in first and (text := "，".join(_moves(first[pair], old, meeting, new))):
            yield _one(Kind.CHANGED, meeting, names, text)


def _moves(old: Meeting, before: Programme, new: Meeting, after: Programme) -> Iterator[str]:
    first, second = _slot(old, before), _slot(new, after)
    if (first.start, first.end) != (second.start, second.end):
        when, now = _when(old, before), _when(new, after)
        days = f"{first.start:%m-%d} {when}", f"{second.start:%m-%d} {now}"
        when, now = days if when == now else (when, now)
        yield f"时间由 {when} 改为 {now}"
    if old.table != new.table:
        yield f"由 {old.table} 号桌改到 {new.table} 号桌"
    people = {delegate.id: delegate for one in (before, after) for p in one.participants for delegate in p.delegates}
    seated, sits = _delegates(old), _delegates(new)
    for id_ in (old.a, old.b):
        if seated[id_] != sits[id_]:
            yield f"代表由{_who(people[seated[id_]])}改为{_who(people[sits[id_]])}"


def _in_time(meetings: Mapping[PairKey, Meeting]) -> list[tuple[PairKey, Meeting]]:
    return sorted(meetings.items(), key=lambda item: (item[1].slot, item[1].table, item[0]))


def _delegates(meeting: Meeting) -> Mapping[str, str]:
    return {meeting.a: meeting.delegate_a, meeting.b: meeting.delegate_b}


def _one(kind: Kind, meeting: Meeting, names: Mapping[str, str], text: str) -> Difference:
    return Difference(kind, (meeting.a, meeting.b), f"“{names[meeting.a]}”与“{names[meeting.b]}”的会面{text}")


def _slot(meeting: Meeting, programme: Programme) -> Slot:
    return next(slot for slot in programme.event.slots if slot.number == meeting.slot)


def _when(meeting: Meeting, programme: Programme) -> str:
    return slot_in_words(_slot(meeting, programme), programme.event.slots)


def _who(delegate: Delegate) -> str:
    return delegate.name or "（未具名）"


def _said(value: object) -> str:
    return "无" if value in (None, "") else str(value)
