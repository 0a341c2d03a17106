"""The link at the end of a message: opening it changes nothing, one click unsubscribes, and only its bearer comes back."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from service.auth import Actor, Role, Scope
from service.logs import masked
from service.store.delivery import Delivery, DeliveryState
from service.store.recipients import NewRecipient, Recipient
from service.store.searches import NewSearch
from service.usecases.searches import put_search
from service.usecases.unsubscribe import unsubscribe_url
from tests.service.instance import Instance, firm
from tests.service.searching import ADMIN, WANTED


class Held:
    """A recipient of a search, and its link."""

    def __init__(self, instance: Instance) -> None:
        self.parts = instance.parts
        search = put_search(self.parts, ADMIN, WANTED, [NewRecipient(channel="sheet", to="王工")])
        self.id = search.recipients[0].id
        self.path = unsubscribe_url(self.parts.settings, self.delivery(search)).removeprefix(
            self.parts.settings.base_url
        )

    def delivery(self, search: NewSearch) -> Delivery:
        now = datetime(2026, 3, 1, tzinfo=UTC)
        return Delivery(
            tenant="t", id="m", owner="", channel="sheet", target=self.id, search_id=search.id, type="match.found",
            body="{}", state=DeliveryState.WAITING, attempts=0, failures=0, due_at=now, status=None, error=None, created_at=now,
            finished_at=None,
        )  # fmt: skip

    @property
    def now(self) -> Recipient:
        found = self.parts.store.searches.recipient(ADMIN, "", self.id)
        assert found is not None
        return found


@pytest.fixture
def held(instance: Instance) -> Held:
    return Held(instance)


@pytest.fixture
def phone(instance: Instance) -> TestClient:
    """A browser without any key."""
    return TestClient(instance.app, follow_redirects=False)


def test_opening_it_changes_nothing(held: Held, phone: TestClient) -> None:
    page = phone.get(held.path)
    assert page.status_code == 200
    assert "退订" in page.text
    assert "王工" not in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert not held.now.unsubscribed


def test_one_click_of_a_mail_program_unsubscribes(held: Held, phone: TestClient) -> None:
    answer = phone.post(held.path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert held.now.unsubscribed
    assert "已退订" in answer.text
    phone.post(held.path, data={"do": "resume"})
    assert not held.now.unsubscribed


def test_a_choice_on_the_page_leads_back_to_it(held: Held, phone: TestClient) -> None:
    answer = phone.post(held.path, data={"do": "unsubscribe"})
    assert answer.status_code == 303
    assert "已退订" in phone.get(answer.headers["location"]).text


def test_a_link_follows_the_firm_it_came_from_into_another(held: Held, phone: TestClient) -> None:
    store = held.parts.store
    store.records.put_enterprises(ADMIN, [firm("e1"), firm("e2"), firm("e3")])
    own = Actor(ADMIN.tenant, "e1", "u", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))
    (told,) = put_search(held.parts, own, WANTED, [NewRecipient(channel="sheet", to="李工")]).recipients
    delivery = replace(held.delivery(WANTED), owner="e1", target=told.id)
    path = unsubscribe_url(held.parts.settings, delivery).removeprefix(held.parts.settings.base_url)
    store.records.merge_enterprises(ADMIN, "e1", "e2")
    store.records.merge_enterprises(ADMIN, "e2", "e3")
    assert "正在接收" in phone.get(path).text
    assert phone.post(path, data={}).status_code == 200
    now = store.searches.recipient(ADMIN, "e3", told.id)
    assert now is not None
    assert now.unsubscribed


def test_a_mute_until_a_day(held: Held, phone: TestClient) -> None:
    assert phone.post(held.path, data={"do": "mute", "until": "2026-03-20"}).status_code == 303
    assert str(held.now.muted_until) == "2026-03-20"
    assert "2026-03-20 起恢复" in phone.get(held.path).text
    for bad in ("", "昨天", "2026-02-01", "2030-01-01"):
        answer = phone.post(held.path, data={"do": "mute", "until": bad})
        assert answer.status_code == 422
        assert "一年以内" in answer.text
    assert str(held.now.muted_until) == "2026-03-20"


def test_a_link_that_was_not_made_here_opens_nothing(held: Held, phone: TestClient) -> None:
    for path in (held.path[:-2], "/u/x", held.path.replace("/u/", "/u/x")):
        assert phone.get(path).status_code == 404
        assert phone.post(path, data={}).status_code == 404
    assert phone.get(held.path.replace("/u/", "/r/")).status_code == 404
    held.parts.store.searches.delete(ADMIN, "s")
    assert phone.get(held.path).status_code == 404


def test_the_log_holds_no_link(held: Held) -> None:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s %s", ("POST", held.path), None)
    assert masked(record.getMessage()) == "POST /u/…"
