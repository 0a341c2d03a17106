"""Whether the service lives and is ready."""

from typing import Literal

from fastapi import APIRouter, Response

from service.api.schemas import Model
from service.auth import SYSTEM
from service.deps import PartsDep

router = APIRouter(tags=["运行"])

_READY_WITHIN = 5_000


class Health(Model):
    """状态；behind 为索引落后数据库的条数"""

    status: Literal["ok", "catching_up"]
    seq: int
    behind: int


@router.get("/healthz", summary="是否存活")
def healthz() -> dict[str, str]:
    """Return that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", summary="是否就绪")
def readyz(found: PartsDep, response: Response) -> Health:
    """Return whether the store answers and the index has all but caught up; 503 while it has not."""
    behind = max(0, found.store.follow.seq(SYSTEM) - found.engine.seq)
    if behind > _READY_WITHIN:
        response.status_code = 503
    return Health(status="ok" if behind <= _READY_WITHIN else "catching_up", seq=found.engine.seq, behind=behind)
