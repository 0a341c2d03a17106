"""Terms ruled out or insisted on: 不接受联合体, 不含安装, 须可存危化品 — and where an offer stands on each."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.assets import asset
from matcher.domain import Verdict
from matcher.quantity.base import Judgement, Statement
from matcher.quantity.patterns import Forms, any_of
from matcher.quantity.wording import Source, is_owned, shared

_NOT_BEFORE = re.compile(
    r"(?:不(?:得|可|能|许|允许|准|应|要|需要?|接受|考虑|做|接|含|包含|包括|包|添加|使用|用|收|设|存在|带|采用|支持|提供|办|是|开展|承接|涉及|掺|加|存){0,4}(?:有|任何|以任何|进行|再|予|将|由|从|其他|以){0,3}"
    r"|无(?:需|须)?|免(?:收|交|除)?|零|(?<![\d.])0|没有|未(?:添加|使用|含|采用|进行|设)?|禁(?:止|用)?|严禁|谢绝|拒(?:绝|收)|杜绝|非|除|避免|勿)"
    r"(?:包含|含|收|添加|使用|存放?|接|有|任何|做|由|从|缴纳?|支付|付|交|其他|各类|一切|所有|承接|通过|进行|存在|掺|加|设|检出|与[^，。;]{0,8}|[、和或及]){0,8}+[^，。;、]{0,3}$"
)
_NOT_AFTER = re.compile(
    r"^[^，。;、]{0,6}?(?:不(?!少|同|仅|但|锈|限|良|断|错|超|低|高|变|需报|锈钢)(?:含|包|做|接|得|可|收|要|用|提供|允许|考虑|参与|参加|在|能|设|入|存|予|计)?|除外|勿扰|免谈|另计|另付|另算|另收|自理|自付|自行|未检出|禁[入止]|谢绝|为零|免(?:除|收|费)?$|一律[谢不])"
)
_YES_BEFORE = re.compile(
    r"(?:须|需|必须|要求?|应|可|能|允许|接受|支持|含|包含|包括|包|带|提供|采用|使用|添加|有|收取?|掺|由|为|是|以|按|供|开)(?:足额|一定|相应|部分|少量|全部|开|上门|免费|的|了|在){0,4}[^，。;、]{0,5}$"
)
_YES_AFTER = re.compile(
    r"^[^，。;、]{0,6}?(?:已含|包含在|含在|在内|已包|均可|可(?:接|做|存|收|以|行)|接受|允许|须|需|不可免|必备|必选|已列入|\d+(?:\.\d+)?%)"
)
_UNSURE = re.compile(r"面议|可谈|协商|另议|待定|视|咨询|可商|可选")
_INSISTS = re.compile(
    r"要求(?:为|是|能|可)$|(?:须|需|必须|应|只接受|仅限|限|要(?!求)|样品|货物)(?:为|是|能|可|以|采用|用|由|具备|支持)?$"
)
_SELF_SAID = re.compile(r"须|需|应|不收|免收")
_PREFERRED = re.compile(r"优先|最好|尽量|加分|为佳|可谈|更佳|如果|不必|都可|均可|也可|都能")


@dataclass(frozen=True, slots=True)
class _Term:
    """One row of `exclusions.toml`; the fields are described at its head."""

    name: str
    label: str
    forms: tuple[str, ...]
    words: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]
    strict: bool
    ban: bool


@lru_cache(maxsize=1)
def _terms() -> dict[str, _Term]:
    with asset("data", "conditions", "exclusions.toml").open("rb") as file:
        raw = tomllib.load(file)
    return {name: _term(name, row) for name, row in raw.items()}


def _term(name: str, row: Mapping[str, list[str]]) -> _Term:
    forms = [form for key in ("words", "yes", "no") for form in row.get(key, ())]
    return _Term(
        name=name,
        label=str(row["label"]),
        forms=tuple(forms),
        words=any_of(row.get("words", ())),
        yes=any_of(row.get("yes", ())),
        no=any_of(row.get("no", ())),
        strict=bool(row.get("strict", False)),
        ban=bool(row.get("ban", False)),
    )


def labels() -> dict[str, str]:
    """Return the Chinese name of every term by topic."""
    return {_topic(name): term.label for name, term in _terms().items()}


def _topic(name: str) -> str:
    return f"term_{name}"


def demands(source: Source) -> Iterator[Statement]:
    """Yield the terms a request rules out (`denied`) or insists on, one statement for each term."""
    for term in _spoken(source):
        demand = next(_demanded(source, term), None)
        if demand is not None:
            yield demand


def _demanded(source: Source, term: _Term) -> Iterator[Statement]:
    """Yield the mentions that bind: by a word of polarity, or a phrase that settles the term after a word of demand."""
    for match in term.words.finditer(source.folded):
        before, after = source.words(match.start(), match.end())
        if is_owned(source, match.start()) or _PREFERRED.search(before + after):
            continue
        polarity = True if _SELF_SAID.search(match[0]) else _polarity(before, after)
        if polarity is not None and (_SELF_SAID.search(match[0]) or _binds(term, before, after)):
            span = source.span(match.start() - len(before.lstrip()), match.end() + len(after))
            yield Statement(topic=_topic(term.name), span=span, denied=not polarity)
    for pattern, denied in ((term.no, True), (term.yes, False)):
        for match in pattern.finditer(source.folded):
            before, after = source.words(match.start(), match.end())
            if _INSISTS.search(before) and not is_owned(source, match.start()) and not _PREFERRED.search(before):
                span = source.span(match.start() - len(before.lstrip()), match.end() + len(after))
                yield Statement(topic=_topic(term.name), span=span, denied=denied)


def _binds(term: _Term, before: str, after: str) -> bool:
    """Return whether a request that has the word insists on the term, not merely speaks of its own business."""
    if _NOT_BEFORE.search(before) or _NOT_AFTER.match(after):
        return True
    positive = _YES_BEFORE.search(before) or re.match(r"\s?(?:须|需|必须|要|应)(?:含|包|由|接受|提供|免)", after)
    return bool(positive) and not term.strict and not term.ban


def _polarity(before: str, after: str) -> bool | None:
    """Return whether the words around a term say that it is there (True), is not (False), or neither."""
    double = re.search(r"不(?:得|可|能)?(?:不|免)|不可免|无不|非不", before[-6:] + after[:8])
    if double:
        return True
    if _NOT_BEFORE.search(before) or _NOT_AFTER.match(after):
        return False
    if _YES_BEFORE.search(before) or _YES_AFTER.match(after):
        return True
    return None


def states(source: Source) -> Iterator[Statement]:
    """Yield what an offer says on each term it speaks of."""
    for term in _spoken(source):
        yield from _stated(source, term)


@shared
def _spoken(source: Source) -> list[_Term]:
    """Return the terms a text speaks of."""
    return [_terms()[name] for name in _forms().named(source.folded)]


@lru_cache(maxsize=1)
def _forms() -> Forms:
    return Forms.of((form, term.name) for term in _terms().values() for form in term.forms)


def _stated(source: Source, term: _Term) -> Iterator[Statement]:
    """Yield the phrases that settle a term, then the mentions outside them; “不” phrases come before “是” ones."""
    taken: set[int] = set()
    for pattern, denied in ((term.no, True), (term.yes, False)):
        for match in pattern.finditer(source.folded):
            if taken.isdisjoint(range(*match.span())):
                negated = not denied and _negates(source, match)
                taken.update(range(*match.span()))
                yield _said(source, term, match.start(), match.end(), denied=denied or negated)
    for match in term.words.finditer(source.folded):
        if not taken.isdisjoint(range(*match.span())):
            continue
        before, after = source.words(match.start(), match.end())
        polarity = _polarity(before, after)
        if polarity is None and (term.strict or not _bare(term)):
            continue
        more = len(after) if _NOT_AFTER.match(after) or _YES_AFTER.match(after) else 0
        start = match.start() - len(before.lstrip())
        yield _said(source, term, start, match.end() + more, denied=polarity is False)


def _bare(term: _Term) -> bool:
    """Return whether naming the thing is having it: a substance in the recipe, a trader in the firm's own words."""
    return term.name == "trader"


def _negates(source: Source, match: re.Match[str]) -> bool:
    before, _ = source.words(match.start(), match.end())
    return bool(re.search(r"(?:不|无|非|未|没有|不是|并非|免|谢绝|禁止)[^，。;、]{0,3}$", before))


def _said(source: Source, term: _Term, start: int, end: int, *, denied: bool) -> Statement:
    before, after = source.words(start, end)
    unsure = bool(_UNSURE.search(before + source.folded[start:end] + after))
    return Statement(topic=_topic(term.name), span=source.span(start, end), denied=denied, vague=unsure)


def judge(requirement: Statement, stated: Sequence[Statement]) -> Judgement:
    """Return 满足 when all an offer says of the term agrees with the request, 不满足 when all of it differs."""
    sure = [each for each in stated if not each.vague]
    agrees = {each.denied == requirement.denied for each in sure}
    if len(agrees) != 1 or len(sure) < len(stated):
        return Judgement(outcome=Verdict.UNKNOWN)
    return Judgement(outcome=Verdict.MET if agrees.pop() else Verdict.UNMET, proof=sure[0])


def ask(requirement: Statement) -> str:
    """Return what to ask about a term."""
    return f"是否符合“{requirement.span.text}”"
