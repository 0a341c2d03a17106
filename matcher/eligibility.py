"""Which postings may be shown for a query at all: decided over all rows before anything is scored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.conditions import CERTIFICATES, attribute_names, certified, condition_text, verdict
from matcher.domain import Condition, Exclusion, PostingKind, Query, Verdict, Visibility
from matcher.errors import MatcherError
from matcher.evidence import settle
from matcher.index.base import Mask
from matcher.index.corpus import KINDS, SIZES, VISIBILITIES, Corpus
from matcher.index.postings import PostingIndex
from matcher.quantity import Statement
from matcher.requirements import as_requirement, read_requirements, requirement_text
from matcher.taxonomy import candidate_kinds, industry_covers, kinds, region_covers


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one condition of the query, stated or read from its text, stands for every row; neither: 待核实."""

    name: str
    met: Mask
    unmet: Mask


@dataclass(frozen=True, slots=True)
class Eligible:
    """`mask` over rows; what each condition took out; for each filter, the rows let through unverified.

    `outcomes` has one entry for each condition, stated ones first, then those read from the text.
    """

    mask: Mask
    excluded: tuple[Exclusion, ...]
    unverified: dict[str, Mask] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()


def eligible(index: PostingIndex, query: Query) -> Eligible:
    """Return the rows that tenancy, visibility, kinds, dates, group, filters and hard conditions leave.

    A value that nobody stated passes and is listed as unverified; only what contradicts a condition is taken out, and
    that only if the query does not relax it. What is read from the query's text takes out when the query is strict.

    :raises MatcherError: `bad_filter` when a filter names a kind that cannot answer the query's.
    """
    corpus = index.corpus
    rows = corpus.living()
    mask = _pool(corpus, rows, query)
    excluded: list[Exclusion] = []
    unverified: dict[str, Mask] = {}
    outcomes = _outcomes(index, rows, query)
    hard = [condition_text(condition) for condition in query.conditions if condition.hard]
    hard += [requirement_text(read) for read in read_requirements(query)] if query.strict else []
    stages = [*_stages(corpus, rows, query)]
    stages += [(found.name, found.met, ~found.met & ~found.unmet) for found in outcomes if found.name in hard]
    for name, passes, unknown in stages:
        if name not in query.relax:
            if count := int((mask & ~(passes | unknown)).sum()):
                excluded.append(Exclusion(condition=name, count=count))
            mask &= passes | unknown
        if unknown.any():
            unverified[name] = unknown
    return Eligible(mask, tuple(excluded), unverified, tuple(outcomes))


def _outcomes(index: PostingIndex, rows: NDArray[np.void], query: Query) -> list[Outcome]:
    """Return how each condition stands: by what records hold, and where they are silent by what texts say."""
    found: list[Outcome] = []
    for condition in query.conditions:
        met, unknown = _stated(index.corpus, rows, condition, query.as_of)
        unmet = ~met & ~unknown
        if (requirement := as_requirement(condition)) is not None:
            said, denied = index.statements.judged(requirement, len(rows), as_of=query.as_of)
            met, unmet = met | (unknown & said), unmet | (unknown & denied)
        words = condition_text(condition)
        found.append(Outcome(words, *_settled(index.corpus, rows, words, requirement, (met, unmet), query.as_of)))
    for read in read_requirements(query):
        judged = index.statements.judged(read, len(rows), as_of=query.as_of)
        settled = _settled(index.corpus, rows, read.span.text, read, judged, query.as_of)
        found.append(Outcome(requirement_text(read), *settled))
    return found


def _settled(
    corpus: Corpus,
    rows: NDArray[np.void],
    asked: str,
    requirement: Statement | None,
    judged: tuple[Mask, Mask],
    as_of: date,
) -> tuple[Mask, Mask]:
    """Return how a condition stands once firms' evidence has settled rows that are 待核实."""
    met, unmet = judged
    if not corpus.evidence:
        return judged
    by_firm = np.full(len(corpus.firms), Verdict.UNKNOWN, dtype=object)
    for firm, held in corpus.evidence.items():
        by_firm[firm] = settle(asked, requirement, held, as_of)[0]
    outcomes, unknown = by_firm[rows["firm"]], ~met & ~unmet
    return met | (unknown & (outcomes == Verdict.MET)), unmet | (unknown & (outcomes == Verdict.UNMET))


