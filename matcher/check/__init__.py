"""A posting's quality before it is published: four criteria of 0–5 points each, and what to rewrite.

The form is that of the Enterprise Europe Network's review of profiles: four criteria, published from 10 points on, held
below, and held whenever one criterion has none.
"""

from datetime import date

from matcher.check.base import Band, Checked, Criterion, Edit, Hint, ReadCondition, band_of
from matcher.check.criteria import clarity, indicators
from matcher.check.facts import read_facts
from matcher.check.reading import read_conditions
from matcher.check.terms import cooperation, terms
from matcher.domain import Posting

__all__ = ["Band", "Checked", "Criterion", "Edit", "Hint", "ReadCondition", "check"]


def check(posting: Posting, *, as_of: date) -> Checked:
    """Return the points of a posting (0–20), its band, hints, and the conditions read out of its text.

    可发布 from 10 points on, 建议修改 from 5 on, 暂缓 below, and 暂缓 whenever a criterion has 0.
    """
    facts = read_facts(posting)
    read = read_conditions(facts)
    criteria = (clarity(facts), indicators(facts), terms(facts, read, as_of=as_of), cooperation(facts))
    return Checked(
        score=sum(criterion.points for criterion in criteria),
        out_of=sum(criterion.out_of for criterion in criteria),
        band=band_of([criterion.points for criterion in criteria]),
        criteria=criteria,
        read_conditions=read,
        sought=facts.sought,
    )
