"""Cursor pagination: a page and, while there is more, the cursor of the next."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel

from matcher.errors import MatcherError

Item = TypeVar("Item")


def _decoded(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise MatcherError("bad_cursor", "cursor 无效，请使用上一页返回的 next") from error


Cursor = Annotated[str | None, Query(max_length=1000, description="上一页返回的 next"), AfterValidator(_decoded)]
Limit = Annotated[int, Query(ge=1, le=1000, description="每页条数")]


class PageOut(BaseModel, Generic[Item]):
    """一页；next 为空则已到末页"""

    items: list[Item]
    next: str | None


def page_of(items: Sequence[Item], following: str | None) -> PageOut[Item]:
    """Return a page with its cursor made opaque."""
    cursor = base64.urlsafe_b64encode(following.encode()).decode() if following is not None else None
    return PageOut(items=list(items), next=cursor)
