"""Reading holds one row at a time: ten times the rows need no more memory."""

import csv
import json
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from matcher.domain import PostingKind
from matcher.tabular import Limits, read_row, read_rows
from tests.matcher.tabular.sheets import COLUMNS

HEADER = ["编号", "企业名称", "详情", "电话"]


def write(path: Path, count: int) -> None:
    rows = [
        [f"r{n}", f"北京第{n % 50}号有限公司", f"第{n}批零件，" + "详细说明" * 60, f"138{n:08d}"] for n in range(count)
    ]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *rows])
    elif path.suffix == ".jsonl":
        lines = (json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows)
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            for line, row in enumerate([HEADER, *rows]):
                page.write_row(line, 0, row)


def peak(path: Path) -> tuple[int, int]:
    """Return how many rows a file has and the most memory (bytes) that reading it took."""
    tracemalloc.start()
    rows = read_rows(path, limits=Limits(), known=COLUMNS.known, expected=COLUMNS.expected, report=lambda problem: None)
    count = sum(bool(read_row(row, COLUMNS, kind=PostingKind.NEED, as_of=date(2026, 3, 1)).postings) for row in rows)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return count, most


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".xlsx"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, suffix: str) -> None:
    small, large = tmp_path / f"small{suffix}", tmp_path / f"large{suffix}"
    write(small, 600)
    write(large, 6000)
    peak(small)
    count, least = peak(small)
    assert count == 600
    count, most = peak(large)
    assert count == 6000
    assert most - least < 2_500_000
