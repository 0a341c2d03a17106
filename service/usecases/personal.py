"""What is held of a person, found and erased on request (《个人信息保护法》第四十五条、第四十七条)."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from matcher.domain import Contact
from matcher.errors import MatcherError
from service.auth import Actor
from service.deps import Parts
from service.store import Store
from service.store.recipients import Recipient
from service.usecases.deal_views import CONTACTS
from service.usecases.import_job import IMPORT, rejects_path
from service.usecases.jobs import upload_of
from service.usecases.mentions import digits, is_address, is_number, mentions

_HELD = ("name", "title", "phone", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a request is about: by telephone number or e-mail address, by name for looking only."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)

    def is_told_by(self, held: dict[str, Any]) -> bool:
        """Return whether a contact or a delegate is this person: number or address agree, or, without them, the name."""
        if self.phone or self.email:
            return _same(self.phone, held.get("phone"), digits) or _same(self.email, held.get("email"), str.casefold)
        return _same(self.name, held.get("name"), str.strip)


@dataclass(frozen=True, slots=True)
class ContactHeld:
    """A contact of an enterprise, and to whom it was shown."""

    enterprise_id: str
    contact: Contact
    shown_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DelegateHeld:
    """A person on the list of an event."""

    event_id: str
    version: int
    contact: Contact


@dataclass(frozen=True, slots=True)
class RecipientHeld:
    """An address that is told of matches, for the searches of an enterprise or of the platform (empty)."""

    owner: str
    channel: str
    to: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Holding:
    """All that is held of a person."""

    contacts: tuple[ContactHeld, ...]
    delegates: tuple[DelegateHeld, ...]
    recipients: tuple[RecipientHeld, ...] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """How many contacts, states of events, import reports and recipients of messages were cleared."""

    contacts: int
    event_versions: int
    import_reports: int
    recipients: int = 0


def find_person(store: Store, actor: Actor, person: Person) -> Holding:
    """Return what is held of a person in the tenant.

    :raises MatcherError: `forbidden` to all but administrators, `bad_person` when nobody is named.
    """
    if not (person.name or person.phone or person.email):
        raise MatcherError("bad_person", "请给出姓名、电话或邮箱之一")
    contacts = tuple(
        ContactHeld(firm, one, _shown_to(store, actor, firm))
        for firm, one in store.records.every_contact(actor)
        if person.is_told_by(_plain(one))
    )
    delegates = tuple(
        DelegateHeld(event, version, Contact(**{name: one.get(name) for name in _HELD}))
        for event, version, text in store.events.every_document(actor)
        for one in _persons(json.loads(text))
        if person.is_told_by(one)
    )
    told = tuple(RecipientHeld(owner, one.channel, one.to) for owner, one in _told(store, actor, person))
    return Holding(contacts, delegates, told)


def erase_person(parts: Parts, actor: Actor, person: Person) -> Erased:
    """Erase a person, known by number or address: contacts, every state of every event, import reports,
    recipients of messages.

    Meetings stay, without the person's name; lists that were issued have never held numbers or addresses.
    :raises MatcherError: `forbidden` to all but administrators, `bad_person` for a name alone, which several may bear,
        and for what is no number or address.
    """
    _check_known(person)
    store = parts.store
    found = [(firm, one) for firm, one in store.records.every_contact(actor) if person.is_told_by(_plain(one))]
    for firm, one in found:
        store.records.delete_contacts(actor, firm, only=one)
    redacted = {
        (event, version): without
        for event, version, text in store.events.every_document(actor)
        if (without := _without(person, text)) != text
    }
    store.events.redact(actor, redacted)
    reports = store.jobs.forget(actor, mentions(word for word in (person.phone, person.email) if word))
    for job in (store.jobs.get(actor, id_) for id_ in reports):
        if job.kind == IMPORT:
            rejects_path(upload_of(parts, job)).unlink(missing_ok=True)
    told = _told(store, actor, person)
    for owner, recipient in told:
        store.searches.erase_recipient(actor, owner, recipient.id)
    return Erased(len(found), len(redacted), len(reports), len(told))


def _check_known(person: Person) -> None:
    if not (person.phone or person.email):
        raise MatcherError("bad_person", "删除须给出电话或邮箱：同名的可能不止一人")
    if person.phone and not is_number(person.phone):
        raise MatcherError("bad_person", "电话应有 7 到 15 位数字：太短会连别人的内容一起删去")
    if person.email and not is_address(person.email):
        raise MatcherError("bad_person", "邮箱应形如 wang@example.cn")


def _told(store: Store, actor: Actor, person: Person) -> list[tuple[str, Recipient]]:
    return [
        (owner, one)
        for owner, one in store.searches.every_recipient(actor)
        if person.is_told_by(dict.fromkeys(("name", "phone", "email"), one.to))
    ]


def _without(person: Person, text: str) -> str:
    """Return a document without a person: not where it lists people, nor in what was said of a change."""
    held = json.loads(text)
    told = [one for one in _persons(held) if person.is_told_by(one)]
    words = [person.phone, person.email, *(one.get(name) for one in told for name in ("phone", "email"))]
    for one in told:
        one.update({name: None for name in _HELD if name in one})
    document = _masked(held, mentions(word for word in words if isinstance(word, str)))
    return json.dumps(document, ensure_ascii=False) if told or document != held else text


def _masked(value: Any, told: re.Pattern[str]) -> Any:
    if isinstance(value, dict):
        return {name: _masked(one, told) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, told) for one in value]
    return told.sub("***", value) if isinstance(value, str) else value


def _shown_to(store: Store, actor: Actor, firm: str) -> tuple[str, ...]:
    shown = store.deals.shown_about(actor, firm, what=CONTACTS)
    return tuple(sorted({one.organisation or one.user for one in shown}))


def _persons(document: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document that tells how to reach somebody."""
    if isinstance(document, dict):
        if "phone" in document or "email" in document:
            yield document
        document = list(document.values())
    if isinstance(document, list):
        for one in document:
            yield from _persons(one)


def _plain(one: Contact) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _HELD}


def _same(asked: str | None, held: object, plain: Callable[[str], str]) -> bool:
    return asked is not None and isinstance(held, str) and plain(asked) == plain(held) != ""
