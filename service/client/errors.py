"""The errors of the service, as exceptions."""

from collections.abc import Mapping
from typing import Any

import httpx


class ApiError(Exception):
    """A request that was refused: `code` for programs, `message` for people, `details` and the HTTP `status`."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Any]) -> None:
        super().__init__(f"{message}（{code}）")
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    @classmethod
    def of(cls, answer: httpx.Response) -> "ApiError":
        """Return the error that an answer tells of, also when a proxy wrote it."""
        try:
            told = answer.json()["error"]
            return cls(answer.status_code, str(told["code"]), str(told["message"]), dict(told["details"]))
        except (ValueError, KeyError, TypeError):
            return cls(answer.status_code, "http_error", answer.text[:200] or answer.reason_phrase, {})
