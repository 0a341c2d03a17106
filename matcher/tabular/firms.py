"""The firm and the people of a row."""

from dataclasses import dataclass
from hashlib import blake2b

from matcher.domain import Contact, Enterprise, Party, Qualification, SizeClass
from matcher.errors import MatcherError
from matcher.firmname import normalise_name, party_of
from matcher.tabular.cells import Cell, Notes, SortedCells
from matcher.tabular.numbers import is_unknown, read_amount
from matcher.tabular.phones import read_phone
from matcher.tabular.values import plain_value, read_list, read_option, text_of
from matcher.taxonomy import find_region, industry_code, region_code
from matcher.uscc import normalise_uscc, uscc_problems

_NAME_CHARS = 500
_SIZES = {
    "大型": "large", "大型企业": "large", "大": "large", "中型": "medium", "中型企业": "medium", "中": "medium",
    "小型": "small", "小型企业": "small", "小": "small", "微型": "micro", "微型企业": "micro", "微": "micro",
}  # fmt: skip
_PARTIES = {
    "公司": "企业", "国有企业": "企业", "民营企业": "企业", "国企": "企业", "民企": "企业", "央企": "企业",
    "有限责任公司": "企业", "股份有限公司": "企业", "外资企业": "企业", "个体工商户": "个人", "科研院所": "院所",
    "研究院": "院所", "研究所": "院所", "大学": "高校", "高等院校": "高校", "银行": "金融", "金融机构": "金融",
    "投资机构": "金融", "政府部门": "政府", "政府机关": "政府", "事业单位": "服务机构", "孵化器": "园区",
    "产业园": "园区", "外商": "境外", "国外": "境外",
}  # fmt: skip
_UNITS = {"employees": "人", "revenue_wan": "万元", "assets_wan": "万元"}
_LABELS = {"employees": "从业人员", "revenue_wan": "营业收入", "assets_wan": "资产总额"}
_LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class Firm:
    """The firm of a row; `id_given` when the caller's own id stands, `party_given` when the row says what it is."""

    enterprise: Enterprise
    id_given: bool
    party_given: bool


def read_firm(cells: SortedCells, row_id: str | None, notes: Notes) -> Firm | None:
    """Return the firm of a row, None (with an error noted) when nothing names it.

    The id is the caller's, else the code (18 characters), else made from the name, else the row's id.
    """
    name = " ".join((cells.text("name") or "").split())
    given = cells.key("enterprise_id")
    uscc = _uscc(cells, notes)
    id_ = given or (uscc if uscc and len(uscc) == 18 else None) or (firm_key(name) if name else None) or row_id
    if id_ is None:
        notes.error("firm_missing", "这一行没有企业名称，也没有编号", "请填写“企业名称”或“编号”列")
        return None
    if len(name) > _NAME_CHARS:
        notes.error(
            "name_too_long", f"企业名称有 {len(name)} 字，超过 {_NAME_CHARS} 字", "请填写企业全称", cells.shared["name"]
        )
    attributes: dict[str, object] = {}
    party, party_given = _party(cells, name, attributes, notes)
    enterprise = Enterprise(
        id=id_,
        name=name or id_,
        party=party,
        uscc=uscc,
        profile=cells.text("profile"),
        industry=read_code(cells, "industry", attributes, notes),
        region=read_code(cells, "region", attributes, notes) or find_region(cells.text("address") or "-"),
        employees=_employees(_number(cells, "employees", attributes, notes)),
        revenue_wan=_number(cells, "revenue_wan", attributes, notes),
        assets_wan=_number(cells, "assets_wan", attributes, notes),
        declared_size=_size(cells, attributes, notes),
        qualifications=_qualifications(cells),
        attributes=attributes | _texts(cells),
    )
    return Firm(enterprise, given is not None or not name, party_given)


def firm_key(name: str) -> str:
    """Return the id of a firm known by its name alone: the same for every spelling `normalise_name` folds."""
    return "e-" + blake2b(normalise_name(name).encode(), digest_size=10).hexdigest()


