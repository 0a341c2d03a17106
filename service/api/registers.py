"""Registers over HTTP: entries one by one, or a sheet with a report of every row."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field, JsonValue

from matcher.registers import Entry, Register, RegisterKind, all_values, registers
from matcher.tabular import Problem
from matcher.tabular.register import write_register
from service.api.books import BOOK, Sheet, book, kept
from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Identifier, Model
from service.conditional import TAGGED, ExpectedDep, TagDep
from service.deps import ActorDep, OnceDep, PartsDep
from service.store import version_of
from service.usecases.registers import export_register, import_register, put_entry
from service.usecases.sheets import SheetReport

router = APIRouter(prefix="/v1/registers", tags=["台账"])

_SHOWN = 1000


class FieldOut(Model):
    """台账的一栏"""

    name: str
    label: str
    type: str
    unit: str | None
    options: list[str]
    required: bool


class RegisterOut(Model):
    """一种台账及其各栏"""

    kind: Register
    label: str
    subject: str | None
    owner: str | None
    fields: list[FieldOut]

    @classmethod
    def of(cls, kind: RegisterKind) -> Self:
        """Return the JSON form of a register."""
        return cls(
            kind=kind.register,
            label=kind.label,
            subject=kind.subject,
            owner=kind.owner,
            fields=[FieldOut.model_validate(field) for field in kind.fields],
        )


class EntryBody(Model):
    """一条登记；企业栏填企业编号，其余见 GET /v1/registers"""

    values: dict[str, JsonValue] = Field(max_length=50)


class EntryOut(Model):
    """一条登记，谁何时记下"""

    id: str
    kind: Register
    values: dict[str, Any]
    organisation: str | None
    user: str
    updated_at: datetime | None

    @classmethod
    def of(cls, one: Entry) -> Self:
        """Return the JSON form of an entry."""
        return cls(
            id=one.id,
            kind=one.register,
            values=all_values(registers()[one.register], one),
            organisation=one.organisation,
            user=one.user,
            updated_at=one.updated_at,
        )


class RowProblem(Model):
    """一行的问题"""

    sheet: str
    row: int | None
    column: str | None
    value: str | None
    code: str
    severity: str
    message: str
    remedy: str

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return the JSON form of a problem."""
        return cls.model_validate({name: getattr(problem, name) for name in cls.model_fields})


class SheetOut(Model):
    """导入结果：共几行、记下几条、逐行问题（至多 1000 条）"""

    total: int
    kept: int
    rejected: int
    problems: list[RowProblem]

    @classmethod
    def of(cls, report: SheetReport) -> Self:
        """Return the JSON form of a report, with its first thousand problems."""
        shown = [RowProblem.of(problem) for problem in report.problems[:_SHOWN]]
        return cls(total=report.total, kept=report.kept, rejected=report.rejected, problems=shown)


class Gone(Model):
    """已删除"""

    id: str


@router.get("", summary="有哪些台账、各有哪些栏")
def kinds(who: ActorDep) -> list[RegisterOut]:
    """Return every register with its columns."""
    return [RegisterOut.of(kind) for kind in registers().values()]


@router.get("/{register}", summary="台账的登记")
def listed(
    register: Register,
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    enterprise_id: Annotated[str | None, Query(max_length=128, description="只看提到这家企业的")] = None,
) -> PageOut[EntryOut]:
    """Return the entries the caller may see, by id."""
    page = found.store.registers.list(who, register, enterprise_id=enterprise_id, after=cursor, limit=limit)
    return page_of([EntryOut.of(one) for one in page.items], page.next)


@router.get("/{register}/template", summary="空白模板（XLSX）", response_class=Response, responses=BOOK)
def template(register: Register, who: ActorDep) -> Response:
    """Return a workbook to fill in."""
    kind = registers()[register]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_register(path, kind.label, kind.fields, ())
        return book(path.read_bytes())


@router.get("/{register}/export", summary="导出为表格（可再导入）", response_class=Response, responses=BOOK)
def export(register: Register, found: PartsDep, who: ActorDep) -> Response:
    """Return every entry the caller may see as a workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entries.xlsx"
        export_register(found.store, who, registers()[register], path)
        return book(path.read_bytes())


@router.post("/{register}/import", summary="导入一张表；坏行不影响好行")
def post_sheet(
    register: Register,
    found: PartsDep,
    who: ActorDep,
    file: Sheet,
) -> SheetOut:
    """Keep the good rows of a sheet and tell of the others; the same sheet again changes nothing."""
    with kept(file) as path:
        report = import_register(found.store, who, registers()[register], path, as_of=found.today())
    return SheetOut.of(report)


@router.put("/{register}/{id}", summary="登记或更正一条")
def put(
    register: Register,
    id: Identifier,
    body: EntryBody,
    found: PartsDep,
    who: ActorDep,
    once: OnceDep,
    expected: ExpectedDep,
) -> EntryOut:
    """Keep one entry."""

    def action() -> dict[str, Any]:
        entry = put_entry(found.store, who, register, dict(body.values), id, expected)
        return EntryOut.of(entry).model_dump(mode="json")

    return EntryOut.model_validate(once.run(body.model_dump_json(), action))


@router.get("/{register}/{id}", summary="查看一条", responses=TAGGED)
def get(register: Register, id: Identifier, found: PartsDep, who: ActorDep, tag: TagDep) -> EntryOut:
    """Return one entry."""
    entry = found.store.registers.get(who, register, id)
    tag(version_of(entry))
    return EntryOut.of(entry)


@router.delete("/{register}/{id}", summary="删除一条")
def delete(
    register: Register, id: Identifier, found: PartsDep, who: ActorDep, once: OnceDep, expected: ExpectedDep
) -> Gone:
    """Remove one entry."""

    def action() -> dict[str, Any]:
        found.store.registers.delete(who, register, id, expected=expected)
        return {"id": id}

    return Gone.model_validate(once.run("", action))
