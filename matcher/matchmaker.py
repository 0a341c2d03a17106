"""The facade: give it firms and postings, ask it who fits whom and why."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from matcher.changes import Change
from matcher.domain import Enterprise, Match, MatchResult, Posting, Query
from matcher.encoder import Encoder
from matcher.errors import MatcherError
from matcher.explain import conditions, reasons
from matcher.index.base import FloatMatrix
from matcher.index.corpus import Key
from matcher.index.postings import PostingIndex
from matcher.rank import LinearRanker, Ranking, prior, ranked
from matcher.retrieve import query_vectors
from matcher.text import normalise

MAX_K = 1000


class Records(Protocol):
    """Where the texts behind the index are read back."""

    def postings(self, keys: Sequence[Key]) -> Mapping[Key, Posting]:
        """Return the postings that exist among `keys`."""

    def enterprises(self, keys: Sequence[Key]) -> Mapping[Key, Enterprise]:
        """Return the enterprises that exist among `keys`."""


class MemoryRecords:
    """Records kept in two dictionaries."""

    def __init__(self) -> None:
        self.known_postings: dict[Key, Posting] = {}
        self.known_enterprises: dict[Key, Enterprise] = {}

    def postings(self, keys: Sequence[Key]) -> Mapping[Key, Posting]:
        """Return the postings that exist among `keys`."""
        return {key: self.known_postings[key] for key in keys if key in self.known_postings}

    def enterprises(self, keys: Sequence[Key]) -> Mapping[Key, Enterprise]:
        """Return the enterprises that exist among `keys`."""
        return {key: self.known_enterprises[key] for key in keys if key in self.known_enterprises}


class Matchmaker:
    """Answers queries from an index, the records behind it and a ranker.

    `asking` encodes queries; the index's own encoder by default.
    """

    def __init__(
        self,
        index: PostingIndex,
        records: Records,
        ranker: LinearRanker | None = None,
        *,
        asking: Encoder | None = None,
    ) -> None:
        self.index = index
        self._records = records
        self._ranker = ranker or prior()
        self._asking = asking or index.encoder

    def match(self, query: Query) -> MatchResult:
        """Return the k best postings for a query, explained.

        :raises MatcherError: `bad_k` outside 1…1000, `empty_text` when the query says nothing.
        """
        return self.answer(query, self.encode(query))

    def encode(self, query: Query) -> FloatMatrix:
        """Return the vectors of a query's texts, shape (fields, dimension).

        :raises MatcherError: `bad_k` outside 1…1000, `empty_text` when the query says nothing.
        """
        check(query)
        return query_vectors(self._asking, query)

    def answer(self, query: Query, vectors: FloatMatrix) -> MatchResult:
        """Return the k best postings for a query whose texts are encoded."""
        ranking = ranked(self.index, query, vectors, self._ranker)
        matches = self._explained(query, ranking)
        return MatchResult(
            matches=matches,
            excluded=ranking.eligible.excluded,
            no_match=None if matches else _nothing(ranking),
            versions={
                "encoder": self.index.encoder.fingerprint,
                "ranker": self._ranker.name,
                "seq": str(self.index.seq),
            },
        )

    def _explained(self, query: Query, ranking: Ranking) -> tuple[Match, ...]:
        corpus = self.index.corpus
        keys = [corpus.key(int(row)) for row in ranking.rows]
        postings = self._records.postings(keys)
        firms = self._records.enterprises([(key[0], posting.enterprise_id) for key, posting in postings.items()])
        matches: list[Match] = []
        for n, key in enumerate(keys):
            posting = postings.get(key)
            firm = firms.get((key[0], posting.enterprise_id)) if posting else None
            if posting is None or firm is None:
                continue
            parts = {name: float(values[n]) for name, values in ranking.contributions.items()}
            open_filters = [name for name, rows in ranking.eligible.unverified.items() if rows[ranking.rows[n]]]
            matches.append(
                Match(
                    posting=posting,
                    enterprise=firm,
                    rank=len(matches) + 1,
                    score=float(ranking.scores[n]),
                    calibrated=self._ranker.calibrated,
                    reasons=reasons(self.index, query, posting, self._ranker.base, parts),
                    conditions=conditions(query, posting, firm, tuple(open_filters)),
                )
            )
        return tuple(matches)


class MemoryMatchmaker(Matchmaker):
    """A matchmaker without a store: for a notebook, a script, a test."""

    def __init__(self, encoder: Encoder, ranker: LinearRanker | None = None) -> None:
        self._memory = MemoryRecords()
        super().__init__(PostingIndex(encoder), self._memory, ranker)

    def add(self, enterprises: Iterable[Enterprise], postings: Iterable[Posting], *, tenant: str = "default") -> None:
        """Take in firms and their postings; those known by id are replaced.

        :raises MatcherError: `unknown_enterprise` when a posting's firm is neither given nor known.
        """
        firms, offered = list(enterprises), list(postings)
        known = {key for key in self._memory.known_enterprises} | {(tenant, firm.id) for firm in firms}
        for posting in offered:
            if (tenant, posting.enterprise_id) not in known:
                raise MatcherError("unknown_enterprise", f"条目 {posting.id} 的企业 {posting.enterprise_id} 不存在")
        self._memory.known_enterprises.update({(tenant, firm.id): firm for firm in firms})
        self._memory.known_postings.update({(tenant, posting.id): posting for posting in offered})
        seq = self.index.seq
        changes = [Change(seq=seq, tenant=tenant, enterprise=firm) for firm in firms]
        changes += [Change(seq=seq, tenant=tenant, posting=posting) for posting in offered]
        self.index.apply(changes)


def check(query: Query) -> None:
    """Return nothing for a query that can be answered.

    :raises MatcherError: `bad_k` or `empty_text`.
    """
    if not 1 <= query.k <= MAX_K:
        raise MatcherError("bad_k", f"k 须在 1 到 {MAX_K} 之间，收到 {query.k}")
    if not normalise(query.title + (query.detail or "")):
        raise MatcherError("empty_text", "匹配文本为空，请填写标题或详情")


def _nothing(ranking: Ranking) -> str:
    if not ranking.eligible.excluded:
        return "还没有可以应答的条目，请先导入或发布供需信息"
    worst = max(ranking.eligible.excluded, key=lambda exclusion: exclusion.count)
    return f"没有符合全部条件的条目；排除最多的是“{worst.condition}”（{worst.count} 条），可放宽后重试"
