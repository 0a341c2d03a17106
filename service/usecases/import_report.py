"""What came of an import: counts, problems in words, and the rows that were kept out."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcher.domain import PostingKind
from matcher.tabular import Problem, RawRow, Reject, Severity, Tally, write_rejects
from matcher.tabular.values import plain_value
from matcher.taxonomy import kinds
from service.store.sequenced import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is: rows of `file` that are committed (`accepted`) or settled otherwise."""

    file: str
    rows: int
    accepted: int
    rejected: int


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """Counts of an import. `rows` = accepted + rejected + duplicates; `problems` keeps the first 200 of `codes`."""

    files: list[str] = field(default_factory=list)
    failed_files: list[str] = field(default_factory=list)
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    enterprises: Counter[str] = field(default_factory=Counter)
    postings: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    contacts: int = 0
    unknown_columns: dict[str, list[str]] = field(default_factory=dict)
    missing_required: Counter[tuple[PostingKind, str]] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    retired: list[str] = field(default_factory=list)
    not_retired: str | None = None
    seq: int = 0
    rejects: str | None = None

    @property
    def complete(self) -> bool:
        """Whether every row of every file went in."""
        return not self.rejected and not self.failed_files

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "files": self.files,
            "failed_files": self.failed_files,
            "rows": self.rows,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "enterprises": {outcome: self.enterprises[outcome] for outcome in Outcome},
            "postings": {outcome: self.postings[outcome] for outcome in Outcome},
            "by_kind": dict(self.by_kind),
            "contacts": self.contacts,
            "unknown_columns": self.unknown_columns,
            "missing_required": [
                {"kind": kind, "column": label, "rows": count} for (kind, label), count in self.missing_required.items()
            ],
            "problem_counts": self.tally.counts,
            "problems": [problem_dict(problem) for problem in self.tally.first],
            "retired": self.retired,
            "not_retired": self.not_retired,
            "seq": self.seq,
            "rejects": self.rejects,
        }

    def lines(self) -> list[str]:
        """Return the report as Chinese sentences for a person."""
        said = [
            f"共 {self.rows} 行：导入 {self.accepted} 行，拒绝 {self.rejected} 行，重复 {self.duplicates} 行",
            f"企业 新增 {self.enterprises[Outcome.CREATED]}、更新 {self.enterprises[Outcome.UPDATED]}、"
            f"未变 {self.enterprises[Outcome.UNCHANGED]}；供需 新增 {self.postings[Outcome.CREATED]}、"
            f"更新 {self.postings[Outcome.UPDATED]}、未变 {self.postings[Outcome.UNCHANGED]}",
        ]
        said += [
            f"{name}：没有对应字段、已原样保留的列：{'、'.join(found)}" for name, found in self.unknown_columns.items()
        ]
        said += [
            f"{kinds()[kind].label}：必填列“{label}”缺 {count} 行，撮合时按待核实处理"
            for (kind, label), count in self.missing_required.items()
        ]
        if self.retired:
            said.append(f"文件中已没有的 {len(self.retired)} 条供需已关闭")
        return said + ([self.not_retired] if self.not_retired else [])


def problem_dict(problem: Problem) -> dict[str, object]:
    """Return a problem as JSON-ready values."""
    names = ("file", "sheet", "row", "column", "value", "code", "severity", "message", "remedy")
    return {name: getattr(problem, name) for name in names}


class Rejects:
    """Rejected rows on disk until the workbook is written."""

    def __init__(self) -> None:
        self._spool = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed by close()
        self._count = 0

    def add(self, row: RawRow, problems: tuple[Problem, ...]) -> None:
        """Keep a row with what keeps it out."""
        wrong = [problem for problem in problems if problem.severity is Severity.ERROR]
        line = {
            "sheet": row.sheet,
            "row": row.number,
            "cells": {header: plain_value(value) for header, value in row.cells.items()},
            "message": "；".join(f"{p.column}：{p.message}" if p.column else p.message for p in wrong),
            "remedy": "；".join(dict.fromkeys(problem.remedy for problem in wrong)),
        }
        self._spool.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._count += 1

    def save(self, path: Path) -> bool:
        """Write the workbook if any row was rejected; returns whether it was."""
        if self._count:
            write_rejects(path, self._read)
        return bool(self._count)

    def close(self) -> None:
        """Give the disk space back."""
        self._spool.close()

    def _read(self) -> Iterator[Reject]:
        self._spool.seek(0)
        for line in self._spool:
            yield Reject(**json.loads(line))
