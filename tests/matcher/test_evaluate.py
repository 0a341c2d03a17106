"""Judged sets: what is read, what is written, and metrics equal to their definitions."""

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from matcher.evaluate import (
    DEPTH,
    JudgedSet,
    build,
    collect,
    encoded,
    interval,
    load_set,
    queries_of,
    run_set,
    score,
    write_run,
)
from matcher.rank import LinearRanker, prior
from tests.stub_encoder import StubEncoder

QUERIES = {"q1": ("寻求精密零件加工", None), "q2": ("寻求电池回收", "废旧锂电池回收与梯次利用")}
DOCS = {"d1": "精密零件加工与装配", "d2": "锂电池回收利用", "d3": "法律咨询服务", "d4": "零件表面处理"}
GRADES = {"q1": {"d1": 1, "d4": 1}, "q2": {"d2": 1, "absent": 1}}
SET = JudgedSet(QUERIES, DOCS, GRADES)


def line(**row: object) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def written(folder: Path, **files: str) -> Path:
    content = {
        "queries": line(id="q1", text="甲", detail="乙"),
        "docs": line(id="d1", text="丙"),
        "qrels": "q1\td1\t1\n",
    } | files
    for name, suffix in (("queries", "jsonl"), ("docs", "jsonl"), ("qrels", "tsv")):
        (folder / f"{name}.{suffix}").write_text(content[name], encoding="utf-8")
    return folder


def run(
    judged: JudgedSet, *, pools: bool = False, ranker: LinearRanker | None = None
) -> dict[str, list[tuple[str, float]]]:
    encoder = StubEncoder()
    index = build(judged, encoder, PostingKind.CAPABILITY, lambda done, total: None)
    queries = queries_of(judged, PostingKind.NEED)
    vectors = encoded(queries, encoder)
    return run_set(collect(index, queries, vectors, pools=judged.grades if pools else None), ranker or prior())


def ranking(*docs: str) -> list[tuple[str, float]]:
    return [(doc, 1.0 / place) for place, doc in enumerate(docs, start=1)]


