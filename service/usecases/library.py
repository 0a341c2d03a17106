"""培育库: firms by the level they hold or reach, each with what it lacks for the next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.domain import Enterprise, Party, SizeClass
from matcher.policy.cultivation import Level, Title, cultivate, level_held, titles
from matcher.policy.ruling import FINDING_LABELS, Finding, Ruling
from matcher.registers import Entry, Register, latest_values
from matcher.tabular.tables import Chart, SheetTable, tables_book
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Store
from service.store.rights import require
from service.store.rows import Page, every
from service.usecases.standing import facts_with, sizes_of_firm

_ORDER = tuple(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cultivated:
    """A firm of the library: the level it holds a title of, its titles, and the ruling on the level that comes next.

    `next` is None for a firm that holds the highest.
    """

    firm: Enterprise
    size: frozenset[SizeClass]
    held: Level | None
    titles: tuple[Title, ...]
    next: Level | None
    ruling: Ruling | None

    @property
    def ready(self) -> bool:
        """Whether all that is known meets the next level."""
        return self.ruling is not None and self.ruling.outcome is Finding.MET

    @property
    def lacking(self) -> tuple[str, ...]:
        """What the firm is known to miss for the next level."""
        return self._told("lacking")

    @property
    def open(self) -> tuple[str, ...]:
        """What is not known of what the next level asks."""
        return self._told("open")

    def _told(self, name: str) -> tuple[str, ...]:
        told = self.ruling.facts.get(name) if self.ruling else None
        return tuple(map(str, told)) if isinstance(told, list) else ()


def library(
    parts: Parts,
    actor: Actor,
    *,
    after: str | None = None,
    limit: int = 100,
    region: str | None = None,
    industry: str | None = None,
    as_of: date | None = None,
) -> Page[Cultivated]:
    """Return firms in id order with their level and what the next asks; large firms and other parties are left out.

    A page may hold fewer than `limit`; its `next` goes on all the same.
    :raises MatcherError: `forbidden`, `bad_limit`.
    """
    require(actor, Scope.READ)
    day = as_of or parts.today()
    page = parts.store.records.list_enterprises(
        actor, after=after, limit=limit, region=region, industry=industry, party=Party.ENTERPRISE
    )
    told = _indicators(parts.store, actor, page.items)
    found = (_cultivated(firm, told.get(firm.id, ()), day) for firm in page.items if _own(actor, firm))
    return Page(tuple(one for one in found if one.size != {SizeClass.LARGE}), page.next)


def _own(actor: Actor, firm: Enterprise) -> bool:
    return actor.platform or actor.organisation == firm.id


def _indicators(store: Store, actor: Actor, firms: Sequence[Enterprise]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for one in store.registers.about(actor, Register.INDICATORS, [firm.id for firm in firms]):
        found.setdefault(one.subject, []).append(one)
    return found


def _cultivated(firm: Enterprise, told: Sequence[Entry], as_of: date) -> Cultivated:
    held = level_held(firm.qualifications, as_of)
    above = _ORDER[0] if held is None else next(iter(_ORDER[_ORDER.index(held) + 1 :]), None)
    sizes = sizes_of_firm(firm, as_of)
    facts = facts_with(firm, sizes, latest_values(told, as_of))
    return Cultivated(
        firm=firm,
        size=sizes,
        held=held,
        titles=titles(firm.qualifications, as_of),
        next=above,
        ruling=cultivate(above, facts, as_of) if above else None,
    )


def library_book(parts: Parts, actor: Actor, *, as_of: date | None = None) -> bytes:
    """Return the library as a workbook: every firm, and how many there are of each level.

    :raises MatcherError: `forbidden`.
    """
    found = list(every(lambda after, limit: library(parts, actor, after=after, limit=limit, as_of=as_of)))
    counts = Counter(one.held or "未定级" for one in found)
    ready = Counter(one.held or "未定级" for one in found if one.ready)
    levels = ("未定级", *_ORDER)
    summary = [(str(level), counts[level], ready[level]) for level in levels]
    return tables_book(
        [
            SheetTable(title="培育库", headers=_HEADERS, rows=[_row(one) for one in found]),
            SheetTable(
                title="各层级",
                headers=("层级", "企业数", "已具备下一层级条件"),
                rows=summary,
                chart=Chart(names="层级", values=("企业数", "已具备下一层级条件"), form="column"),
            ),
        ]
    )


_HEADERS = ("编号", "企业", "地区", "持有层级", "称号", "下一层级", "结论", "还缺", "待核实", "依据")


def _row(one: Cultivated) -> tuple[object, ...]:
    ruling = one.ruling
    return (
        one.firm.id,
        one.firm.name,
        one.firm.region,
        str(one.held or "未定级"),
        "；".join(f"{title.name}（{title.expires or '到期日待核实'}）" for title in one.titles),
        one.next and str(one.next),
        ruling and FINDING_LABELS[Finding(ruling.outcome)],
        "；".join(one.lacking),
        "；".join(one.open),
        ruling and ruling.clause,
    )
