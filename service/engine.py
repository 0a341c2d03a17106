"""The searchable side of the service: an index that follows the store, answers matches and survives restarts."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from matcher.changes import Change
from matcher.domain import Enterprise, MatchResult, Posting, PostingKind, Query, SizeClass
from matcher.encoder.cached import CachedEncoder
from matcher.errors import MatcherError
from matcher.index.base import VectorIndex
from matcher.index.corpus import Key
from matcher.index.exact import ExactIndex
from matcher.index.flat import FaissIndex
from matcher.index.postings import PostingIndex, Prepared
from matcher.index.snapshot import drop_snapshot, load_snapshot, save_snapshot
from matcher.matchmaker import Matchmaker
from matcher.rank import LinearRanker
from matcher.reciprocal import Wish, published_firms
from matcher.recommend import Recommendations
from matcher.stages import stage
from matcher.tagging import IndustryTagger
from service.auth import SYSTEM, local_admin
from service.store import Store

log = logging.getLogger(__name__)

_ENCODED = 2048
_COMMITTED = 512
_TEXT = "本公司生产电动工具，现寻求无刷电机供应商，用于新产品，不含安装，精度0.01mm"
_SAMPLES = (
    Change(seq=1, tenant="", enterprise=Enterprise(id="f", name="某公司"), computed_size=SizeClass.UNKNOWN),
    *(
        Change(seq=1, tenant="", posting=Posting(id=kind, enterprise_id="f", kind=kind, title=_TEXT))
        for kind in (PostingKind.CAPABILITY, PostingKind.NEED)
    ),
)
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 1.0
_SAVE_EVERY_SECONDS = 60.0
_MOST_WASTE = 0.5

_VECTORS: Mapping[str, type[VectorIndex]] = {"faiss": FaissIndex, "exact": ExactIndex}

Progress = Callable[[int, int], None]


class StoreRecords:
    """The texts behind the index, read from the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def postings(self, keys: Sequence[Key]) -> Mapping[Key, Posting]:
        """Return the postings that exist among `keys`."""
        return {
            (tenant, name): posting
            for tenant, ids in _by_tenant(keys).items()
            for name, posting in self._store.records.postings_by_id(local_admin(tenant), ids).items()
        }

    def enterprises(self, keys: Sequence[Key]) -> Mapping[Key, Enterprise]:
        """Return the enterprises that exist among `keys`."""
        return {
            (tenant, name): firm
            for tenant, ids in _by_tenant(keys).items()
            for name, firm in self._store.records.enterprises_by_id(local_admin(tenant), ids).items()
        }


