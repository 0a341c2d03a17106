"""Phone numbers, also those a spreadsheet program has turned into numbers."""

import re

from matcher.errors import MatcherError
from matcher.tabular.model import shown
from matcher.tabular.numbers import plain

_EXPONENT = re.compile(r"(\d)(?:\.(\d+))?e\+?(\d{1,2})")
_PHONE = re.compile(r"(?:\+?86[- ]?)?(1[3-9]\d{9})")
_LANDLINE = re.compile(
    r"\(?(?:\+?86[- ]?)?\(?(0\d{2,3})\)?[- ]?(\d{7,8})(?:[-转#x](\d{1,6}))?|[48]00[- ]?\d{3}[- ]?\d{4}|\d{7,8}"
)
LONGEST = 100
"""A cell of phone numbers holds no more characters."""


def read_phone(value: object) -> str:
    """Return a phone number as digits; one that a spreadsheet turned into 1.38E+10 is recovered when no digit is lost.

    :raises MatcherError: `phone_lost` or `phone_unreadable`.
    """
    text = plain(str(int(value))) if isinstance(value, float) and value.is_integer() else plain(str(value))
    exponent = _EXPONENT.fullmatch(text)
    if exponent is not None:
        whole, fraction, power = exponent[1], exponent[2] or "", int(exponent[3])
        if len(fraction) < 9 or power != 10:
            raise MatcherError(
                "phone_lost",
                f"电话“{value}”被表格软件转成了科学计数，丢了后几位",
                remedy="请把该列设为“文本”格式后重新填写完整号码",
            )
        text = (whole + fraction).ljust(power + 1, "0")[: power + 1]
    found = _phones(text.removesuffix(".0")) if len(text) <= LONGEST else []
    if not found:
        raise MatcherError(
            "phone_unreadable",
            f"“{shown(value)}”不是电话号码",
            remedy="请填 11 位手机号，或带区号的座机，如 010-12345678",
        )
    return "、".join(found)


def _phones(text: str) -> list[str]:
    compact = re.sub(r"(?<=\d{3})[ \-](?=\d{4})", "", text)
    mobiles = _PHONE.findall(compact)
    landlines = (match[0] for match in _LANDLINE.finditer(_PHONE.sub(" ", compact) if mobiles else text))
    return list(dict.fromkeys([*mobiles, *landlines]))
