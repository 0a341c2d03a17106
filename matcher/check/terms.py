"""The other two criteria: terms that can be checked, in time, and a way to work together with every field filled."""

import re
from datetime import date, timedelta

from matcher.check.base import OUT_OF, Criterion, Edit, Hint, ReadCondition
from matcher.check.criteria import continued, quoted
from matcher.check.facts import Facts, fields_of, mode_fields
from matcher.check.words import sample, wanted, words_of
from matcher.conditions import condition_text
from matcher.domain import Span
from matcher.taxonomy import Field, FieldType

_OPEN_DAYS = 90
_DUE_DAYS = 60
_SHOWN = 3
_STATED, _READ = 3, 2
_REQUIRED, _MODE = 3, 2
_TIMES = frozenset({FieldType.DATE, FieldType.WINDOWS})
_WHEN = re.compile(
    r"\d{4}\s*[年./-]\s*\d{1,2}|\d{1,2}月\d{1,2}[日号]|(?:年|月|季)[底末初]|[上下本]半?年|[上下本]个?[月周]|每[周月日]"
    r"|(?:(?<!\d)\d{1,3}|[一二两三四五六七八九十半])\s*(?:个工作日|工作日|个月|天|日|周|年|个季度|小时)"
)


def terms(facts: Facts, read: tuple[ReadCondition, ...], *, as_of: date) -> Criterion:
    """Return a request's conditions (0–3) and times (0–2), or an offer's evidence (0–4) and time (0–1)."""
    if facts.request:
        parts = [_conditions(facts, read), _until(facts, as_of), _when(facts, as_of)]
        label = "条件与期限"
    else:
        fields = fields_of(facts, wanted(facts.posting.kind).evidence)
        parts = [*(_evidence(facts, field) for field in fields), _available(facts, as_of)]
        label = "凭据与时间"
    hints = tuple(hint for _, found in parts for hint in found)
    return Criterion(name="terms", label=label, points=sum(points for points, _ in parts), hints=hints)


def _conditions(facts: Facts, read: tuple[ReadCondition, ...]) -> tuple[int, tuple[Hint, ...]]:
    if facts.posting.conditions:
        return _STATED, ()
    if read:
        shown = "；".join(f"{quoted(one.span.text)}→ {condition_text(one.condition)}" for one in read[:_SHOWN])
        text = f"文中读出 {len(read)} 项条件，确认后写入条件（conditions）才会用来排除：{shown}"
        return _READ, (Hint(text=text, edits=tuple(Edit(field="conditions", value=one.condition) for one in read)),)
    proposed = wanted(facts.posting.kind).condition
    said = [field for field in fields_of(facts, wanted(facts.posting.kind).require) if facts.filled(field.name)]
    example = Edit(field="conditions", value=proposed, sample=True)
    if said:
        text = (
            f"“{said[0].label}”还不能逐条核对：把其中能核实的写入条件（conditions），例如“{condition_text(proposed)}”"
        )
        return _READ, (Hint(text=text, edits=(example,)),)
    match = next((m for text in facts.texts.values() if (m := words_of("terms", "qualified").search(text))), None)
    opening = f"{quoted(match[0])}没有写是什么" if match else "没有写对对方的要求"
    text = f"{opening}：补充能核实的条件，例如“{condition_text(proposed)}”"
    return 0, (Hint(text=text, edits=(example,)),)


def _until(facts: Facts, as_of: date) -> tuple[int, tuple[Hint, ...]]:
    until, proposed = facts.posting.valid_until, as_of + timedelta(days=_OPEN_DAYS)
    if until is not None and until >= as_of:
        return 1, ()
    problem = (
        f"截止日期 {until} 已过：改写有效期止（valid_until）" if until else "未写截止日期：补充有效期止（valid_until）"
    )
    edit = Edit(field="valid_until", value=proposed.isoformat(), sample=True)
    return 0, (Hint(text=f"{problem}，例如 {proposed.isoformat()}", edits=(edit,)),)


