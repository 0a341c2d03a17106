"""The log: one line an event, to read or as JSON, without personal data, keys or line breaks of others."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request at work."""

FIELDS = "fields"
"""Attribute of a record with the values that stand beside its message."""

_MASKS = (
    (re.compile(r"rt_([a-z0-9]{8})_[\w-]+"), r"rt_\1_…"),
    (re.compile(r"(?<![\w/])(/[ru]/)[A-Za-z0-9_.~-]+"), r"\1…"),
    (re.compile(r"(?i)(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"[\w.+-]+[@＠][\w-]+(?:\.[\w-]+)+"), "〔邮箱〕"),
    (re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), "〔电话〕"),
    (re.compile(r"(?<!\d)[(（]?0\d{2,3}[)）]?[- ]?\d{7,8}(?!\d)"), "〔电话〕"),
)
_BREAKS = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


def masked(text: str) -> str:
    """Return a text without telephone numbers, e-mail addresses, keys and reply links."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def one_line(text: str) -> str:
    """Return a text whose control characters and line ends are written out, so that it cannot pose as other lines."""
    return text.translate(_BREAKS)


class Formatter(logging.Formatter):
    """Writes a record as one line: JSON, or text for a terminal."""

    def __init__(self, form: Literal["json", "text"]) -> None:
        super().__init__()
        self._json = form == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, its traceback included."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if request := REQUEST.get():
            line["request"] = request
        fields: Mapping[str, object] = getattr(record, FIELDS, {})
        line |= {name: masked(value) if isinstance(value, str) else value for name, value in fields.items()}
        if record.exc_info:
            line["trace"] = masked(self.formatException(record.exc_info))
        return one_line(json.dumps(line, ensure_ascii=False, default=str) if self._json else _text(line))


def _text(line: Mapping[str, object]) -> str:
    first = ("time", "level", "message")
    rest = (f"{name}={value}" for name, value in line.items() if name not in first and value is not None)
    return " ".join([*(str(line[name]) for name in first), *rest])


def configure(level: str, form: Literal["json", "text"]) -> None:
    """Send every log, the server's own included, to stderr in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(form))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
