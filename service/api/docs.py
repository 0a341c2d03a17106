"""The Swagger page, in Chinese and from files of our own: no inline script, nothing fetched from elsewhere."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from matcher.errors import MatcherError
from service.limits import HEADERS

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>融通 接口文档</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs-assets/swagger/swagger-ui.css">
<link rel="stylesheet" href="/docs-assets/own/docs.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs-assets/swagger/swagger-ui-bundle.js"></script>
<script src="/docs-assets/own/docs.js"></script>
</body>
</html>
"""


# Swagger writes styles into its elements.
_POLICY = HEADERS[b"content-security-policy"].decode().replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


@router.get("/docs", response_class=HTMLResponse)
def page() -> HTMLResponse:
    """Return the interactive documentation."""
    return HTMLResponse(_PAGE, headers={"content-security-policy": _POLICY})


def mount(app: FastAPI) -> None:
    """Serve the page and its files."""
    spec = find_spec("fastapi_offline")
    if spec is None or not spec.submodule_search_locations:
        raise MatcherError("asset_missing", "安装不完整：缺少 fastapi-offline，请重新安装 rongtong")
    bundled = Path(spec.submodule_search_locations[0]) / "static"
    app.mount("/docs-assets/swagger", StaticFiles(directory=bundled), name="swagger")
    app.mount("/docs-assets/own", StaticFiles(directory=Path(__file__).parent / "static"), name="docs")
    app.include_router(router)
    setattr(app, "openapi", partial(_schema, app))  # noqa: B010 - the method is replaced as FastAPI documents


def _schema(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document without the docstrings of the routes, which are not for the reader of the page."""
    found = FastAPI.openapi(app)
    for path in found["paths"].values():
        for operation in path.values():
            operation.pop("description", None)
    return found
