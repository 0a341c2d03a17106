"""A running service for the tests: real store, index and HTTP, with an encoder that needs no model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain import Enterprise, Posting, PostingKind
from matcher.encoder.cached import CachedEncoder
from service.app import create_app
from service.auth import Role, Scope, local_admin
from service.config import Settings
from service.deps import Parts
from service.engine import Engine
from service.runtime import index_folder, open_store
from tests.builders import RANKER
from tests.stub_encoder import StubEncoder

TODAY = date(2026, 3, 1)
TENANT = "t"
PATIENCE = 20.0


class Answer(Protocol):
    """What a test reads of an HTTP answer."""

    @property
    def status_code(self) -> int: ...

    @property
    def text(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def json(self) -> Any: ...


@dataclass(frozen=True)
class Instance:
    """An application that runs, and the parts behind it."""

    app: FastAPI
    parts: Parts

    def caller(
        self, tenant: str = TENANT, *, organisation: str | None = None, scopes: tuple[Scope, ...] = (Scope.WRITE,)
    ) -> TestClient:
        """Return a client that carries a new key, of the platform or of an organisation."""
        admin = local_admin(tenant)
        self.parts.store.identity.ensure_tenant(admin, tenant)
        roles = [Role.OWNER] if organisation else [Role.ADMIN]
        _, key = self.parts.store.identity.create_key(
            admin, "test", scopes=scopes, roles=roles, organisation=organisation
        )
        return TestClient(self.app, headers={"Authorization": f"Bearer {key}"})


def open_instance_parts(folder: Path, encoder: StubEncoder | None = None, **settings: Any) -> Parts:
    """Return the parts of an instance in `folder`, which keeps what an earlier one left there."""
    chosen = Settings(data_dir=folder, database_url="", tenant=TENANT, **settings)
    store = open_store(chosen)
    store.identity.ensure_tenant(local_admin(TENANT), TENANT)
    cached = CachedEncoder.open(encoder or StubEncoder(), folder / "embeddings")
    engine = Engine.open(store, cached, index_folder(chosen), kind=chosen.index, ranker=RANKER)
    return Parts(settings=chosen, store=store, engine=engine, encoder=cached, today=lambda: TODAY)


@contextmanager
def running(folder: Path, encoder: StubEncoder | None = None, **settings: Any) -> Iterator[Instance]:
    """Run the application over `folder`, its follower and worker included, until the block ends."""
    parts = open_instance_parts(folder, encoder, **settings)
    app = create_app(parts)
    with TestClient(app):
        yield Instance(app, parts)


def put_some(caller: TestClient, count: int = 3, *, prefix: str = "") -> int:
    """Write one firm and `count` capabilities of it; return the last sequence number."""
    assert caller.put(f"/v1/enterprises/{prefix}f", json={"name": f"{prefix}精工机械"}).status_code == 200
    items = [
        {"id": f"{prefix}p{n}", "enterprise_id": f"{prefix}f", "kind": "capability", "title": f"钛合金五轴加工{n}号线"}
        for n in range(count)
    ]
    answer = caller.post("/v1/postings:batch", json={"items": items})
    assert answer.status_code == 200, answer.text
    return max(int(row["seq"]) for row in answer.json()["results"])


def caught_up(caller: TestClient, body: Mapping[str, Any]) -> Any:
    """Return a match once the index has come to its `min_seq`, however busy the machine is."""
    deadline = monotonic() + PATIENCE
    while (answer := caller.post("/v1/match", json=dict(body))).status_code == 503 and monotonic() < deadline:
        sleep(0.02)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found_ids(answer: Answer) -> list[str]:
    """Return the ids of the postings in a match answer."""
    assert answer.status_code == 200, answer.text
    return [match["posting"]["id"] for match in answer.json()["matches"]]


def finished(caller: TestClient, job: str) -> dict[str, Any]:
    """Return an import once it is done or has failed."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        answer: dict[str, Any] = caller.get(f"/v1/imports/{job}").json()
        if answer["state"] in ("done", "failed"):
            return answer
        sleep(0.05)
    raise AssertionError(f"import {job} did not end: {answer}")


def firm(name: str = "f") -> Enterprise:
    """Return a firm."""
    return Enterprise(id=name, name=f"{name}公司")


def offer(name: str, title: str = "钛合金五轴加工", *, owner: str = "f") -> Posting:
    """Return a capability."""
    return Posting(id=name, enterprise_id=owner, kind=PostingKind.CAPABILITY, title=title)
