"""Old workbooks byte by byte: nothing that writes the format is installed."""

import struct
from collections.abc import Sequence

_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def old_book(
    rows: Sequence[Sequence[str]], *, last: tuple[int, int] | None = None, declares: tuple[int, int] | None = None
) -> bytes:
    """Return a workbook of one sheet; `last` puts a text there (1-based), `declares` is the size it says it has."""
    name = "能力".encode("utf-16-le")
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 1996, 0, 0)) + _record(0x42, struct.pack("<H", 1200))
    sheet_at = len(head) + 4 + 8 + len(name) + 4
    listed = _record(0x85, struct.pack("<IHBB", sheet_at, 0, len(name) // 2, 1) + name)
    depth, width = declares or last or (len(rows), len(rows[0]))
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 1996, 0, 0))
    sheet += _record(0x200, struct.pack("<IIHHH", 0, depth, 0, width, 0))
    sheet += b"".join(_label(line, column, text) for line, row in enumerate(rows) for column, text in enumerate(row))
    if last:
        sheet += _label(last[0] - 1, last[1] - 1, "x")
    return _compound(head + listed + _record(0x0A, b"") + sheet + _record(0x0A, b""))


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _label(row: int, column: int, text: str) -> bytes:
    return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def _compound(stream: bytes) -> bytes:
    """Return the file around one stream: header, the stream's sectors, the folder, the table of sectors."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    chain = [*range(1, sectors), _END, _END, _TABLE]
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<8I", 1, sectors, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", sectors + 1, *[_FREE] * 108)
    folder = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 0, len(stream))
    return header + stream + folder + _entry("", 0, _FREE, 0, 0) * 2 + table


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le") if name else b""
    links = struct.pack("<HBBIII", len(raw), kind, 1, _FREE, _FREE, child)
    return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
