"""Dated rules in `data/policy`: where their numbers come from and which of them are in force on a day."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from matcher.assets import asset
from matcher.errors import MatcherError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One dated rule: its document and clause, the days it is in force (`until` included, None: still), its source.

    `verified` says that its numbers were compared with the published text.
    """

    document: str
    clause: str
    effective: date
    until: date | None = None
    verified: bool
    source: str

    def applies(self, as_of: date) -> bool:
        """Return whether the rule is in force on a day."""
        return self.effective <= as_of and (self.until is None or as_of <= self.until)


R = TypeVar("R", bound=Rule)
T = TypeVar("T")


@lru_cache(maxsize=32)
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(asset("data", "policy", f"{name}.toml").read_text(encoding="utf-8"))


def load(name: str, key: str, type_: type[T]) -> tuple[T, ...]:
    """Return the entries `key` of the policy table `name`."""
    return TypeAdapter(tuple[type_, ...]).validate_python(_table(name)[key])  # type: ignore[valid-type]


def table(name: str, type_: type[T]) -> dict[str, T]:
    """Return the entries of a policy table that has nothing but named entries."""
    return TypeAdapter(dict[str, type_]).validate_python(_table(name))  # type: ignore[valid-type]


def in_force(rules: Iterable[R], as_of: date) -> tuple[R, ...]:
    """Return the rules in force on a day."""
    return tuple(rule for rule in rules if rule.applies(as_of))


def latest(rules: Sequence[R], as_of: date, *, subject: str) -> R:
    """Return the rule in force that began last.

    :raises MatcherError: `no_rule_in_force`, naming the first day on which there is one.
    """
    found = in_force(rules, as_of)
    if not found:
        raise no_rule(subject, as_of, rules)
    return max(found, key=lambda rule: rule.effective)


def no_rule(subject: str, as_of: date, rules: Iterable[Rule]) -> MatcherError:
    """Return the error of a day on which nothing on the subject is in force."""
    days = "、".join(f"{rule.effective}至{rule.until or '今'}" for rule in sorted(rules, key=lambda one: one.effective))
    return MatcherError("no_rule_in_force", f"{as_of} 尚无{subject}；已收录的施行期为 {days}，请改用其中的日期")
