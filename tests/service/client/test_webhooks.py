"""Standard Webhooks: the example of the specification, and whatever is changed is refused."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.client import WebhookError, verify_webhook

# The vector that the specification's libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS: Mapping[str, str] = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
NOW = 1614265330.0


def test_a_good_signature() -> None:
    assert verify_webhook(HEADERS, BODY, SECRET, now=NOW) == {"test": 2432232314}
    several = {**HEADERS, "webhook-signature": "v1,x v2,é " + HEADERS["webhook-signature"]}
    assert verify_webhook(several, BODY, SECRET, now=NOW + 299)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_lacks_or_is_another(name: str) -> None:
    with pytest.raises(WebhookError):
        verify_webhook({one: value for one, value in HEADERS.items() if one != name}, BODY, SECRET, now=NOW)
    with pytest.raises(WebhookError):
        verify_webhook({**HEADERS, name: "1614265331"}, BODY, SECRET, now=NOW)


@pytest.mark.parametrize("at", [NOW + 301, NOW - 301])
def test_an_old_or_early_message(at: float) -> None:
    with pytest.raises(WebhookError):
        verify_webhook(HEADERS, BODY, SECRET, now=at)


def test_another_secret_or_none() -> None:
    for secret in ("whsec_" + base64.b64encode(b"x" * 24).decode(), "whsec_?", ""):
        with pytest.raises(WebhookError):
            verify_webhook(HEADERS, BODY, secret, now=NOW)


@given(body=st.binary().filter(lambda body: body != BODY))
def test_another_body(body: bytes) -> None:
    with pytest.raises(WebhookError):
        verify_webhook(HEADERS, body, SECRET, now=NOW)


@given(id_=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), key=st.binary(min_size=24))
def test_what_is_signed_is_verified(id_: str, key: bytes) -> None:
    digest = hmac.new(key, f"{id_}.100.".encode() + b"[1]", hashlib.sha256).digest()
    sent = {"webhook-id": id_, "webhook-timestamp": "100"}
    sent["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
    assert verify_webhook(sent, b"[1]", "whsec_" + base64.b64encode(key).decode(), now=100) == [1]
