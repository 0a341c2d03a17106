"""The posting index follows changes, and answers the same before and after compaction, saving and loading."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.changes import Change
from matcher.domain import Enterprise, PostingKind, SizeClass
from matcher.encoder import TextSide
from matcher.index.exact import ExactIndex
from matcher.index.flat import FaissIndex
from matcher.index.postings import FIELDS, PostingIndex, text_side, vector_ids
from matcher.rank import prior, ranked
from matcher.retrieve import query_vectors
from tests.builders import TENANT, firm_change, index_of, need, offer, posting_change
from tests.stub_encoder import StubEncoder

TEXTS = ("五轴联动精密加工", "注塑模具设计与制造", "电路板贴片与组装", "精密加工与检测服务", "锂电池回收利用")


def answers(index: PostingIndex, text: str = "精密加工") -> list[tuple[str, float]]:
    query = need(text, k=1000)
    ranking = ranked(index, query, query_vectors(index.encoder, query), prior())
    return [
        (index.corpus.key(int(row))[1], float(score)) for row, score in zip(ranking.rows, ranking.scores, strict=True)
    ]


def assert_same_answers(one: PostingIndex, other: PostingIndex) -> None:
    for text in ("精密加工", "模具", "电池与电路板"):
        first, second = answers(one, text), answers(other, text)
        assert [name for name, _ in first] == [name for name, _ in second]
        np.testing.assert_allclose([s for _, s in first], [s for _, s in second], rtol=1e-4)


def reloaded(index: PostingIndex, folder: Path) -> PostingIndex:
    index.save(folder)
    return PostingIndex.load(folder, StubEncoder(), index.seq)


def offers() -> list[Change]:
    return [posting_change(offer(f"p{n}", text), seq=n + 2) for n, text in enumerate(TEXTS)]


def test_requests_are_encoded_as_queries_and_offers_as_passages() -> None:
    assert text_side(PostingKind.NEED) is TextSide.QUERY
    assert text_side(PostingKind.CAPABILITY) is TextSide.PASSAGE
    index = index_of([offer("p"), offer("q", "求购零件", kind=PostingKind.NEED)])
    assert isinstance(index.encoder, StubEncoder)
    assert {(TextSide.PASSAGE, "精密零件加工"), (TextSide.QUERY, "零件")} <= set(index.encoder.asked)


def test_vectors_are_keyed_by_row_and_field() -> None:
    index = index_of([offer("p", "标题", detail="另一段详情"), offer("q", "只有标题")])
    ids = np.concatenate([vector_ids(np.arange(2), field) for field in range(len(FIELDS))])
    assert sorted(ids.tolist()) == [0, 1, 2, 3]
    held = index.vectors.vectors(np.arange(4)).any(axis=1)
    assert held.tolist() == [True, True, True, False]
    assert index.field_mask(np.array([True, False])).tolist() == [True, True, False, False]


def test_the_sequence_is_the_highest_seen() -> None:
    index = index_of([offer("p")])
    index.apply([posting_change(offer("a"), seq=9), posting_change(offer("b"), seq=7)])
    assert index.seq == 9
    index.apply([posting_change(offer("a"), seq=3)])
    assert index.seq == 9
    index.apply([])
    assert index.seq == 9


def test_preparing_alters_nothing() -> None:
    index = index_of([offer("p")])
    prepared = index.prepare([posting_change(offer("q"), seq=5)])
    assert (index.seq, len(index.corpus), len(index.vectors)) == (1, 1, 1)
    index.commit(prepared)
    assert (index.seq, len(index.corpus), len(index.vectors)) == (5, 2, 2)


def test_an_update_replaces_text_and_facts() -> None:
    index = index_of([offer("p", "锂电池回收", attributes={"min_order": 3})])
    index.apply([posting_change(offer("p", "精密加工"), seq=2)])
    assert answers(index)[0][0] == "p"
    assert index.words.scores("锂电池").max() == 0
    assert (len(index.words), len(index.pairs), len(index.vectors)) == (1, 1, 1)
    assert index.corpus.facts("min_order") == {}


def test_a_removed_posting_is_never_answered() -> None:
    index = index_of([offer("p"), offer("q")])
    index.apply([Change(seq=2, tenant=TENANT, removed_posting="p"), Change(seq=3, tenant=TENANT, removed_posting="no")])
    assert [name for name, _ in answers(index)] == ["q"]
    assert (len(index.corpus), len(index.vectors), index.seq) == (1, 1, 3)


@pytest.mark.parametrize(
    ("order", "left"),
    [(("put", "drop"), []), (("drop", "put"), ["p"]), (("put", "put"), ["p"]), (("put", "drop", "put"), ["p"])],
)
def test_the_last_change_of_a_batch_wins(order: Sequence[str], left: list[str]) -> None:
    steps = {
        "put": posting_change(offer("p", "精密加工"), seq=2),
        "drop": Change(seq=2, tenant=TENANT, removed_posting="p"),
    }
    index = index_of([offer("p", "旧的")])
    index.apply([steps[step] for step in order])
    assert [name for name, _ in answers(index)] == left
    assert len(index.vectors) == len(left)


def test_a_removed_firm_loses_its_size() -> None:
    index = index_of([offer("p")], [Enterprise(id="f", name="f", declared_size=SizeClass.LARGE)])
    assert index.corpus.size(0) is SizeClass.LARGE
    index.apply([Change(seq=2, tenant=TENANT, removed_enterprise="f")])
    assert index.corpus.size(0) is SizeClass.UNKNOWN


@pytest.mark.parametrize(
    ("computed", "declared", "size"),
    [
        (SizeClass.SMALL, SizeClass.LARGE, SizeClass.SMALL),
        (SizeClass.UNKNOWN, SizeClass.LARGE, SizeClass.LARGE),
        (None, SizeClass.LARGE, SizeClass.LARGE),
        (None, None, SizeClass.UNKNOWN),
    ],
)
def test_the_computed_size_goes_before_the_declared(
    computed: SizeClass | None, declared: SizeClass | None, size: SizeClass
) -> None:
    index = PostingIndex(StubEncoder())
    index.apply([firm_change(Enterprise(id="f", name="f", declared_size=declared), size=computed)])
    index.apply([posting_change(offer("p"))])
    assert index.corpus.size(0) is size


def test_compaction_keeps_answers_and_drops_the_dead() -> None:
    index = index_of([offer(f"p{n}", text, detail="详情" + text) for n, text in enumerate(TEXTS)])
    index.apply([posting_change(offer("p1", "模具"), seq=2), Change(seq=3, tenant=TENANT, removed_posting="p2")])
    compact = index.compacted()
    assert_same_answers(compact, index)
    assert (len(compact.corpus.living()), len(index.corpus.living())) == (4, 6)
    assert (compact.seq, len(compact.vectors)) == (index.seq, len(index.vectors))
    assert compact.compacted() is compact


def test_both_sides_of_a_compaction_go_on_by_themselves() -> None:
    index = index_of([offer("p"), offer("q", "模具")])
    index.apply([Change(seq=2, tenant=TENANT, removed_posting="q")])
    compact = index.compacted()
    late = [posting_change(offer("r", "电池生僻字", firm="new"), seq=4)]
    index.apply(late)
    assert [name for name, _ in answers(compact)] == ["p"]
    assert compact.words.scores("电池生僻字").max() == 0


@pytest.mark.parametrize("kind", [FaissIndex, ExactIndex])
@pytest.mark.parametrize("with_dead", [False, True])
def test_saving_and_loading_keeps_answers(
    kind: type[FaissIndex] | type[ExactIndex], with_dead: bool, tmp_path: Path
) -> None:
    index = PostingIndex(StubEncoder(), kind(StubEncoder.dimension))
    index.apply(offers())
    if with_dead:
        index.apply([Change(seq=8, tenant=TENANT, removed_posting="p0")])
    index.save(tmp_path)
    loaded = PostingIndex.load(tmp_path, StubEncoder(), index.seq, vectors=kind)
    assert_same_answers(loaded, index)
    assert (loaded.seq, len(loaded.corpus)) == (index.seq, len(index.corpus))


def test_a_loaded_index_goes_on_where_it_stood(tmp_path: Path) -> None:
    index = index_of([offer(f"p{n}", text) for n, text in enumerate(TEXTS)])
    loaded = reloaded(index, tmp_path)
    late = [posting_change(offer("p0", "模具"), seq=9), Change(seq=10, tenant=TENANT, removed_posting="p1")]
    for one in (index, loaded):
        one.apply([*late, posting_change(offer("p9", "电池精密加工"), seq=11)])
    assert_same_answers(loaded, index)


def test_an_empty_index_answers_nothing_and_can_be_saved(tmp_path: Path) -> None:
    index = PostingIndex(StubEncoder())
    assert answers(index) == []
    assert answers(reloaded(index, tmp_path)) == []


names = st.sampled_from(["a", "b", "c", "d"])
puts = st.builds(lambda name, text: posting_change(offer(name, text)), names, st.sampled_from(TEXTS))
drops = st.builds(lambda name: Change(seq=1, tenant=TENANT, removed_posting=name), names)


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(st.lists(puts | drops, max_size=5), max_size=5))
def test_any_history_equals_building_anew(batches: list[list[Change]]) -> None:
    index, last = PostingIndex(StubEncoder()), dict[str, Change]()
    for batch in batches:
        index.apply(batch)
        for change in batch:
            last[change.posting.id if change.posting else str(change.removed_posting)] = change
    anew = index_of([change.posting for change in last.values() if change.posting is not None])
    assert_same_answers(index, anew)
    assert_same_answers(index.compacted(), anew)
