"""Spreadsheets as people keep them ↔ firms and postings, with a report of every row."""

from matcher.tabular.columns import Columns
from matcher.tabular.model import Limits, Problem, RawRow, Severity, Tally
from matcher.tabular.read import read_rows
from matcher.tabular.rejects import Reject, write_rejects
from matcher.tabular.rows import Draft, bind, posting_key, read_row, sheet_kind
from matcher.tabular.templates import write_templates

__all__ = [
    "Columns",
    "Draft",
    "Limits",
    "Problem",
    "RawRow",
    "Reject",
    "Severity",
    "Tally",
    "bind",
    "posting_key",
    "read_row",
    "read_rows",
    "sheet_kind",
    "write_rejects",
    "write_templates",
]
