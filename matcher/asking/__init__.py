"""What a text seeks, told from who asks and from its wrapper: 我公司生产A，寻求B的供应商 seeks B."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from matcher.asking.clauses import Clause, Role, clauses, rejoin, role
from matcher.asking.describe import without_use
from matcher.asking.exclude import without_excluded, without_material
from matcher.asking.object import is_asker, object_in
from matcher.asking.offer import offered
from matcher.asking.statements import Found
from matcher.asking.subject import is_effect, told_of
from matcher.asking.words import compiled
from matcher.domain import Side

_SHORT = 60
_ROUNDS = 4
_READ = 2000
_BRIEF = 40
_PLAINLY = 3
_COLON = re.compile(r"(?<!\d)\s*(?:：|:(?!\d))\s*")
_FORM = (
    r"^(?:<label.product+label.object+label.context+label.spec>"
    r"|.*(?:需求|求购|采购|难题|<label.aspect>)(?:为|是|有|[为如]下|包括|包含.{0,6})?|.*(?:以下|如下|下列).*|.*[（(【\[][^）)】\]]*)$"
)
_VAGUE = r"^(?:以下|如下|下列|这些|相关|各类|各种)?的?(?:<describe.general>|物料|货物|商品|内容|项目|合作|帮助|解决|招租|<tail.strong>)*$"
_CUSTOMER = re.compile(r"(?:配套|生产|加工|量产|扩产|业务|订单)$")
_THING = re.compile(r"[^我咱您你了着过]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a text seeks or, for an offer, offers.

    `title` names it in few words; `detail` is the rest that describes it, without who asks, the wrapper and what is
    ruled out, None when nothing is left.
    """

    title: str
    detail: str | None


def sought(title: str, detail: str | None = None, *, side: Side) -> Sought:
    """Return what a text seeks or offers; `title` may be a whole text. Where it cannot be told, the text stays whole.

    A title is never empty unless the one given is, its characters come from the text in their order, and reading it
    again returns it.
    """
    text = " ".join(title.split())
    body = " ".join(detail.split()) if detail else None
    read = _read if side is Side.REQUEST else offered
    name, rest = read(text)
    settled = _settled(name, read)
    describe = _plain if side is Side.REQUEST else without_excluded
    about = (describe(body) or None) if body else None
    return Sought(title=text, detail=about) if settled is None else Sought(title=settled, detail=_joined(rest, about))


def _settled(title: str, read: Callable[[str], tuple[str, str | None]]) -> str | None:
    """Return a title read until it stays the same; None when it does not."""
    for _ in range(_ROUNDS):
        again = read(title)[0]
        if again == title:
            return title
        title = again
    return None


def _read(text: str) -> tuple[str, str | None]:
    """Return (what a request seeks, what else its text says of it)."""
    kept = without_excluded(text)
    parts = [piece for part in clauses(kept) for piece in _opened(part)]
    chosen = _choose(parts)
    if chosen is None:
        kept = _without_niceties(parts) or kept
        name, material = without_material(kept) if len(kept) <= _SHORT else (kept, None)
        return name or text, material
    used, thing = chosen
    name, material = without_material(thing)
    name, use = without_use(name)
    rest = [part for i, part in enumerate(parts) if i not in used and _describes(part) and not _repeats(part, name)]
    return name, _joined(_joined(material, use), rejoin(rest))


def _opened(part: Clause) -> list[Clause]:
    """Return a clause in two where its head asks for a thing that the rest describes: 求购铝锭：A00."""
    colon = _COLON.search(part.text[:_BRIEF])
    if not colon or not part.text[colon.end() :] or compiled(_FORM).match(part.text[: colon.start()]):
        return [part]
    head = Clause(part.text[: colon.start()], part.text[colon.start() : colon.end()])
    found = object_in(head)
    if not found or not found.text or found.rank < _PLAINLY or compiled(_VAGUE).match(found.text):
        return [part]
    return [head, Clause(part.text[colon.end() :], part.end)]


def _without_niceties(parts: list[Clause]) -> str | None:
    """Return a text that asks in no words without its greetings; None when it holds none."""
    kept = [part for part in parts if role(part) is not Role.NICETY]
    return rejoin(kept) if len(kept) < len(parts) else None


def _choose(parts: list[Clause]) -> tuple[set[int], str] | None:
    """Return (the clauses that ask, the object), from the clause that asks most plainly."""
    best: tuple[Found, set[int]] | None = None
    read = 0
    for i, part in enumerate(parts):
        read += len(part.text)
        found = object_in(part) if read <= _READ else None
        if not found:
            continue
        used = {i}
        if not found.text:
            place, thing = _earlier(parts, i) or (i, found.otherwise)
            used, found = {i, place}, Found(thing, min(found.rank, 3))
        if found.text and (best is None or found.rank > best[0].rank):
            best = (found, used)
    return _with_topic(parts, best[1], best[0].text) if best else None


def _with_topic(parts: list[Clause], used: set[int], name: str) -> tuple[set[int], str]:
    """Return the choice with the topic that a short text opens with: 缺陷检测课题，求博士后 seeks both."""
    if used != {1} or sum(len(part.text) for part in parts) > _BRIEF or parts[0].closes:
        return used, name
    topic = parts[0].text
    if (
        compiled(r"<context.strain>").search(topic)
        or told_of(topic)
        or _CUSTOMER.search(topic)
        or object_in(parts[0])
        or role(parts[0]) is not Role.PLAIN
        or is_asker(topic)
        or not _THING.fullmatch(topic)
    ):
        return used, name
    return {0, 1}, f"{topic}{parts[0].end}{name}"


def _repeats(part: Clause, name: str) -> bool:
    """Whether a clause only asks once more for the same."""
    found = object_in(part)
    return bool(found and found.text == name)


def _earlier(parts: list[Clause], end: int) -> tuple[int, str] | None:
    """Return the nearest clause before `end` that names a thing, and that thing."""
    near = range(end - 1, max(-1, end - 4), -1)
    for i in near:
        found = object_in(parts[i])
        if thing := found.text if found else told_of(parts[i].text):
            return i, thing
    for i in near:
        text = parts[i].text
        if role(parts[i]) is Role.PLAIN and not object_in(parts[i]) and not is_asker(text) and not is_effect(text):
            return i, text
    return None


def _describes(part: Clause) -> bool:
    """Whether a clause says something of what is sought."""
    return role(part) in (Role.PLAIN, Role.REASON) and len(re.findall(r"\w", part.text)) > 1


def _plain(detail: str) -> str | None:
    """Return a detail without what it rules out, introductions and greetings; None when nothing is left."""
    return rejoin([part for part in clauses(without_excluded(detail)) if _describes(part)])


def _joined(first: str | None, second: str | None) -> str | None:
    if first and second:
        return first + ("" if first[-1] in "。；！？" else "；") + second
    return first or second
