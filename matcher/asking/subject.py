"""What a clause that complains or states an amount is about: 目前市面上的 X 质量参差不齐, X 每月消耗三吨."""

import re

from matcher.asking.phrase import trim
from matcher.asking.words import compiled, inside_word, tagged

_LIMIT = 60
_EFFECT = r"^(?:<subject.adverb>)*(?:<subject.effect>)"
_SELF = r"^(?><asker.self>)(?!(?:<subject.time>|<subject.adverb>)*(?:<subject.use>))"
_BEFORE = (
    r"^(?:<context.reason>)?(?:<subject.time>|<subject.market>|的|，)*(?:<asker.self>)?(?:<subject.time>|<subject.adverb>)*"
    r"(?:<subject.use>了?(?:[多几数\d一二三四五六七八九十]+年)?的|现用的?)?"
)
_STATES = r"<context.strain>|<subject.fault+subject.fault_re>|<subject.amount>"
_USED = r"(?:[上里中时]|需要?|要|会|得)+(?:使?用到|用上)(?P<object>[^，。]{2,40})$"
_TOPIC = re.compile(r"(?:这一?[块项类种]|这个|这些|这方面|方面|上|的|来说|而言)$")


def told_of(text: str) -> str:
    """Return what a complaint, an amount or a use is told of; empty when the clause tells none, or of the asker's own work."""
    if len(text) <= _LIMIT and (used := compiled(_USED).search(text)):
        return trim(used["object"])
    if len(text) > _LIMIT or is_effect(text) or not compiled(_STATES).search(text) or _is_own(text):
        return ""
    head = compiled(_BEFORE).match(text)
    rest = text[head.end() :] if head and not inside_word(text, head.end()) else text
    thing = _TOPIC.sub("", rest[: _end(rest)])
    firm = compiled(r"(?:<supplier.made>)?<supplier.nouns>").search(thing or rest, 2)
    if firm and not inside_word(thing or rest, firm.end()):
        thing = (thing or rest)[: firm.start()]
    return "" if compiled(r"^<subject.aspect>$").match(thing) else trim(thing)


def is_effect(text: str) -> bool:
    """Whether a clause tells what comes of the complaint before it: 影响了我公司的交付."""
    return bool(compiled(_EFFECT).match(text))


def _is_own(text: str) -> bool:
    """Whether a clause complains of the asker itself, not of what it uses."""
    own = compiled(_SELF).match(text)
    return bool(own and not inside_word(text, own.end()) and not compiled(r"<subject.amount>").search(text))


def _end(text: str) -> int:
    """Return where the predicate begins, 0 when none follows a thing."""
    words = tagged(text)
    at = 0
    for word, tag in words:
        if at and (_turns(word, tag) or _judged(text, at)):
            return at
        at += len(word)
    return 0


def _turns(word: str, tag: str) -> bool:
    """Whether a word opens a predicate: 老是, 不, 依赖, 每月."""
    return (tag == "d" and len(word) > 1) or bool(
        compiled(r"<subject.turn>|<subject.amount>|<context.strain>|<subject.fault>").fullmatch(word)
    )


def _judged(text: str, place: int) -> bool:
    """Whether an aspect stands at `place` and what follows judges it: 质量|不稳, not 质量|检测仪."""
    aspect = compiled(r"<subject.aspect>|<subject.aspect_re>").match(text, place)
    if not aspect or inside_word(text, aspect.end()):
        return False
    word, tag = next(iter(tagged(text[aspect.end() :])), ("", ""))
    return bool(word) and (_judged(text, aspect.end()) or not tag.startswith("n"))
