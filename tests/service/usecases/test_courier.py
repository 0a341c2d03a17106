"""What is queued is sent: signed, tried again with growing waits, ended at last, and by one sender at a time."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from matcher.domain import Enterprise
from service.auth import SYSTEM
from service.outgoing import Allowed, Outgoing
from service.store import Store
from service.store.delivery import Delivery, DeliveryState
from service.usecases.courier import WAITS, Courier
from service.usecases.senders import Sent, WebhookSender, signature
from service.usecases.senders_mail import LEASE as MAIL_LEASE
from tests.databases import ADMIN, Clock, clock, database_url, store
from tests.service.receiver import Receiver, receiving, verified

__all__ = ["clock", "database_url", "store"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def courier(store: Store, clock: Clock) -> Iterator[Courier]:
    made = Courier(store, {"webhook": WebhookSender(store, Outgoing(Allowed.parse("127.0.0.1")))}, now=clock)
    yield made
    made.stop()


def hook(store: Store, url: str) -> str:
    _, secret = store.webhooks.put(ADMIN, "w", url=url, events=["match.found"])
    assert secret is not None
    return secret


def state(store: Store) -> Delivery:
    return store.webhooks.deliveries(ADMIN, "w").items[0]


def test_the_example_of_the_standard() -> None:
    """Secret, message and signature as printed in the Standard Webhooks documentation."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    given = signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_delivery_is_signed_and_its_body_is_whole(
    store: Store, receiver: Receiver, courier: Courier, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    secret = hook(store, f"{receiver.url}/in?key=1")
    id_ = store.webhooks.ping(ADMIN, "w").id
    assert courier.once() == 1
    (got,) = receiver.got
    monkeypatch.setattr("tests.service.receiver.time.time", lambda: clock().timestamp())
    assert verified(got, secret)
    assert not verified(got, secret[:-8] + "AAAAAAA=")
    assert got.path == "/in?key=1"
    headers = {name.lower(): value for name, value in got.headers.items()}
    assert headers["webhook-id"] == id_
    assert got.json == {"type": "ping", "at": clock().isoformat(), "data": {"webhook": "w"}}
    assert (state(store).state, state(store).status) == (DeliveryState.SENT, 200)
    assert courier.once() == 0


