"""One posting of a row: its text, its typed fields, its dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from matcher.domain import Posting, PostingKind, Status, Visibility, Window
from matcher.tabular.cells import Cell, Notes, SortedCells
from matcher.tabular.dates import Edge, read_date
from matcher.tabular.firms import Firm, read_code
from matcher.tabular.numbers import is_unknown
from matcher.tabular.split import title_of
from matcher.tabular.values import plain_value, read_field, read_list, read_option, text_of
from matcher.tabular.windows import read_windows
from matcher.taxonomy import Field, FieldType, find_region, kinds

_TEXT_CHARS = 20_000
_TITLE_CHARS = 200
_COMPANION_UNITS = {"monthly_capacity": "capacity_unit", "idle_amount": "capacity_unit", "quantity": "quantity_unit"}
_STATUSES = {
    "草稿": "draft", "待审核": "review", "审核中": "review", "已发布": "published", "发布": "published",
    "发布中": "published", "有效": "published", "审核通过": "published", "已通过": "published", "征集中": "published",
    "已关闭": "closed", "关闭": "closed", "已结束": "closed", "已完成": "closed", "失效": "closed", "下架": "closed",
    "撤回": "closed",
}  # fmt: skip
_VISIBILITIES = {
    "公开": "public", "是": "public", "全部": "public", "部分公开": "matched", "匹配后可见": "matched",
    "撮合后可见": "matched", "授权后可见": "matched", "仅自己可见": "private", "不公开": "private", "否": "private",
    "保密": "private", "内部": "private",
}  # fmt: skip
_SIZE_LABELS: Mapping[str, str] = {
    "large": "大型企业", "medium": "中型企业", "small": "小型企业", "micro": "微型企业", "unknown": "规模不明的企业",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A posting to be read from a row: its kind, its text, and whether the row's title is its own."""

    kind: PostingKind
    text: str | None
    title: str | None


def read_posting(wanted: Wanted, cells: SortedCells, firm: Firm, notes: Notes, as_of: date) -> Posting | None:
    """Return a posting without ids, None (with an error noted) when it has no text or too much of it.

    Typed values go to `attributes` by field name; what cannot be read, and what no column claims, stays there as text.
    """
    attributes: dict[str, object] = {header: plain_value(value) for header, value in cells.extra.items()}
    windows = _read_fields(cells, attributes, notes, as_of)
    detail = wanted.text or _composed(cells) or None
    title = " ".join((wanted.title or title_of(detail or "")).split()) if wanted.title else title_of(detail or "")
    if not title:
        notes.error("text_missing", "这一行没有标题和详情", "请填写“标题”或“详情”列，说明提供什么或需要什么")
        return None
    if len(detail or "") > _TEXT_CHARS:
        notes.error(
            "text_too_long", f"正文有 {len(detail or '')} 字，超过 {_TEXT_CHARS} 字", "请精简到要点，或拆成几条分别填写"
        )
        return None
    if len(title) > _TITLE_CHARS:
        detail, title = f"{title}\n{detail or ''}".strip(), title_of(title)
    starts, ends = _dates(cells, attributes, notes, as_of)
    domain = read_code(cells, "domain", attributes, notes) if "domain" in cells.shared else None
    return Posting(
        id="",
        enterprise_id="",
        kind=wanted.kind,
        title=title,
        detail=detail,
        keywords=read_list(cells.shared["keywords"].value) if "keywords" in cells.shared else (),
        industry=domain or firm.enterprise.industry,
        region=_region(cells, firm),
        valid_from=starts,
        valid_until=ends,
        status=Status(_choice(cells, "status", [*Status], _STATUSES, Status.PUBLISHED, attributes, notes)),
        visibility=Visibility(
            _choice(cells, "visibility", [*Visibility], _VISIBILITIES, Visibility.PUBLIC, attributes, notes)
        ),
        windows=windows,
        attributes=attributes,
    )