def test_a_set_is_read_whatever_else_its_rows_hold(tmp_path: Path) -> None:
    queries = line(id=1, text="甲", detail=" 乙 ", extra=[1]) + "\n" + line(id="q2", text="丙\u2028丁", detail="")
    found = load_set(written(tmp_path, queries=queries, qrels="\ufeff1 0 d1 2\n\nq2\td1\t-1\n"))
    assert found.queries == {"1": ("甲", "乙"), "q2": ("丙\u2028丁", None)}
    assert found.docs == {"d1": "丙"}
    assert found.grades == {"1": {"d1": 2}, "q2": {"d1": -1}}


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"queries": "\n" + line(id="q", text="t") + "{broken\n"}, "queries.jsonl 第 3 行"),
        ({"docs": line(id="d", text="t") + "[1]\n"}, "docs.jsonl 第 2 行"),
        ({"docs": line(id="d")}, "docs.jsonl 第 1 行"),
        ({"docs": line(text="d")}, "docs.jsonl 第 1 行"),
        ({"qrels": "q1\td1\t1\n\nq1\td1\n"}, "qrels.tsv 第 3 行"),
        ({"qrels": "query\tdoc\tgrade\n"}, "qrels.tsv 第 1 行"),
        ({"queries": ""}, "queries.jsonl"),
        ({"docs": "\n"}, "docs.jsonl"),
        ({"qrels": ""}, "qrels.tsv"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(files: dict[str, str], place: str, tmp_path: Path) -> None:
    with pytest.raises(MatcherError) as caught:
        load_set(written(tmp_path, **files))
    assert caught.value.code == "bad_set"
    assert place in caught.value.message


@pytest.mark.parametrize("name", ["queries.jsonl", "docs.jsonl", "qrels.tsv"])
def test_a_missing_or_undecodable_file_is_named(name: str, tmp_path: Path) -> None:
    path = written(tmp_path) / name
    path.write_bytes("编码".encode("gb18030"))
    with pytest.raises(MatcherError) as undecodable:
        load_set(tmp_path)
    path.unlink()
    with pytest.raises(MatcherError) as missing:
        load_set(tmp_path)
    for caught in (undecodable, missing):
        assert caught.value.code == "bad_set"
        assert str(path) in caught.value.message


def test_every_doc_is_its_own_firm_and_progress_ends_at_the_total() -> None:
    seen: list[tuple[int, int]] = []
    docs = {f"d{n}": f"文本{n}" for n in range(600)}
    index = build(JudgedSet(QUERIES, docs, GRADES), StubEncoder(), PostingKind.CAPABILITY, lambda *at: seen.append(at))
    assert seen == [(512, 600), (600, 600)]
    assert len(index.corpus) == 600
    assert len({int(firm) for firm in index.corpus.living()["firm"]}) == 600


def test_queries_ask_deep_and_from_nobody() -> None:
    query = queries_of(SET, PostingKind.SCENARIO)["q2"]
    assert (query.kind, query.title, query.detail) == (PostingKind.SCENARIO, *QUERIES["q2"])
    assert (query.k, query.enterprise_id, query.viewer) == (DEPTH, None, None)


def test_queries_encoded_together_are_as_encoded_alone() -> None:
    queries = queries_of(SET, PostingKind.NEED)
    together = encoded(queries, StubEncoder())
    assert {name: len(vectors) for name, vectors in together.items()} == {"q1": 1, "q2": 2}
    for name, query in queries.items():
        assert (encoded({name: query}, StubEncoder())[name] == together[name]).all()


def test_the_product_ranks_the_set() -> None:
    found = run(SET)
    assert [doc for doc, _ in found["q1"]][:2] == ["d1", "d4"]
    assert found["q2"][0][0] == "d2"
    for docs in found.values():
        assert [value for _, value in docs] == sorted((value for _, value in docs), reverse=True)


def test_a_judged_run_holds_exactly_the_judged_docs_the_unfound_last() -> None:
    found = run(SET, pools=True)
    assert [doc for doc, _ in found["q1"]] == ["d1", "d4"]
    assert [doc for doc, _ in found["q2"]] == ["d2", "absent"]
    assert found["q2"][-1] == ("absent", 0.0)


def test_a_query_without_judgements_has_an_empty_judged_run() -> None:
    found = run(replace(SET, grades={"q1": {"d1": 1}}), pools=True)
    assert found["q2"] == []


def test_a_pool_deeper_than_a_run_is_ranked_whole() -> None:
    docs = {f"d{n:04}": f"精密零件{n}" for n in range(DEPTH + 5)}
    judged = JudgedSet({"q": ("精密零件", None)}, docs, {"q": dict.fromkeys(docs, 1)})
    found = run(judged, pools=True)["q"]
    assert len(found) == len(docs)
    assert {doc for doc, _ in found} == docs.keys()
    assert len(run(judged)["q"]) == DEPTH


def test_run_files_are_trec_lines_that_sort_into_the_same_order(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    docs = [f"d{n}" for n in range(1000)]
    write_run({"q1": ranking(*docs), "q2": [("x", 0.5), ("y", 0.5)], "q3": []}, path)
    lines = [entry.split(" ") for entry in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == ["q1", "Q0", "d0", "1", "1.000000000", "rongtong"]
    assert lines[-1] == ["q2", "Q0", "y", "2", "0.500000000", "rongtong"]
    assert len(lines) == 1002
    values = [float(entry[4]) for entry in lines[:1000]]
    assert all(later < earlier for earlier, later in pairwise(values))


def test_known_answers_of_a_binary_set() -> None:
    grades = {"q1": {"a": 1, "b": 1}, "q2": {"c": 2, "d": 1}, "q3": {"e": 1}}
    found = score(grades, {"q1": ranking("x", "a", "y", "b"), "q2": ranking("c")})
    # q1 finds places 2 and 4 of two, q2 place 1 of two, q3 is not in the run.
    ideal = 1 + 1 / math.log2(3)
    first = (1 / math.log2(3) + 1 / math.log2(5)) / ideal
    assert {metric: value.mean for metric, value in found.items()} == pytest.approx(
        {
            "ndcg10": (first + 1 / ideal) / 3,
            "r10": (1 + 0.5) / 3,
            "r100": (1 + 0.5) / 3,
            "mrr": (0.5 + 1) / 3,
            "acc1": 1 / 3,
        }
    )
    assert {value.n for value in found.values()} == {3}


def test_known_answers_of_a_set_graded_to_four() -> None:
    grades = {"q1": {"a": 4, "b": 3, "c": 1}, "q2": {"d": 2, "e": 1}, "q3": {"f": 1}}
    found = score(grades, {"q1": ranking("x", "b", "a", "c"), "q2": ranking("e", "d")})
    # Relevant is 3 and above: q1 alone has any. Gains are 7, 3, 1 and 0; q3 has nothing to gain.
    gain = (3 + 7 / math.log2(3)) / (7 + 3 / math.log2(3))
    assert found["judged_ndcg10"].mean == pytest.approx((gain + 1 / math.log2(3)) / 2)
    assert (found["judged_ndcg10"].n, found["ndcg10"].n) == (2, 1)
    assert (found["mrr"].mean, found["acc1"].mean, found["r10"].mean) == (0.5, 0.0, 1.0)


def test_depths_end_at_ten_and_a_hundred() -> None:
    docs = [f"x{n}" for n in range(120)]
    for place, (r10, r100, gained) in {
        9: (1, 1, True),
        10: (0, 1, False),
        99: (0, 1, False),
        100: (0, 0, False),
    }.items():
        found = score({"q": {docs[place]: 1}}, {"q": ranking(*docs)})
        assert (found["r10"].mean, found["r100"].mean, found["ndcg10"].mean > 0) == (r10, r100, gained)
        assert found["mrr"].mean == pytest.approx(1 / (place + 1))


def defined(grades: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    """Return each metric's values, written anew from the words of the module and of the command."""
    top = max(grade for judged in grades.values() for grade in judged.values())
    relevant_from = 3 if top == 4 else 1
    values: dict[str, list[float]] = {}
    for query, judged in grades.items():
        docs = found.get(query, [])
        good = [doc for doc, grade in judged.items() if grade >= relevant_from]
        if good:
            places = [docs.index(doc) for doc in good if doc in docs]
            best = sum(1 / math.log2(place + 2) for place in range(min(10, len(good))))
            seen = sum(1 / math.log2(place + 2) for place in places if place < 10)
            values.setdefault("ndcg10", []).append(seen / best)
            values.setdefault("r10", []).append(sum(place < 10 for place in places) / len(good))
            values.setdefault("r100", []).append(sum(place < 100 for place in places) / len(good))
            values.setdefault("mrr", []).append(max((1 / (place + 1) for place in places), default=0.0))
            values.setdefault("acc1", []).append(float(docs[:1] != [] and judged.get(docs[0]) == top))
        if top == 4 and max(judged.values()) > 1:
            ranked = [judged[doc] for doc in docs if doc in judged][:10]
            ideal = sorted(judged.values(), reverse=True)[:10]
            gained, most = (
                sum((2 ** (g - 1) - 1) / math.log2(n + 2) for n, g in enumerate(order)) for order in (ranked, ideal)
            )
            values.setdefault("judged_ndcg10", []).append(gained / most)
    return values


names = st.sampled_from([f"d{n}" for n in range(14)])


@settings(max_examples=150, deadline=None)
@given(
    grades=st.dictionaries(
        st.sampled_from("pqr"), st.dictionaries(names, st.integers(1, 4), min_size=1, max_size=12), min_size=1
    ),
    found=st.dictionaries(st.sampled_from("pqr"), st.lists(names, unique=True)),
)
def test_metrics_equal_their_definitions(grades: dict[str, dict[str, int]], found: dict[str, list[str]]) -> None:
    got = score(grades, {query: ranking(*docs) for query, docs in found.items()})
    wanted = defined(grades, found)
    assert {metric: value.mean for metric, value in got.items()} == pytest.approx(
        {metric: sum(values) / len(values) for metric, values in wanted.items()}
    )
    assert {metric: value.n for metric, value in got.items()} == {m: len(values) for m, values in wanted.items()}


def test_the_interval_is_the_bootstrap_of_the_mean() -> None:
    values = [0.0, 0.25, 0.5, 1.0, 1.0]
    chance = random.Random(0)
    means = sorted(sum(chance.choices(values, k=5)) / 5 for _ in range(1000))
    found = interval(values)
    assert (found.mean, found.lo, found.hi, found.n) == (0.55, means[25], means[975], 5)
    assert interval(values) == found


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_the_interval_holds_within_the_values(values: list[float]) -> None:
    found = interval(values, draws=100)
    assert min(values) - 1e-9 <= found.lo <= found.hi <= max(values) + 1e-9
