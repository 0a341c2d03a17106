"""The page of a reply link: read on a phone, answered with one form, no account and no script."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from matcher.assets import asset
from matcher.deals import DealSide, Declined, state_label
from matcher.domain import Contact, Posting
from matcher.errors import MatcherError
from matcher.templates import templates
from matcher.tracking.card import card_lines
from service.audit import CLAIMED
from service.deps import Parts, PartsDep
from service.usecases.evidence import Answered
from service.usecases.replies import Reply, ReplyPage, page_of, reply_by_link
from service.usecases.reply_link import PATH, Opened, open_link

router = APIRouter(include_in_schema=False)

STYLE = "/reply.css"
_FIELDS = 200
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
_NUMBERS = {"employees": "员工人数", "revenue_wan": "营业收入", "assets_wan": "资产总额"}
_SAID, _NOTE = 500, 2000


async def posted_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, each without the blanks around it."""
    found: FormData = await request.form(max_files=0, max_fields=_FIELDS)
    return {name: value.strip() for name, value in found.items() if isinstance(value, str)}


@router.get(STYLE)
def style() -> Response:
    """Return the style of the page."""
    return Response(asset("data", "pages", "reply.css").read_text(encoding="utf-8"), media_type="text/css")


@router.get(PATH + "/{token}")
def show(token: str, found: PartsDep, done: bool = False) -> HTMLResponse:
    """Return the page of a link, or a page that says why it does not open."""
    try:
        opened = open_link(found, token)
    except MatcherError as error:
        return refused(error)
    return _page(found, opened, token, {}, done=done)


@router.post(PATH + "/{token}")
def post(
    token: str, request: Request, found: PartsDep, form: Annotated[Mapping[str, str], Depends(posted_form)]
) -> Response:
    """Take a reply down and show the page again; a reply that cannot be taken is shown with what is wrong."""
    try:
        opened = open_link(found, token)
    except MatcherError as error:
        return refused(error)
    setattr(request.state, CLAIMED, opened.actor)
    try:
        reply_by_link(found, opened, _said(form, page_of(found, opened)))
    except MatcherError as error:
        return _page(found, opened, token, form, error=error.message, status=422)
    return RedirectResponse(f"{PATH}/{token}?done=true", status_code=303, headers=PRIVATE)


def refused(error: MatcherError) -> HTMLResponse:
    """Return the page that says why a link does not open."""
    gone = error.code == "link_expired"
    title = "链接已失效" if gone else "链接打不开"
    text = templates().get_template("notice.html.j2").render(title=title, message=error.message, stylesheet=STYLE)
    return HTMLResponse(text, status_code=410 if gone else 404, headers=PRIVATE)


def _page(
    parts: Parts,
    opened: Opened,
    token: str,
    form: Mapping[str, str],
    *,
    done: bool = False,
    error: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    fresh = Opened(opened.actor, parts.store.deals.get(opened.actor, opened.deal.id), opened.side)
    found = page_of(parts, fresh)
    deal = found.view.deal
    supplier = found.side is DealSide.SUPPLIER
    shown = found.view.request if supplier else found.view.offer
    text = (
        templates()
        .get_template("reply.html.j2")
        .render(
            title=f"{found.other.name} 邀请对接",
            stylesheet=STYLE,
            action=f"{PATH}/{token}",
            supplier=supplier,
            other=found.other.name,
            subject=deal.title if supplier or shown is None else shown.title,
            answer_by=deal.answer_by,
            wanted=_facts(shown, deal.title),
            why=deal.why if supplier else (),
            card=card_lines(found.card) if supplier else (),
            warning=found.card.warning if supplier else None,
            people=[one for people in found.contacts.values() for one in people],
            agreed=bool(found.contacts),
            answerable=found.answerable,
            telling=found.telling,
            state=state_label(deal),
            reasons=[str(one) for one in Declined],
            questions=found.questions,
            own=_own(found, form),
            muted=form.get("mute") == "yes" if form else found.muted,
            form=_Blank(form),
            done=done,
            error=error,
        )
    )
    return HTMLResponse(text, status_code=status, headers=PRIVATE)


class _Blank(dict[str, str]):
    """What was sent, with nothing for what was not."""

    def __missing__(self, _: str) -> str:
        return ""


def _own(found: ReplyPage, form: Mapping[str, str]) -> dict[str, object]:
    held = {name: getattr(found.own, name) for name in ("profile", *_NUMBERS)}
    shown = {name: "" if value is None else value for name, value in held.items()}
    return {"name": found.own.name, **shown, **{name: form[name] for name in shown if name in form}}


def _facts(posting: Posting | None, title: str) -> list[tuple[str, object]]:
    if posting is None:
        return [("事项", title)]
    until = f"{posting.valid_until} 前" if posting.valid_until else None
    rows = [("事项", posting.title), ("详情", posting.detail), ("有效期", until)]
    return [(label, text) for label, text in rows if text]


def _said(form: Mapping[str, str], page: ReplyPage) -> Reply:
    decision = {"accept": True, "decline": False}.get(form.get("decision", ""))
    name, phone = form.get("contact_name"), form.get("contact_phone")
    wanted = form.get("mute") == "yes"
    return Reply(
        accept=decision if page.answerable else None,
        declined=_reason(form.get("reason", "")) if decision is False else None,
        note=_short(form.get("note"), _NOTE, "留言"),
        answers=_answers(form),
        corrections=_corrections(form, page),
        contact=Contact(name=name or None, phone=phone or None) if name or phone else None,
        mute=wanted if wanted != page.muted else None,
    )


def _reason(text: str) -> Declined | None:
    return next((one for one in Declined if one == text), None)


def _answers(form: Mapping[str, str]) -> list[Answered]:
    found = []
    for n in range(_FIELDS):
        asked = form.get(f"asked{n}")
        met = {"yes": True, "no": False}.get(form.get(f"met{n}", ""))
        said = _short(form.get(f"said{n}"), _SAID, "具体情况")
        if asked and (met is not None or said):
            expires = form.get(f"expires{n}")
            found.append(Answered(asked=asked, met=met, said=said, expires=_day(expires) if expires else None))
    return found


def _corrections(form: Mapping[str, str], page: ReplyPage) -> dict[str, object]:
    found: dict[str, object] = {}
    profile = form.get("profile")
    if profile and profile != (page.own.profile or ""):
        found["profile"] = _short(profile, 20_000, "企业简介")
    for name, label in _NUMBERS.items():
        if text := form.get(name):
            value = _number(text, label)
            number: Any = int(value) if name == "employees" else value
            if number != getattr(page.own, name):
                found[name] = number
    return found


def _number(text: str, label: str) -> float:
    try:
        value = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        _bad(f"{label}应为数字，收到“{text[:30]}”")
    if not 0 <= value < 1e12:
        _bad(f"{label}应在合理范围内，收到“{text[:30]}”")
    return value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        _bad(f"有效期应为日期，如 2027-12-31，收到“{text[:30]}”")


def _short(text: str | None, most: int, label: str) -> str | None:
    if text and len(text) > most:
        _bad(f"{label}最多 {most} 个字")
    return text or None


def _bad(message: str) -> NoReturn:
    raise MatcherError("bad_reply", message)
