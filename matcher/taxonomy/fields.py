"""Typed fields: what a value of `attributes` or of a register's column must be."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matcher.errors import MatcherError

_SHOWN = 60


class FieldType(StrEnum):
    """Type of a value; `MONEY` is in 万元, `PERCENT` in percent points, `FIRM` the id of an enterprise."""

    TEXT = "text"
    LIST = "list"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    BOOL = "bool"
    DATE = "date"
    ENUM = "enum"
    REGION = "region"
    INDUSTRY = "industry"
    WINDOWS = "windows"
    FIRM = "firm"


NUMBERS = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY, FieldType.PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One typed field: `name` is the key, `label` the Chinese column name, `options` the values of an enum."""

    name: str
    label: str
    type: FieldType
    unit: str | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    aliases: tuple[str, ...] = ()


def check_value(field: Field, value: object, *, place: str) -> None:
    """Check that a value is of the field's type; `place` names where it stands, such as attributes.

    :raises MatcherError: `bad_attribute`.
    """
    if field.type in NUMBERS:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif field.type is FieldType.LIST:
        fits = isinstance(value, list | tuple)
    elif field.type is FieldType.BOOL:
        fits = isinstance(value, bool)
    elif field.type is FieldType.ENUM:
        fits = value in field.options
    else:
        fits = isinstance(value, str | list | tuple)
    if not fits:
        wanted = f"可选：{'、'.join(field.options)}" if field.options else f"应为 {field.type}"
        shown = repr(value)[:_SHOWN]
        raise MatcherError("bad_attribute", f"{place}.{field.name}（{field.label}）的值 {shown} 不符：{wanted}")


def is_date(value: object) -> bool:
    """Return whether a value is a day in ISO form."""
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False
