"""Parts of an instance under a clock that is moved by hand, with searches to look through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.domain import Posting, PostingKind
from matcher.encoder.cached import CachedEncoder
from service.auth import Actor, local_admin
from service.config import Settings, prepare_data_dir
from service.deps import Parts
from service.engine import Engine
from service.runtime import index_folder
from service.store import Store
from service.store.recipients import NewRecipient
from service.store.searches import Digest, NewSearch, Search
from service.usecases.lookout import Lookout
from service.usecases.searches import put_search
from service.vault import Vault
from tests.builders import RANKER
from tests.databases import Clock, size_by_employees
from tests.service.instance import TENANT, firm
from tests.stub_encoder import StubEncoder

ADMIN = local_admin(TENANT)
SHEET = NewRecipient(channel="sheet", to="王工")
WANTED = NewSearch(
    id="s", name="钛合金", text="钛合金五轴加工", kind=PostingKind.NEED, digest=Digest.IMMEDIATE, level="低"
)


@dataclass(frozen=True)
class Scene:
    """Parts, their clock, and a lookout over them."""

    parts: Parts
    clock: Clock
    lookout: Lookout

    def keep(self, *who: NewRecipient, actor: Actor = ADMIN, search: NewSearch = WANTED) -> Search:
        """Keep a search."""
        return put_search(self.parts, actor, search, who or [SHEET], now=self.clock)

    def offer(self, *ids: str, owner: str = "f", title: str = "钛合金五轴加工", **more: Any) -> None:
        """Publish capabilities of a firm and take them into the index."""
        admin = local_admin(TENANT)
        self.parts.store.records.put_enterprises(admin, [firm(owner)])
        self.parts.store.records.put_postings(
            admin,
            [
                Posting(id=id_, enterprise_id=owner, kind=PostingKind.CAPABILITY, title=f"{title}{id_}", **more)
                for id_ in ids
            ],
        )
        self.parts.engine.catch_up()

    def look(self) -> int:
        """Look through what is due a little later."""
        self.clock.advance(seconds=6)
        return self.lookout.once()


@contextmanager
def searching(folder: Path, **settings: Any) -> Iterator[Scene]:
    """Open the parts until the block ends."""
    chosen = Settings(data_dir=folder, tenant=TENANT, public_url="https://pt.example.cn", **settings)
    clock = Clock()
    store = Store.open(chosen.url, size_of=size_by_employees, vault=Vault(prepare_data_dir(chosen)), now=clock)
    store.identity.ensure_tenant(ADMIN, TENANT)
    encoder = CachedEncoder.open(StubEncoder(), folder / "embeddings")
    engine = Engine.open(store, encoder, index_folder(chosen), kind=chosen.index, ranker=RANKER)
    parts = Parts(settings=chosen, store=store, engine=engine, encoder=encoder, today=lambda: clock().date())
    try:
        yield Scene(parts, clock, Lookout(parts, now=clock))
    finally:
        parts.close()
