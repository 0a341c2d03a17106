"""Write and read the registers: entry by entry, or a sheet with a report of every row."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from matcher.errors import MatcherError
from matcher.registers import Entry, Register, RegisterKind, all_values, entry, registers
from matcher.tabular.attendees.link import Registry
from matcher.tabular.register import SheetRow, read_register, write_register
from matcher.taxonomy import FieldType
from service.auth import Actor
from service.expected import ANY, Expected
from service.store import Store
from service.store.rows import every
from service.usecases.records import in_halves
from service.usecases.sheets import SheetReport, row_problem

_BATCH = 1000


def put_entry(
    store: Store,
    actor: Actor,
    register: Register,
    values: dict[str, object],
    id_: str | None,
    expected: Expected = ANY,
) -> Entry:
    """Return the entry as it is kept; firm columns hold enterprise ids.

    :raises MatcherError: `bad_entry`, `unknown_enterprise`, `forbidden`, `bad_record`, `precondition_failed`.
    """
    made = entry(registers()[register], values, id_)
    store.registers.put(actor, [made], expected=expected)
    return store.registers.get(actor, register, made.id)


def import_register(store: Store, actor: Actor, kind: RegisterKind, path: Path, *, as_of: date) -> SheetReport:
    """Return what became of the rows of a sheet; a bad row keeps no other out, and the same sheet again adds nothing.

    :raises MatcherError: when the file as a whole cannot be read.
    """
    read = read_register(path, kind.fields, as_of=as_of)
    problems = list(read.problems)
    known = Registry(store.names.known_names(actor), store.names.ids_by_uscc(actor))
    good: list[tuple[SheetRow, Entry]] = []
    for row in read.rows:
        try:
            good.append((row, entry(kind, linked(row, kind, known), row.id)))
        except MatcherError as error:
            problems.append(row_problem(path, row, error))
    kept = 0
    for start in range(0, len(good), _BATCH):
        batch = good[start : start + _BATCH]
        done = in_halves([made for _, made in batch], lambda some: _put(store, actor, some))
        kept += sum(error is None for error in done)
        problems += [
            row_problem(path, row, error) for (row, _), error in zip(batch, done, strict=True) if error is not None
        ]
    return SheetReport(read.total, kept, tuple(problems))


def _put(store: Store, actor: Actor, entries: Sequence[Entry]) -> list[None]:
    store.registers.put(actor, entries)
    return [None] * len(entries)


def linked(row: SheetRow, kind: RegisterKind, known: Registry) -> dict[str, object]:
    """Return the columns of a row with the ids of the firms that it names by id, code or name.

    :raises MatcherError: `unknown_enterprise`, with the names that come nearest.
    """
    values = dict(row.values)
    for field in kind.fields:
        if field.type is FieldType.FIRM and field.name in values:
            values[field.name] = firm_id(str(values[field.name]), known)
    return values


def firm_id(text: str, known: Registry) -> str:
    """Return the id of the enterprise that a text names.

    :raises MatcherError: `unknown_enterprise`, with the names that come nearest.
    """
    alike = known.alike(text)
    found = known.of_key(text) or known.exact(text) or (alike[0] if len(alike) == 1 else None) or known.short(text)
    if found is None:
        near = "、".join(known.near(text))
        remedy = f"最接近的是：{near}" if near else "请先导入该企业"
        raise MatcherError("unknown_enterprise", f"找不到企业“{text}”", remedy=remedy)
    return found


def export_register(store: Store, actor: Actor, kind: RegisterKind, path: Path) -> int:
    """Write every entry the actor sees as a workbook that imports again, and return how many there are."""
    entries = list(every(lambda after, limit: store.registers.list(actor, kind.register, after=after, limit=limit)))
    write_register(path, kind.label, kind.fields, ((one.id, all_values(kind, one)) for one in entries))
    return len(entries)
