"""Needs numbered inside one cell, and the title of a text that has none."""

import re

_CHINESE = "一二三四五六七八九十"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_STYLES = (
    re.compile(r"(?:^|(?<=[\s；;。！!：:]))(\d{1,2})\s*[.、．)）](?!\d)\s*"),
    re.compile(r"(?:^|(?<=[\s；;。！!：:]))[（(](\d{1,2})[）)]\s*"),
    re.compile(rf"([{_CIRCLED}])\s*"),
    re.compile(rf"(?:^|(?<=[\s；;。！!：:]))[（(]([{_CHINESE}]{{1,3}})[）)]\s*、?"),
    re.compile(rf"(?:^|(?<=[\s；;。！!：:]))([{_CHINESE}]{{1,3}})、\s*"),
    re.compile(rf"(?:^|(?<=[\s；;。！!：:]))需求([{_CHINESE}\d]{{1,3}})\s*[：:、.]?\s*"),
)
_LEAD_CHARS = 12
_CLAUSE = re.compile(r"[。！？!?；;\n\r]|[，,](?=.{0,200})")
_TITLE_CHARS = 40


def split_numbered(text: str) -> tuple[str, ...]:
    """Return the items of a text that is a numbered list (1. 2. / (1) / ① / （一） / 一、), else the text alone.

    The numbers must run 1, 2, 3 … from the start (a lead-in of a few characters is dropped) in one style.
    """
    for style in _STYLES:
        marks = _in_order(list(style.finditer(text)))
        if len(marks) >= 2 and marks[0].start() <= _LEAD_CHARS and _is_lead(text[: marks[0].start()]):
            ends = [mark.start() for mark in marks[1:]] + [len(text)]
            items = [text[mark.end() : end].strip(" ;；\n\r\t　") for mark, end in zip(marks, ends, strict=True)]
            if all(items):
                return tuple(items)
    return (text,)


def title_of(text: str) -> str:
    """Return the first clause of a text, at most 40 characters, always a prefix of the text."""
    text = text.strip()
    for match in _CLAUSE.finditer(text):
        if match.start() > _TITLE_CHARS:
            break
        if match.start() >= 6 or match[0] not in "，,":
            head = text[: match.start()].rstrip()
            if head:
                return head
    return text[:_TITLE_CHARS].rstrip()


def _in_order(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    kept: list[re.Match[str]] = []
    for mark in marks:
        if _value(mark[1]) == len(kept) + 1:
            kept.append(mark)
    return kept


def _is_lead(lead: str) -> bool:
    return not lead.strip() or lead.rstrip()[-1] in "：:；;。" or lead.strip() in ("需求", "主要需求", "企业需求")


def _value(mark: str) -> int:
    if mark.isdigit() and mark.isascii():
        return int(mark)
    if mark in _CIRCLED:
        return _CIRCLED.index(mark) + 1
    if len(mark) == 1 and mark in _CHINESE:
        return _CHINESE.index(mark) + 1
    tens, _, ones = mark.partition("十")
    return 10 * (_CHINESE.find(tens) + 1 if tens else 1) + (_CHINESE.find(ones) + 1 if ones else 0)
