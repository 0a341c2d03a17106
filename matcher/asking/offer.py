"""What an offer offers: its own words, less who offers it and for whom."""

import re

from matcher.asking.clauses import Clause, Role, clauses, rejoin, role
from matcher.asking.exclude import without_excluded
from matcher.asking.words import compiled

_PATH = re.compile(r"(?<=[^\d\s])\s*[>＞›»]\s*(?=[^\d\s=])")
_WHO = r"(?:<asker.self>|[^，。；]{2,20}?公司)"
_HEAD = (
    rf"^(?:{_WHO}?<offer.manner>*<offer.head>|{_WHO}<offer.manner>*<offer.own_head>)"
    r"(?!<offer.noun_tail>)<offer.sorts>?(?=.{2})"
)
_FACING = r"^(?:<asker.self>)?(?:<offer.facing>)"


def offered(text: str) -> tuple[str, str | None]:
    """Return (what is offered, what else the text says of it); the text whole where it cannot be told.

    A path of categories A > B > C offers C, and the path says the rest.
    """
    steps = [step for step in _PATH.split(text) if step.strip()]
    if len(steps) > 1 and _PATH.search(text) and re.search(r"[\u4e00-\u9fff]", steps[-1]):
        return steps[-1].strip(), text
    parts = clauses(without_excluded(text))
    chosen = next((i for i, part in enumerate(parts) if _object(part.text) != part.text), None)
    if chosen is None:
        chosen = next((i for i, part in enumerate(parts) if not _aside(part)), None)
        if chosen is None or (chosen == 0 and len(parts) == 1):
            return text, None
        if not any(_aside(part) for part in parts):
            return text, None
    name = _object(parts[chosen].text)
    rest = [part for i, part in enumerate(parts) if i != chosen and role(part) is not Role.NICETY]
    return name or text, rejoin(rest)


def _aside(part: Clause) -> bool:
    return bool(compiled(_FACING).match(part.text)) or role(part) in (Role.ASKER, Role.NICETY)


def _object(clause: str) -> str:
    text = compiled(_HEAD).sub("", clause, count=1).strip(" ：:，")
    return text or clause
