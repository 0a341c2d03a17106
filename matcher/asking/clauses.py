"""A text in clauses, and what each is for: it names what is sought, presents the asker, gives a reason or greets."""

import re
from dataclasses import dataclass
from enum import StrEnum

from matcher.asking.describe import use_end
from matcher.asking.words import compiled

# Beyond this a run without punctuation is data or prose, not a clause that asks.
CLAUSE_LIMIT = 240
_GREETING = 24
_BRACKET = r"\([^()]{0,80}\)|（[^（）]{0,80}）|【[^【】]{0,80}】|\[[^\[\]]{0,80}\]|“[^“”]{0,80}”|《[^《》]{0,80}》"
_SPLIT = re.compile(
    rf"{_BRACKET}|\d,(?=\d{{3}})|(?P<stop>[。；;！!？?\n，,]\s*)|(?P<form>\s(?=[\u4e00-\u9fff]{{2,8}}[：:]))", re.DOTALL
)
REASON = r"^(?:<context.reason>|受.{1,20}(?:影响|限制|冲击|制约))"
_MARK = r"(?:[【\[][^【】\[\]：:]{0,10}[】\]]\s*(?=\w))?"
_LABEL = re.compile(_MARK + r"[【\[]?\s*([^：:，。【】\s][^：:，。【】]{0,11}?)\s*[】\]]?\s*[：:]\s*(?=\S)")
_NICETY = (
    r"^<context.nicety>|^(?:<context.please>.{0,12}|<context.whom>)<context.contact>"
    r"|^.{0,10}(?:勿扰|揭榜|洽谈|面谈|对接|谢谢|感谢)$"
    r"|^.{0,10}<context.address>(?:大家)?(?:早上|上午|中午|下午|晚上|早|晚|新年)?好[啊呀哈]?$|^.{0,8}(?<![我他她它])们$"
)
_NAMED = r"^.{2,24}?(?:是一家|系一家|为一家|是专业|是集|成立于|创立于|创建于|是国内|是国家|主营|专业从事)"
_ENGLISH = r"^(?:our company|our factory|we)\b.{0,12}\b(?:are|is|make|makes|produce|manufacture|run)\b"


class Role(StrEnum):
    """What a clause is for."""

    ASKER = "asker"
    REASON = "reason"
    NICETY = "nicety"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of text up to a punctuation mark, `end`, which is empty at the end of the text."""

    text: str
    end: str

    @property
    def closes(self) -> bool:
        """Whether a sentence ends here."""
        return self.end[:1] in "。；;！!？?\n"


def clauses(text: str) -> list[Clause]:
    """Return the clauses of `text` in order; brackets and thousands (1,500) are not cut open."""
    found: list[Clause] = []
    start = 0
    for cut in _SPLIT.finditer(text):
        if not cut.lastgroup:
            continue
        if piece := text[start : cut.start()].strip():
            found.append(Clause(piece, cut.group()))
        start = cut.end()
    if piece := text[start:].strip():
        found.append(Clause(piece, ""))
    return found


def rejoin(parts: list[Clause]) -> str | None:
    """Return the clauses as one text, without a last comma; None when there are none."""
    text = "".join(part.text + part.end for part in parts)
    return text.rstrip("，,；; \n") or None


def role(clause: Clause) -> Role:
    """Return what a clause that asks for nothing is for."""
    text = clause.text[:60]
    if compiled(r"^(?:<context.filler>[\s，,]*)+[啊呀哦呢吗了哈~～]*$").match(text):
        return Role.NICETY
    if len(clause.text) <= _GREETING and compiled(_NICETY).search(text):
        return Role.NICETY
    if compiled(REASON).match(text) or is_reason(clause.text):
        return Role.REASON
    return Role.ASKER if _presents(text) else Role.PLAIN


def is_reason(text: str) -> bool:
    """Whether a clause only gives a reason: 因信息化建设需要."""
    return bool(compiled(rf"(?:{REASON}|^<context.need_opening>).*<context.need>$").match(text))


def _presents(text: str) -> bool:
    """Whether a clause says who the asker is and what it does."""
    if use_end(text) or compiled(r"用来|用于|用在|用作|要求|不低于|不少于|不超过").search(text):
        return False
    return bool(
        compiled(r"^<asker.self>(?:[^，]{0,12}?)<asker.identity>").match(text)
        or compiled(r"^<asker.opening>").match(text)
        or compiled(_NAMED).match(text)
        or compiled(r"^<asker.doing_re>.{1,30}的$").match(text)
        or compiled(_ENGLISH).match(text)
    )


def label_of(clause: Clause) -> tuple[str, str]:
    """Return (label, value) of a form field `label：value`, the label being empty when there is none."""
    found = _LABEL.match(clause.text)
    return (found[1], clause.text[found.end() :]) if found else ("", clause.text)
