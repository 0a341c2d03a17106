"""Plan an event from its sheet, and mend the plan when something changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matcher.domain import Posting, Status
from matcher.encoder import Encoder
from matcher.planning.diff import Difference, attendee_changes, meeting_changes
from matcher.planning.document import Document, document
from matcher.planning.draft import Setup, draft, redraft
from matcher.planning.model import Plan, Programme
from matcher.planning.planner import explained, plan, repaired
from matcher.planning.scores import Fits
from matcher.rank import LinearRanker, prior
from matcher.tabular.attendees import Attendance, Registry
from service.auth import Actor
from service.deps import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What pairs are scored with, on which day; `published` gives the postings of an enterprise on record."""

    encoder: Encoder
    as_of: date
    ranker: LinearRanker | None = None
    published: Callable[[str], Sequence[Posting]] | None = None

    def versions(self) -> dict[str, str]:
        """Return the versions that scores depend on."""
        return {"encoder": self.encoder.fingerprint, "ranker": (self.ranker or prior()).name}

    def fits(self, programme: Programme) -> Fits:
        """Return the scores of a programme's participants."""
        linked = ((one.id, one.enterprise_id) for one in programme.participants if one.enterprise_id)
        postings = {id: self.published(firm) for id, firm in linked} if self.published else {}
        return Fits(programme.participants, self.encoder, as_of=self.as_of, ranker=self.ranker, postings=postings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, what was read of its sheet (None when nothing was), and what changed from the plan before, in words."""

    document: Document
    attendance: Attendance | None = None
    changes: tuple[Difference, ...] = ()


def scoring(parts: Parts, actor: Actor) -> Scoring:
    """Return what the pairs of an actor's event are scored with: the encoder and ranker in force, postings on record."""

    def published(enterprise: str) -> Sequence[Posting]:
        page = parts.store.records.list_postings(actor, enterprise_id=enterprise, status=Status.PUBLISHED)
        return page.items

    return Scoring(encoder=parts.encoder, as_of=parts.today(), ranker=parts.engine.ranker, published=published)


def known_firms(parts: Parts, actor: Actor) -> Registry:
    """Return the enterprises on record; for whoever works for one enterprise, its own alone.

    :raises MatcherError: `forbidden`.
    """
    if actor.platform:
        return Registry(parts.store.names.known_names(actor), parts.store.names.ids_by_uscc(actor))
    own = parts.store.records.enterprises_by_id(actor, [actor.organisation] if actor.organisation else [])
    codes = {firm.uscc: id for id, firm in own.items() if firm.uscc}
    return Registry(((id, firm.name) for id, firm in own.items()), codes)


def plan_sheet(path: Path, setup: Setup, scoring: Scoring, *, known: Registry | None = None) -> Planned:
    """Return the plan of a sheet; `known` are enterprises on record.

    :raises MatcherError: as `draft` and `plan`.
    """
    read = draft(path, setup, as_of=scoring.as_of, known=known)
    return Planned(document=planned(read.programme, scoring), attendance=read.attendance)


def planned(programme: Programme, scoring: Scoring) -> Document:
    """Return the plan of a programme whose participants are scored anew.

    :raises MatcherError: as `plan`.
    """
    fits = scoring.fits(programme)
    scored = replace(programme, scores=fits.scores())
    made = plan(scored)
    return document(*_told(*explained(scored, made, fits.explained), fits), scoring.versions())


def mend(found: Document, programme: Programme) -> Planned:
    """Return the plan after a change of the programme that leaves its scores, with what changed for whom.

    :raises MatcherError: as `repaired`.
    """
    made = repaired(programme, found.plan.meetings)
    reasons = {scored.pair: scored.reasons for scored in programme.scores}
    told = explained(programme, made, lambda pairs: {pair: reasons[pair] for pair in pairs if reasons.get(pair)})
    renewed = document(*told, found.manifest.versions)
    changes = meeting_changes((found.programme, found.plan), (renewed.programme, renewed.plan))
    return Planned(document=renewed, changes=changes)


def mend_sheet(
    found: Document,
    path: Path,
    scoring: Scoring,
    *,
    programme: Programme | None = None,
    known: Registry | None = None,
    more: bool = False,
) -> Planned:
    """Return the plan after a later version of the sheet, with what changed in the sheet and in the plan.

    `programme` is the one that already holds other changes: a lost table, a delay. With `more` the sheet holds only who
    comes in addition.
    :raises MatcherError: as `redraft` and `repaired`.
    """
    read = redraft(path, programme or found.programme, known=known, more=more)
    fits = scoring.fits(read.programme)
    scored = replace(read.programme, scores=fits.scores())
    made = repaired(scored, found.plan.meetings)
    renewed = document(*_told(*explained(scored, made, fits.explained), fits), scoring.versions())
    changes = (
        *attendee_changes(found.programme, renewed.programme),
        *meeting_changes((found.programme, found.plan), (renewed.programme, renewed.plan)),
    )
    return Planned(document=renewed, attendance=read.attendance, changes=changes)


def _told(programme: Programme, made: Plan, fits: Fits) -> tuple[Programme, Plan]:
    """Return programme and plan, with a note of those who said nothing that could be matched."""
    names = {one.id: one.name for one in programme.participants}
    silent = tuple(f"“{names[one]}”没有写需求或能力，无法计算适配度" for one in fits.silent)
    return programme, replace(made, notes=(*made.notes, *silent))
