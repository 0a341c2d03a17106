"""Conditional requests: a reader is told of the version, a writer may say which one it means to change."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response

from service.expected import Expected, Tags

TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "当前版本，可作 If-Match", "schema": {"type": "string"}}}},
    304: {"description": "与 If-None-Match 所给的相同，未变"},
}
"""What the document says of a route that tags its answer."""


class NotModified(Exception):
    """The caller has this version already."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers = headers


class Tag:
    """Gives the answer to a reader its `ETag`."""

    def __init__(self, response: Response, held: Tags | None) -> None:
        self._response = response
        self._held = held

    def __call__(self, version: str) -> None:
        """Name the version of what is answered.

        :raises NotModified: when the caller holds it.
        """
        headers = {"etag": f'"{version}"', "cache-control": "private, no-cache"}
        if self._held is not None and self._held.name(version):
            raise NotModified(headers)
        self._response.headers.update(headers)


def _tag(
    response: Response,
    if_none_match: Annotated[str | None, Header(max_length=1000, description="已有的 ETag；未变则返回 304")] = None,
) -> Tag:
    return Tag(response, _tags(if_none_match))


def _expected(
    if_match: Annotated[
        str | None, Header(max_length=1000, description="读取时的 ETag；记录已不是它则返回 412，什么也不改")
    ] = None,
    if_none_match: Annotated[
        str | None, Header(max_length=1000, description="写 * 则仅当记录尚不存在时写入，否则 412")
    ] = None,
) -> Expected:
    return Expected(_tags(if_match), _tags(if_none_match))


def _tags(header: str | None) -> Tags | None:
    return None if header is None else Tags.parse(header)


TagDep = Annotated[Tag, Depends(_tag)]
ExpectedDep = Annotated[Expected, Depends(_expected)]


def install(app: FastAPI) -> None:
    """Answer 304 to whom nothing is new."""

    def unchanged(_: Request, error: Exception) -> Response:
        assert isinstance(error, NotModified)
        return Response(status_code=304, headers=error.headers)

    app.add_exception_handler(NotModified, unchanged)
