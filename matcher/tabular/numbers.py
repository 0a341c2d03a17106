"""Numbers as people write them in cells: 约1.2亿, ３００ 人, 7-10天, ≥5万件, 280万元, 1200×800mm."""

import math
import re
import unicodedata
from dataclasses import dataclass

from matcher.errors import MatcherError

_SCALES = {"千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12, "k": 1e3, "w": 1e4}
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?"
_SCALE = r"万亿|千万|百万|亿|万|千(?![克瓦米伏])|k(?![a-z])|w(?![a-z])"
_DASH = r"[-~—–―至到]+"
_AMOUNT = re.compile(
    rf"(?P<lead>[^\d+\-]{{0,6}}?)(?P<low>{_NUMBER})\s*(?P<low_scale>{_SCALE})?\s*(?P<low_unit>[^\d~—–―至到-]*?)\s*"
    rf"(?:{_DASH}\s*(?P<high>{_NUMBER})\s*(?P<high_scale>{_SCALE})?\s*(?P<high_unit>[^\d]*))?"
)
_TIMES = re.compile(r"(?<=[\dm])\s*[x×*]\s*(?=φ?\d)")
_AMOUNT_ONLY = re.compile(r"^[\d.\s]+")
_LEADING = re.compile(r"万亿|千万|百万|亿|万|千(?![克瓦米伏])")
_QUALIFIER = re.compile(
    r"约|大概|将近|近(?=\d)|左右|上下|以上|以下|以内|不低于|不少于|不超过|不高于|不大于|不小于|至少|最多|最大|最小|超过|超(?=\d)"
    r"|大于|小于|等于|[≥≤><≈±=φ]|余|多(?!\w)|\+$"
)
_CURRENCY = re.compile(r"人民币|rmb|cny|[¥￥]|元整")
_FOREIGN = re.compile(r"美元|美金|usd|\$|欧元|eur|€|日元|港元|港币|hkd|英镑|gbp")
_TAIL = re.compile(r"\(.*?\)|[,;。、:/]\s*$|[,;。、:\s].*$")

_UNKNOWN_WORDS = (
    "- -- — —— / \\ 无 暂无 未知 不详 不明 待定 待确认 面议 另议 协商 详谈 保密 空 na n/a null "
    "none nan 未填 未填写 未公开 公告未明确列示 未明确 未列示 详见附件 见附件 详见公告 另行通知 "
    "不适用"
)
_UNKNOWN = frozenset(_UNKNOWN_WORDS.split())

_FACTORS: dict[str, dict[str, float]] = {
    "mm": {
        "mm": 1,
        "毫米": 1,
        "cm": 10,
        "厘米": 10,
        "m": 1000,
        "米": 1000,
        "μm": 1e-3,
        "微米": 1e-3,
        "丝": 0.01,
        "nm": 1e-6,
    },
    "m": {"m": 1, "米": 1, "cm": 0.01, "厘米": 0.01, "mm": 1e-3, "毫米": 1e-3},
    "μm": {"μm": 1, "微米": 1, "mm": 1000, "毫米": 1000, "nm": 1e-3, "纳米": 1e-3},
    "kg": {"kg": 1, "千克": 1, "公斤": 1, "g": 1e-3, "克": 1e-3, "t": 1000, "吨": 1000, "斤": 0.5},
    "㎡": {"㎡": 1, "平方米": 1, "平米": 1, "平方": 1, "平": 1, "亩": 2000 / 3, "公顷": 1e4, "平方公里": 1e6},
    "kg/㎡": {"kg/㎡": 1, "t/㎡": 1000, "kn/㎡": 101.972},
    "元/㎡/天": {"元/㎡/天": 1, "元/天/㎡": 1, "元/㎡/月": 12 / 365, "元/月/㎡": 12 / 365, "元/㎡/年": 1 / 365},
    "天": {"天": 1, "工作日": 1, "自然日": 1, "周": 7, "星期": 7, "月": 30, "小时": 1 / 24, "年": 365},
    "工作日": {"工作日": 1, "天": 1, "周": 5, "月": 22},
    "月": {"月": 1, "年": 12, "季度": 3, "天": 1 / 30, "周": 7 / 30},
    "小时": {"小时": 1, "h": 1, "机时": 1, "分钟": 1 / 60, "天": 24},
    "万元": {"元": 1e-4},
    "%": {"%": 1, "个百分点": 1, "‰": 0.1},
}
_COUNTS_WORDS = "家 台 人 个 名 位 套 件 条 间 项 张 组 只 支 部 所 台套 人次 户 份 台/套"
_COUNTS = frozenset(_COUNTS_WORDS.split())
_SPELLINGS = (
    ("m2", "㎡"), ("平方米", "㎡"), ("平米", "㎡"), ("/平", "/㎡"), ("㎡方", "㎡"), ("公斤/", "kg/"), ("吨/", "t/"),
    ("µ", "μ"), ("um", "μm"), ("/日", "/天"), ("块", "元"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """A number read from a cell, in the asked unit; `residue` is the unit text left when none was asked.

    `upper` is the other end of a range; `qualified` says that the cell holds more than the number and its unit.
    """

    value: float
    upper: float | None = None
    residue: str = ""
    qualified: bool = False


def plain(text: str) -> str:
    """Return text in half width, lower case, trimmed."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def is_unknown(value: object) -> bool:
    """Return whether a cell says that its value is not known: empty, 无, 面议, 公告未明确列示, NaN …"""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, str) and (not value.strip() or plain(value).strip("。. ") in _UNKNOWN)


def read_amount(value: object, unit: str | None, *, header_unit: str | None = None) -> Amount:
    """Return the number in a cell, in `unit`; `header_unit` is the unit its header states, used when the cell has none.

    A range gives its lower end and `upper`; sizes such as 1200×800 give the largest.
    :raises MatcherError: `number_unreadable`, or `unit_unknown` when the cell's unit does not measure `unit`.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        factor, residue = _factor(_spelt(header_unit or ""), unit, value)
        return Amount(_clean(value * factor), None, residue)
    text = _spelt(str(value))
    if _FOREIGN.search(text):
        raise MatcherError("unit_unknown", f"“{value}”是外币", remedy="请换算成人民币填写，如 50万元")
    bare = _QUALIFIER.sub("", _CURRENCY.sub("元" if "元整" in text else "", text))
    sizes = _TIMES.split(bare)
    if len(sizes) > 1:
        ending = _AMOUNT_ONLY.sub("", sizes[-1])
        found = [_amount(size if size[-1:].isalpha() else size + ending, unit, header_unit, value) for size in sizes]
        return Amount(max(amount.value for amount in found), qualified=True)
    amount = _amount(bare, unit, header_unit, value)
    return amount if bare == text else Amount(amount.value, amount.upper, amount.residue, True)


def _amount(text: str, unit: str | None, header_unit: str | None, value: object) -> Amount:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise MatcherError("number_unreadable", f"“{value}”不是数字", remedy="请填写数字，如 300 或 1.2万")
    own = match["high_unit"] or match["low_unit"] or ""
    ending = _TAIL.sub("", own).strip()
    scale = _SCALES.get(match["low_scale"] or ("" if match["low_unit"] else match["high_scale"]) or "", 1.0)
    used = ending or _spelt(header_unit or "")
    if not ending and scale != 1:
        used = _leading_scale(used)[1] or ("元" if unit == "万元" else "")
    factor, residue = _factor(used, unit, value)
    low = _clean(_plain_number(match["low"]) * scale * factor)
    qualified = bool(match["lead"].strip()) or ending != own.strip()
    if not match["high"]:
        return Amount(low, None, residue, qualified)
    high_scale = _SCALES[match["high_scale"]] if match["high_scale"] else scale
    return Amount(low, _clean(_plain_number(match["high"]) * high_scale * factor), residue, qualified)


def _plain_number(text: str) -> float:
    return float(text.replace(",", ""))


def _clean(number: float) -> float:
    return float(f"{number:.12g}")


def _factor(used: str, unit: str | None, value: object) -> tuple[float, str]:
    if unit is None:
        return _leading_scale(used)
    if not used or used == unit:
        return 1.0, ""
    table = _FACTORS.get(unit, {})
    used = used if used in table else used.removeprefix("个")
    scale, rest = (1.0, used) if used in table else _leading_scale(used)
    if rest in table:
        return scale * table[rest], ""
    if rest in ("", unit) or (unit in _COUNTS and rest in _COUNTS):
        return scale, ""
    raise MatcherError("unit_unknown", f"“{value}”的单位“{used}”不能换算成“{unit}”", remedy=f"请按“{unit}”填写数字")


def _leading_scale(text: str) -> tuple[float, str]:
    match = _LEADING.match(text)
    return (_SCALES[match[0]], text[match.end() :]) if match else (1.0, text)


def _spelt(text: str) -> str:
    text = plain(text)
    for old, new in _SPELLINGS:
        text = text.replace(old, new)
    return text
