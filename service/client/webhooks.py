"""Whether a webhook comes from the service: Standard Webhooks, HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

_PREFIX = "whsec_"
_TOLERANCE = 300


class WebhookError(Exception):
    """The message is not to be trusted."""


def verify_webhook(headers: Mapping[str, str], body: bytes, secret: str, *, now: float | None = None) -> Any:
    """Return the JSON of a message whose signature is good and which is no older than five minutes.

    :raises WebhookError: when it is not; answer 400 and do nothing.
    """
    told = {name.lower(): value for name, value in headers.items()}
    try:
        id_, at, signatures = (told[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        age = (time.time() if now is None else now) - int(at)
    except (KeyError, ValueError, binascii.Error) as error:
        raise WebhookError("缺少或无法读取 webhook-id、webhook-timestamp、webhook-signature 或密钥") from error
    if abs(age) > _TOLERANCE:
        raise WebhookError("webhook-timestamp 与现在相差超过五分钟")
    digest = hmac.new(key, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}".encode()
    if not any(hmac.compare_digest(one.encode(), expected) for one in signatures.split()):
        raise WebhookError("webhook-signature 不符：不是本服务发出的，或内容被改过")
    return json.loads(body)
