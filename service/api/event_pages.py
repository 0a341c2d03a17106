"""An event's pages over HTTP: the screen in the hall and what is printed, with one stylesheet."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import HTMLResponse

from matcher.planning.document import Document
from matcher.planning.export.pages import agendas_page, hall_page, overview_page, style, tables_page
from service import errors
from service.api.schemas import Identifier
from service.deps import ActorDep, PartsDep
from service.limits import Limits
from service.usecases.events import open_event

router = APIRouter(prefix="/v1/events", tags=["对接会"])
styles = APIRouter(include_in_schema=False)

STYLESHEET = "/pages.css"
_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "网页"}}

Refresh = Annotated[int, Query(ge=1, le=3600, description="几秒刷新一次")]
At = Annotated[datetime | None, Query(description="显示哪一时刻，会场当地时间；默认现在")]


@router.get("/{id}/pages/hall", summary="会场大屏：此刻与下一场谁在哪一桌，自动刷新", responses=_HTML)
def hall(id: Identifier, found: PartsDep, who: ActorDep, at: At = None, refresh: Refresh = 20) -> HTMLResponse:
    """Return the screen for the hall."""
    document = open_event(found, who, id).document
    return HTMLResponse(
        hall_page(document, at=at or datetime.now().astimezone(), refresh=refresh, stylesheet=STYLESHEET)
    )


@router.get("/{id}/pages/agendas", summary="各家日程，逐页打印", responses=_HTML)
def agendas(
    id: Identifier,
    found: PartsDep,
    who: ActorDep,
    participant: Annotated[list[str] | None, Query(max_length=2000, description="只要哪些参会方，编号")] = None,
) -> HTMLResponse:
    """Return agendas to print."""
    return HTMLResponse(
        agendas_page(open_event(found, who, id).document, participants=participant, stylesheet=STYLESHEET)
    )


@router.get("/{id}/pages/tables", summary="桌卡，逐页打印", responses=_HTML)
def tables(id: Identifier, found: PartsDep, who: ActorDep) -> HTMLResponse:
    """Return table cards to print."""
    return HTMLResponse(tables_page(open_event(found, who, id).document, stylesheet=STYLESHEET))


@router.get("/{id}/pages/overview", summary="总览与时间表图", responses=_HTML)
def overview(id: Identifier, found: PartsDep, who: ActorDep) -> HTMLResponse:
    """Return the overview."""
    return HTMLResponse(overview_page(open_event(found, who, id).document, stylesheet=STYLESHEET))


def screen(read: Callable[[], Document]) -> FastAPI:
    """Return an application that shows the screen for the hall alone, of the plan that `read` gives each time."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(Limits, uploads={})
    errors.install(app)
    app.include_router(styles)

    @app.get("/", response_class=HTMLResponse)
    def hall(refresh: Refresh = 20) -> str:
        return hall_page(read(), at=datetime.now().astimezone(), refresh=refresh, stylesheet=STYLESHEET)

    return app


@styles.get(STYLESHEET)
def stylesheet() -> Response:
    """Return the style of all pages."""
    return Response(style(), media_type="text/css")