def read_contacts(cells: SortedCells, notes: Notes) -> tuple[Contact, ...]:
    """Return the contact of a row, if it names one; a phone that cannot be read is noted and left out."""
    phone = None
    if (cell := cells.shared.get("phone")) and not is_unknown(cell.value):
        phone = notes.tried(cell, lambda: read_phone(cell.value))
    contact = Contact(
        name=cells.text("contact_name"), title=cells.text("contact_title"), phone=phone, email=cells.text("email")
    )
    return (contact,) if contact.name or contact.phone or contact.email else ()


def read_code(cells: SortedCells, name: str, attributes: dict[str, object], notes: Notes) -> str | None:
    """Return the code of a region, or of an industry (any other column); what is not one is noted and kept as text."""
    cell = cells.shared.get(name)
    if cell is None or is_unknown(cell.value):
        return None
    read = region_code if name == "region" else industry_code
    code = notes.tried(cell, lambda: read(text_of(cell.value)))
    if code is None:
        attributes[cell.header] = text_of(cell.value)
    return code


def _uscc(cells: SortedCells, notes: Notes) -> str | None:
    cell = cells.shared.get("uscc")
    if cell is None or is_unknown(cell.value):
        return None
    code = normalise_uscc(text_of(cell.value))[:200]
    for problem in uscc_problems(code):
        notes.warn("uscc_invalid", problem, "请对照营业执照核对；此项只提示，不影响导入", cell)
    return code or None


def _party(cells: SortedCells, name: str, attributes: dict[str, object], notes: Notes) -> tuple[Party, bool]:
    cell = cells.shared.get("party")
    if cell is None or is_unknown(cell.value):
        return party_of(name), False
    reading = notes.tried(cell, lambda: read_option(cell.value, [party.value for party in Party], _PARTIES))
    if reading is None or reading.keep:
        attributes[cell.header] = text_of(cell.value)
    return (Party(str(reading.value)), True) if reading else (party_of(name), False)


def _size(cells: SortedCells, attributes: dict[str, object], notes: Notes) -> SizeClass | None:
    cell = cells.shared.get("declared_size")
    if cell is None or is_unknown(cell.value):
        return None
    try:
        reading = read_option(cell.value, [size.value for size in SizeClass], _SIZES)
    except MatcherError:
        attributes[cell.header] = text_of(cell.value)
        notes.warn(
            "size_unknown", f"“{text_of(cell.value)}”不是企业规模", "请填：大型、中型、小型、微型；原文已保留", cell
        )
        return None
    return SizeClass(str(reading.value))


def _number(cells: SortedCells, name: str, attributes: dict[str, object], notes: Notes) -> float | None:
    cell = cells.shared.get(name)
    if cell is None or is_unknown(cell.value):
        return None
    amount = notes.tried(cell, lambda: _in_range(cell, name))
    if amount is None:
        attributes[cell.header] = text_of(cell.value)
    return amount


def _in_range(cell: Cell, name: str) -> float:
    amount = read_amount(cell.value, _UNITS[name], header_unit=cell.unit)
    if not abs(amount.value) < _LARGEST or (name != "revenue_wan" and amount.value < 0):
        raise MatcherError(
            "number_unlikely", f"{_LABELS[name]}“{cell.value}”不合常理", remedy="请核对数字和单位；原文已保留"
        )
    if amount.upper is not None:
        raise MatcherError(
            "number_range", f"{_LABELS[name]}“{cell.value}”是一个范围", remedy="请填写一个确定的数；原文已保留"
        )
    return amount.value


def _employees(number: float | None) -> int | None:
    return None if number is None else round(number)


def _qualifications(cells: SortedCells) -> tuple[Qualification, ...]:
    cell = cells.shared.get("qualifications")
    if cell is None or is_unknown(cell.value):
        return ()
    return tuple(Qualification(name=name) for name in read_list(cell.value))


def _texts(cells: SortedCells) -> dict[str, object]:
    labels = {"address": "注册地址", "parent": "上级单位"}
    return {label: plain_value(cells.shared[name].value) for name, label in labels.items() if name in cells.shared}
