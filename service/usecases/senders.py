"""The channels by which a delivery leaves: each sends one and says how that ended."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matcher.errors import MatcherError
from service.auth import local_admin
from service.outgoing import Outgoing
from service.store import Store
from service.store.delivery import Delivery
from service.store.outbox import PING

_HTTP_GONE = 410
_OK = 2
_ABOUT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How an attempt ended: taken or not; if not, whether trying again is of use. `dropped` is for nobody any more."""

    ok: bool
    status: int | None = None
    error: str | None = None
    final: bool = False
    dropped: bool = False


GONE = Sent(ok=False, dropped=True, error="接收人已退订、暂停或删除")
"""The end of a delivery whose recipient listens no more."""


class Sender(Protocol):
    """Sends the deliveries of one channel."""

    def send(self, delivery: Delivery, now: datetime) -> Sent:
        """Return how one attempt ended, well before the lease of its channel does."""
        ...


class WebhookSender:
    """Posts to webhooks, signed as Standard Webhooks has it."""

    def __init__(self, store: Store, outgoing: Outgoing) -> None:
        self._store = store
        self._outgoing = outgoing

    def send(self, delivery: Delivery, now: datetime) -> Sent:
        """Return how a POST was answered; 2xx takes it, 410 and a refused address end it."""
        hook = self._store.webhooks.signing(local_admin(delivery.tenant), delivery.owner, delivery.target)
        if hook is None or delivery.type not in (PING, *hook.events):
            return Sent(ok=False, dropped=True, error="webhook 已删除、停用或不再订阅这一事件")
        body, at = delivery.body.encode(), int(now.timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "rongtong",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(hook.secrets, delivery.id, at, body),
        }
        return posted(self._outgoing, hook.url, body, headers)


def posted(
    outgoing: Outgoing,
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    judge: Callable[[bytes], str | None] = lambda _: None,
) -> Sent:
    """Return how a POST ended; `judge` says from the answer's body why it was not taken after all."""
    try:
        answer = outgoing.post(url, body, headers)
    except MatcherError as failed:
        return Sent(ok=False, error=failed.message[:_ABOUT], final=failed.code in ("address_refused", "bad_url"))
    error = judge(answer.body) if answer.status // 100 == _OK else f"HTTP {answer.status}"
    return Sent(ok=error is None, status=answer.status, error=error, final=answer.status == _HTTP_GONE)


def signature(secrets: Sequence[str], id_: str, at: int, body: bytes) -> str:
    """Return the signatures of a body under each secret, as the header has them."""
    signed = f"{id_}.{at}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)
