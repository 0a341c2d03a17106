"""Answering without an account: a signed link that opens one deal for one side, until it expires or is replaced."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from matcher.deals import DEAL_LABELS, Deal, DealSide
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope, local_admin
from service.config import prepare_data_dir
from service.deps import Parts
from service.store import Step
from service.store.rights import require_platform

PATH = "/r"
_SALT = "reply"
_LONGEST = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to send: where it leads, the last day it opens, and a message to send it with."""

    url: str
    expires: date
    message: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: on whose behalf, which deal, for which side."""

    actor: Actor
    deal: Deal
    side: DealSide


def make_link(parts: Parts, actor: Actor, id_: str, *, side: DealSide = DealSide.SUPPLIER, days: int = 14) -> Link:
    """Return a fresh link for a side of a deal; earlier links of the deal open no longer.

    Whoever holds a link speaks for that side's firm, so that it is the platform's to hand out and never the other side's.
    :raises MatcherError: `forbidden` to all but the platform, `not_found`, `bad_link` outside 1…90 days.
    """
    require_platform(actor, Scope.WRITE)
    if not 1 <= days <= _LONGEST or side is DealSide.PLATFORM:
        raise MatcherError("bad_link", f"答复链接发给需求方或供给方，有效 1 到 {_LONGEST} 天")
    step = Step(action="发出答复链接", on=parts.today(), note=f"发给{DEAL_LABELS[side]}，有效 {days} 天")
    deal = parts.store.deals.change(actor, id_, lambda one: replace(one, link=one.link + 1), step)
    expires = parts.today() + timedelta(days=days)
    token = _signer(parts).dumps([actor.tenant, id_, side.value, deal.link, expires.isoformat()])
    url = f"{parts.settings.base_url}{PATH}/{token}"
    return Link(url=url, expires=expires, message=_message(parts, actor, deal, side, url, expires))


def _message(parts: Parts, actor: Actor, deal: Deal, side: DealSide, url: str, expires: date) -> str:
    asker, asked = (
        (deal.requester_id, deal.supplier_id) if side is DealSide.SUPPLIER else (deal.supplier_id, deal.requester_id)
    )
    firms = parts.store.records.enterprises_by_id(actor, [asker, asked])
    who, to = (firms[id_].name if id_ in firms else "对方" for id_ in (asker, asked))
    by = f"，请于 {deal.answer_by} 前答复" if deal.answer_by else ""
    return (
        f"{to}：{who}希望就“{deal.title}”与贵公司对接{by}。打开链接即可查看和答复，无需注册（{expires} 前有效）：{url}"
    )


def open_link(parts: Parts, token: str) -> Opened:
    """Return what a link opens.

    :raises MatcherError: `bad_link` for one that was not made here, `link_expired` for one past its day or replaced.
    """
    try:
        tenant, id_, side, n, expires = _signer(parts).loads(token)
    except (BadSignature, ValueError) as error:
        raise MatcherError("bad_link", "链接不完整或已损坏：请核对是否复制完整，或联系发送方重发") from error
    if parts.today() > date.fromisoformat(expires):
        raise MatcherError("link_expired", f"链接已于 {expires} 到期：请联系发送方重发")
    deal = parts.store.deals.get(local_admin(tenant), id_)
    if deal.link != n:
        raise MatcherError("link_expired", "发送方已换了新的链接：请使用最近一次收到的")
    own = deal.supplier_id if side == DealSide.SUPPLIER else deal.requester_id
    actor = Actor(tenant, own, f"link:{id_}", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    return Opened(actor, deal, DealSide(side))


def _signer(parts: Parts) -> URLSafeSerializer:
    return URLSafeSerializer(prepare_data_dir(parts.settings), salt=_SALT)
