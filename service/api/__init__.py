"""The HTTP API: thin routes over the use-cases."""

from typing import Any

from service.api import (
    audit,
    capacity,
    changes,
    check,
    consortia,
    deals,
    directory,
    enterprises,
    event_pages,
    events,
    evidence,
    finance,
    health,
    imports,
    match,
    outcomes,
    parks,
    policy,
    postings,
    recommend,
    registers,
    reports,
)
from service.api.schemas import ErrorOut

ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorOut, "description": "请求有误或无权限"},
    "5XX": {"model": ErrorOut, "description": "服务暂不可用"},
}

# Before the enterprises, whose ids may hold slashes.
ROUTERS = (
    recommend.router,
    policy.firms,
    capacity.postings,
    evidence.firms,
    reports.firms,
    evidence.postings,
    enterprises.router,
    postings.router,
    check.router,
    imports.router,
    event_pages.router,
    event_pages.styles,
    events.router,
    events.jobs,
    events.lists,
    match.router,
    outcomes.router,
    policy.router,
    registers.router,
    deals.router,
    reports.router,
    capacity.router,
    consortia.router,
    finance.router,
    parks.router,
    parks.cultivation,
    directory.router,
    audit.router,
    changes.router,
    health.router,
)
