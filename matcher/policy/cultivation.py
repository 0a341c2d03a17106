"""梯度培育: which level a firm reaches under the standard of the day, what it lacks, and the titles it holds."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from matcher.domain import Qualification, Verdict
from matcher.errors import MatcherError
from matcher.policy.criteria import Criterion, Facts, Judged, judge, leaves
from matcher.policy.rules import Rule, load, no_rule
from matcher.policy.ruling import Finding, Ruling, cite

_FINDINGS = {Verdict.MET: Finding.MET, Verdict.UNMET: Finding.UNMET, Verdict.UNKNOWN: Finding.UNKNOWN}


class Level(StrEnum):
    """Levels of 优质中小企业梯度培育 and 制造业单项冠军, lowest first."""

    INNOVATIVE = "创新型"
    SPECIALISED = "专精特新"
    LITTLE_GIANT = "小巨人"
    CHAMPION = "单项冠军"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standard(Rule):
    """What a level asks for by one version of the rules; 复核 goes by it until `review_until`, if that is later."""

    level: Level
    title: str
    version: str
    valid_years: int
    review_until: date | None = None
    same_as: str | None = None
    all: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title a firm or platform holds: by which rule version it was given, and until when; None where not known."""

    name: str
    level: Level | None
    batch: str | None
    issued: date | None
    expires: date | None
    rule_version: str | None
    held: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    name: str
    source: str
    aliases: tuple[str, ...] = ()
    valid_years: int | None = None


@lru_cache(maxsize=1)
def standards() -> tuple[Standard, ...]:
    """Return the standards of every level and version."""
    return load("cultivation", "standard", Standard)


@lru_cache(maxsize=1)
def _platform_titles() -> tuple[_Named, ...]:
    return load("cultivation", "title", _Named)


def standard_of(level: Level, as_of: date, *, review: bool = False) -> Standard:
    """Return the standard of a level on a day; `review` asks for the one by which a title is reviewed.

    :raises MatcherError: `no_rule_in_force`.
    """
    mine = [one for one in standards() if one.level is level]
    fitting = [one for one in mine if one.applies(as_of)]
    if review:
        old = [one for one in mine if one.review_until and one.effective <= as_of <= one.review_until]
        fitting = old or fitting
    if not fitting:
        raise no_rule(f"“{level}”的认定标准", as_of, mine)
    return max(fitting, key=lambda one: one.effective)


def criteria_of(standard: Standard) -> Criterion:
    """Return what a standard asks for as one criterion."""
    if standard.same_as is None:
        return Criterion(all=standard.all)
    other = next(one for one in standards() if (one.level, one.version) == (standard.level, standard.same_as))
    return Criterion(all=other.all)


def cultivate(level: Level, facts: Facts, as_of: date, *, review: bool = False) -> Ruling:
    """Return whether a firm reaches a level: met, unmet or unknown, with each criterion and what is missing.

    :raises MatcherError: `no_rule_in_force`.
    """
    standard = standard_of(level, as_of, review=review)
    judged = judge(criteria_of(standard), facts)
    lacking, open_ = gaps(judged), tuple(leaf.text for leaf in _open(judged))
    outcome = _FINDINGS[judged.verdict]
    return cite(
        standard,
        outcome,
        _explain(standard, judged, lacking, open_),
        facts={
            "level": str(level),
            "title": standard.title,
            "version": standard.version,
            "valid_years": standard.valid_years,
            "criteria": [_row(part) for part in judged.parts],
            "lacking": list(lacking),
            "open": list(open_),
        },
        possible=(Finding.MET, Finding.UNMET) if outcome is Finding.UNKNOWN else (outcome,),
    )


def gaps(judged: Judged) -> tuple[str, ...]:
    """Return what is not met of a standard, each with what the firm has."""
    return tuple(_gap(leaf) for part in judged.parts for leaf in leaves(part, Verdict.UNMET))


def _gap(leaf: Judged) -> str:
    return leaf.text if leaf.parts or leaf.value is None else f"{leaf.text}（现为 {leaf.value}）"


def _open(judged: Judged) -> Iterable[Judged]:
    return (leaf for part in judged.parts for leaf in leaves(part, Verdict.UNKNOWN))


def _row(part: Judged) -> dict[str, object]:
    return {"text": part.text, "outcome": str(part.verdict), "value": part.value}


def _explain(standard: Standard, judged: Judged, lacking: Sequence[str], open_: Sequence[str]) -> str:
    if judged.verdict is Verdict.MET:
        return f"{standard.title}（{standard.version}）的条件全部满足。"
    words = [f"未满足：{'；'.join(lacking)}"] if lacking else []
    words += [f"待核实：{'；'.join(open_)}"] if open_ else []
    return f"{standard.title}（{standard.version}）：{'。'.join(words)}。"


def titles(held: Iterable[Qualification], as_of: date) -> tuple[Title, ...]:
    """Return the titles among what a firm holds; one without a date of issue or expiry is 待核实."""
    found = ((item, _named(item.name)) for item in held)
    return tuple(_title(item, named, as_of) for item, named in found if named is not None)


def level_held(held: Iterable[Qualification], as_of: date) -> Level | None:
    """Return the highest level whose title has not run out, None without one."""
    order = list(Level)
    levels = [title.level for title in titles(held, as_of) if title.level and title.held is not Verdict.UNMET]
    return max(levels, key=order.index, default=None)


def _named(text: str) -> Level | _Named | None:
    """Return what a title's wording names: a level (小巨人 before the 专精特新 it contains) or a platform's title."""
    for level in (Level.CHAMPION, Level.LITTLE_GIANT, Level.SPECIALISED):
        if level in text:
            return level
    if "创新型中小企业" in text or text.strip() == Level.INNOVATIVE:
        return Level.INNOVATIVE
    return next((one for one in _platform_titles() if any(word in text for word in (one.name, *one.aliases))), None)


def _title(item: Qualification, named: Level | _Named, as_of: date) -> Title:
    standard = _standard_at(named, item.issued) if isinstance(named, Level) else None
    years = standard.valid_years if standard else named.valid_years if isinstance(named, _Named) else None
    expires = item.expires or (_years_on(item.issued, years) if item.issued and years else None)
    held = Verdict.UNKNOWN if expires is None else Verdict.MET if as_of <= expires else Verdict.UNMET
    return Title(
        name=item.name,
        level=named if isinstance(named, Level) else None,
        batch=item.batch,
        issued=item.issued,
        expires=expires,
        rule_version=standard.version if standard else None,
        held=held,
    )


def _standard_at(level: Level, issued: date | None) -> Standard | None:
    if issued is None:
        return None
    try:
        return standard_of(level, issued)
    except MatcherError:
        return None


def _years_on(day: date, years: int) -> date:
    """Return the last day of a term of whole years."""
    last = min(day.day, calendar.monthrange(day.year + years, day.month)[1])
    return date(day.year + years, day.month, last) - timedelta(days=1)
