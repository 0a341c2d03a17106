"""One error shape on the wire: {"error": {"code", "message", "details"}}."""

import errno
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from matcher.errors import MatcherError
from service import language
from service.store import Unavailable

CODE = "rongtong.code"
"""Where in a request's state the code of its error is left."""

_STATUS: Mapping[str, int] = {
    "bad_request": 400,
    "unauthorized": 401,
    "sign_in_failed": 401,
    "bad_csrf": 403,
    "database_unavailable": 503,
    "database_busy": 503,
    "disk_full": 507,
    "forbidden": 403,
    "not_found": 404,
    "job_not_found": 404,
    "idempotency_conflict": 409,
    "version_conflict": 409,
    "event_exists": 409,
    "deal_exists": 409,
    "precondition_failed": 412,
    "deal_closed": 409,
    "not_disclosed": 403,
    "over_committed": 409,
    "too_slow": 408,
    "too_large": 413,
    "unsupported_encoding": 415,
    "file_too_large": 413,
    "index_behind": 503,
    "overloaded": 503,
    "rate_limited": 429,
}
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_HTTP = {
    400: ("bad_request", "请求体无法解析：请检查格式与 Content-Type"),
    404: ("not_found", "没有这个路径，请查看 /docs"),
    405: ("method_not_allowed", "该路径不支持此方法，请查看 /docs"),
}
_REASONS: Mapping[str, str] = {
    "missing": "缺少必填项",
    "extra_forbidden": "未知字段，请删去或对照 /docs 改名",
    "json_invalid": "不是合法的 JSON",
    "string_type": "应为文本",
    "string_too_long": "超过 {max_length} 个字符",
    "string_too_short": "不能为空",
    "too_short": "至少 {min_length} 项",
    "string_unicode": "含有残缺的字符",
    "finite_number": "应为有限的数",
    "int_parsing_size": "数过大",
    "int_from_float": "应为整数",
    "literal_error": "可选值：{expected}",
    "string_pattern_mismatch": "不能含空白字符",
    "too_long": "超过 {max_length} 项",
    "greater_than_equal": "须不小于 {ge}",
    "less_than_equal": "须不大于 {le}",
    "enum": "可选值：{expected}",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
    "date_from_datetime_parsing": "应为日期，如 2026-12-31",
    "date_parsing": "应为日期，如 2026-12-31",
    "date_type": "应为日期，如 2026-12-31",
    "date_from_datetime_inexact": "应为日期，如 2026-12-31",
}


def unauthorized() -> MatcherError:
    """Return the error of a request without a valid key."""
    return MatcherError("unauthorized", "缺少有效的 API 密钥：请在请求头加 Authorization: Bearer <密钥>，或先登录")


def overloaded() -> MatcherError:
    """Return the error of a request that there is no room for."""
    return MatcherError("overloaded", "服务繁忙，请按 Retry-After 所示的秒数之后重试")


def status_of(error: MatcherError) -> int:
    """Return the HTTP status of an error; what is not listed is a request that cannot be processed."""
    return _STATUS.get(error.code, 422)


def body(code: str, message: str, details: Mapping[str, object]) -> dict[str, object]:
    """Return the one error shape, its message in the language of the request at work."""
    told = language.message(code, message)
    return {"error": {"code": code, "message": told, "details": jsonable_encoder(details)}}


def problems(errors: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    """Return pydantic's errors in the language of the request at work: where, and what is wrong."""
    return [{"field": _place(error), "message": _reason(error)} for error in errors]


def _place(error: Mapping[str, object]) -> str:
    location = error.get("loc") if error.get("type") != "json_invalid" else ()
    parts = [str(part) for part in location if part != "body"] if isinstance(location, tuple | list) else []
    return ".".join(parts) or "body"


def _reason(error: Mapping[str, object]) -> str:
    if language.english():
        return str(error.get("msg"))
    context = error.get("ctx")
    template = _REASONS.get(str(error.get("type")), "值不符合要求，请对照 /docs")
    return template.format_map(context).replace(" or ", "、") if isinstance(context, Mapping) else template


def respond(error: MatcherError) -> JSONResponse:
    """Return the answer that tells of an error."""
    status = status_of(error)
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(status)
    if wait := error.details.get("retry_after"):
        headers = {"Retry-After": str(wait)}
    return JSONResponse(body(error.code, error.message, error.details), status_code=status, headers=headers)


def note(scope: Scope, error: MatcherError) -> None:
    """Leave an error's code for the log and the metrics."""
    scope.setdefault("state", {})[CODE] = error.code


def _matcher_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MatcherError)
    note(request.scope, error)
    return respond(error)


def _unavailable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Unavailable)
    return respond(error.error)


def _no_room(_: Request, error: Exception) -> JSONResponse:
    if not (isinstance(error, OSError) and error.errno in _NO_ROOM):
        raise error
    return respond(MatcherError("disk_full", "磁盘已满，文件没有保存：请清理空间后重试，不必重启服务"))


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = problems(error.errors())
    summary = "；".join(f"{problem['field']}：{problem['message']}" for problem in found[:5])
    return JSONResponse(body("invalid_request", f"请求有误：{summary}", {"problems": found}), status_code=422)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_ROOM:
        return _no_room(request, error.__cause__)
    code, message = _HTTP.get(error.status_code, ("http_error", str(error.detail)))
    return JSONResponse(body(code, message, {}), status_code=error.status_code, headers=error.headers)


def install(app: FastAPI) -> None:
    """Make every error of the application take the one shape."""
    app.add_exception_handler(MatcherError, _matcher_error)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(OSError, _no_room)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
