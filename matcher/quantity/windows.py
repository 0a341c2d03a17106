"""When something is wanted and when it is to be had or blocked; by when it must be done and when it will be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf

from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.calendar import Stretch, base_year, said, shifted, stretches
from matcher.quantity.wording import REACH, Source, is_owned, shared

TOPICS: Mapping[str, str] = {"window": "使用时间", "deadline": "完成期限"}

_REST = "其余"
_FLEXIBLE = "任选"
_STATUS = re.compile(r"[，。;!?\n]")
_NEAR = 24
_BUSY = re.compile(
    r"(?:排产?期?|订单|产能|档期|工期|计划)?(?:已|都|目前){0,3}(?:排|订|接|签|租|约)[产期满]{0,4}[到至]$"
)
_TIMED = re.compile(r"时间|计划|安排|档期|排期|窗口|航次|班次|项目期|周期|对外|可|接|开|为")
_FROM = re.compile(r"[^，。;]{0,2}?(?:即|起|便|就)?(?:可|能)(?:以)?(?:入住|入驻|起租|交房|进场|交付使用|开始)")
_EARLIEST = re.compile(r"(?:最早|最快|起码|至少|要到|需到|得到|须到|等到|只能|推迟到|延至|顺延至)[^，。;]{0,8}$")
_EARLIEST_AFTER = re.compile(r"^[^，。;]{0,2}?(?:才|方可|方能|之后才|以后才|后才|以后|之后)")


@dataclass(frozen=True, slots=True)
class _Place:
    stretch: Stretch
    before: str
    after: str


@shared
def _places(source: Source) -> Iterator[_Place]:
    """Yield the stretches of a text that speak of the future, each with the words about it."""
    found = stretches(source.folded)
    for number, stretch in enumerate(found):
        earlier = found[number - 1].end if number else 0
        later = found[number + 1].start if number + 1 < len(found) else len(source.folded)
        first, _ = source.clause(stretch.start, stretch.start)
        _, last = source.sentence(stretch.start, stretch.end)
        before = source.folded[max(first, earlier, stretch.start - REACH) : stretch.start]
        after = _about(source.folded[stretch.end : min(last, later, stretch.end + _NEAR)])
        if not after.strip("，、和及与(") and number + 1 < len(found):
            after = _about(source.folded[found[number + 1].end : min(last, found[number + 1].end + _NEAR)])
        if not (said("past").search(before) or said("past").search(_STATUS.split(after)[0])):
            yield _Place(stretch, before, after)


def _about(words: str) -> str:
    """Return the words after a date that say how it stands: its own clause, or the next where that says nothing."""
    clauses = _STATUS.split(words)
    own = clauses[0]
    if said("free").search(own) or said("blocked").search(own) or said("delivery").search(own) or len(clauses) == 1:
        return own
    return own + "，" + clauses[1]


def demands(source: Source) -> Iterator[Statement]:
    """Yield when a request wants something (`window`, must be covered) and by when (`deadline`), as days."""
    seen: set[tuple[float, float]] = set()
    for place in _places(source):
        stretch = place.stretch
        days = stretch.low, stretch.high
        if stretch.bare or days in seen or is_owned(source, stretch.start):
            continue
        seen.add(days)
        flexible = {_FLEXIBLE} if said("flexible").search(place.after) else set()
        topic = "deadline" if stretch.limit == "until" else "window"
        yield _statement(source, place, topic, values=frozenset(flexible))


def states(source: Source) -> Iterator[Statement]:
    """Yield when an offer is to be had and when not (`window`), and when it will be done (`deadline`)."""
    for place in _places(source):
        if place.stretch.bare and not (said("free").search(place.after) or said("blocked").search(place.after)):
            continue
        yield from _delivery(source, place)
        words = place.before + "|" + place.after
        if (
            said("blocked").search(words)
            or said("free").search(words)
            or said("open").search(words)
            or _TIMED.search(words)
        ):
            yield _availability(source, place)
    for match in said("always").finditer(source.folded):
        before, after = source.words(match.start(), match.end() + _NEAR)
        around = before + source.folded[match.start() : match.end() + _NEAR] + after
        vague = bool(said("open").search(around))
        yield Statement(topic="window", span=source.span(match.start(), match.end()), vague=vague)
    yield from _rest(source)


def _rest(source: Source) -> Iterator[Statement]:
    for match in said("rest").finditer(source.folded):
        _, words = source.words(match.start(), match.end())
        blocked = _is_blocked(words)
        if blocked or said("free").search(words):
            values = frozenset({_REST})
            span = source.span(match.start(), match.end() + len(words))
            yield Statement(topic="window", span=span, values=values, denied=blocked)


def _statement(
    source: Source,
    place: _Place,
    topic: str,
    *,
    values: frozenset[str] = frozenset(),
    low: float | None = None,
    high: float | None = None,
    denied: bool = False,
    vague: bool = False,
) -> Statement:
    stretch = place.stretch
    end = stretch.end if not (denied or vague) else stretch.end + len(_STATUS.split(place.after)[0])
    return Statement(
        topic=topic,
        span=source.span(stretch.start, min(end, len(source.text))),
        low=stretch.low if low is None else low,
        high=stretch.high if high is None else high,
        values=values,
        denied=denied,
        vague=vague,
    )


def _availability(source: Source, place: _Place) -> Statement:
    """Return a stretch of an offer as to be had, blocked, or open to question; “排到8月” blocks all until then."""
    words = place.before + "|" + place.after
    if _BUSY.search(place.before):
        return _statement(source, place, "window", low=-inf, denied=True)
    if place.stretch.limit == "until" and not _is_blocked(words):
        return _statement(source, place, "window", low=-inf, vague=True)
    blocked = _is_blocked(words)
    loose = bool(said("open").search(words))
    if place.stretch.high - place.stretch.low < 1 and _FROM.match(place.after):
        return _statement(source, place, "window", high=inf, denied=blocked and not loose, vague=loose)
    return _statement(source, place, "window", denied=blocked and not loose, vague=loose)


def _is_blocked(words: str) -> bool:
    return bool(said("blocked").search(said("unblocked").sub("", words)))


def _delivery(source: Source, place: _Place) -> Iterator[Statement]:
    """Yield by when an offer delivers; one that may be later leaves the last day open."""
    own = _STATUS.split(place.after)[0]
    stretch = place.stretch
    loose = bool(said("open").search(place.before) or said("open").search(own)) or place.before.endswith("计划")
    if _BUSY.search(place.before) or _EARLIEST.search(place.before) or _EARLIEST_AFTER.match(own):
        yield _statement(source, place, "deadline", high=inf, low=stretch.high if stretch.limit else stretch.low)
    elif said("delivery").search(place.before) or said("delivery").search(own):
        low = stretch.high if stretch.limit == "until" else stretch.low
        yield _statement(source, place, "deadline", low=low, vague=loose)


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return how what an offer says of its time stands against the days asked for; the narrowest that meets decides."""
    placed = [(each, *_aligned(requirement, each)) for each in stated]
    if requirement.topic == "deadline":
        return _in_time(requirement, placed)
    return _covered(requirement, placed)


