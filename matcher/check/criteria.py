"""The first two criteria: whether it is clear what is sought, and whether the promises have numbers."""

import re
from collections.abc import Iterator
from itertools import takewhile

from matcher.asking import sought
from matcher.asking.clauses import Clause, Role, clauses, role
from matcher.check.base import OUT_OF, Criterion, Edit, Hint
from matcher.check.facts import Facts, body_of, measures, names_something, presents
from matcher.check.words import Vague, any_of, vague_words, wanted
from matcher.domain import Posting, Span

LONGEST_QUOTE = 24
_TITLE = 60
_INTRODUCTION = 0.3
_SHORT = 40
_ENOUGH = 4
_PROPOSED = 2
_OPEN_LIST = re.compile(
    r"(?P<list>[^，,。；;：:、\s]{1,8}(?:、[^，,。；;：:、\s]{1,8}){0,3}?)(?P<open>等等|等)(?=[，,。；;、）)\s]|$|方面|相关)"
)
_WORD = re.compile(r"\w")


def quoted(text: str) -> str:
    """Return the posting's own words in quotation marks, cut where they run on."""
    return f"“{text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + '…'}”"


def continued(posting: Posting, sentence: str, *, sample: bool = True) -> Edit:
    """Return the edit that adds a sentence to the detail."""
    detail = (posting.detail or "").rstrip()
    return Edit(
        field="detail", value=f"{'' if not detail or detail[-1] in '。；！？' else '。'}{sentence}。", sample=sample
    )


def clarity(facts: Facts) -> Criterion:
    """Return how clear it is what is sought or offered: 0 when it has no name, else 5 less 1 for each flaw."""
    label = "所求明确" if facts.request else "所供明确"
    if not facts.clear:
        return Criterion(name="object", label=label, points=0, hints=(_unnamed(facts),))
    flaws = [hint for find in (_untitled, _introduced, _left_open, _brief) if (hint := find(facts))]
    return Criterion(name="object", label=label, points=OUT_OF - len(flaws), hints=tuple(flaws))


def _unnamed(facts: Facts) -> Hint:
    title, example = facts.posting.title, wanted(facts.posting.kind).title
    what = "要什么" if facts.request else "能提供什么"
    text = f"{quoted(title)}没有写清{what}：写明对象、工艺或用途，例如“{example}”"
    return Hint(text=text, edits=(_retitled(title, example, sample=True),))


def _retitled(title: str, value: str, *, sample: bool) -> Edit:
    return Edit(field="title", value=value, span=_whole("title", title), sample=sample)


def _whole(field: str, text: str) -> Span:
    return Span(field=field, start=0, end=len(text), text=text)


def _untitled(facts: Facts) -> Hint | None:
    title = facts.posting.title
    if names_something(sought(title, side=facts.kind.side).title) and not presents(title):
        return None
    value = ("寻求" if facts.request else "") + facts.sought.title[:_TITLE]
    text = f"标题{quoted(title)}看不出{'所求' if facts.request else '所供'}：改成“{value}”"
    return Hint(text=text, edits=(_retitled(title, value, sample=False),))


def _introduced(facts: Facts) -> Hint | None:
    """Return the hint on a text whose opening tells of the firm at length before it comes to the point."""
    field = "detail" if (facts.posting.detail or "").strip() else "title"
    text = facts.texts[field]
    parts = clauses(text)
    opening = list(takewhile(lambda part: role(part) is Role.ASKER, parts))
    share = _length(opening) / max(1, _length(parts))
    if share < _INTRODUCTION:
        return None
    lead = ("寻求" if facts.request else "提供") + facts.sought.title[:_TITLE]
    amount = "占了一半以上" if share >= 0.5 else f"占了 {share:.0%}"
    hint = f"开头的公司介绍{quoted(opening[0].text)}{amount}，先写{'所求' if facts.request else '所供'}：“{lead}”"
    return Hint(
        text=hint, edits=(Edit(field=field, value=f"{lead}。", span=Span(field=field, start=0, end=0, text="")),)
    )


def _length(parts: list[Clause]) -> int:
    return sum(len(part.text) for part in parts)


def _left_open(facts: Facts) -> Hint | None:
    """Return the hint on a request's lists that end in 等."""
    found = [(field, match) for field, text in facts.texts.items() for match in _OPEN_LIST.finditer(text)]
    if not facts.request or not found:
        return None
    quotes = "".join(quoted(match[0]) for _, match in found[:3])
    edits = tuple(
        Edit(field=field, value="", span=Span(field=field, start=m.start("open"), end=m.end("open"), text=m["open"]))
        for field, m in found
    )
    return Hint(text=f"{quotes}没有列全：逐项写清后去掉“等”", edits=edits)


def _brief(facts: Facts) -> Hint | None:
    described = [body_of(text) for field, text in facts.texts.items() if field != "title"]
    length = len(_WORD.findall("".join([facts.sought.title, *described]).replace("等", "")))
    if length >= _SHORT:
        return None
    more = "用途、现有做法、对象规格和使用条件" if facts.request else "工艺、可加工的对象、现有设备和做过的案例"
    return Hint(text=f"全文只有 {length} 个字说到{'所求' if facts.request else '所供'}：补充{more}")


def indicators(facts: Facts) -> Criterion:
    """Return how far the posting is put in numbers: no figure 0, figures 1, one more for each thing measured up to 5.

    Words that promise without a number cost 1 of what is measured.
    """
    vague = _vague(facts)
    measured = min(len(facts.measured) + 1, OUT_OF) - bool(vague)
    points = max(1, measured) if facts.figures else 0
    hints = (vague, *_unmeasured(facts)) if vague else _unmeasured(facts)
    return Criterion(name="indicators", label="指标量化", points=points, hints=tuple(hints))


def unsettled(facts: Facts) -> Iterator[tuple[str, re.Match[str], Vague]]:
    """Return each word that promises without a number, with its field and what is known of it."""
    for entry in vague_words():
        settled = entry.topics & facts.topics or any(facts.filled(field) for field in entry.fields)
        if settled or entry.instead(facts.kind.side) is None:
            continue
        for field, text in facts.texts.items():
            if match := any_of(entry.words).search(text):
                yield field, match, entry
                break


def _vague(facts: Facts) -> Hint | None:
    edits, texts = [], []
    for field, match, entry in unsettled(facts):
        value = entry.instead(facts.kind.side) or ""
        span = Span(field=field, start=match.start(), end=match.end(), text=match[0])
        texts.append(f"{quoted(match[0])}没有数值：改成“{value}”")
        edits.append(Edit(field=field, value=value, span=span, sample=True))
    return Hint(text="；".join(texts) + "（数值按实际填写）", edits=tuple(edits)) if edits else None


def _unmeasured(facts: Facts) -> tuple[Hint, ...]:
    lacking = min(_PROPOSED, _ENOUGH - len(facts.measured))
    new = [sentence for sentence in wanted(facts.posting.kind).measure if measures(facts, sentence) - facts.measured]
    if lacking <= 0 or not new:
        return ()
    chosen = "；".join(new[:lacking])
    problem = "可比较的数值太少" if facts.measured else "没有一个可比较的数值"
    return (Hint(text=f"{problem}：把最要紧的指标写成数，例如“{chosen}”", edits=(continued(facts.posting, chosen),)),)