def _when(facts: Facts, as_of: date) -> tuple[int, tuple[Hint, ...]]:
    """Return whether a request says by when it is to be met."""
    if _timed(facts) or _WHEN.search(facts.body):
        return 1, ()
    due = as_of + timedelta(days=_DUE_DAYS)
    words = f"{due.year}年{due.month}月{due.day}日前"
    for name, text in facts.texts.items():
        if match := words_of("terms", "soon").search(text):
            span = Span(field=name, start=match.start(), end=match.end(), text=match[0])
            edit = Edit(field=name, value=words, span=span, sample=True)
            return 0, (Hint(text=f"{quoted(match[0])}没有日期：改成“{words}”", edits=(edit,)),)
    field = next((field for field in facts.kind.fields if field.type is FieldType.DATE), None)
    if field is None:
        return 0, (
            Hint(text=f"未写何时需要：补一句“须在{words}完成”", edits=(continued(facts.posting, f"须在{words}完成"),)),
        )
    edit = Edit(field=f"attributes.{field.name}", value=due.isoformat(), sample=True)
    return 0, (Hint(text=f"未写{field.label}：补充该项（{edit.field}），例如 {due.isoformat()}", edits=(edit,)),)


def _timed(facts: Facts) -> bool:
    """Return whether windows or an attribute say when or how long."""
    names = wanted(facts.posting.kind).time
    dated = any(field.type in _TIMES and facts.filled(field.name) for field in facts.kind.fields)
    return bool(facts.posting.windows) or dated or any(facts.filled(name) for name in names)


def _available(facts: Facts, as_of: date) -> tuple[int, tuple[Hint, ...]]:
    points, hints = _until(facts, as_of)
    return (1, ()) if facts.posting.valid_until is None and _timed(facts) else (points, hints)


def _evidence(facts: Facts, field: Field) -> tuple[int, tuple[Hint, ...]]:
    if facts.filled(field.name):
        return 2, ()
    hinted = facts.hints_at(field)
    problem = f"文中提到了{field.label}" if hinted else f"未写{field.label}"
    edit = _filling(field)
    action = "填写后才能逐条核对" if hinted else "补充后对方才能判断"
    return int(hinted), (Hint(text=f"{problem}：{action}（{edit.field}），例如“{_shown(edit.value)}”", edits=(edit,)),)


def _filling(field: Field) -> Edit:
    return Edit(field=f"attributes.{field.name}", value=sample(field), sample=True)


def _shown(value: object) -> str:
    return (
        "、".join(map(str, value)) if isinstance(value, list | tuple) else {True: "是"}.get(value is True, str(value))
    )


def cooperation(facts: Facts) -> Criterion:
    """Return the way to work together or the price (0–2) and how many of the kind's required fields are filled (0–3)."""
    mode, mode_hints = _mode(facts)
    filled, field_hints = _required(facts)
    return Criterion(
        name="cooperation",
        label="合作方式与必填项",
        points=min(OUT_OF, mode + filled),
        hints=(*mode_hints, *field_hints),
    )


def _mode(facts: Facts) -> tuple[int, tuple[Hint, ...]]:
    fields = mode_fields(facts)
    if any(facts.filled(field.name) for field in fields):
        return _MODE, ()
    match = words_of("modes").search(facts.body)
    edit = _filling(fields[0])
    label = fields[0].label
    problem = f"文中说到{quoted(match[0])}，但没有填" if match else "未写合作方式或价格"
    options = f"可选：{'、'.join(fields[0].options)}" if fields[0].options else f"例如“{_shown(edit.value)}”"
    return int(bool(match)), (Hint(text=f"{problem}：填写“{label}”（{edit.field}），{options}", edits=(edit,)),)


def _required(facts: Facts) -> tuple[int, tuple[Hint, ...]]:
    """Return the points for required fields, one that the text only hints at counting half, and one hint for the rest."""
    fields = [field for field in facts.kind.fields if field.required]
    missing = [field for field in fields if not facts.filled(field.name)]
    halves = 2 * (len(fields) - len(missing)) + sum(facts.hints_at(field) for field in missing)
    points = _REQUIRED * halves // (2 * len(fields))
    if not missing:
        return points, ()
    edits = tuple(_filling(field) for field in missing)
    shown = "；".join(
        f"{field.label}（{edit.field}），例如“{_shown(edit.value)}”" for field, edit in zip(missing, edits, strict=True)
    )
    return points, (Hint(text=f"必填项还缺：{shown}", edits=edits),)
