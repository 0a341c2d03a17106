"""Open the parts of a running service from its settings."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from matcher.assets import asset
from matcher.encoder import load_encoder
from matcher.encoder.cached import CachedEncoder
from matcher.policy.size_class import size_of
from matcher.rank import LinearRanker, load_ranker
from service.auth import local_admin
from service.config import Settings, prepare_data_dir
from service.deps import Parts
from service.engine import Engine
from service.store import Store
from service.store.copying import refill, sound_place
from service.store.database import Database, parse_url, utc_now
from service.vault import Vault


def open_store(settings: Settings) -> Store:
    """Return the store of an instance; its data folder and schema are created and migrated."""
    vault = Vault(prepare_data_dir(settings))
    return Store.open(settings.url, size_of=lambda firm: size_of(firm, date.today()), vault=vault)


def open_unchanged(settings: Settings) -> Store:
    """Return the store of an instance for a copy of it: its schema is left as it is, however old."""
    vault = Vault(prepare_data_dir(settings))
    database = Database.connect(parse_url(settings.url), utc_now, vault)
    return Store(database, lambda firm: size_of(firm, date.today()))


def refill_store(
    settings: Settings,
    secret: bytes,
    revision: str,
    names: Sequence[str],
    rows: Callable[[str], Iterator[dict[str, Any]]],
    *,
    replace: bool,
    before_commit: Callable[[], None],
) -> None:
    """Put rows, sealed under a secret, in the place of all that the instance's database holds.

    `before_commit` runs just before they count.
    :raises MatcherError: as `refill`.
    """
    with sound_place(parse_url(settings.url), replace=replace) as place:
        database = Database.connect(place, utc_now, Vault(secret))
        try:
            refill(database, revision, names, rows, replace=replace, before_commit=before_commit)
        finally:
            database.engine.dispose()


def open_encoder(settings: Settings) -> CachedEncoder:
    """Return the encoder in force behind the instance's cache.

    :raises MatcherError: when the model is missing, incomplete or damaged.
    """
    threads = settings.threads or os.cpu_count()
    encoder = load_encoder(settings.encoder or None, default=asset("models", "default"), threads=threads)
    return CachedEncoder.open(encoder, settings.data_dir / "embeddings")


def open_local(settings: Settings) -> Parts:
    """Return the parts as the command line uses them: the tenant exists, the day is today."""
    parts = open_parts(settings, today=date.today)
    parts.store.identity.ensure_tenant(local_admin(settings.tenant), settings.tenant)
    return parts


def open_parts(settings: Settings, *, today: Callable[[], date]) -> Parts:
    """Return the parts of a service; the index may lag until the engine has caught up.

    :raises MatcherError: what `open_ranker` and opening the parts raise.
    """
    with ExitStack() as opened:
        store = open_store(settings)
        opened.callback(store.close)
        encoder = open_encoder(settings)
        opened.callback(encoder.close)
        ranker = open_ranker(settings, encoder.fingerprint)
        engine = Engine.open(store, encoder, index_folder(settings), kind=settings.index, ranker=ranker)
        opened.pop_all()
    return Parts(settings=settings, store=store, engine=engine, encoder=encoder, today=today)


def index_folder(settings: Settings) -> Path:
    """Return where the index is saved."""
    return settings.data_dir / "index"


def ranker_file(settings: Settings) -> Path:
    """Return where an installed ranker lies."""
    return settings.data_dir / "ranker.json"


def open_ranker(settings: Settings, encoder: str) -> LinearRanker | None:
    """Return the instance's own ranker for the encoder of a fingerprint; None where none is installed.

    :raises MatcherError: `bad_ranker`, or `ranker_encoder` for one of another encoder, naming the file and the remedy.
    """
    path = ranker_file(settings)
    return load_ranker(path, encoder=encoder) if path.exists() else None
