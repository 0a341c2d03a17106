"""Reads an old workbook in a process of its own and writes its rows as JSON lines; run by `read_xls` as a script.

The reader of this format panics, loops or takes all memory on damaged files, none of which can be caught in place.
Standard library and the reader only, so that the process starts at once.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MEMORY = 1 << 30
SECONDS = 60
LOCKED = 3


def plain(value: object) -> object:
    """Return a value that JSON does not have as one it has: its type's name and its text."""
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, datetime | date | time):
        return {type(value).__name__: value.isoformat()}
    return {"str": str(value)}


def main(path: str) -> int:
    """Return 0 once everything is written, `LOCKED` for a workbook with a password."""
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        allowed = resource.getrlimit(kind)[1]
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(kind, (bound, bound))
    try:
        book = CalamineWorkbook.from_path(path)
    except PasswordError:
        return LOCKED
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        hidden = meta.visible != SheetVisibleEnum.Visible
        sys.stdout.write(json.dumps({"sheet": meta.name, "hidden": hidden}) + "\n")
        for row in [] if hidden else book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False):
            sys.stdout.write(json.dumps(row, default=plain) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