_Placed = tuple[Statement, float, float]


def _in_time(requirement: Statement, placed: Sequence[_Placed]) -> Judgement:
    for each, low, high in placed:
        if each.vague:
            continue
        if high <= requirement.high:
            return Judgement(outcome=Verdict.MET, proof=each)
        if low > requirement.high:
            return Judgement(outcome=Verdict.UNMET, proof=each)
    return Judgement(outcome=Verdict.UNKNOWN)


def _covered(requirement: Statement, placed: Sequence[_Placed]) -> Judgement:
    meeting = [
        (each, low, high)
        for each, low, high in placed
        if _REST not in each.values and low <= requirement.high and high >= requirement.low
    ]
    meeting.sort(key=lambda item: (item[2] - item[1], not item[0].vague))
    flexible = _FLEXIBLE in requirement.values
    for each, low, high in meeting:
        whole = low <= requirement.low and high >= requirement.high
        if each.vague:
            return Judgement(outcome=Verdict.UNKNOWN)
        if each.denied and (whole or not flexible):
            return Judgement(outcome=Verdict.UNMET, proof=each)
        if not each.denied and (whole or flexible):
            return Judgement(outcome=Verdict.MET, proof=each)
    return _outside(requirement, placed, met=bool(meeting))


def _outside(requirement: Statement, placed: Sequence[_Placed], *, met: bool) -> Judgement:
    """Return the outcome when no stretch settles it: by what is said of the rest, else by the stretches there are."""
    for each, _, _ in placed:
        if _REST in each.values and (each.denied or not met):
            return Judgement(outcome=Verdict.UNMET if each.denied else Verdict.MET, proof=each)
    free = [each for each, low, high in placed if not each.denied and not each.vague and (low, high) != (-inf, inf)]
    late = requirement.high < inf or all(each.low > requirement.low for each in free)
    if free and late and not any(each.vague for each, _, _ in placed):
        return Judgement(outcome=Verdict.UNMET, proof=free[0])
    return Judgement(outcome=Verdict.UNKNOWN)


def _aligned(requirement: Statement, stated: Statement) -> tuple[float, float]:
    """Return the offer's days in the year of the request, where either names no year."""
    wanted, offered = _year(requirement), _year(stated)
    if wanted == offered or base_year() not in (wanted, offered) or None in (wanted, offered):
        return stated.low, stated.high
    step = (wanted or 0) - (offered or 0)
    return shifted(stated.low, step), shifted(stated.high, step)


def _year(statement: Statement) -> int | None:
    bounds = [bound for bound in (statement.low, statement.high) if abs(bound) < inf]
    return date.fromordinal(int(bounds[0])).year if bounds else None


def ask(requirement: Statement) -> str:
    """Return what to ask about dates."""
    what = "能否完成" if requirement.topic == "deadline" else "是否可用"
    return f"“{requirement.span.text}”{what}"
