"""Cells as typed values: texts, lists, choices, numbers, dates."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from rapidfuzz import fuzz, process

from matcher.errors import MatcherError
from matcher.tabular.dates import Edge, read_date
from matcher.tabular.numbers import is_unknown, plain, read_amount
from matcher.taxonomy import Field, FieldType, industry_code, region_code

_LIST = re.compile(r"[、,，;；\n\r]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BRACKETED = re.compile(r"[（(【\[][^（）()【】\[\]]*[）)】\]]")
_YES_WORDS = "是 有 需 需要 可 可以 能 支持 接受 具备 y yes true 1 √ ✓ ✔ 已 对"
_YES = frozenset(_YES_WORDS.split())
_NO_WORDS = "否 无 不需 不需要 不可 不可以 不能 不支持 不接受 不具备 没有 n no false 0 × x ✗ 未 不是"
_NO = frozenset(_NO_WORDS.split())
_NEAR = 82
_OPTION_SPLIT = re.compile(r"[/／|、,，;；]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A typed value ready for `attributes`, with what else the cell said.

    `keep` asks for the cell's own text to be kept beside the value; `unit` is a unit that came with a bare number;
    `note` is a warning in words.
    """

    value: object
    keep: bool = False
    unit: str = ""
    note: str | None = None


def read_field(value: object, field: Field, *, as_of: date, header_unit: str | None = None) -> Reading:
    """Return a cell read as a field's type (any but windows); one that says 无 or 面议 reads as None and is kept as text.

    Money is in 万元, percent in points, dates in ISO text, a range as its lower end with a note.
    :raises MatcherError: with a `remedy` in its details when the cell cannot be read.
    """
    if is_unknown(value) and field.type not in (FieldType.TEXT, FieldType.BOOL):
        return Reading(None, keep=True)
    return _READERS[field.type](value, field, as_of, header_unit)


def read_list(value: object) -> tuple[str, ...]:
    """Return the items of a cell, cut at 、,，;； and line breaks outside brackets, without repeats."""
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(text_of(item) for item in value if text_of(item)))
    kept: list[str] = []

    def stash(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x00{len(kept) - 1}\x00"

    masked = _BRACKETED.sub(stash, text_of(value))
    items = (re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m[1])], item).strip(" 。.　") for item in _LIST.split(masked))
    return tuple(dict.fromkeys(item for item in items if item))


def read_bool(value: object) -> bool:
    """Return whether a cell says yes.

    :raises MatcherError: `bool_unreadable`.
    """
    if isinstance(value, bool):
        return value
    text = text_of(value).lower().strip("。. ")
    if text in _YES or text in _NO:
        return text in _YES
    raise MatcherError("bool_unreadable", f"“{value}”看不出是或否", remedy="请填“是”或“否”")


def read_option(value: object, options: Sequence[str], aliases: Mapping[str, str] = MappingProxyType({})) -> Reading:
    """Return the option a cell names: itself, an alias, the only one it contains or is part of, or a near spelling.

    :raises MatcherError: `option_unknown`, listing the options.
    """
    text = text_of(value)
    exact = {plain(option): option for option in options} | {plain(alias): option for alias, option in aliases.items()}
    if plain(text) in exact:
        return Reading(exact[plain(text)])
    chosen = [exact[plain(part)] for part in _OPTION_SPLIT.split(text) if plain(part) in exact]
    if chosen:
        return Reading(
            chosen[0], keep=True, note=f"“{text}”选了多项，按第一项“{chosen[0]}”处理" if len(chosen) > 1 else None
        )
    inside = [
        option for option in options if len(text) > 1 and (plain(option) in plain(text) or plain(text) in plain(option))
    ]
    if len(inside) == 1:
        return Reading(inside[0], keep=True)
    near = process.extractOne(text, options, scorer=fuzz.ratio, score_cutoff=_NEAR) if len(text) > 2 else None
    if near is not None:
        return Reading(near[0], keep=True, note=f"“{text}”按“{near[0]}”处理")
    if "其他" in options:
        return Reading("其他", keep=True, note=f"“{text}”不在可选值里，按“其他”处理，原文已保留")
    raise MatcherError("option_unknown", f"“{text}”不在可选值里", remedy=f"请填：{'、'.join(options)}")


def _contains(option: str, text: str) -> bool:
    return plain(option) in plain(text) or plain(text) in plain(option)


def text_of(value: object) -> str:
    """Return a cell's text: whole numbers without .0, dates in ISO form, trimmed, without control characters."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return _CONTROL.sub("", str(value)).strip()


def plain_value(value: object) -> object:
    """Return a cell as JSON can hold it: text cleaned, dates and odd numbers as text, containers item by item."""
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {text_of(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return text_of(value)


def _text(value: object, field: Field, as_of: date, header_unit: str | None) -> Reading:
    return Reading(text_of(value))


def _number(value: object, field: Field, as_of: date, header_unit: str | None) -> Reading:
    unit = {FieldType.MONEY: "万元", FieldType.PERCENT: "%"}.get(field.type, field.unit)
    amount = read_amount(value, unit, header_unit=header_unit)
    whole = field.type is FieldType.INTEGER or (amount.value.is_integer() and abs(amount.value) < 1e15)
    number = round(amount.value) if whole else amount.value
    note = None
    if amount.upper is not None:
        note = f"“{value}”是一个范围，数值按下限 {number:g} 处理，原文已保留"
    return Reading(number, keep=amount.qualified or note is not None, unit=amount.residue, note=note)


def _date(value: object, field: Field, as_of: date, header_unit: str | None) -> Reading:
    day = read_date(value, as_of=as_of, edge=Edge.START if "起" in field.label or "from" in field.name else Edge.END)
    return Reading(day.isoformat() if day else None, keep=day is None)


_READERS: Mapping[FieldType, Callable[[object, Field, date, str | None], Reading]] = {
    FieldType.TEXT: _text,
    FieldType.LIST: lambda value, field, as_of, unit: Reading(list(read_list(value))),
    FieldType.INTEGER: _number,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.PERCENT: _number,
    FieldType.BOOL: lambda value, field, as_of, unit: Reading(read_bool(value)),
    FieldType.DATE: _date,
    FieldType.ENUM: lambda value, field, as_of, unit: read_option(value, field.options),
    FieldType.REGION: lambda value, field, as_of, unit: Reading(region_code(text_of(value))),
    FieldType.INDUSTRY: lambda value, field, as_of, unit: Reading(industry_code(text_of(value))),
}
