"""The link at the end of every message: its recipient wants no more, or nothing for a while, without an account."""

from dataclasses import dataclass
from datetime import date

from itsdangerous import BadSignature, URLSafeSerializer

from matcher.errors import MatcherError
from service.auth import local_admin
from service.config import Settings, prepare_data_dir
from service.deps import Parts
from service.store.delivery import Delivery
from service.store.recipients import Recipient

PATH = "/u"
_SALT = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: the recipient of an owner's messages in a tenant."""

    tenant: str
    owner: str
    recipient: Recipient


def unsubscribe_url(settings: Settings, delivery: Delivery) -> str:
    """Return the link for the recipient of a delivery; it does not expire, for messages are kept long."""
    token = _signer(settings).dumps([delivery.tenant, delivery.owner, delivery.target])
    return f"{settings.base_url}{PATH}/{token}"


def open_unsubscribe(parts: Parts, token: str) -> Opened:
    """Return what a link opens.

    :raises MatcherError: `bad_link` for one that was not made here, or whose recipient is forgotten.
    """
    try:
        tenant, owner, id_ = _signer(parts.settings).loads(token)
    except (BadSignature, ValueError) as error:
        raise MatcherError("bad_link", "链接不完整或已损坏：请核对是否复制完整") from error
    admin = local_admin(tenant)
    found = parts.store.searches.recipient(admin, owner, id_)
    if found is None and (into := parts.store.names.alias(admin, owner)) is not None:
        # The link is older than the merging of its owner into another enterprise.
        owner, found = into, parts.store.searches.recipient(admin, into, id_)
    if found is None:
        raise MatcherError("bad_link", "这个地址已不在接收名单中，不会再收到通知")
    return Opened(tenant, owner, found)


def choose(parts: Parts, opened: Opened, *, unsubscribed: bool, muted_until: date | None = None) -> None:
    """Keep what the recipient chose."""
    parts.store.searches.set_recipient(
        local_admin(opened.tenant),
        opened.owner,
        opened.recipient.id,
        unsubscribed=unsubscribed,
        muted_until=muted_until,
    )


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(prepare_data_dir(settings), salt=_SALT)
