"""Conditions that a request's own fields imply: a need of 500 ㎡ asks for a space of 500 ㎡ or more."""

from collections.abc import Iterator
from datetime import date

from matcher.conditions import attribute_names
from matcher.domain import Condition, Posting
from matcher.taxonomy import kinds
from matcher.taxonomy.kinds import Implied

INDUSTRY = "industry"
_TODAY = "today"


def implied_conditions(posting: Posting, as_of: date) -> tuple[Condition, ...]:
    """Return what the fields of a request ask of its answers, but for what its own conditions already speak of.

    Of two rules on one field the first that applies counts.
    """
    spoken = {name for condition in posting.conditions for name in attribute_names(condition)}
    found: dict[str, Condition] = {}
    for rule in kinds()[posting.kind].implied:
        if rule.field not in spoken and rule.field not in found:
            found |= {condition.name: condition for condition in _condition(rule, posting, as_of)}
    return tuple(found.values())


def _condition(rule: Implied, posting: Posting, as_of: date) -> Iterator[Condition]:
    own = _own(posting, rule.from_) if rule.from_ else None
    if rule.from_ and (own in (None, "", [], ()) or (rule.is_ and own not in rule.is_)):
        return
    value = own if rule.value is None else as_of.isoformat() if rule.value == _TODAY else rule.value
    unit = next((field.unit for field in kinds()[posting.kind].fields if field.name == rule.from_), None)
    if isinstance(value, list | tuple):
        yield Condition(name=rule.field, op=rule.op, value=tuple(map(str, value)), unit=None, hard=rule.hard)
    elif isinstance(value, str | int | float | bool):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        yield Condition(name=rule.field, op=rule.op, value=value, unit=unit if number else None, hard=rule.hard)


def _own(posting: Posting, name: str) -> object:
    return posting.industry if name == INDUSTRY else posting.attributes.get(name)
