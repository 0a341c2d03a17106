"""What a policy rule answers, and how an answer cites the dated rule it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from matcher.policy.rules import Rule

UNSETTLED = "待核对原文"


class Finding(StrEnum):
    """Outcome of a rule that is kept or not; a regime that does not reach the case is `NOT_APPLICABLE`."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


FINDING_LABELS: Mapping[Finding, str] = {
    Finding.MET: "满足",
    Finding.UNMET: "不满足",
    Finding.UNKNOWN: "待核实",
    Finding.NOT_APPLICABLE: "不适用",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The outcome of a dated rule, with what it rests on.

    `clause` cites the document, `effective` is the first day of the table used, `facts` are the inputs and the numbers
    compared, `explanation` is Chinese. `verified` tells whether the table was compared with the published text; where
    it was not, the explanation says 待核对原文. `possible` are the outcomes the known facts leave open: one, several
    (then `outcome` is unknown), or none when the rule does not apply.
    """

    outcome: str
    clause: str
    effective: date
    facts: Mapping[str, object] = field(default_factory=dict)
    explanation: str
    verified: bool
    possible: tuple[str, ...] = ()


def cite(
    rule: Rule,
    outcome: str,
    explanation: str,
    *,
    facts: Mapping[str, object],
    possible: Sequence[str] = (),
    clause: str | None = None,
    verified: bool = True,
) -> Ruling:
    """Return a ruling under `rule`; `clause` narrows the rule's own, `verified` speaks for the part of it that was used."""
    known = rule.verified and verified
    return Ruling(
        outcome=outcome,
        clause=f"{rule.document}{rule.clause if clause is None else clause}",
        effective=rule.effective,
        facts=facts,
        explanation=explanation if known else f"{explanation}（所依条文与数字{UNSETTLED}）",
        verified=known,
        possible=tuple(possible),
    )
