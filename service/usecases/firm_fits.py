"""How well firms fit a text or posting: the best of each firm's matching postings."""

from collections.abc import Mapping

from matcher.domain import Match, PostingKind
from service.auth import Actor
from service.deps import Parts
from service.usecases.match import Ask, match


def firm_fits(
    parts: Parts, actor: Actor, *, text: str | None, posting_id: str | None, k: int = 200
) -> Mapping[str, Match]:
    """Return the best match of each firm for a procurement's text, or for a posting, by enterprise id.

    :raises MatcherError: what a match raises.
    """
    ask = Ask(
        today=parts.today(),
        posting_id=None if text else posting_id,
        text=text,
        kind=PostingKind.PROCUREMENT if text else None,
        k=k,
    )
    found: dict[str, Match] = {}
    for one in match(parts, actor, ask).result.matches:
        found.setdefault(one.enterprise.id, one)
    return found