def _by_tenant(keys: Sequence[Key]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for tenant, name in dict.fromkeys(keys):
        grouped.setdefault(tenant, []).append(name)
    return grouped


class Engine:
    """One index over one store. Any thread may match; changes are taken in one batch at a time."""

    def __init__(
        self, store: Store, index: PostingIndex, folder: Path, asking: CachedEncoder, ranker: LinearRanker | None = None
    ) -> None:
        self._store = store
        self._folder = folder
        self._matchmaker = Matchmaker(index, StoreRecords(store), ranker, asking=asking)
        self._index = index
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.asking = asking
        self._current = self.behind() == 0

    @classmethod
    def open(
        cls,
        store: Store,
        encoder: CachedEncoder,
        folder: Path,
        *,
        kind: str = "faiss",
        ranker: LinearRanker | None = None,
    ) -> "Engine":
        """Return an engine on the saved index, or on an empty one when there is none to trust; it may lag the store."""
        vectors = _VECTORS[kind]
        try:
            index = load_snapshot(folder, encoder, origin=store.follow.origin(SYSTEM), vectors=vectors)
            if index.seq > store.follow.seq(SYSTEM):
                drop_snapshot(folder)
                raise MatcherError("index_stale", "索引比数据库新（数据库可能被还原过），将从数据库重建")
        except MatcherError as error:
            (log.info if error.code == "index_missing" else log.warning)("%s", error.message)
            index = PostingIndex(encoder, vectors(encoder.dimension))
        return cls(store, index, folder, encoder.reader(), ranker)

    @property
    def seq(self) -> int:
        """Sequence number the index stands at."""
        return self._index.seq

    @property
    def tagger(self) -> IndustryTagger:
        """The industry tagger over the index's encoder; slow only when first asked for."""
        return self._index.tagger

    @property
    def ranker(self) -> LinearRanker:
        """The ranker in force."""
        return self._matchmaker.ranker

    @property
    def current(self) -> bool:
        """Whether the index has been level with the store since it was opened."""
        return self._current

    @property
    def size(self) -> int:
        """Number of postings in the index."""
        return len(self._index.corpus)

    def behind(self) -> int:
        """Return how many sequence numbers the index lags the store."""
        return max(0, self._store.follow.seq(SYSTEM) - self._index.seq)

    def catch_up(self, progress: Progress | None = None) -> int:
        """Return how many changes were taken in to reach the store's present sequence."""
        with self._writing:
            if self._index.seq > self._store.follow.seq(SYSTEM):
                log.warning("索引到 %s，比数据库新（数据库可能被还原过），从数据库重建", self._index.seq)
                taken = self._rebuilt(progress)
            else:
                taken = self._take(self._index, progress)
            if self._index.waste > _MOST_WASTE:
                self._replace(self._index.compacted())
            self._current = self._current or not self._stop.is_set()
            return taken

    def rebuild(self, progress: Progress | None = None) -> int:
        """Return how many changes an index built anew from the store took in; until it is whole the old one answers."""
        with self._writing:
            return self._rebuilt(progress)

    def _rebuilt(self, progress: Progress | None) -> int:
        fresh = PostingIndex(self._index.encoder, type(self._index.vectors)(self._index.encoder.dimension))
        taken = self._take(fresh, progress)
        self._replace(fresh)
        drop_snapshot(self._folder)
        return taken

    def _replace(self, index: PostingIndex) -> None:
        with self._reading:
            self._index = self._matchmaker.index = index

    def _take(self, index: PostingIndex, progress: Progress | None) -> int:
        """Take in what is new; while one batch is committed, piece by piece so that matches wait little, the next is
        encoded.
        """
        taken = 0
        if index.seq >= self._store.follow.seq(SYSTEM):
            return taken
        _ = index.tagger  # Made here, not by a commit, which matches wait for.
        with ThreadPoolExecutor(1, thread_name_prefix="index-encoder") as ahead:
            coming = ahead.submit(self._prepared, index, index.seq)
            while not self._stop.is_set() and (pieces := coming.result()):
                coming = ahead.submit(self._prepared, index, pieces[-1].changes[-1].seq)
                for piece in pieces:
                    with self._reading:
                        index.commit(piece)
                    taken += len(piece.changes)
                if progress is not None:
                    progress(taken, taken + max(0, self._store.follow.seq(SYSTEM) - index.seq))
        return taken

    def _prepared(self, index: PostingIndex, after: int) -> list[Prepared]:
        """Return the next changes after a sequence number, encoded together and cut into pieces to commit."""
        changes = self._store.follow.changes(SYSTEM, after, _ENCODED)
        index.prepare(changes)  # One large batch encodes faster; the cache keeps its vectors for the pieces.
        return [index.prepare(changes[at : at + _COMMITTED]) for at in range(0, len(changes), _COMMITTED)]

    def match(self, query: Query, *, min_seq: int | None = None) -> MatchResult:
        """Return the matches of a query once the index has reached `min_seq`.

        :raises MatcherError: `index_behind` when it has not within a second, `unknown_seq` for one not yet given out.
        """
        if min_seq is not None:
            self._wait_for(min_seq)
        vectors = self._matchmaker.encode(query)
        with stage("turn"):
            self._reading.acquire()
        try:
            return self._matchmaker.answer(query, vectors)
        finally:
            self._reading.release()

    def recommend(self, wish: Wish) -> Recommendations:
        """Return whom a firm could serve and who could serve it; matches go in between its steps.

        :raises MatcherError: `bad_k`.
        """
        return self._matchmaker.recommend(wish, turn=self._reading)

    def recommend_many(self, wishes: Sequence[Wish], *, most_shown: int) -> dict[str, Recommendations]:
        """Return recommendations by firm, in which no firm is on more than `most_shown` lists.

        :raises MatcherError: `bad_k`, `bad_most_shown`.
        """
        return self._matchmaker.recommend_many(wishes, most_shown=most_shown, turn=self._reading)

    def firms(self, tenant: str) -> Mapping[str, SizeClass]:
        """Return the size class of every firm of a tenant that has something published."""
        with self._reading:
            return published_firms(self._index, tenant)

    def save(self) -> bool:
        """Return whether a snapshot was written."""
        with self._writing:
            return save_snapshot(self._index, self._folder, origin=self._store.follow.origin(SYSTEM))

    def start(self) -> None:
        """Follow the store from a thread until `stop`; what is slow the first time is done before."""
        _ = self.tagger
        PostingIndex(self._index.encoder, ExactIndex(self._index.encoder.dimension)).apply(_SAMPLES)
        self._thread = threading.Thread(target=self._follow, name="index-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following and save what was built."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.save()

    def _follow(self) -> None:
        saved = time.monotonic()
        while not self._stop.wait(_POLL_SECONDS):
            try:
                self.catch_up()
                if time.monotonic() - saved > _SAVE_EVERY_SECONDS:
                    try:
                        self.save()
                    finally:
                        saved = time.monotonic()  # Where it fails, the disk is likely to stay full for a while.
            except Exception:
                # The follower must outlive a passing failure of the database or the disk; it tries again.
                log.exception("索引跟随数据库时出错，稍后重试")
                self._stop.wait(_WAIT_SECONDS)

    def _wait_for(self, min_seq: int) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        if self._index.seq < min_seq and min_seq > (newest := self._store.follow.seq(SYSTEM)):
            raise MatcherError("unknown_seq", f"还没有序号 {min_seq}，最新的写入是 {newest}：请使用写入返回的 seq")
        while self._index.seq < min_seq:
            if time.monotonic() > deadline:
                raise MatcherError("index_behind", f"索引到 {self._index.seq}，未达到 {min_seq}，请稍后重试")
            time.sleep(_POLL_SECONDS / 10)
