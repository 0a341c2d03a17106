"""A row under its headers → a firm, its postings and its contacts, with what was wrong on the way."""

import re
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b

from matcher.domain import Contact, Enterprise, Posting, PostingKind, Side
from matcher.errors import MatcherError
from matcher.tabular.cells import Notes, SortedCells, sort_cells
from matcher.tabular.columns import Columns, Scope
from matcher.tabular.firms import Firm, read_contacts, read_firm
from matcher.tabular.model import Problem, RawRow, Severity
from matcher.tabular.postings import Wanted, check_kind, read_posting
from matcher.tabular.split import split_numbered
from matcher.tabular.values import plain_value, text_of
from matcher.taxonomy import kind_of, kinds

_TEXTS = frozenset({"title", "detail", "offer_text", "need_text"})
_ID_CHARS = 180
_COUNTER = re.compile(r"[(（]\d+[)）]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a row says, before its firm is told from those already known.

    `enterprise.id` is the caller's own when `id_given`. The postings name no enterprise yet, and have an id only where
    the caller gave one. With an error among its problems the row is to be rejected. `missing` are the required fields
    it lacks, `unknown` the headers that no column claims.
    """

    row: RawRow
    row_id: str | None
    enterprise: Enterprise | None
    id_given: bool = False
    postings: tuple[Posting, ...] = ()
    contacts: tuple[Contact, ...] = ()
    problems: tuple[Problem, ...] = ()
    missing: tuple[tuple[PostingKind, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether an error keeps the row out."""
        return self.enterprise is None or any(problem.severity is Severity.ERROR for problem in self.problems)


def read_row(row: RawRow, columns: Columns, *, kind: PostingKind | None, as_of: date) -> Draft:
    """Return what a row says; `kind` is for rows that do not state their own. Nothing is raised: see its problems."""
    notes = Notes(row)
    cells = sort_cells(row, columns, None)
    row_id = cells.key("id")
    if row_id and len(row_id) > _ID_CHARS:
        notes.error(
            "id_too_long", f"编号有 {len(row_id)} 字，超过 {_ID_CHARS} 字", "请改用较短的编号", cells.shared["id"]
        )
    own_kind = _kind(cells, kind, notes)
    firm = read_firm(cells, row_id, notes)
    if firm is None or notes.failed:
        return Draft(row=row, row_id=row_id, enterprise=None, problems=tuple(notes.problems))
    wanted = _wanted(row, cells, columns, own_kind, notes)
    if not wanted and row_id and not firm.id_given:
        firm = replace(firm, enterprise=replace(firm.enterprise, id=row_id), id_given=True)
    postings, missing, claimed = _postings(row, columns, wanted, firm, notes, as_of)
    unknown = tuple(header for header in cells.extra if header not in claimed)
    enterprise = firm.enterprise
    if not wanted:
        extra = {header: plain_value(value) for header, value in cells.extra.items()}
        enterprise = replace(enterprise, attributes={**enterprise.attributes, **extra})
    return Draft(
        row=row,
        row_id=row_id,
        enterprise=enterprise,
        id_given=firm.id_given,
        postings=_keyed(postings, row_id, own_kind),
        contacts=read_contacts(cells, notes),
        problems=tuple(dict.fromkeys(notes.problems)),
        missing=missing,
        unknown=unknown,
    )


def bind(draft: Draft, enterprise_id: str) -> tuple[Posting, ...]:
    """Return the postings of a draft under their enterprise; those without an id get one of firm, kind and text."""
    return tuple(
        replace(posting, id=posting.id or posting_key(enterprise_id, posting), enterprise_id=enterprise_id)
        for posting in draft.postings
    )


def posting_key(enterprise_id: str, posting: Posting) -> str:
    """Return the id of a posting that has none: a hash of firm, kind and text."""
    text = "\x1f".join((enterprise_id, posting.kind, posting.title, posting.detail or ""))
    return "p-" + blake2b(text.encode(), digest_size=10).hexdigest()


def sheet_kind(sheet: str) -> PostingKind | None:
    """Return the kind a sheet is named after (能力, 闲置产能(2)), None when its name is no kind."""
    try:
        return kind_of(_COUNTER.sub("", sheet)) if sheet else None
    except MatcherError:
        return None


def _kind(cells: SortedCells, kind: PostingKind | None, notes: Notes) -> PostingKind | None:
    cell = cells.shared.get("kind")
    if cell is None:
        return kind
    try:
        return kind_of(text_of(cell.value))
    except MatcherError as error:
        if kind is None:
            notes.error(error.code, error.message, "请从上述类型中选填，或用 --kind 指定整个文件的类型", cell)
        return kind


def _wanted(row: RawRow, cells: SortedCells, columns: Columns, kind: PostingKind | None, notes: Notes) -> list[Wanted]:
    cells = sort_cells(row, columns, kind) if kind else cells
    offer, need, title = cells.text("offer_text"), cells.text("need_text"), cells.text("title")
    if kind is None:
        names = columns.names(row.headers, None) & _TEXTS
        if names & {"title", "detail"} and not names & {"offer_text", "need_text"}:
            notes.error(
                "kind_missing", "这一行没有说明是供给还是需求", "请填写“类型”列（如 能力、需求），或用 --kind 指定"
            )
        elif names and not (offer or need):
            notes.error("text_missing", "这一行没有产品/能力，也没有需求", "请至少填写其中一项")
        return _listed(PostingKind.CAPABILITY, offer, None, split=False) + _listed(
            PostingKind.NEED, need, None, split=True
        )
    asks = kinds()[kind].side is Side.REQUEST
    own, other = (need, offer) if asks else (offer, need)
    detail = "\n".join(part for part in (cells.text("detail"), own) if part) or None
    if not (detail or title or other) and not _describes(row, columns, kind):
        return []
    primary = _listed(kind, detail, title, split=asks) or [Wanted(kind, None, title)]
    if asks:
        return primary + _listed(PostingKind.CAPABILITY, other, None, split=False)
    return primary + _listed(PostingKind.NEED, other, None, split=True)


def _describes(row: RawRow, columns: Columns, kind: PostingKind) -> bool:
    targets = [columns.find(header, kind) for header in row.headers]
    return any(target and (target.scope is Scope.FIELD or target.name in _TEXTS) for target in targets)


def _listed(kind: PostingKind, text: str | None, title: str | None, *, split: bool) -> list[Wanted]:
    if text is None:
        return []
    items = split_numbered(text) if split and title is None else (text,)
    return [Wanted(kind, item, title) for item in items]


def _postings(
    row: RawRow, columns: Columns, wanted: list[Wanted], firm: Firm, notes: Notes, as_of: date
) -> tuple[list[Posting], tuple[tuple[PostingKind, str], ...], frozenset[str]]:
    found: list[Posting] = []
    missing: dict[tuple[PostingKind, str], None] = {}
    claimed: set[str] = set()
    checked: set[PostingKind] = set()
    for item in wanted:
        cells = sort_cells(row, columns, item.kind)
        if item.kind not in checked:
            check_kind(item.kind, firm, notes)
            checked.add(item.kind)
        claimed |= {cell.header for cell, _ in cells.fields}
        if (stated := cells.shared.get("kind")) is not None and sheet_kind(text_of(stated.value)) is None:
            cells.extra[stated.header] = stated.value
        posting = read_posting(item, cells, firm, notes, as_of)
        if posting is not None:
            found.append(posting)
            missing |= dict.fromkeys((item.kind, label) for label in _lacking(posting, cells))
    return found, tuple(missing), frozenset(claimed)


def _lacking(posting: Posting, cells: SortedCells) -> list[str]:
    filled = {field.name for _, field in cells.fields}
    return [field.label for field in kinds()[posting.kind].fields if field.required and field.name not in filled]


def _keyed(postings: list[Posting], row_id: str | None, own_kind: PostingKind | None) -> tuple[Posting, ...]:
    if row_id is None:
        return tuple(postings)
    by_kind: dict[PostingKind, list[Posting]] = {}
    for posting in postings:
        by_kind.setdefault(posting.kind, []).append(posting)
    keyed: list[Posting] = []
    for kind, group in by_kind.items():
        stem = row_id if kind == own_kind else f"{row_id}-{kind}"
        keyed += [replace(posting, id=stem if len(group) == 1 else f"{stem}-{n}") for n, posting in enumerate(group, 1)]
    return tuple(keyed)
