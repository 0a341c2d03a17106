"""The facade: give it firms and postings, ask it who fits whom and why."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext

from matcher.changes import Change
from matcher.conditions import condition_text
from matcher.domain import Enterprise, Match, MatchResult, Posting, Query
from matcher.encoder import Encoder
from matcher.errors import MatcherError
from matcher.explain import conditions, reasons
from matcher.index.base import FloatMatrix
from matcher.index.corpus import Key
from matcher.index.postings import PostingIndex
from matcher.rank import LinearRanker, Ranking, prior, ranked
from matcher.reciprocal import Wish
from matcher.recommend import Recommendations, Recommender, Turn, versions
from matcher.records import MemoryRecords, Records
from matcher.requirements import read_requirements, requirement_text
from matcher.retrieve import query_vectors
from matcher.shortlist import shortlist
from matcher.stages import stage
from matcher.text import normalise

MAX_K = 1000

_FILTERS = {"kind": "类型", "enterprise_id": "指定企业", "region": "地区", "industry": "行业", "size": "规模"}


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
        self.ranker = ranker or prior()
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
        with stage("encode"):
            return query_vectors(self._asking, query)

    def answer(self, query: Query, vectors: FloatMatrix) -> MatchResult:
        """Return the k best postings for a query whose texts are encoded."""
        ranking = ranked(self.index, query, vectors, self.ranker)
        with stage("rank"):
            shown = shortlist(self.index, query, ranking, self.ranker)
        matches = self._explained(query, shown.ranking)
        return MatchResult(
            matches=matches,
            excluded=ranking.eligible.excluded,
            no_match=None if matches else _nothing(ranking),
            versions=versions(self.index, self.ranker),
        )

    def recommend(self, wish: Wish, *, turn: Turn | None = None) -> Recommendations:
        """Return whom a firm could serve and who could serve it, explained.

        `turn` is held while the index is read, for one posting at a time, so that others may go in between.
        :raises MatcherError: `bad_k` outside 1…1000.
        """
        check_k(wish.k)
        return self._recommender(turn).recommend(wish)

    def recommend_many(
        self, wishes: Sequence[Wish], *, most_shown: int, turn: Turn | None = None
    ) -> dict[str, Recommendations]:
        """Return recommendations by firm, in which no firm is on more than `most_shown` lists.

        :raises MatcherError: `bad_k` outside 1…1000, `bad_most_shown` below 1.
        """
        for wish in wishes:
            check_k(wish.k)
        if most_shown < 1:
            raise MatcherError("bad_most_shown", f"每家企业最多出现的列表数须为正整数，收到 {most_shown}")
        return self._recommender(turn).recommend_many(wishes, most_shown)

    def _recommender(self, turn: Turn | None) -> Recommender:
        return Recommender(lambda: self.index, self._records, self.ranker, turn or nullcontext())

    def _explained(self, query: Query, ranking: Ranking) -> tuple[Match, ...]:
        corpus = self.index.corpus
        keys = [corpus.key(int(row)) for row in ranking.rows]
        with stage("read"):
            postings = self._records.postings(keys)
            firms = self._records.enterprises([(key[0], posting.enterprise_id) for key, posting in postings.items()])
        with stage("explain"):
            return self._told(query, ranking, postings, firms)

    def _told(
        self, query: Query, ranking: Ranking, postings: Mapping[Key, Posting], firms: Mapping[Key, Enterprise]
    ) -> tuple[Match, ...]:
        matches: list[Match] = []
        for n, row in enumerate(ranking.rows):
            key = self.index.corpus.key(int(row))
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
                    calibrated=self.ranker.calibrated,
                    reasons=reasons(self.index, query, posting, self.ranker.base, parts),
                    conditions=conditions(query, posting, firm, tuple(open_filters)),
                    features={name: float(values[n]) for name, values in ranking.features.items()},
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

    :raises MatcherError: `bad_k`, `empty_text`, or `bad_relax` for a condition that the query does not have.
    """
    check_k(query.k)
    if not normalise(query.title + (query.detail or "")):
        raise MatcherError("empty_text", "匹配文本为空，请填写标题或详情")
    if query.relax and (strange := set(query.relax) - set(known := relaxable(query))):
        message = f"relax 中的“{'”“'.join(sorted(strange))}”不是本次匹配的条件；可放宽的有：{'、'.join(known)}"
        raise MatcherError("bad_relax", message, relaxable=list(known))


def check_k(k: int) -> None:
    """Return nothing for a number of results that can be asked for.

    :raises MatcherError: `bad_k` outside 1…1000.
    """
    if not 1 <= k <= MAX_K:
        raise MatcherError("bad_k", f"k 须在 1 到 {MAX_K} 之间，收到 {k}")


def relaxable(query: Query) -> tuple[str, ...]:
    """Return the conditions of a query that it may relax, named as an `Exclusion` names them."""
    names = ["有效期", *(["同一企业或集团"] if query.enterprise_id else [])]
    names += [name for field, name in _FILTERS.items() if getattr(query.filters, field)]
    names += [condition_text(condition) for condition in query.conditions]
    return tuple(dict.fromkeys([*names, *(requirement_text(read) for read in read_requirements(query))]))


def _nothing(ranking: Ranking) -> str:
    if len(ranking.rows):
        return (
            f"有 {len(ranking.rows)} 条候选，但都与所求相差较远，没有达到推荐的最低分；可换个说法、补充指标，或放宽条件"
        )
    if not ranking.eligible.excluded:
        return "还没有可以应答的条目，请先导入或发布供需信息"
    worst = max(ranking.eligible.excluded, key=lambda exclusion: exclusion.count)
    return f"没有符合全部条件的条目；排除最多的是“{worst.condition}”（{worst.count} 条），可放宽后重试"
