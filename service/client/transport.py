"""Requests that are sent again when the service was busy, and errors as exceptions."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from service.client.errors import ApiError

_BUSY = (429, 503)
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 30.0
_READING = ("GET", "HEAD")


class Transport:
    """One connection pool; every write carries an `Idempotency-Key`, so that sent twice it is done once.

    What got no answer, or one that the service was too busy, is therefore sent again.
    """

    def __init__(self, http: httpx.Client, *, retries: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._http = http
        self._retries = retries
        self._sleep = sleep

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any) -> httpx.Response:
        """Return the answer to a request, sent again after a while where there is none.

        :raises ApiError: when it was refused; httpx's own errors when nothing was to be heard.
        """
        own = {} if method in _READING else {"Idempotency-Key": str(uuid4())}
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                answer = self._http.request(method, path, headers={**own, **(headers or {})}, **sent)
            except httpx.TransportError:
                if last:
                    raise
                self._sleep(_FIRST_WAIT * 2**attempt)
                continue
            if answer.status_code in _BUSY and not last:
                self._sleep(_wait(answer, attempt))
                continue
            break
        if answer.is_error:
            raise ApiError.of(answer)
        return answer

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()


def _wait(answer: httpx.Response, attempt: int) -> float:
    told = answer.headers.get("retry-after", "")
    return min(float(told) if told.isdigit() else _FIRST_WAIT * 2**attempt, _LONGEST_WAIT)


def segment(id_: str) -> str:
    """Return an id as a part of a path."""
    return quote(id_, safe="")