def check_kind(kind: PostingKind, firm: Firm, notes: Notes) -> None:
    """Note an error when the firm's stated party may not post this kind, a warning when its size is unusual for it."""
    entry, party, size = kinds()[kind], firm.enterprise.party, firm.enterprise.declared_size
    if firm.party_given and party not in entry.parties:
        notes.error(
            "party_not_allowed",
            f"“{entry.label}”不能由“{party}”发布",
            f"可发布的单位类型：{'、'.join(entry.parties)}；请更正单位类型或类型",
        )
    if size is not None and entry.sizes and size not in entry.sizes:
        notes.warn("size_unusual", f"“{entry.label}”通常不由{_SIZE_LABELS[size]}发布", "已导入；如规模或类型填错请更正")


def _read_fields(cells: SortedCells, attributes: dict[str, object], notes: Notes, as_of: date) -> tuple[Window, ...]:
    windows: tuple[Window, ...] = ()
    for cell, field in cells.fields:
        if field.type is FieldType.WINDOWS:
            read = notes.tried(cell, partial(read_windows, cell.value, as_of=as_of))
            windows += read or ()
            if read is None:
                attributes.setdefault(field.label, plain_value(cell.value))
        else:
            _read_field(cell, field, attributes, notes, as_of)
    return windows


def _read_field(cell: Cell, field: Field, attributes: dict[str, object], notes: Notes, as_of: date) -> None:
    reading = notes.tried(cell, partial(read_field, cell.value, field, as_of=as_of, header_unit=cell.unit))
    if reading is None or reading.keep:
        attributes.setdefault(field.label, plain_value(cell.value))
    if reading is None or reading.value is None:
        return
    if reading.note:
        notes.warn("value_adjusted", reading.note, "如不符合原意请更正", cell)
    attributes[field.name] = reading.value
    if reading.unit and field.name in _COMPANION_UNITS:
        attributes.setdefault(_COMPANION_UNITS[field.name], reading.unit)


def _composed(cells: SortedCells) -> str:
    texts = (FieldType.TEXT, FieldType.LIST)
    filled = [(cell, field) for cell, field in cells.fields if field.type in texts and not is_unknown(cell.value)]
    return "\n".join(
        f"{field.label}：{'、'.join(read_list(cell.value)) if field.type is FieldType.LIST else text_of(cell.value)}"
        for cell, field in filled
    )


def _region(cells: SortedCells, firm: Firm) -> str | None:
    places = (text_of(cell.value) for cell, field in cells.fields if field.name in ("site", "address"))
    return next((code for place in places if (code := find_region(place))), firm.enterprise.region)


def _dates(
    cells: SortedCells, attributes: dict[str, object], notes: Notes, as_of: date
) -> tuple[date | None, date | None]:
    found: list[date | None] = []
    for name, edge in (("valid_from", Edge.START), ("valid_until", Edge.END)):
        cell = cells.shared.get(name)
        if cell is None or is_unknown(cell.value):
            found.append(None)
            continue
        count = len(notes.problems)
        found.append(notes.tried(cell, partial(read_date, cell.value, as_of=as_of, edge=edge)))
        if len(notes.problems) > count:
            attributes[cell.header] = plain_value(cell.value)
    starts, ends = found
    if starts and ends and ends < starts:
        notes.warn(
            "dates_reversed", "有效期止早于有效期起", "请检查两个日期；已按原样导入", cells.shared["valid_until"]
        )
    return starts, ends


def _choice(
    cells: SortedCells,
    name: str,
    options: list[str],
    aliases: Mapping[str, str],
    default: str,
    attributes: dict[str, object],
    notes: Notes,
) -> str:
    cell = cells.shared.get(name)
    if cell is None or is_unknown(cell.value):
        return default
    reading = notes.tried(cell, lambda: read_option(cell.value, options, aliases))
    if reading is None:
        attributes[cell.header] = plain_value(cell.value)
        return default
    return str(reading.value)
