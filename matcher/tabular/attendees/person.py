"""Who a row tells of: name, title, phone and e-mail, also where one cell holds two of them."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from matcher.errors import MatcherError
from matcher.tabular.attendees.columns import Sorted, folded
from matcher.tabular.attendees.model import Notes, Place
from matcher.tabular.numbers import is_unknown
from matcher.tabular.phones import read_phone
from matcher.tabular.values import text_of

_EMAIL = re.compile(r"[^\s@、,;]+@[^\s@、,;]+\.[^\s@、,;]+")
_CHARS = 200
_HONORIFIC = re.compile(r"(?<=..)(?:先生|女士)$")
_NUMBER = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}")
_HAN = r"[\u4e00-\u9fff·]"
_SPACED = re.compile(rf"{_HAN}(?:\s+{_HAN}){{1,2}}")
_IN_BRACKETS = re.compile(r"(?P<name>[^()]{2,})\((?P<title>[^()]{2,20})\)")
_TITLED = re.compile(
    rf"(?P<name>{_HAN}{{2,4}})\s+(?P<title>\S{{0,12}}(?:总|经理|总监|主任|部长|处长|科长|主管|工程师|董事长|董事|院长|所长|厂长"
    r"|教授|助理|秘书|书记|负责人|专员|代表|顾问|法人|会长))"
)
_SEVERAL = re.compile(
    rf"{_HAN}{{2,4}}(?:[、,;/+]|\s*和\s*|\s+){_HAN}{{2,4}}(?:(?:[、,;/+]|\s*和\s*|\s+){_HAN}{{2,4}})*"
)
_WHO = ("联系人", "姓名", "代表")
_NOT_A_NAME = re.compile(r"微信同号|手机|电话|座机|办公|分机|[^\u4e00-\u9fff·]")


@dataclass(frozen=True, slots=True)
class Person:
    """What a row says of somebody; None where it says nothing."""

    name: str | None = None
    title: str | None = None
    phone: str | None = None
    email: str | None = None


def read_person(cells: Sorted, place: Place, notes: Notes) -> Person:
    """Return who a row tells of; what cannot be read is noted."""
    name, title, number = _parts(cells.text("person"))
    if name is not None and _SEVERAL.fullmatch(name):
        message = f"“{name}”像是几个人，按一位代表安排，同一时段只见一家"
        header = cells.found["person"].header
        notes.warn(place.at(header), "several_people", message, "如果可以分开洽谈，请每人写一行", name)
    said = (_known(cells.text("department")), _known(cells.text("title")) or title)
    return Person(
        name=name or _name_beside_phone(cells),
        title="，".join(filter(None, said)) or None,
        phone=_phone(cells, place, notes) or number,
        email=_email(cells, place, notes),
    )


def person_key(name: str | None) -> str:
    """Return a person's name for comparison: without spaces and 先生 or 女士."""
    return _HONORIFIC.sub("", folded(name or ""))


def known_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that say something, without repeats and in order."""
    return tuple(dict.fromkeys(text for text in texts if not is_unknown(text)))


def _parts(text: str) -> tuple[str | None, str | None, str | None]:
    """Return name, title and phone number of a cell of names: 王伟（采购总监）13800000001."""
    if is_unknown(text):
        return None, None, None
    plain = unicodedata.normalize("NFKC", text)[:_CHARS]
    found = _NUMBER.search(plain)
    bare = _NUMBER.sub("", plain).strip(" :,、;/-") if found else plain
    number = read_phone(found[0]) if found else None
    match = _IN_BRACKETS.fullmatch(bare) or _TITLED.fullmatch(bare)
    if match is not None:
        return _joined(match["name"].strip()), match["title"], number
    return _joined(bare if found else text) or None, None, number


def _joined(name: str) -> str:
    """Return a name without the spaces that set two or three characters apart: 李 娜."""
    return "".join(name.split()) if _SPACED.fullmatch(name) else name


def _name_beside_phone(cells: Sorted) -> str | None:
    """Return the name in a cell of names and phones (联系人及电话: 王伟 13800000001)."""
    cell = cells.found.get("phone")
    if cell is None or not any(word in cell.header for word in _WHO):
        return None
    name = _NOT_A_NAME.sub("", text_of(cell.value)[:_CHARS])
    return name if 2 <= len(name) <= 4 else None


def _phone(cells: Sorted, place: Place, notes: Notes) -> str | None:
    cell = cells.found.get("phone")
    if cell is None or is_unknown(cell.value):
        return None
    try:
        return read_phone(cell.value)
    except MatcherError as error:
        remedy = str(error.details.get("remedy", "请更正"))
        notes.warn(place.at(cell.header), error.code, error.message, remedy, cell.value)
        return None


def _email(cells: Sorted, place: Place, notes: Notes) -> str | None:
    text = cells.text("email").replace("＠", "@")
    if is_unknown(text):
        return None
    match = _EMAIL.search(text[:_CHARS])
    if match is None:
        remedy = "请按 name@example.com 的样子填写"
        notes.warn(place.at(cells.found["email"].header), "email_unreadable", f"“{text[:60]}”不是邮箱", remedy, text)
    return match[0] if match else None


def _known(text: str) -> str | None:
    return None if is_unknown(text) else text