def test_with_a_renewed_secret_either_verifies(
    store: Store, receiver: Receiver, courier: Courier, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    old = hook(store, receiver.url)
    fresh = store.webhooks.renew_secret(ADMIN, "w")
    store.webhooks.ping(ADMIN, "w")
    courier.once()
    monkeypatch.setattr("tests.service.receiver.time.time", lambda: clock().timestamp())
    assert verified(receiver.got[0], old)
    assert verified(receiver.got[0], fresh)


def test_what_fails_is_tried_again_later_and_then_taken(
    store: Store, receiver: Receiver, courier: Courier, clock: Clock
) -> None:
    hook(store, receiver.url)
    store.webhooks.ping(ADMIN, "w")
    receiver.statuses = [500, 302]
    assert courier.once() == 1
    failed = state(store)
    assert (failed.state, failed.status, failed.error, failed.attempts) == (DeliveryState.WAITING, 500, "HTTP 500", 1)
    assert courier.once() == 0
    clock.advance(seconds=7)
    assert courier.once() == 1
    clock.advance(seconds=37)
    assert courier.once() == 1
    assert (state(store).state, state(store).attempts, state(store).error) == (DeliveryState.SENT, 3, None)
    assert len({one.headers.get("webhook-id") for one in receiver.got}) == 1
    assert len({one.body for one in receiver.got}) == 1


def test_waits_grow_and_end(store: Store, receiver: Receiver, courier: Courier, clock: Clock) -> None:
    hook(store, receiver.url)
    store.webhooks.ping(ADMIN, "w")
    receiver.statuses = [503] * (len(WAITS) + 5)
    for n, wait in enumerate(WAITS, start=1):
        assert courier.once() == 1
        one = state(store)
        assert (one.state, one.attempts) == (DeliveryState.WAITING, n)
        assert wait * 0.8 <= one.due_at - clock() <= wait * 1.2
        clock.time = one.due_at
    assert courier.once() == 1
    assert (state(store).state, state(store).attempts) == (DeliveryState.DEAD, len(WAITS) + 1)
    clock.advance(days=20)
    assert courier.once() == 0
    receiver.statuses = []
    store.webhooks.replay(ADMIN, "w", state(store).id)
    assert courier.once() == 1
    assert state(store).state is DeliveryState.SENT


@pytest.mark.parametrize(("status", "url"), [(410, None), (None, "https://10.0.0.1/"), (None, "http://127.0.0.2:1/")])
def test_what_cannot_come_right_ends_at_once(
    store: Store, receiver: Receiver, courier: Courier, status: int | None, url: str | None
) -> None:
    hook(store, url or receiver.url)
    receiver.statuses = [status] if status else []
    store.webhooks.ping(ADMIN, "w")
    courier.once()
    assert (state(store).state, state(store).status) == (DeliveryState.DEAD, status)


def test_a_delivery_to_a_webhook_that_is_off_is_dropped(store: Store, receiver: Receiver, courier: Courier) -> None:
    hook(store, receiver.url)
    store.webhooks.ping(ADMIN, "w")
    store.webhooks.put(ADMIN, "w", url=receiver.url, events=["match.found"], active=False)
    courier.once()
    assert state(store).state is DeliveryState.DROPPED
    assert receiver.got == []


def test_an_event_that_a_webhook_wants_no_more_is_dropped(store: Store, receiver: Receiver, courier: Courier) -> None:
    store.webhooks.put(ADMIN, "w", url=receiver.url, events=["enterprise.changed"])
    store.records.put_enterprises(ADMIN, [Enterprise(id="e1", name="e1")])
    store.outbox.follow(SYSTEM)
    store.webhooks.put(ADMIN, "w", url=receiver.url, events=["match.found"])
    courier.once()
    assert state(store).state is DeliveryState.DROPPED
    assert receiver.got == []


def test_a_courier_that_died_is_taken_over_from(
    store: Store, receiver: Receiver, courier: Courier, clock: Clock
) -> None:
    hook(store, receiver.url)
    id_ = store.webhooks.ping(ADMIN, "w").id
    assert len(store.outbox.claim(SYSTEM, channels=["webhook"], lease=timedelta(minutes=2))) == 1
    assert courier.once() == 0
    clock.advance(minutes=2)
    assert courier.once() == 1
    assert [one.headers["webhook-id"] for one in receiver.got] == [id_]


def test_a_lost_courier_is_no_failure_of_the_receiver(
    store: Store, receiver: Receiver, courier: Courier, clock: Clock
) -> None:
    hook(store, receiver.url)
    store.webhooks.ping(ADMIN, "w")
    receiver.statuses = [500]
    store.outbox.claim(SYSTEM, channels=["webhook"], lease=timedelta(0))
    courier.once()
    failed = state(store)
    assert (failed.attempts, failed.failures) == (2, 1)
    assert failed.due_at - clock() <= WAITS[0] * 1.2


class Counting:
    """A sender that knows whether two ever sent the same delivery at the same time."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.until: datetime | None = None
        self.holding = threading.Lock()

    def send(self, delivery: Delivery, now: datetime) -> Sent:
        with self.holding:
            self.sent[delivery.id] += 1
            self.until = delivery.due_at
        return Sent(ok=True)


def test_two_couriers_never_send_the_same(store: Store, clock: Clock) -> None:
    hook(store, "https://hook.example/")
    ids = [store.webhooks.ping(ADMIN, "w").id for _ in range(60)]
    counting = Counting()
    couriers = [Courier(store, {"webhook": counting}, now=clock) for _ in range(3)]
    threads = [threading.Thread(target=one.once) for one in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in couriers:
        one.once()
        one.stop()
    assert counting.sent == Counter(ids)


def test_a_slow_channel_has_a_longer_lease(store: Store, clock: Clock) -> None:
    hook(store, "https://hook.example/")
    store.webhooks.ping(ADMIN, "w")
    counting = Counting()
    Courier(store, {"webhook": counting}, lease=MAIL_LEASE, now=clock).once()
    assert counting.until == clock() + MAIL_LEASE


class Failing:
    """A sender that breaks."""

    def send(self, delivery: Delivery, now: datetime) -> Sent:
        raise RuntimeError("somebody@example.com")


def test_a_sender_that_breaks_is_tried_again_and_its_words_are_kept_out(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    hook(store, "https://hook.example/")
    store.webhooks.ping(ADMIN, "w")
    broken = Courier(store, {"webhook": Failing()}, now=clock)
    broken.once()
    broken.stop()
    assert (state(store).state, state(store).error) == (DeliveryState.WAITING, "RuntimeError")
    assert "somebody" not in caplog.text + json.dumps(state(store).error)
