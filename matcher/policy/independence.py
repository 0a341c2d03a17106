"""Whether a small firm stands on its own: one tied to a large firm is not small for procurement."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matcher.domain import SizeClass
from matcher.policy.rules import Rule, latest, load
from matcher.policy.ruling import Finding, Ruling, cite


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What is known of a firm's ties; None: not known.

    `controllers` are the size classes of the firms above it (parent, its parent …), empty when it has none.
    """

    controllers: tuple[SizeClass, ...] | None = None
    same_head_as_large: bool | None = None
    is_branch: bool | None = None

    @property
    def of_large(self) -> bool | None:
        """Whether it belongs to a large firm, None while that is open."""
        above = self.controllers
        controlled = (
            None if above is None else SizeClass.LARGE in above or (None if SizeClass.UNKNOWN in above else False)
        )
        known = (controlled, self.same_head_as_large, self.is_branch)
        return True if True in known else None if None in known else False


@lru_cache(maxsize=1)
def _rules() -> tuple[Rule, ...]:
    return load("procurement", "independence", Rule)


def independence(ties: Ties, as_of: date) -> Ruling:
    """Return whether a firm is independent of large firms: met, unmet or unknown, with every tie that decides.

    :raises MatcherError: `no_rule_in_force`.
    """
    rule = latest(_rules(), as_of, subject="中小企业独立性的规定")
    above = ties.controllers or ()
    large = [
        *(["上级（控股）单位为大型企业"] if SizeClass.LARGE in above else []),
        *(["与大型企业负责人为同一人"] if ties.same_head_as_large else []),
        *(["是大型企业的分支机构"] if ties.is_branch else []),
    ]
    open_ = [
        *(["上级（控股）单位及其规模"] if ties.controllers is None or SizeClass.UNKNOWN in above else []),
        *(["是否与大型企业负责人为同一人"] if ties.same_head_as_large is None else []),
        *(["是否为大型企业的分支机构"] if ties.is_branch is None else []),
    ]
    facts = {"controllers": [str(size) for size in above], "ties": large, "open": open_}
    if large:
        return cite(
            rule, Finding.UNMET, f"{'、'.join(large)}，不视为中小企业。", facts=facts, possible=(Finding.UNMET,)
        )
    if open_:
        words = f"待核实：{'、'.join(open_)}。"
        return cite(rule, Finding.UNKNOWN, words, facts=facts, possible=(Finding.MET, Finding.UNMET))
    words = "与大型企业没有控股、管理关系，负责人也不是同一人。"
    return cite(rule, Finding.MET, words, facts=facts, possible=(Finding.MET,))
