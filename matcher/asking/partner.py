"""Requests put as a bond with a firm: 想与 X 生产企业建立配套关系, 希望对接 X 厂家, 盼有 X 厂家支持."""

import re
from dataclasses import dataclass

from matcher.asking.phrase import supplier_only, trim
from matcher.asking.words import compiled

_FIRM = r"(?P<whom>[^，。；]{0,40}?(?:<supplier.nouns>|(?<=服务)商))(?:们|之间)?"
_WISH = r"(?:<partner.wish>)(?:<partner.able>|<asker.self>)*"
_BONDS = (
    rf"{_WISH}(?:<partner.joining>){_FIRM}(?:<partner.manner>)*(?:<partner.bond>)[^，。；]{{0,16}}$",
    rf"{_WISH}(?:<partner.reaching>){_FIRM}(?:<partner.manner>|合作|为盼)*$",
)
_CALLS = (
    rf"(?:<partner.calling>)(?:<partner.able>|(?!<supplier.quality>)<context.lead_re>)*{_FIRM}(?:<partner.able>|<partner.manner>|前来|来)*"
    r"(?:(?:与|和|跟|同|给|向|为)<asker.self>)?(?:<partner.manner>)*(?:<partner.coming>)[^，。；]{0,40}$",
    rf"(?:<partner.calling>)(?:<partner.able>)*(?=<context.lead_re>|<supplier.quality>){_FIRM}$",
)
_AND = re.compile(r"[、/]|以?及|或者?|和|与")


@dataclass(frozen=True, slots=True)
class Bond:
    """The firm that a clause wishes for: `thing` is what it makes, empty when only its kind is told."""

    thing: str
    plain: bool


def bond(text: str) -> Bond | None:
    """Return the firm wished for; `plain` when the asker wishes for it itself, not only calls on it to come."""
    for pattern in (*_BONDS, *_CALLS):
        if found := compiled(pattern).search(text):
            return Bond(_made_by(found["whom"]), pattern in _BONDS)
    return None


def _made_by(whom: str) -> str:
    """Return what a firm makes: 国内优质铜箔生产厂家 → 铜箔; empty for 高校、科研院所."""
    if all(supplier_only(part) for part in _AND.split(whom)):
        return ""
    return trim(whom)
