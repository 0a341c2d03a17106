"""What a policy rule answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The outcome of a dated rule, with what it rests on.

    `clause` cites the document, `effective` is the first day of the table used, `facts` are the inputs and the numbers
    compared, `explanation` is Chinese. `verified` tells whether the table was compared with the published text.
    `possible` are the outcomes the known facts leave open: one, several (then `outcome` is unknown), or none when the
    rule does not apply.
    """

    outcome: str
    clause: str
    effective: date
    facts: Mapping[str, object] = field(default_factory=dict)
    explanation: str
    verified: bool
    possible: tuple[str, ...] = ()
