"""A tenant with one row of everything, in which what is private can be told from what is public."""

from dataclasses import replace
from datetime import date, timedelta

from matcher.deals import Deal
from matcher.domain import Contact, Enterprise, Evidence, Posting, PostingKind
from matcher.outcomes import OutcomeStage
from matcher.registers import Entry, Register
from service.auth import Actor, Role, Scope, token_digest
from service.store import CommitmentRecord, NewOutcome, Problem, Shown, ShownItem, Step, Store, User
from service.store.outbox import EVENTS
from service.store.recipients import NewRecipient
from service.store.searches import Looked, NewSearch
from tests.databases import Clock

DAY = date(2026, 3, 1)
SHORTLISTED = NewOutcome(posting_id="p1", stage=OutcomeStage.SHORTLISTED, list_id="l1")
SAVED = NewSearch(id="s1", name="甲", text="甲", kind=PostingKind.NEED)


def fill(store: Store, actor: Actor, word: str) -> dict[str, str]:
    """Give a tenant one row of everything, under ids that both tenants use; returns the ids that the store made."""
    store.identity.ensure_tenant(actor, actor.tenant, label=word)
    firms = [Enterprise(id=id_, name=f"{word}{id_}", uscc="911", profile=word) for id_ in ("e1", "e2", "e3")]
    store.records.put_enterprises(actor, firms, source="s")
    offer = Posting(id="p1", enterprise_id="e1", kind=PostingKind.SPACE, title=word, detail=word)
    store.records.put_postings(actor, [offer, replace(offer, id="p2", enterprise_id="e2")], source="s")
    store.records.put_contacts(actor, "e1", [Contact(name=word, phone=word)])
    store.names.put_alias(actor, "简称", "e1")
    store.names.suggest(actor, "e1", "e2", word, 0.5)
    store.people.put_user(actor, User("u1", word, "e1", frozenset({Role.OWNER})))
    store.people.set_password(actor, "u1", word)
    store.people.open_session(actor, "u1", token_digest(f"{actor.tenant}{word}"), good_for=timedelta(days=999))
    key, _ = store.identity.create_key(actor, word, scopes=[Scope.READ])
    store.idempotency.once(actor, "k1", "h", lambda: {"text": word})
    waiting = store.jobs.enqueue(actor, "waiting", {"text": word})
    running = store.jobs.enqueue(actor, "running", {"text": word})
    store.jobs.claim(actor, ["running"], stale_before=store.jobs.get(actor, running).created_at)
    store.jobs.add_problems(actor, running, [problem(word)])
    store.feedback.record_shown(actor, [listed(actor, "l1", word)])
    store.feedback.record_outcome(actor, replace(SHORTLISTED, id="o1", note=word))
    store.events.create(actor, id="ev1", name=word, document=word)
    issued = store.events.issue(actor, kind="event", subject="ev1", title=word, content=word)
    store.registers.put(actor, [link(word)])
    store.capacity.commit(actor, [promise(word)], lambda *_: None)
    store.deals.create(actor, [deal(word)], Step(action=word, on=DAY))
    store.deals.disclose(actor, "d1", what=word, about="e1")
    store.deals.mute(actor, "e1", other="e3")
    store.audit.record(actor, method="PUT", path=word, status=200)
    store.records.add_evidence(actor, "e1", [proof(word)])
    store.webhooks.put(actor, "w1", url=f"https://{word}.example/", events=EVENTS)
    ping = store.webhooks.ping(actor, "w1").id
    made = {"tenant": actor.tenant, "key": key.id, "waiting": waiting, "running": running, "issued": issued.id}
    saved = replace(SAVED, name=word, text=word)
    held = store.searches.put(actor, saved, [NewRecipient(channel="sheet", to=word)], next_at=Clock().time)
    looked = Looked(next_at=held.next_at, postings=["p1"], recipients=held.recipients, message={"of": word})
    store.searches.finish(actor, held, looked)
    (told,) = store.searches.deliveries(actor, "s1").items
    return made | {"ping": ping, "who": held.recipients[0].id, "told": told.id}


def link(word: str) -> Entry:
    return Entry(id="r1", register=Register.SUPPLY_LINKS, subject="e1", other="e2", values={"on": word})


def promise(word: str) -> CommitmentRecord:
    return CommitmentRecord(id="c1", posting_id="p1", first=DAY, last=DAY, amount=1.0, unit="件", note=word)


def deal(word: str) -> Deal:
    return Deal(id="d1", requester_id="e1", supplier_id="e2", title=word, entered=DAY)


def proof(word: str) -> Evidence:
    return Evidence(id="ev", on=DAY, source=word)


def problem(word: str) -> Problem:
    return Problem(sheet=None, row=1, column="c", value=word, code="bad", severity="error", message=word, remedy=None)


def listed(actor: Actor, id_: str, word: str) -> Shown:
    item = ShownItem(rank=1, posting_id="p1", enterprise_id=word, score=0.5, features={word: 1.0})
    return Shown(
        id=id_, tenant=actor.tenant, organisation=actor.organisation, user=actor.user, posting_id=None,
        enterprise_id=None, kind=PostingKind.NEED, query_hash="h", as_of=date(2026, 3, 1),
        created_at=Clock().time, versions={word: word}, items=(item,),
    )  # fmt: skip
