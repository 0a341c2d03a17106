"""Whether the service lives and is ready, and its numbers."""

import hmac
import logging
from typing import Literal

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response

from matcher.errors import MatcherError
from service.api.schemas import Model
from service.deps import Parts, PartsDep
from service.safety import is_loopback
from service.telemetry import Metrics

log = logging.getLogger(__name__)

router = APIRouter(tags=["运行"])

_READY_WITHIN = 5_000
_DATABASE_SECONDS = 2.0
_REASONS = {
    "catching_up": "索引还没有跟上数据库",
    "database_unavailable": "数据库没有应答",
    "draining": "服务正在停止",
}


class Health(Model):
    """状态；seq 为索引所到的序号，behind 为索引落后数据库的条数，数据库没有应答时为空"""

    status: Literal["ok", "catching_up", "database_unavailable", "draining"]
    reason: str | None
    seq: int
    behind: int | None


@router.get("/healthz", summary="是否存活：进程在应答")
async def healthz() -> dict[str, str]:
    """Return that the process answers, even when every thread is busy."""
    return {"status": "ok"}


@router.get("/readyz", summary="是否就绪：数据库应答、索引跟上、不在停止；否则 503 并说明原因")
async def readyz(found: PartsDep, response: Response) -> Health:
    """Return whether requests should come here; 503 with the reason while they should not."""
    behind = await _behind(found)
    status = _status(found, behind)
    if status != "ok":
        response.status_code = 503
    return Health(status=status, reason=_REASONS.get(status), seq=found.engine.seq, behind=behind)


def _status(found: Parts, behind: int | None) -> Literal["ok", "catching_up", "database_unavailable", "draining"]:
    if found.draining.is_set():
        return "draining"
    if behind is None:
        return "database_unavailable"
    return "ok" if found.engine.current and behind <= _READY_WITHIN else "catching_up"


async def _behind(found: Parts) -> int | None:
    """Return how far the index lags; None when the database does not say so in time."""
    try:
        with anyio.fail_after(_DATABASE_SECONDS):
            # A thread of its own: the others may all be waiting for the same database.
            return await to_thread.run_sync(found.engine.behind, abandon_on_cancel=True, limiter=CapacityLimiter(1))
    except Exception as error:
        log.warning("就绪检查：数据库没有应答（%s）", type(error).__name__)
        return None


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, found: PartsDep) -> Response:
    """Return the numbers for Prometheus to its token, or to this machine where no proxy stands in front.

    :raises MatcherError: `unauthorized`.
    """
    if not _may_read(request, found):
        raise MatcherError(
            "unauthorized", "指标只供本机读取；从别处或经反向代理读取，请设 RONGTONG_METRICS_TOKEN 并以 Bearer 带上"
        )
    numbers: Metrics = request.app.state.metrics
    return Response(numbers.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(request: Request, found: Parts) -> bool:
    if token := found.settings.metrics_token:
        sent = request.headers.get("authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    # A proxy on this machine would make every caller look local.
    return not found.settings.public_url and request.client is not None and is_loopback(request.client.host)
