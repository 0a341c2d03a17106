"""统一社会信用代码 (GB 32100-2015): normal form and problems. Real firms fail it, so only warn."""

import re
import unicodedata

_CHARSET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_SHAPE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}")
# GB 11714: the organisation code in places 9 to 17 has letters worth 10 to 35, and a check character of its own.
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def normalise_uscc(text: str) -> str:
    """Return a code in half-width capitals without white space, hyphens or invisible characters."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(mark for mark in folded if mark.isalnum())


def uscc_problems(code: str) -> tuple[str, ...]:
    """Return warnings in Chinese about a normalised code; empty when it meets GB 32100-2015.

    Length and characters come first; both check characters are only looked at when those are right.
    """
    if len(code) != 18:
        return (f"统一社会信用代码应为 18 位，现为 {len(code)} 位",)
    if not _SHAPE.fullmatch(code):
        return (_bad_characters(code),)
    problems = []
    if code[17] != (expected := _check_character(code)):
        problems.append(f"统一社会信用代码校验位应为 {expected}，现为 {code[17]}，请核对是否有录入错误")
    if code[16] != (expected := _organisation_check(code[8:16])):
        problems.append(f"主体标识码（第 9–17 位）校验位应为 {expected}，现为 {code[16]}，请核对是否有录入错误")
    return tuple(problems)


def _bad_characters(code: str) -> str:
    foreign = "、".join(dict.fromkeys(mark for mark in code if mark not in _CHARSET))
    if foreign:
        return f"统一社会信用代码含有不允许的字符：{foreign}（不使用 I、O、S、V、Z）"
    return f"统一社会信用代码第 3–8 位应为数字（登记机关行政区划码），现为 {code[2:8]}"


def _check_character(code: str) -> str:
    total = sum(_CHARSET.index(mark) * weight for mark, weight in zip(code[:17], _WEIGHTS, strict=True))
    return _CHARSET[-total % 31]


def _organisation_check(body: str) -> str:
    total = sum(_ORGANISATION.index(mark) * weight for mark, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]
