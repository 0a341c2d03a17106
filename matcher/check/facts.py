"""What a posting says and has filled in, read once for all criteria."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from matcher.asking import Sought, sought
from matcher.asking.clauses import Role, clauses, rejoin, role
from matcher.check.words import all_vague, cue, wanted, words_of
from matcher.domain import Posting, Side
from matcher.quantity import Statement, required, stated, topic_label
from matcher.quantity.measure_table import topics
from matcher.taxonomy import Field, FieldType, Kind, kinds

_NUMERIC = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT})
_NAMING = re.compile(r"[A-Za-z0-9\u3400-\u9fff]")
_FIGURE = re.compile(r"\d|[一二两三四五六七八九十百千万半](?:个|家|人|名|台|次|项|天|周|月|年|小时|分钟|万|元)")
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A posting as its check sees it.

    `texts` are its title, detail and text attributes by field name, a detail that repeats its title once; `demands`
    what a request's texts require; `measured` the names of everything that has a number, in text or attributes;
    `body` all texts without a title that names nothing, vague words and what presents the writer, `figures` whether it has any number at all.
    """

    posting: Posting
    kind: Kind
    texts: dict[str, str]
    sought: Sought
    demands: tuple[Statement, ...]
    topics: frozenset[str]
    measured: frozenset[str]
    figures: bool
    body: str

    @property
    def request(self) -> bool:
        """Whether the posting asks for something."""
        return self.kind.side is Side.REQUEST

    @property
    def clear(self) -> bool:
        """Whether what is sought or offered has a name of its own."""
        return _is_name(self.sought.title)

    def filled(self, name: str) -> bool:
        """Return whether an attribute has a value; the posting's own windows fill those of its kind."""
        field = next((field for field in self.kind.fields if field.name == name), None)
        windows = bool(field and field.type is FieldType.WINDOWS and self.posting.windows)
        return windows or _has(self.posting.attributes.get(name))

    def hints_at(self, field: Field) -> bool:
        """Return whether the text says something of an attribute that is not filled."""
        if field.name == "technical_indicators":
            return bool(self.measured)
        if field.type in _NUMERIC:
            return field.name in self.measured
        return bool(cue(field.name).search(self.body)) or any(
            word in self.body for word in (field.label, *field.aliases)
        )


def read_facts(posting: Posting) -> Facts:
    """Return what a posting says and has filled in."""
    kind = kinds()[posting.kind]
    texts = dict(_texts(posting, kind))
    found = _sought(posting, kind.side)
    demands: tuple[Statement, ...] = ()
    if kind.side is Side.REQUEST:
        demands = tuple(read for field, text in texts.items() for read in required(text, field))
    said = [*demands, *_said(found, texts)]
    measured = {_key(kind, read) for read in said if _is_quantity(read)}
    measured |= {field.name for field in _numbers(posting, kind)}
    whole = "\n".join(body_of(text) for field, text in texts.items() if field != "title" or names_something(text))
    body = all_vague().sub("", whole)
    return Facts(
        posting=posting,
        kind=kind,
        texts=texts,
        sought=found,
        demands=demands,
        topics=frozenset(read.topic for read in said if _is_quantity(read)),
        measured=frozenset(measured),
        figures=bool(measured or _FIGURE.search(body)),
        body=body,
    )


def measures(facts: Facts, sentence: str) -> frozenset[str]:
    """Return what a sentence would add to `measured`."""
    reader = required if facts.request else stated
    return frozenset(_key(facts.kind, read) for read in reader(sentence, "detail") if _is_quantity(read))


def names_something(name: str) -> bool:
    """Return whether anything is left of a name without the words that name nothing (寻找合作, 优质供应商)."""
    left, before = all_vague().sub("", name), None
    while left != before:
        before, left = left, words_of("generic").sub("", left)
    return len(_NAMING.findall(left)) >= _FEWEST


def presents(text: str) -> bool:
    """Return whether a text only says who writes."""
    return all(role(part) is Role.ASKER for part in clauses(text))


def body_of(text: str) -> str:
    """Return a text without what presents the writer."""
    return rejoin([part for part in clauses(text) if role(part) is not Role.ASKER]) or ""


def _texts(posting: Posting, kind: Kind) -> Iterator[tuple[str, str]]:
    detail = posting.detail or ""
    if not detail.startswith(posting.title):
        yield "title", posting.title
    if detail.strip():
        yield "detail", detail
    for field in kind.fields:
        value = posting.attributes.get(field.name)
        if field.type is FieldType.TEXT and isinstance(value, str) and value.strip():
            yield f"attributes.{field.name}", value


def _sought(posting: Posting, side: Side) -> Sought:
    """Return what is sought: in the title, in a detail that repeats it, or in a detail that asks for something by name."""
    detail = " ".join((posting.detail or "").split())
    titled, told = sought(posting.title, detail, side=side), sought(detail, side=side)
    if detail.startswith(posting.title) and _is_name(told.title):
        return told
    return titled if _is_name(titled.title) or told.title == detail else told


def _is_name(text: str) -> bool:
    return names_something(text) and not presents(text)


def _said(found: Sought, texts: dict[str, str]) -> Iterator[Statement]:
    """Return every number that speaks of what is sought or offered, not of who asks."""
    yield from stated(found.title, "title")
    yield from stated(found.detail or "", "detail")
    for field, text in texts.items():
        if field.startswith("attributes."):
            yield from stated(text, field)


def _is_quantity(read: Statement) -> bool:
    """Return whether a statement is of a measured quantity, not of a date, place or certificate."""
    return read.topic in topics() and (read.low != -inf or read.high != inf) and not read.vague


def _key(kind: Kind, read: Statement) -> str:
    """Return what a statement measures: the attribute of that name, so that both count once, or its topic and head."""
    label, head = topic_label(read.topic), "".join(sorted(v for v in read.values if v.startswith("of=")))
    field = next((field.name for field in kind.fields if label in (field.label, *field.aliases)), None)
    return field or label + head


def _numbers(posting: Posting, kind: Kind) -> Iterator[Field]:
    for field in kind.fields:
        if field.type in _NUMERIC and _has(posting.attributes.get(field.name)):
            yield field


def _has(value: object) -> bool:
    return value is not None and value not in ("", [], ())


def mode_fields(facts: Facts) -> tuple[Field, ...]:
    """Return the attributes that say how the two sides would work together."""
    return fields_of(facts, wanted(facts.posting.kind).mode)


def fields_of(facts: Facts, names: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the kind's fields of these names, in their order."""
    known = {field.name: field for field in facts.kind.fields}
    return tuple(known[name] for name in names)
