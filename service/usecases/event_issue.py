"""A plan issued for good: who was considered, who was left out by what, what was changed by whom and why."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from matcher.planning.candidates import Bars
from matcher.planning.document import Document, dumped
from matcher.planning.model import PairKey, Programme, pair_key
from matcher.planning.scores import Appraised
from service.auth import Actor
from service.deps import Parts
from service.shownlog import Shown, ShownItem
from service.store.database import utc_now
from service.store.events import EventVersion, IssuedList
from service.usecases.event_plan import Scoring, scoring
from service.usecases.events import Opened, check_version, open_event

KIND = "event"


@dataclass(frozen=True, slots=True)
class ShownPair:
    """Where the answer of a pair stands among what was shown: the list's id and the posting's."""

    list_id: str
    posting_id: str


def issue_event(parts: Parts, actor: Actor, id: str, *, since: int) -> IssuedList:
    """Freeze the plan of an event, and keep which pairs were shown, so that the ranker can learn how they went.

    Issuing the same version again gives the same list.
    :raises MatcherError: `forbidden`, `not_found`, `version_conflict`.
    """
    found = open_event(parts, actor, id)
    check_version(found, since)
    history = parts.store.events.history(actor, id)
    content = json.dumps(issued_content(found, history), ensure_ascii=False, sort_keys=True)
    title = f"{found.record.name} 第 {since} 版"
    issued = parts.store.events.issue(actor, kind=KIND, subject=id, title=title, content=content)
    keep_shown(parts, actor, found)
    return issued


def issued_content(found: Opened, history: Iterable[EventVersion]) -> dict[str, Any]:
    """Return what is frozen: the plan without contacts, how everybody fared, and every change with its author."""
    told = dumped(found.document)
    told.pop("state")
    changes = [
        {"version": one.version, "action": one.action, "note": one.note, "user": one.user, "at": one.at.isoformat()}
        for one in history
        if one.version <= found.record.version
    ]
    considered = list(_considered(found.document))
    return {**told, "event_id": found.record.id, "version": found.record.version} | {
        "considered": considered,
        "adjusted": changes,
        "rules": asdict(found.document.programme.event.rules),
    }


def keep_shown(parts: Parts, actor: Actor, found: Opened) -> dict[PairKey, ShownPair]:
    """Keep which answers each request was shown as meetings; return for each pair that was scored where it stands.

    Keeping the meetings of the same plan again adds nothing.
    :raises MatcherError: `forbidden`.
    """
    wanted = scoring(parts, actor)
    meetings = found.document.plan.meetings
    pairs = sorted({pair_key(meeting.a, meeting.b) for meeting in meetings})
    appraised = wanted.fits(found.document.programme).appraised(pairs)
    plan = f"{found.record.id}\n{found.document.manifest.input_sha256}\n{pairs}"
    shown = list(_shown(actor, found, wanted, plan, appraised.values()))
    parts.store.feedback.record_shown(actor, shown)
    return {pair: ShownPair(_list_id(plan, one.request.id), one.offer.id) for pair, one in appraised.items()}


def _list_id(plan: str, request: str) -> str:
    own = f"{plan}\n{request}"
    return f"list_{hashlib.sha256(own.encode()).hexdigest()[:16]}"


def _considered(document: Document) -> Iterator[dict[str, Any]]:
    """Yield for each participant whom it meets, whom it might, and how many were left out by what."""
    programme, plan = document.programme, document.plan
    names = {one.id: one.name for one in programme.participants}
    barred = _barred(programme)
    partners: dict[str, list[str]] = defaultdict(list)
    for meeting in plan.meetings:
        partners[meeting.a].append(names[meeting.b])
        partners[meeting.b].append(names[meeting.a])
    for one in programme.participants:
        yield {
            "participant": one.name,
            "side": one.side,
            "meets": partners[one.id],
            "alternates": [names[other] for other in plan.alternates.get(one.id, ())],
            "excluded": dict(sorted(barred[one.id].items())),
        }


def _barred(programme: Programme) -> Mapping[str, Counter[str]]:
    bars, people = Bars(programme), programme.participants
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for n, one in enumerate(people):
        for other in people[n + 1 :]:
            if bar := bars.of(pair_key(one.id, other.id)):
                found[one.id][bar.value] += 1
                found[other.id][bar.value] += 1
    return found


def _shown(actor: Actor, found: Opened, wanted: Scoring, plan: str, appraised: Iterable[Appraised]) -> Iterator[Shown]:
    """Yield one list for each request that was answered by meetings: who was arranged to answer, best first."""
    firms = {one.id: one.enterprise_id or one.id for one in found.document.programme.participants}
    by_request: dict[str, list[Appraised]] = defaultdict(list)
    for one in appraised:
        by_request[one.request.id].append(one)
    for request, answers in sorted(by_request.items()):
        answers.sort(key=lambda one: (-one.score, one.offer.id))
        asker = answers[0].request
        yield Shown(
            id=_list_id(plan, request),
            tenant=actor.tenant,
            organisation=actor.organisation,
            user=actor.user,
            posting_id=request,
            enterprise_id=firms[asker.enterprise_id],
            kind=asker.kind,
            query_hash=hashlib.sha256(f"{asker.title}\n{asker.detail or ''}".encode()).hexdigest(),
            as_of=wanted.as_of,
            created_at=utc_now(),
            versions=wanted.versions() | {"event": f"{found.record.id} {found.record.version}"},
            items=tuple(
                ShownItem(
                    rank=rank,
                    posting_id=one.offer.id,
                    enterprise_id=firms[one.offer.enterprise_id],
                    score=one.score,
                    features=one.features,
                )
                for rank, one in enumerate(answers, 1)
            ),
        )