def _pool(corpus: Corpus, rows: NDArray[np.void], query: Query) -> Mask:
    """Return what the asker could be shown in principle: it is not counted, so it reveals nothing hidden."""
    mask: Mask = rows["alive"] & rows["published"] & (rows["tenant"] == corpus.tenants.find(query.tenant))
    mask &= np.isin(rows["kind"], [KINDS.index(kind) for kind in candidate_kinds(query.kind)])
    if query.viewer is not None:
        own = corpus.firm((query.tenant, query.viewer))
        mine = rows["firm"] == (-1 if own is None else own)
        mask &= mine | (rows["visibility"] != VISIBILITIES.index(Visibility.PRIVATE))
    if query.posting_id is not None and (row := corpus.row((query.tenant, query.posting_id))) is not None:
        mask[row] = False
    return mask


def _stages(corpus: Corpus, rows: NDArray[np.void], query: Query) -> Iterable[tuple[str, Mask, Mask]]:
    """Yield (name, rows that pass, rows unknown) for every condition the query carries."""
    nothing = np.zeros(len(rows), dtype=np.bool_)
    day = query.as_of.toordinal()
    yield "有效期", (rows["since"] <= day) & (rows["until"] >= day), nothing
    asker = corpus.firm((query.tenant, query.enterprise_id)) if query.enterprise_id else None
    if asker is not None:
        yield "同一企业或集团", ~corpus.group_mask(rows, asker), nothing
    filters = query.filters
    if filters.kind:
        yield "类型", np.isin(rows["kind"], [KINDS.index(kind) for kind in _checked(filters.kind, query.kind)]), nothing
    if filters.enterprise_id:
        firms = [corpus.firm((query.tenant, firm)) for firm in filters.enterprise_id]
        yield "指定企业", np.isin(rows["firm"], [firm for firm in firms if firm is not None]), nothing
    if filters.region:
        yield "地区", *_coded(corpus.codes(rows, "region"), corpus.regions.names, filters.region, region_covers)
    if filters.industry:
        codes = corpus.codes(rows, "industry")
        yield "行业", *_coded(codes, corpus.industries.names, filters.industry, industry_covers)
    if filters.size:
        sizes = corpus.firms["size"][rows["firm"]]
        yield "规模", np.isin(sizes, [SIZES.index(size) for size in filters.size]), sizes == 0


def _checked(wanted: tuple[PostingKind, ...], kind: PostingKind) -> tuple[PostingKind, ...]:
    answering = candidate_kinds(kind)
    if strange := [k for k in wanted if k not in answering]:
        names = "、".join(f"{k}（{kinds()[k].label}）" for k in answering)
        raise MatcherError("bad_filter", f"filters.kind 中的 {'、'.join(strange)} 不能应答 {kind}，可选：{names}")
    return wanted


def _coded(
    codes: NDArray[np.int32], names: list[str], wanted: tuple[str, ...], covers: Callable[[str, str], bool]
) -> tuple[Mask, Mask]:
    within = [n for n, name in enumerate(names) if name and any(covers(w, name) for w in wanted)]
    return np.isin(codes, within), codes == 0


def _stated(corpus: Corpus, rows: NDArray[np.void], condition: Condition, as_of: date) -> tuple[Mask, Mask]:
    outcomes = np.full(len(rows), Verdict.UNKNOWN, dtype=object)
    for name in attribute_names(condition):
        if name in ("region", "industry"):
            codes = (corpus.regions if name == "region" else corpus.industries).names
            judged = np.array([verdict(condition, value, name) for value in codes], dtype=object)
            outcomes = judged[corpus.codes(rows, name)]
        elif name == CERTIFICATES:
            outcomes = _certified(rows, condition, corpus.facts(CERTIFICATES), corpus.held(as_of), len(corpus.firms))
        else:
            for row, value in corpus.facts(name).items():
                outcomes[row] = verdict(condition, value, name)
    return outcomes == Verdict.MET, outcomes == Verdict.UNKNOWN


def _certified(
    rows: NDArray[np.void],
    condition: Condition,
    listed: Mapping[int, object],
    held: Mapping[int, Sequence[str]],
    firms: int,
) -> NDArray[np.object_]:
    by_firm = np.full(firms, Verdict.UNKNOWN, dtype=object)
    known: dict[tuple[str, ...], Verdict] = {}
    for firm, names in held.items():
        key = tuple(names)
        if key not in known:
            known[key] = certified(condition, (), key)
        by_firm[firm] = known[key]
    outcomes: NDArray[np.object_] = by_firm[rows["firm"]]
    for row, value in listed.items():
        outcomes[row] = certified(condition, value, held.get(int(rows["firm"][row]), ()))
    return outcomes
