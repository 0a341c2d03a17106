"""Why a candidate stands where it stands, in Chinese, from the ranker's own contributions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TypeAlias

from matcher.conditions import judge
from matcher.domain import Condition, ConditionResult, Enterprise, Posting, Query, Reason, Verdict
from matcher.evidence import with_evidence
from matcher.index.items import closest_item
from matcher.index.lexical import LexicalIndex
from matcher.index.postings import PostingIndex
from matcher.quantity import Statement
from matcher.reading import Reading, read_posting, read_query
from matcher.requirements import as_requirement, judge_read, read_requirements, statements_of
from matcher.text import normalise

Say: TypeAlias = Callable[[Reading, Reading, float], str]

_TERMS_SHOWN = 5
_PLACES = 20
_DATE = re.compile(r"[\d年月日.]+")
_FILTER_NAMES = ("地区", "行业", "规模")


_PLAIN: Mapping[str, tuple[str, str]] = {
    "title": ("所求与对方的意思相近", "所求与对方的意思不如多数候选接近"),
    "detail": ("详细说明与对方的意思相近", "详细说明与对方的意思不如多数候选接近"),
    "profile": ("企业简介与所求相近", "企业简介不如多数候选贴近所求"),
    "closeness": ("本次最接近的候选与所求贴近", "本次最接近的候选与所求也不够贴近"),
    "industry": ("行业相同或相近", "行业相同或相近"),
    "region_near": ("地区相同或相近", "地区相同或相近"),
    "size_fit": ("企业规模符合该类供需的面向对象", "企业规模不在该类供需的面向对象之内"),
    "qualified": ("持有有效的资质或称号", "持有有效的资质或称号"),
    "verified": ("企业信息可核对（信用代码、简介、已核验资质）", "企业信息可核对（信用代码、简介、已核验资质）"),
    "fresh": ("近期发布", "近期发布"),
    "supplier": ("已是供应商", "已是供应商"),
    "met": ("满足所列条件", "满足所列条件"),
    "unmet": ("有条件不满足", "有条件不满足"),
    "open": ("有条件待核实", "有条件待核实"),
    "region_unknown": ("地区未填写，待核实", "地区未填写，待核实"),
    "industry_unknown": ("行业未填写，待核实", "行业未填写，待核实"),
    "size_unknown": ("企业规模未知，待核实", "企业规模未知，待核实"),
}


def reasons(
    index: PostingIndex, query: Query, posting: Posting, base: float, contributions: Mapping[str, float]
) -> tuple[Reason, ...]:
    """Return one reason per feature that counted, weightiest first, then the base; they sum to logit(score)."""
    asked, offered = read_query(query), read_posting(posting)
    say: Mapping[str, Say] = {
        "word": partial(_shared, index.words, "共同词语"),
        "pair": partial(_alike, index.pairs),
        "item": _closest,
    }
    found = [
        Reason(feature=name, text=say.get(name, partial(_plain, name))(asked, offered, value), contribution=value)
        for name, value in contributions.items()
        if value
    ]
    found.sort(key=lambda reason: (-abs(reason.contribution), reason.feature))
    return (*found, Reason(feature="base", text="基准分", contribution=base))


def _plain(name: str, _asked: Reading, _offered: Reading, contribution: float) -> str:
    return _PLAIN[name][0 if contribution > 0 else 1]


def _closest(asked: Reading, offered: Reading, _contribution: float) -> str:
    return f"最接近的一项：{closest_item(asked.title, offered.lexical())}"


def _shared(lexical: LexicalIndex, label: str, asked: Reading, offered: Reading, _contribution: float) -> str:
    shared = lexical.contributions(asked.lexical(), offered.lexical())
    terms = [term for term in shared if not _DATE.fullmatch(term)][:_TERMS_SHOWN]
    return f"{label}：{'、'.join(terms)}" if terms else f"没有{label}"


def _alike(lexical: LexicalIndex, asked: Reading, offered: Reading, _contribution: float) -> str:
    """Return the longest stretches in both texts around the pairs that counted most: 预测性维护, not 性维."""
    first, second = normalise(asked.lexical()), normalise(offered.lexical())
    found: list[str] = []
    for pair in lexical.contributions(asked.lexical(), offered.lexical()):
        if len(found) == _TERMS_SHOWN:
            break
        if not any(pair in run for run in found):
            found.append(_stretched(pair, first, second))
    told = [run for run in found if not _DATE.fullmatch(run)]
    return f"相同字词：{'、'.join(told)}" if told else "没有相同字词"


def _stretched(pair: str, first: str, second: str) -> str:
    """Return the longest stretch of words in both texts that holds `pair`."""
    longest = pair
    for place in (found.start() for found in islice(re.finditer(re.escape(pair), first), _PLACES)):
        start, end = place, place + len(pair)
        while end < len(first) and first[end].isalnum() and first[start : end + 1] in second:
            end += 1
        while start and first[start - 1].isalnum() and first[start - 1 : end] in second:
            start -= 1
        longest = max(longest, first[start:end], key=len)
    return longest


def conditions(
    query: Query, posting: Posting, enterprise: Enterprise, unverified: tuple[str, ...]
) -> tuple[ConditionResult, ...]:
    """Return how a candidate stands on what the query states, on what its text demands, and on unverified filters.

    Where records are silent about a stated condition, what the candidate's text says of it counts.
    """
    demanded = read_requirements(query)
    said = statements_of(posting) if query.conditions or demanded else ()
    results = [_stated(condition, posting, enterprise, said, query) for condition in query.conditions]
    read = ((one, judge_read(one, said, hard=query.strict, as_of=query.as_of)) for one in demanded)
    results += [with_evidence(result, one, enterprise.evidence, query.as_of) for one, result in read]
    results += [
        ConditionResult(name=name, hard=True, outcome=Verdict.UNKNOWN, question=f"请对方补充{name}信息")
        for name in unverified
        if name in _FILTER_NAMES
    ]
    return tuple(replace(result, hard=False) if condition_name(result) in query.relax else result for result in results)


def condition_name(result: ConditionResult) -> str:
    """Return what an `Exclusion` by this condition is called."""
    stated = result.request_span is not None and result.request_span.field == "conditions"
    return result.request_span.text if stated and result.request_span else result.name


def _stated(
    condition: Condition, posting: Posting, enterprise: Enterprise, said: tuple[Statement, ...], query: Query
) -> ConditionResult:
    result = judge(condition, posting, enterprise, as_of=query.as_of)
    requirement = as_requirement(condition) if result.outcome is Verdict.UNKNOWN else None
    if requirement is not None:
        read = judge_read(requirement, said, hard=condition.hard, as_of=query.as_of)
        if read.outcome is not Verdict.UNKNOWN:
            return replace(result, outcome=read.outcome, offer_span=read.offer_span, question=None)
    return with_evidence(result, requirement, enterprise.evidence, query.as_of)
