"""The robots of group chats: 企业微信 and 钉钉, reached only at their own hosts."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from service.auth import local_admin
from service.config import Settings
from service.outgoing import Outgoing
from service.store import Store
from service.store.delivery import Delivery
from service.store.recipients import Recipient
from service.usecases.lookout import BEIJING
from service.usecases.notices import Notice, notice_of
from service.usecases.senders import GONE, Sent, posted


@dataclass(frozen=True, slots=True)
class Robot:
    """A kind of robot: its name, its address, the parameter that names one, and how long a message may be."""

    label: str
    url: str
    key: str
    most_bytes: int


ROBOTS: Mapping[str, Robot] = MappingProxyType(
    {
        "wecom": Robot("企业微信机器人", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "key", 4096),
        "dingtalk": Robot("钉钉机器人", "https://oapi.dingtalk.com/robot/send", "access_token", 20000),
    }
)


class RobotSender:
    """Posts to the robot of a group; `bases` stand for the robots' own hosts by channel, for trying out."""

    def __init__(
        self, store: Store, settings: Settings, outgoing: Outgoing, *, bases: Mapping[str, str] | None = None
    ) -> None:
        self._store = store
        self._settings = settings
        self._outgoing = outgoing
        self._bases = bases or {}

    def send(self, delivery: Delivery, now: datetime) -> Sent:
        """Return how the robot answered; its `errcode` tells whether it took the message."""
        held = self._store.searches.recipient(local_admin(delivery.tenant), delivery.owner, delivery.target)
        if held is None or not held.listens(now.astimezone(BEIJING).date()):
            return GONE
        notice = notice_of(self._settings, delivery)
        url = self._base(held) + _signed(held, now)
        body = json.dumps(_body(held.channel, notice), ensure_ascii=False).encode()
        return posted(self._outgoing, url, body, {"Content-Type": "application/json; charset=utf-8"}, judge=_taken)

    def _base(self, held: Recipient) -> str:
        parts = urlsplit(held.to)
        base = self._bases.get(held.channel, f"{parts.scheme}://{parts.netloc}")
        return f"{base}{parts.path}?{parts.query}"


def _body(channel: str, notice: Notice) -> dict[str, object]:
    text = notice.markdown(ROBOTS[channel].most_bytes)
    if channel == "wecom":
        return {"msgtype": "markdown", "markdown": {"content": text}}
    return {"msgtype": "markdown", "markdown": {"title": notice.subject, "text": text}}


def _signed(held: Recipient, now: datetime) -> str:
    """Return what 钉钉's 加签 adds to the address."""
    if held.secret is None:
        return ""
    at = int(now.timestamp() * 1000)
    mac = hmac.digest(held.secret.encode(), f"{at}\n{held.secret}".encode(), hashlib.sha256)
    return f"&timestamp={at}&sign={quote(base64.b64encode(mac), safe='')}"


def _taken(body: bytes) -> str | None:
    """Return why a robot did not take a message, None if it did."""
    try:
        code = json.loads(body)["errcode"]
    except (ValueError, KeyError, TypeError):
        return "机器人的答复读不懂"
    return None if code == 0 else f"机器人拒收（errcode {code!r:.20}）"
