"""The audit log over HTTP."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query

from service.api.paging import Cursor, Limit, PageOut, page_of
from service.api.schemas import Model
from service.deps import ActorDep, PartsDep
from service.store.audit import Audited

router = APIRouter(prefix="/v1/audit", tags=["运行"])


class AuditedOut(Model):
    """一次写入请求：谁、用哪个密钥、做了什么、结果如何；不含请求内容"""

    id: str
    at: datetime
    user: str
    key: str | None
    organisation: str | None
    method: str
    path: str
    status: int

    @classmethod
    def of(cls, one: Audited) -> Self:
        """Return the JSON form of a request."""
        return cls.model_validate(one)


@router.get("", summary="审计日志：谁在何时改了什么（需管理权限）")
def listed(
    found: PartsDep,
    who: ActorDep,
    cursor: Cursor = None,
    limit: Limit = 100,
    user: Annotated[str | None, Query(max_length=200, description="只看这个人或密钥的")] = None,
) -> PageOut[AuditedOut]:
    """Return requests in the order in which they came."""
    page = found.store.audit.list(who, user=user, after=cursor, limit=limit)
    return page_of([AuditedOut.of(one) for one in page.items], page.next)
