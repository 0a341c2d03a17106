"""Numerals of Chinese industrial text: arabic, full-width, Chinese and mixed (1.5万, 三千, 十余, 两三), as ranges."""

import re
from dataclasses import dataclass
from functools import lru_cache

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_SECTIONS = {"万": 10**4, "亿": 10**8}
_SCALES = {"k": 10**3, "w": 10**4, **_PLACES, **_SECTIONS}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_SAME_LENGTH: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if code != 0xFF0C},
    **dict.fromkeys(map(ord, "～∼〜—–―"), "~"),
    **dict.fromkeys(map(ord, "－−‐﹣"), "-"),
    **dict.fromkeys(map(ord, "✕✖╳＊*"), "×"),
    **dict.fromkeys(map(ord, "φфØø⌀∅Ф"), "Φ"),
    **dict.fromkeys(map(ord, "≧⩾"), "≥"),
    **dict.fromkeys(map(ord, "≦⩽"), "≤"),
    **dict.fromkeys(map(ord, "•∙⋅・"), "·"),
    **dict.fromkeys(map(ord, "　\xa0\t"), " "),
    0xB5: "μ",
}

_HAN = "零〇一二两三四五六七八九十百千万亿"
_NUMBER = re.compile(
    rf"""
    (?=[\d{_HAN}半单整])
    (?P<parts>百分之|千分之|万分之)?
    (?:
      (?<!\d)(?P<arabic>\d{{1,3}}(?:,\d{{3}}){{1,4}}(?!\d)(?:\.\d{{1,12}})?|\d{{1,15}}(?!\d)(?:\.\d{{1,12}})?)
      (?:×10(?P<power>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}}))?
    | (?<![{_HAN}]{{20}})(?P<han>[{_HAN}]{{1,20}}(?![{_HAN}])(?:点[零〇一二三四五六七八九]{{1,12}})?)
    | (?P<half>半)(?=个?[年月天日周小])
    | (?P<one>[单整])(?=[件瓶个只台套支片条卷箱托柜车桶]\ ?(?:起|即|也|可|购|就|打|能|订))
    )
    (?P<more>[余多来])?
    (?:\ ?(?P<scale>[十百千]?[万亿]{{1,2}}|[百千]|[kKwW](?=[元件只个套片台㎡平])))?
    (?P<plus>[余多来])?
    """,
    re.VERBOSE,
)
_PARTS = {"百分之": 1.0, "千分之": 0.1, "万分之": 0.01}


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral at [start, end) of the folded text; `low` < `high` for 十余, 两三 and the like.

    `scale` is that of the 万 or 亿 after the digits (3~5万 lends it to the 3). `percent` says that the words themselves
    make it a percentage (百分之五).
    """

    low: float
    high: float
    start: int
    end: int
    scale: float = 1.0
    percent: bool = False


@lru_cache(maxsize=16)
def fold(text: str) -> str:
    """Return `text` with full-width and variant characters folded one to one, so that positions stay those of `text`."""
    return text.translate(_SAME_LENGTH)


def chinese_number(words: str) -> float:
    """Return the value of a Chinese numeral: 三千五百, 十二, 两万, 一点五, and digit by digit 二〇二六.

    :raises KeyError: when a character is not a numeral.
    """
    whole, _, fraction = words.partition("点")
    tail = sum(_DIGITS[digit] / 10.0**place for place, digit in enumerate(fraction, 1))
    if len(whole) > 1 and all(char in _DIGITS for char in whole):
        return int("".join(str(_DIGITS[char]) for char in whole)) + tail
    total = section = digit = 0
    for char in whole:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _PLACES:
            section += (digit or 1) * _PLACES[char]
            digit = 0
        elif char == "亿":
            total, section, digit = (total + section + digit or 1) * _SECTIONS[char], 0, 0
        else:
            total, section, digit = total + (section + digit or 1) * _SECTIONS[char], 0, 0
    return total + section + digit + tail


def numbers(folded: str) -> list[Number]:
    """Return every numeral of a folded text in order; Chinese ones too, whether or not a unit follows."""
    return [_number(match) for match in _NUMBER.finditer(folded)]


def _number(match: re.Match[str]) -> Number:
    low, high = _values(match)
    more = match["more"] or match["plus"]
    if more and more != "来":
        high = low + _step(low)
    elif more:
        low, high = low * 0.9, low * 1.1
    scale = _scale(match["scale"] or "")
    if match["parts"]:
        scale *= _PARTS[match["parts"]]
    return Number(
        low=_clean(low * scale),
        high=_clean(high * scale),
        start=match.start(),
        end=match.end(),
        scale=scale,
        percent=bool(match["parts"]),
    )


def _values(match: re.Match[str]) -> tuple[float, float]:
    if match["half"] or match["one"]:
        return (0.5, 0.5) if match["half"] else (1.0, 1.0)
    if match["arabic"]:
        value = float(match["arabic"].replace(",", ""))
        power = int(match["power"].translate(_SUPERSCRIPTS)) if match["power"] else 0
        raised: float = value * 10.0**power
        return raised, raised
    words = match["han"]
    if len(words) == 2 and all(_DIGITS.get(char, 0) for char in words) and _DIGITS[words[0]] < _DIGITS[words[1]]:
        return _DIGITS[words[0]], _DIGITS[words[1]]
    value = chinese_number(words)
    return value, value


def _step(value: float) -> float:
    """Return the size of the last digit said: 十余 is below 20, 300余 below 400, 5万余 (five, then 万) below 6."""
    step = 1.0
    while value and value % (step * 10) == 0:
        step *= 10
    return step


def _scale(words: str) -> float:
    scale = 1.0
    for word in words.lower():
        scale *= _SCALES[word]
    return scale


def _clean(value: float) -> float:
    """Return `value` without the last bits of a binary product, so that 1.1万 is 11000."""
    return float(f"{value:.12g}")
