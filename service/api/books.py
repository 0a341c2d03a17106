"""Workbooks and sheets over HTTP: how one is answered with, how one is taken in."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import File, UploadFile
from fastapi.responses import Response

from matcher.tabular.tables import XLSX
from service.usecases.jobs import file_name

BOOK: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "工作簿"}
}
"""The answer of a route that gives a workbook."""

Sheet = Annotated[UploadFile, File(description="CSV、XLSX、XLS 或 JSONL")]


def book(content: bytes) -> Response:
    """Return a workbook as an answer."""
    return Response(content, media_type=XLSX)


@contextmanager
def kept(file: UploadFile) -> Iterator[Path]:
    """Keep an upload under its own name until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name(file.filename or "upload")
        path.write_bytes(file.file.read())
        yield path
