"""揭榜: a need with its package, who came forward, and one to three winners by four criteria."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from matcher.deals import Deal, DealStage, Ending, reached
from matcher.domain import Posting, PostingKind
from matcher.errors import MatcherError

MOST_WINNERS = 3
CRITERIA: Mapping[str, str] = MappingProxyType(
    {"team": "团队水平", "research": "研发能力", "plan": "攻关方案", "fit": "匹配度"}
)
"""The four official criteria of selection, each scored 0…100."""

_PACKAGE: Mapping[PostingKind, Mapping[str, str]] = {
    PostingKind.SCENARIO: {
        "technical_requirements": "关键指标",
        "acceptance": "考核方式",
        "period_months": "完成时限",
        "budget_wan": "投入资金",
        "winners": "拟选数量",
    },
    PostingKind.NEED: {
        "technical_indicators": "关键指标",
        "acceptance": "考核方式",
        "deadline": "完成时限",
        "budget_wan": "投入资金",
        "ip_ownership": "知识产权归属",
        "winners": "拟选数量",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A 揭榜 package: what is stated by label, what is missing, and how many may win."""

    stated: Mapping[str, object]
    missing: tuple[str, ...]
    winners: int


def package(posting: Posting) -> Package:
    """Return the package of a posting put up for 揭榜.

    :raises MatcherError: `no_challenge` for what is not put up or cannot be, or a number of winners outside 1…3.
    """
    wanted = _PACKAGE.get(posting.kind)
    if wanted is None:
        raise MatcherError("no_challenge", "只有开放场景和需求可以揭榜", id=posting.id)
    if not put_up(posting):
        raise MatcherError("no_challenge", f"“{posting.title}”不是揭榜：发布时请勾选“是否揭榜”", id=posting.id)
    held = {label: posting.attributes.get(name) for name, label in wanted.items()}
    winners = posting.attributes.get("winners", 1)
    if not isinstance(winners, int) or not 1 <= winners <= MOST_WINNERS:
        raise MatcherError("no_challenge", f"揭榜的拟选数量应为 1 到 {MOST_WINNERS} 家，现为 {winners}", id=posting.id)
    return Package(
        stated={label: value for label, value in held.items() if value not in (None, "")},
        missing=tuple(label for label, value in held.items() if value in (None, "")),
        winners=winners,
    )


def put_up(posting: Posting) -> bool:
    """Return whether a request is put up for anybody to take, which says that its owner agrees to whoever does."""
    return posting.attributes.get("challenge") is True


def ranked(applicants: Sequence[Deal]) -> tuple[Deal, ...]:
    """Return who came forward by mean score, the best first; those without scores last."""
    return tuple(sorted(applicants, key=lambda one: (-(mean_score(one) or -1.0), one.id)))


def mean_score(deal: Deal) -> float | None:
    """Return the mean of the four scores, 0…100; None until all are given."""
    given = [deal.scores[name] for name in CRITERIA if name in deal.scores]
    return sum(given) / len(given) if len(given) == len(CRITERIA) else None


def check_selection(posting: Posting, applicants: Mapping[str, Deal], winners: Sequence[str]) -> None:
    """Check that a selection may be made: the package is whole, every open applicant scored, the winners few enough.

    :raises MatcherError: `bad_selection`, `no_challenge`.
    """
    found = package(posting)
    if found.missing:
        raise MatcherError("bad_selection", f"榜单尚缺{'、'.join(found.missing)}，请先补齐", id=posting.id)
    if not 1 <= len(set(winners)) <= found.winners:
        raise MatcherError("bad_selection", f"中榜应为 1 到 {found.winners} 家，给出 {len(set(winners))} 家")
    if strange := [id_ for id_ in winners if id_ not in applicants or not came_forward(applicants[id_])]:
        raise MatcherError("bad_selection", f"{'、'.join(strange)} 没有揭榜（应约），不能中榜")
    if unscored := [id_ for id_, one in applicants.items() if came_forward(one) and mean_score(one) is None]:
        raise MatcherError(
            "bad_selection", f"{'、'.join(sorted(unscored))} 的四项评分（{'、'.join(CRITERIA.values())}）未齐"
        )


def came_forward(deal: Deal) -> bool:
    """Return whether a firm took up the challenge and is still in it."""
    return reached(deal, DealStage.ACCEPTED) and deal.ending is None


def won(deal: Deal) -> bool:
    """Return whether a deal was selected."""
    return reached(deal, DealStage.INTENDED) and deal.ending is not Ending.DECLINED and deal.ending is not Ending.FAILED
