"""What became of a match, and what that says about its relevance."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from matcher.errors import MatcherError


class OutcomeStage(StrEnum):
    """How far a candidate got with the one who asked; labels in `STAGE_LABELS`."""

    DISMISSED = "dismissed"
    SHORTLISTED = "shortlisted"
    CONTACTED = "contacted"
    MET = "met"
    SIGNED = "signed"
    FAILED = "failed"


class DismissalReason(StrEnum):
    """Why a candidate was dismissed."""

    IRRELEVANT = "不相关"
    TOO_FAR = "太远"
    SIZE = "规模不符"
    SUPPLIER = "已是供应商"


STAGE_LABELS: Mapping[OutcomeStage, str] = MappingProxyType(
    {
        OutcomeStage.DISMISSED: "不合适",
        OutcomeStage.SHORTLISTED: "入围",
        OutcomeStage.CONTACTED: "已联系",
        OutcomeStage.MET: "已会面",
        OutcomeStage.SIGNED: "已签约",
        OutcomeStage.FAILED: "未成",
    }
)

# A signature is the strongest word on relevance; a failure often has other causes, such as the price.
_WEIGHTS: Mapping[OutcomeStage, float] = MappingProxyType({OutcomeStage.SIGNED: 2.0, OutcomeStage.FAILED: 0.5})
_AGAINST = frozenset({OutcomeStage.DISMISSED, OutcomeStage.FAILED})


def check_reason(stage: OutcomeStage, reason: DismissalReason | None) -> None:
    """Check that a dismissal says why, and that nothing else does.

    :raises MatcherError: `bad_outcome`, naming the valid reasons.
    """
    if (stage is OutcomeStage.DISMISSED) == (reason is not None):
        return
    valid = "、".join(DismissalReason)
    if reason is None:
        message = f"stage 为 dismissed（不合适）时须给出 reason，可选：{valid}"
    else:
        message = f"reason 只用于 stage 为 dismissed（不合适）的记录；{stage}（{STAGE_LABELS[stage]}）请删去 reason"
    raise MatcherError("bad_outcome", message, stage=stage.value, reasons=list(DismissalReason))


def relevance(stage: OutcomeStage, reason: DismissalReason | None) -> int | None:
    """Return what an outcome says about relevance: 1 for, 0 against, None nothing, as an existing supplier may fit."""
    if reason is DismissalReason.SUPPLIER:
        return None
    return 0 if stage in _AGAINST else 1


def weight(stage: OutcomeStage) -> float:
    """Return how much an outcome counts in learning, above 0; one click counts 1."""
    return _WEIGHTS.get(stage, 1.0)
