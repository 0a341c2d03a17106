"""Saved searches as a caller keeps them, checked before they are kept."""

import re
from collections.abc import Sequence
from email.errors import MessageDefect, MessageError
from email.headerregistry import Address
from urllib.parse import parse_qs, urlsplit

from matcher.errors import MatcherError
from service.auth import Actor, Scope
from service.deps import Parts
from service.store.database import Clock, utc_now
from service.store.outbox import MATCHES, owner_of
from service.store.recipients import NewRecipient
from service.store.rights import require, require_own
from service.store.searches import NewSearch, Search
from service.usecases.lookout import ask_of, first_look, reader_of
from service.usecases.match import looked
from service.usecases.senders_robot import ROBOTS

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def put_search(
    parts: Parts, actor: Actor, search: NewSearch, recipients: Sequence[NewRecipient], *, now: Clock = utc_now
) -> Search:
    """Return a search as it is now kept; it has been tried as its owner would.

    :raises MatcherError: `bad_recipient`, `bad_match`, `not_found`, `forbidden`, and what a match and the store raise.
    """
    require(actor, Scope.WRITE)
    if search.enterprise_id is not None:
        require_own(actor, search.enterprise_id, Scope.WRITE)
        parts.store.records.get_enterprise(actor, search.enterprise_id)
    for one in recipients:
        _check(parts, actor, one)
    looked(parts, reader_of(actor.tenant, owner_of(actor), search), ask_of(search, parts.today()))
    return parts.store.searches.put(actor, search, recipients, next_at=first_look(search, now()))


def _check(parts: Parts, actor: Actor, one: NewRecipient) -> None:
    if one.secret is not None and one.channel != "dingtalk":
        raise MatcherError("bad_recipient", "secret 只用于钉钉机器人的加签密钥")
    if one.channel == "webhook":
        if MATCHES not in parts.store.webhooks.get(actor, one.to).events:
            raise MatcherError("bad_recipient", f"webhook {one.to} 没有订阅 {MATCHES}：请先加上")
    elif one.channel == "email":
        if not parts.settings.smtp_url or not parts.settings.mail_from:
            raise MatcherError("bad_recipient", "未设置 RONGTONG_SMTP_URL 与 RONGTONG_MAIL_FROM，不能发邮件")
        _check_email(one.to)
    elif one.channel in ROBOTS:
        _check_robot(one)
    elif not one.to.isprintable():
        raise MatcherError("bad_recipient", "接收人不能含控制字符")


def _check_email(address: str) -> None:
    try:
        # The same that writes the header refuses what it could not write.
        written = Address(addr_spec=address).addr_spec
    except (MessageError, MessageDefect, LookupError):
        written = None
    if written != address or not _EMAIL.fullmatch(address):
        raise MatcherError("bad_recipient", "邮箱地址无效：应如 name@example.cn")


def _check_robot(one: NewRecipient) -> None:
    robot = ROBOTS[one.channel]
    try:
        url = urlsplit(one.to)
        held = parse_qs(url.query, strict_parsing=True)
    except ValueError:
        held = {}
    if f"{url.scheme}://{url.netloc}{url.path}" != robot.url or set(held) != {robot.key} or not one.to.isascii():
        raise MatcherError("bad_recipient", f"{robot.label}的网址应为 {robot.url}?{robot.key}=…")
