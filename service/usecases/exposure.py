"""Report who is shown in lists, and how evenly."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from matcher.domain import Enterprise, SizeClass
from matcher.exposure import gini, limits, small_share
from service.auth import Actor, Scope, local_admin
from service.deps import Parts
from service.store.database import utc_now
from service.store.rights import summing

_TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How places among the first ten of lists fell to firms since a moment.

    `gini` is over every firm with something published or shown, 0 even … 1 all to one; `small_share` is None before
    any place was given.
    """

    lists: int
    shown: Mapping[str, int]
    sizes: Mapping[str, SizeClass]
    gini: float
    small_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFirm:
    """A firm and its places in lists; `name` None when it is gone."""

    enterprise_id: str
    name: str | None
    size: SizeClass
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureReport:
    """Exposure since a day: `places` by size class, and the ten firms shown most."""

    since: date
    exposure: Exposure
    places: Mapping[SizeClass, int]
    top: tuple[ShownFirm, ...]


def exposure_since(parts: Parts, tenant: str, since: datetime) -> Exposure:
    """Return the exposure of a tenant's firms in the lists shown since a moment."""
    reader, published = local_admin(tenant), parts.engine.firms(tenant)
    shown = parts.store.feedback.exposure(reader, since)
    gone = [firm for firm in shown if firm not in published]
    sizes = {**published, **dict.fromkeys(gone, SizeClass.UNKNOWN), **parts.store.records.computed_sizes(reader, gone)}
    return Exposure(
        lists=parts.store.feedback.lists_shown(reader, since),
        shown=shown,
        sizes=sizes,
        gini=gini([shown.get(firm, 0) for firm in sizes]),
        small_share=small_share(shown, sizes),
    )


def exposure_report(parts: Parts, actor: Actor, since: date | None = None) -> ExposureReport:
    """Return the exposure since a day in UTC, by default as far back as counts for recommendations.

    Who only observes is told of no single firm.
    :raises MatcherError: `forbidden` for anyone but the platform.
    """
    reader = summing(actor)
    day = since or utc_now().date() - timedelta(days=limits().days)
    parts.shown.flush()
    found = exposure_since(parts, actor.tenant, datetime.combine(day, time.min, tzinfo=UTC))
    places: Counter[SizeClass] = Counter()
    for firm, count in found.shown.items():
        places[found.sizes[firm]] += count
    most = _TOP if actor.allows(Scope.READ) else 0
    top = sorted(found.shown.items(), key=lambda item: (-item[1], item[0]))[:most]
    names = parts.store.records.enterprises_by_id(reader, [firm for firm, _ in top])
    return ExposureReport(
        since=day,
        exposure=found,
        places={size: places[size] for size in SizeClass},
        top=tuple(_shown_firm(firm, count, found.sizes[firm], names.get(firm)) for firm, count in top),
    )


def _shown_firm(firm: str, places: int, size: SizeClass, record: Enterprise | None) -> ShownFirm:
    return ShownFirm(enterprise_id=firm, name=record.name if record else None, size=size, places=places)
