"""揭榜 over deals: the package, who came forward with which scores, and the selection of one to three."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.challenge import CRITERIA, Package, check_selection, package, ranked, won
from matcher.deals import Deal, DealSide, DealStage, Ending, Report, reported
from matcher.domain import Posting
from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.deps import Parts
from service.store import Step
from service.store.rights import require_own
from service.usecases.deal_views import all_deals


@dataclass(frozen=True, slots=True)
class Challenge:
    """A 榜: its posting and package, and the deals on it by mean score."""

    posting: Posting
    package: Package
    applicants: tuple[Deal, ...]

    @property
    def winners(self) -> tuple[Deal, ...]:
        """Those who were selected."""
        return tuple(one for one in self.applicants if won(one))


def challenge(parts: Parts, actor: Actor, posting_id: str) -> Challenge:
    """Return a 榜 as its viewer may see it: another firm sees only its own application.

    :raises MatcherError: `not_found`, `no_challenge`.
    """
    posting = parts.store.records.get_posting(actor, posting_id)
    found = all_deals(parts.store, actor, request_posting_id=posting_id)
    return Challenge(posting, package(posting), ranked(found))


def select_winners(
    parts: Parts, actor: Actor, posting_id: str, *, scores: Mapping[str, Mapping[str, float]], winners: Sequence[str]
) -> Challenge:
    """Return a 榜 after scoring and, where `winners` are named, after its selection: they go to 意向, the others end.

    :raises MatcherError: `bad_selection`, `no_challenge`, `not_found`, `forbidden` to all but the requester.
    """
    found = challenge(parts, actor, posting_id)
    require_own(actor, found.posting.enterprise_id, Scope.WRITE)
    _check_scores(scores, {one.id for one in found.applicants})
    scored = {one.id: replace(one, scores={**one.scores, **scores.get(one.id, {})}) for one in found.applicants}
    if winners:
        check_selection(found.posting, scored, winners)
    for id_, given in scores.items():
        step = Step(action="揭榜评分", on=parts.today(), values=dict(given))
        parts.store.deals.change(actor, id_, _scored(given), step)
    if winners:
        _settle(parts, actor, scored, set(winners))
    return challenge(parts, actor, posting_id)


def _scored(given: Mapping[str, float]) -> Callable[[Deal], Deal]:
    return lambda held: replace(held, scores={**held.scores, **given})


def _told(told: Report) -> Callable[[Deal], Deal]:
    return lambda held: reported(held, told)


def _check_scores(scores: Mapping[str, Mapping[str, float]], known: set[str]) -> None:
    if strange := sorted(set(scores) - known):
        raise MatcherError("bad_selection", f"{'、'.join(strange)} 不是这个榜的对接")
    for given in scores.values():
        if set(given) - set(CRITERIA) or not all(0 <= value <= 100 for value in given.values()):
            criteria = "、".join(f"{name}（{label}）" for name, label in CRITERIA.items())
            raise MatcherError("bad_selection", f"评分为 0 到 100，项目：{criteria}")


def _settle(parts: Parts, actor: Actor, applicants: Mapping[str, Deal], winners: set[str]) -> None:
    today = parts.today()
    for id_, one in applicants.items():
        if one.ending is not None:
            continue
        if id_ in winners:
            told = Report(by=DealSide.PLATFORM, on=today, stage=max(one.stage, DealStage.INTENDED, key=_place))
            action = "中榜"
        else:
            told = Report(by=DealSide.PLATFORM, on=today, ending=Ending.FAILED, reason="未中榜")
            action = "未中榜"
        parts.store.deals.change(actor, id_, _told(told), Step(action=action, on=today))


def _place(stage: DealStage) -> int:
    return list(DealStage).index(stage)
