"""Why a candidate stands where it stands, in Chinese, from the ranker's own contributions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from matcher.conditions import judge
from matcher.domain import ConditionResult, Enterprise, Posting, Query, Reason, Verdict
from matcher.index.lexical import LexicalIndex
from matcher.index.postings import PostingIndex
from matcher.text import lexical_text

Say: TypeAlias = Callable[[str, str], str]

_TERMS_SHOWN = 5
_FILTER_NAMES = ("地区", "行业", "规模")


def reasons(
    index: PostingIndex, query: Query, posting: Posting, base: float, contributions: Mapping[str, float]
) -> tuple[Reason, ...]:
    """Return one reason per feature that counted, weightiest first, then the base; they sum to logit(score)."""
    asked = lexical_text(query.title, query.detail, query.keywords)
    offered = lexical_text(posting.title, posting.detail, posting.keywords)
    say: Mapping[str, Say] = {
        "dense": lambda _, __: "文字整体意思相近" if contributions["dense"] > 0 else "文字整体意思不如多数候选接近",
        "closeness": lambda _, __: "本次最接近的候选与所求的贴近程度",
        "word": partial(_shared, index.words, "共同词语"),
        "pair": partial(_shared, index.pairs, "相同字段"),
        "region_unknown": lambda _, __: "地区未填写，待核实",
        "industry_unknown": lambda _, __: "行业未填写，待核实",
        "size_unknown": lambda _, __: "企业规模未知，待核实",
    }
    found = [
        Reason(feature=name, text=say[name](asked, offered), contribution=float(value))
        for name, value in contributions.items()
        if value
    ]
    found.sort(key=lambda reason: (-abs(reason.contribution), reason.feature))
    return (*found, Reason(feature="base", text="基准分", contribution=base))


def _shared(lexical: LexicalIndex, label: str, asked: str, offered: str) -> str:
    terms = list(lexical.contributions(asked, offered))[:_TERMS_SHOWN]
    return f"{label}：{'、'.join(terms)}" if terms else f"没有{label}"


def conditions(
    query: Query, posting: Posting, enterprise: Enterprise, unverified: tuple[str, ...]
) -> tuple[ConditionResult, ...]:
    """Return how the query's conditions stand for a candidate, and the filters nobody could verify."""
    open_filters = tuple(
        ConditionResult(name=name, hard=True, outcome=Verdict.UNKNOWN, question=f"请对方补充{name}信息")
        for name in unverified
        if name in _FILTER_NAMES
    )
    return (
        tuple(judge(condition, posting, enterprise, as_of=query.as_of) for condition in query.conditions) + open_filters
    )
