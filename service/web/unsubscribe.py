"""The page of the link at the end of every message: no more of it, nothing for a while, or again; no account, no script."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from matcher.errors import MatcherError
from matcher.templates import templates
from service.deps import PartsDep
from service.usecases.unsubscribe import PATH, Opened, choose, open_unsubscribe
from service.web.reply import PRIVATE, STYLE, posted_form, refused

router = APIRouter(include_in_schema=False)

_LONGEST = timedelta(days=366)


@router.get(PATH + "/{token}")
def show(token: str, found: PartsDep, done: bool = False) -> HTMLResponse:
    """Return the page of a link; opening it changes nothing, for mail programs open links by themselves."""
    try:
        opened = open_unsubscribe(found, token)
    except MatcherError as error:
        return refused(error)
    return _page(opened, token, found.today(), done=done)


@router.post(PATH + "/{token}")
def post(token: str, found: PartsDep, form: Annotated[Mapping[str, str], Depends(posted_form)]) -> Response:
    """Take down what the recipient chose; a mail program's one click, which names no choice, unsubscribes.

    The one click is answered without a redirect, as RFC 8058 has it.
    """
    try:
        opened = open_unsubscribe(found, token)
    except MatcherError as error:
        return refused(error)
    chosen, until = form.get("do", "unsubscribe"), None
    if chosen == "mute":
        until = _day(form.get("until", ""))
        if until is None or not found.today() < until <= found.today() + _LONGEST:
            return _page(opened, token, found.today(), error="请选一年以内的日期")
    choose(found, opened, unsubscribed=chosen not in ("mute", "resume"), muted_until=until)
    if "do" not in form:
        return show(token, found, done=True)
    return RedirectResponse(f"{PATH}/{token}?done=true", status_code=303, headers=PRIVATE)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(opened: Opened, token: str, today: date, *, done: bool = False, error: str | None = None) -> HTMLResponse:
    held = opened.recipient
    muted = held.muted_until is not None and held.muted_until > today
    state = "正在接收匹配通知。"
    if held.unsubscribed:
        state = "已退订，不会再收到通知。"
    elif muted:
        state = f"已暂停，{held.muted_until} 起恢复。"
    text = (
        templates()
        .get_template("unsubscribe.html.j2")
        .render(
            title="退订或暂停通知",
            stylesheet=STYLE,
            action=f"{PATH}/{token}",
            state=state,
            unsubscribed=held.unsubscribed,
            muted=muted,
            tomorrow=today + timedelta(days=1),
            done=done,
            error=error,
        )
    )
    return HTMLResponse(text, status_code=422 if error else 200, headers=PRIVATE)
