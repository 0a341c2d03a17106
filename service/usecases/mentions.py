"""Where a text tells a person's telephone number or e-mail address, however it is written."""

import re
from collections.abc import Iterable

_FEWEST, _MOST = 7, 15
_LONGEST_NATIONAL = 11
_ADDRESS = re.compile(r"[^@＠\s]+[@＠][^@＠\s]+\.[^@＠\s]+")
_BETWEEN = r"[\s().（）·－–—-]{0,3}"
_PREFIX = rf"(?:(?:[+＋]|00)?86{_BETWEEN})?"


def digits(number: str) -> str:
    """Return the digits of a number without the country code 86, by which two ways to write one are the same."""
    found = "".join(str(int(one)) for one in number if one.isdecimal()).removeprefix("00")
    return found.removeprefix("86") if len(found) > _LONGEST_NATIONAL else found


def is_number(text: str) -> bool:
    """Return whether a text is long enough to be one person's number; of shorter ones every text is full."""
    return _FEWEST <= len(digits(text)) <= _MOST


def is_address(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def mentions(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds numbers and addresses in a text; of `words`, those that are neither are left out."""
    found = [_address(word) if is_address(word) else _number(word) for word in sorted(set(words)) if _known(word)]
    return re.compile("|".join(found) or r"(?!)", re.IGNORECASE)


def _known(word: str) -> bool:
    return is_address(word) or is_number(word)


def _address(word: str) -> str:
    user, host = re.split("[@＠]", word.strip())
    return rf"(?<![\w.+-]){re.escape(user)}[@＠]{re.escape(host)}(?![\w-]|\.\w)"


def _number(word: str) -> str:
    either = (f"[{one}{chr(ord('０') + int(one))}]" for one in digits(word))
    return rf"(?<!\d){_PREFIX}{_BETWEEN.join(either)}(?!\d)"
