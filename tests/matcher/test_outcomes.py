"""What an outcome must say, and what it says about relevance."""

import pytest

from matcher.errors import MatcherError
from matcher.outcomes import STAGE_LABELS, DismissalReason, OutcomeStage, check_reason, relevance, weight

OTHERS = [stage for stage in OutcomeStage if stage is not OutcomeStage.DISMISSED]


def test_every_stage_has_a_label_and_a_weight() -> None:
    assert set(STAGE_LABELS) == set(OutcomeStage)
    assert all(weight(stage) > 0 for stage in OutcomeStage)
    assert weight(OutcomeStage.SIGNED) > weight(OutcomeStage.SHORTLISTED) > weight(OutcomeStage.FAILED)


@pytest.mark.parametrize("reason", DismissalReason)
def test_a_dismissal_takes_every_reason(reason: DismissalReason) -> None:
    check_reason(OutcomeStage.DISMISSED, reason)
    assert relevance(OutcomeStage.DISMISSED, reason) == (None if reason is DismissalReason.SUPPLIER else 0)


def test_a_dismissal_needs_a_reason_and_learns_which() -> None:
    with pytest.raises(MatcherError, match="不相关、太远、规模不符、已是供应商") as error:
        check_reason(OutcomeStage.DISMISSED, None)
    assert error.value.code == "bad_outcome"


@pytest.mark.parametrize("stage", OTHERS)
def test_nothing_else_takes_a_reason(stage: OutcomeStage) -> None:
    check_reason(stage, None)
    with pytest.raises(MatcherError, match="请删去 reason"):
        check_reason(stage, DismissalReason.SIZE)
    assert relevance(stage, None) == (0 if stage is OutcomeStage.FAILED else 1)
