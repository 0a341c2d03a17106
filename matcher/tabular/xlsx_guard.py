"""What a workbook made to hurt its reader runs into: bounds on members, on nesting, and on what is held at once."""

import mmap
from pathlib import Path
from typing import IO

_DIRECTORY_ENTRY = b"PK\x01\x02"
_MEMBERS = 10_000
_DEPTH = 100
_HELD = 200_000
_OUTSIDE = 1_500_000
_QUIET = 4 << 20
_DOCTYPE = b"<!DOCTYPE"


class HostileError(Exception):
    """A part that no spreadsheet program writes."""


def too_many_members(path: Path) -> bool:
    """Return whether a package lists more members than a workbook has, counted before any is held in memory."""
    count, at = 0, -1
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while count <= _MEMBERS and (at := data.find(_DIRECTORY_ENTRY, at + 1)) >= 0:
            count += 1
    return count > _MEMBERS


class Guarded:
    """A part as a stream, with what its parser says of it; either raises `HostileError`.

    Refused are a document type (the standard forbids it, and entities come of it), one piece of text, tag or comment
    beyond 4 MiB, elements nested deeper than 100, more than 200,000 of them held at once, and more than 1,500,000 tags outside what is
    held, where each row counts once.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._quiet = 0
        self._begun = False
        self._outside = 0
        self._tail = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        chunk = self._stream.read(size)
        self._quiet += len(chunk)
        if self._quiet > _QUIET:
            raise HostileError
        if not self._begun:
            plain = self._tail + chunk.replace(b"\0", b"")
            if _DOCTYPE in plain:
                raise HostileError
            self._tail = plain[-len(_DOCTYPE) :]
        return chunk

    def heard(self, depth: int, held: int) -> None:
        """Take note that the parser is past a tag, `depth` deep and holding so many elements."""
        self._begun, self._quiet = True, 0
        self._outside += not held
        if depth > _DEPTH or held > _HELD or self._outside > _OUTSIDE:
            raise HostileError
