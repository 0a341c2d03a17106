"""The course of an import: rows in pieces, each piece committed before it is counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from matcher.domain import Contact, Enterprise, Posting, PostingKind
from matcher.errors import MatcherError
from matcher.tabular import (
    Columns,
    Draft,
    Problem,
    RawRow,
    Severity,
    bind,
    read_row,
    read_rows,
    sheet_kind,
)
from service.auth import Actor
from service.store import Store
from service.usecases.import_desk import Desk, ImportOptions
from service.usecases.import_firms import Firms, Match, conflicts, filled, merged
from service.usecases.import_report import Progress
from service.usecases.import_seen import Seen, content_digest, row_content

_CHUNK = 500
_LISTED_ITEMS = 20


@dataclass(frozen=True, slots=True)
class _Bound:
    draft: Draft
    match: Match
    postings: tuple[Posting, ...]


class ImportRun:
    """One import under way: pieces of rows, what was met, what came of it."""

    def __init__(
        self,
        store: Store,
        actor: Actor,
        columns: Columns,
        options: ImportOptions,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._desk = Desk(store, actor, options, progress)
        self.report = self._desk.report
        self._store = store
        self._actor = actor
        self._columns = columns
        self._options = options
        self._firms = Firms(store, actor, store.names.known_names(actor))
        self._ids = Seen()
        self._firm_rows = Seen()
        self._keep: dict[str, list[str]] = {}
        self._kinds: set[PostingKind] = set()

    def close(self) -> None:
        """Give the disk space of the rejects back."""
        self._desk.rejects.close()

    def file(self, path: Path) -> None:
        """Import one file."""
        self._desk.start(path)
        self._ids, self._firm_rows = Seen(), Seen()
        rows = read_rows(
            path,
            limits=self._options.limits,
            known=self._columns.known,
            expected=self._columns.expected,
            report=self._desk.reader_problem,
        )
        drafts = (self._draft(row) for row in self._until_broken(rows))
        while chunk := list(islice(drafts, _CHUNK)):
            self._commit(chunk)
        self._desk.tell()

    def _until_broken(self, rows: Iterator[RawRow]) -> Iterator[RawRow]:
        """Yield rows until the file ends or cannot be read on, which is reported."""
        try:
            yield from rows
        except MatcherError as error:
            self._desk.failed(error)

    def finish(self) -> None:
        """Retire what is gone, write the rejects.

        :raises MatcherError: the first file's error when no row of any file could be read.
        """
        report, options = self.report, self._options
        if self._desk.errors and not report.rows:
            raise self._desk.errors[0]
        if options.full:
            self._retire()
        if options.rejects is not None and self._desk.rejects.save(options.rejects):
            report.rejects = str(options.rejects)

    def _draft(self, row: RawRow) -> Draft:
        kind = sheet_kind(row.sheet) or self._options.kind
        return read_row(row, self._columns, kind=kind, as_of=self._options.as_of)

    def _commit(self, drafts: list[Draft]) -> None:
        bound = [found for draft in drafts if (found := self._accept(draft)) is not None]
        self._write_firms(bound)
        self._write_postings(bound)
        self._write_contacts(bound)
        for item in bound:
            self._suggest(item)
        self._firms.forget_codes()
        self._desk.tell()

    def _accept(self, draft: Draft) -> _Bound | None:
        self.report.rows += 1
        self._desk.note(draft.problems)
        self._desk.describe(draft)
        if draft.rejected:
            self._reject(draft, draft.problems)
            return None
        match = self._own(draft) or self._firms.find(draft)
        if not self._actor.platform and match.id != self._actor.organisation:
            self._refuse(draft)
            return None
        self._desk.note(match.problems)
        postings = self._fresh(draft, bind(draft, match.id))
        if postings is None:
            return None
        self._firms.accepted(draft, match.id)
        return _Bound(draft, match, postings)

    def _own(self, draft: Draft) -> Match | None:
        """Return the actor's own firm for a row that names none, when the actor works for one."""
        firm, own = draft.enterprise, self._actor.organisation
        return Match(own) if not self._actor.platform and own and firm and firm.name == firm.id else None

    def _refuse(self, draft: Draft) -> None:
        problem = replace(
            _problem(
                draft, "forbidden_firm", "这一行是其他企业的，只能导入本企业的供需信息", "请删去，或改用平台的密钥"
            ),
            severity=Severity.ERROR,
        )
        self._desk.note((problem,))
        self._reject(draft, (problem,))

    def _fresh(self, draft: Draft, postings: tuple[Posting, ...]) -> tuple[Posting, ...] | None:
        """Return the postings not met before in this file; None when a row repeats another, or its id only (an error)."""
        content, row = row_content(draft.row.cells.items()), draft.row.number
        met = {posting.id: found for posting in postings if (found := self._ids.find(posting.id)) is not None}
        clash = next((first for first, digest in met.values() if digest != content_digest(content)), None)
        if draft.row_id is not None and clash is not None:
            problem = _problem(
                draft, "id_conflict", f"编号“{draft.row_id}”与第 {clash} 行相同，内容不同", "请改用新的编号"
            )
            problem = replace(problem, severity=Severity.ERROR)
            self._desk.note((problem,))
            self._reject(draft, (problem,))
            return None
        fresh = {posting.id: posting for posting in postings if posting.id not in met}
        for id_ in fresh:
            self._ids.add(id_, row, content)
        if postings and not fresh:
            self.report.duplicates += 1
            first = next(iter(met.values()))[0]
            self._desk.note((_problem(draft, "row_duplicate", f"与第 {first} 行重复，只导入一次", "可删去重复的行"),))
            return None
        return tuple(fresh.values())

    def _reject(self, draft: Draft, problems: Iterable[Problem]) -> None:
        self._desk.reject(draft, problems)
        if self._options.full and draft.row_id is not None:
            self._kept().extend(_possible_ids(draft.row_id))

    def _write_firms(self, bound: Sequence[_Bound]) -> None:
        stored = self._store.records.enterprises_by_id(self._actor, {item.match.id for item in bound})
        firms: dict[str, Enterprise] = {}
        for item in bound:
            new = with_id(item.draft, item.match.id)
            met = self._firm_rows.find(new.id)
            current = firms.get(new.id) or stored.get(new.id)
            if current is None:
                firms[new.id] = new
            elif met is not None:
                self._desk.note(conflicts(item.draft, met[0], current))
                firms[new.id] = filled(current, new)
            else:
                named = item.draft.id_given or current.name == current.id
                firms[new.id] = merged(current, new if named else replace(new, name=current.name))
            if met is None:
                self._firm_rows.add(new.id, item.draft.row.number, "")
        for written in self._store.records.put_enterprises(self._actor, list(firms.values()), source=self._source()):
            self.report.enterprises[written.outcome] += 1
            self.report.seq = max(self.report.seq, written.seq)

    def _write_postings(self, bound: Sequence[_Bound]) -> None:
        postings = [posting for item in bound for posting in item.postings]
        for written in self._store.records.put_postings(self._actor, postings, source=self._source()):
            self.report.postings[written.outcome] += 1
            self.report.seq = max(self.report.seq, written.seq)
        self.report.by_kind.update(str(posting.kind) for posting in postings)
        self.report.accepted += len(bound)
        if self._options.full:
            self._kinds.update(posting.kind for posting in postings)
            self._kept().extend(posting.id for posting in postings)

    def _write_contacts(self, bound: Sequence[_Bound]) -> None:
        people: dict[str, list[Contact]] = {}
        for item in bound:
            if item.draft.contacts:
                people.setdefault(item.match.id, []).extend(item.draft.contacts)
                self.report.contacts += len(item.draft.contacts)
        if people:
            self._store.records.put_contacts_of(self._actor, people, source=self._source())

    def _suggest(self, item: _Bound) -> None:
        similar = item.match.similar
        if similar is not None and self._actor.platform and similar.id != item.match.id:
            self._store.names.suggest(self._actor, item.match.id, similar.id, similar.reason, similar.score)

    def _retire(self) -> None:
        report = self.report
        if self._desk.nameless or report.failed_files:
            report.not_retired = (
                "有的行或文件读不出编号，无法判断哪些供需已不在文件里，因此一条也没有关闭；请改正后重新全量导入"
            )
            return
        for source, keep in self._keep.items():
            report.retired += self._store.records.retire_missing(
                self._actor, source=source, kinds=self._kinds, keep=keep
            )

    def _source(self) -> str:
        return self._options.source or self._desk.path.name

    def _kept(self) -> list[str]:
        return self._keep.setdefault(self._source(), [])


def with_id(draft: Draft, id_: str) -> Enterprise:
    """Return the firm of an accepted draft under its final id."""
    if draft.enterprise is None:
        raise ValueError("a rejected draft has no firm")
    nameless = draft.enterprise.name == draft.enterprise.id
    return replace(draft.enterprise, id=id_, name=id_ if nameless else draft.enterprise.name)


def _problem(draft: Draft, code: str, message: str, remedy: str) -> Problem:
    row = draft.row
    return Problem(code=code, message=message, remedy=remedy, sheet=row.sheet, row=row.number, value=draft.row_id)


def _possible_ids(row_id: str) -> Iterable[str]:
    stems = [row_id, *(f"{row_id}-{kind}" for kind in PostingKind)]
    return chain(stems, (f"{stem}-{n}" for stem in stems for n in range(1, _LISTED_ITEMS + 1)))
