"""揭榜: a whole package, four scores, one to three winners."""

from dataclasses import replace
from datetime import date

import pytest

from matcher.challenge import CRITERIA, came_forward, check_selection, mean_score, package, ranked, won
from matcher.deals import Deal, DealStage, Ending
from matcher.domain import Posting, PostingKind
from matcher.errors import MatcherError

WHOLE = {
    "technical_indicators": "推力 10 N",
    "acceptance": "第三方检测",
    "deadline": "2026-12-31",
    "budget_wan": 300,
    "ip_ownership": "共有",
    "winners": 2,
    "challenge": True,
}
NEED = Posting(id="n", enterprise_id="big", kind=PostingKind.NEED, title="攻关", attributes=WHOLE)
SCORES = dict.fromkeys(CRITERIA, 80.0)


def applicant(id_: str, **what: object) -> Deal:
    deal = Deal(
        id=id_, requester_id="big", supplier_id=id_, title="攻关", entered=date(2026, 3, 1), stage=DealStage.ACCEPTED
    )
    return replace(deal, **({"scores": SCORES} | what))  # type: ignore[arg-type]


def test_the_package_says_what_is_missing() -> None:
    assert package(NEED).missing == ()
    bare = package(replace(NEED, attributes={"winners": 1, "challenge": True}))
    assert bare.missing == ("关键指标", "考核方式", "完成时限", "投入资金", "知识产权归属")
    assert package(replace(NEED, kind=PostingKind.SCENARIO)).missing == ("关键指标", "完成时限")


@pytest.mark.parametrize(("winners", "good"), [(0, False), (1, True), (3, True), (4, False)])
def test_one_to_three_may_win(winners: int, good: bool) -> None:
    posting = replace(NEED, attributes=WHOLE | {"winners": winners})
    if good:
        assert package(posting).winners == winners
    else:
        with pytest.raises(MatcherError, match="1 到 3"):
            package(posting)


def test_other_kinds_are_no_challenge() -> None:
    with pytest.raises(MatcherError, match="揭榜"):
        package(replace(NEED, kind=PostingKind.SPACE_NEED))
    with pytest.raises(MatcherError, match="不是揭榜"):
        package(replace(NEED, attributes=WHOLE | {"challenge": False}))


def test_applicants_by_mean_score() -> None:
    best, unscored = applicant("b", scores=dict.fromkeys(CRITERIA, 90.0)), applicant("c", scores={"team": 100.0})
    assert [one.id for one in ranked([unscored, applicant("a"), best])] == ["b", "a", "c"]
    assert (mean_score(best), mean_score(unscored)) == (90, None)


def test_a_selection_needs_scores_places_and_applicants() -> None:
    held = {one: applicant(one) for one in "abc"}
    check_selection(NEED, held, ["a", "b"])
    for winners, words in (([], "1 到 2 家"), (["a", "b", "c"], "1 到 2 家"), (["x"], "没有揭榜")):
        with pytest.raises(MatcherError, match=words):
            check_selection(NEED, held, winners)
    with pytest.raises(MatcherError, match="未齐"):
        check_selection(NEED, held | {"c": applicant("c", scores={})}, ["a"])
    gone = held | {"c": applicant("c", scores={}, ending=Ending.DECLINED)}
    check_selection(NEED, gone, ["a"])
    with pytest.raises(MatcherError, match="尚缺"):
        check_selection(replace(NEED, attributes={"winners": 1, "challenge": True}), held, ["a"])


def test_who_came_forward_and_who_won() -> None:
    assert not came_forward(applicant("a", stage=DealStage.RECOMMENDED))
    assert not came_forward(applicant("a", ending=Ending.FAILED))
    assert won(applicant("a", stage=DealStage.INTENDED))
    assert not won(applicant("a"))
    assert not won(applicant("a", stage=DealStage.INTENDED, ending=Ending.FAILED))
