"""Columns of postings: new rows for changed postings, groups, codes, and the same after saving and renumbering."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Enterprise, Qualification, SizeClass, Status
from matcher.index.corpus import FOREVER, NEVER, Corpus
from tests.builders import DAY, offer


def firm(name: str, parent: str | None = None, **facts: str) -> Enterprise:
    return Enterprise(id=name, name=name, parent_id=parent, **facts)  # type: ignore[arg-type]


def corpus_of(*firms: Enterprise, tenant: str = "t") -> Corpus:
    """Return a corpus with one posting per firm, named after it."""
    corpus = Corpus()
    for one in firms:
        corpus.put_firm(tenant, one, SizeClass.UNKNOWN)
        corpus.put_posting(tenant, offer(one.id, firm=one.id))
    return corpus


def group(corpus: Corpus, name: str, tenant: str = "t") -> set[str]:
    """Return the living postings of the firm's group."""
    number = corpus.firm((tenant, name))
    assert number is not None
    rows = corpus.living()
    return {corpus.key(int(row))[1] for row in np.flatnonzero(corpus.group_mask(rows, number) & rows["alive"])}


def test_a_changed_posting_gets_a_new_row_and_the_old_one_dies() -> None:
    corpus = Corpus()
    assert corpus.put_posting("t", offer("p", attributes={"min_order": 5})) == (0, None)
    assert corpus.put_posting("t", offer("p", attributes={"lead_days": 7})) == (1, 0)
    assert corpus.living()["alive"].tolist() == [False, True]
    assert corpus.row(("t", "p")) == 1
    assert (corpus.facts("min_order"), corpus.facts("lead_days")) == ({}, {1: 7})
    assert len(corpus) == 1


def test_a_dropped_posting_is_gone_once() -> None:
    corpus = Corpus()
    corpus.put_posting("t", offer("p"))
    assert corpus.drop_posting(("t", "p")) == 0
    assert corpus.drop_posting(("t", "p")) is None
    assert (corpus.row(("t", "p")), len(corpus)) == (None, 0)


def test_one_id_in_two_tenants_is_two_postings() -> None:
    corpus = Corpus()
    corpus.put_posting("a", offer("p"))
    corpus.put_posting("b", offer("p"))
    assert (corpus.row(("a", "p")), corpus.row(("b", "p"))) == (0, 1)
    assert corpus.firm(("a", "f")) != corpus.firm(("b", "f"))


def test_columns_hold_what_the_posting_says() -> None:
    corpus = Corpus()
    corpus.put_posting("t", offer("open"))
    day = date(2026, 1, 2)
    corpus.put_posting("t", offer("dated", valid_from=day, valid_until=day, status=Status.CLOSED))
    rows = corpus.living()
    assert (rows["since"][0], rows["until"][0]) == (NEVER, FOREVER)
    assert (rows["since"][1], rows["until"][1]) == (day.toordinal(), day.toordinal())
    assert rows["published"].tolist() == [True, False]


def test_codes_fall_back_on_the_firm() -> None:
    corpus = Corpus()
    corpus.put_firm("t", firm("f", region="110108", industry="C34"), SizeClass.SMALL)
    corpus.put_posting("t", offer("own", region="310000"))
    corpus.put_posting("t", offer("silent"))
    corpus.put_posting("t", offer("nobody", firm="unseen"))
    rows = corpus.living()
    assert [corpus.regions.names[n] for n in corpus.codes(rows, "region")] == ["310000", "110108", ""]
    assert [corpus.industries.names[n] for n in corpus.codes(rows, "industry")] == ["C34", "C34", ""]
    assert [corpus.size(row) for row in range(3)] == [SizeClass.SMALL, SizeClass.SMALL, SizeClass.UNKNOWN]


def test_a_dropped_firm_is_as_if_never_described() -> None:
    corpus = Corpus()
    corpus.put_firm("t", firm("f", "boss", region="110108"), SizeClass.LARGE)
    corpus.put_firm("t", firm("g", "boss"), SizeClass.SMALL)
    corpus.put_posting("t", offer("f"))
    corpus.put_posting("t", offer("g", firm="g"))
    assert group(corpus, "f") == {"f", "g"}
    corpus.drop_firm(("t", "f"))
    corpus.drop_firm(("t", "never"))
    assert group(corpus, "f") == {"f"}
    assert corpus.size(0) is SizeClass.UNKNOWN
    assert corpus.codes(corpus.living(), "region")[0] == 0


def test_what_firms_hold_follows_the_firm(tmp_path: Path) -> None:
    corpus = Corpus()
    holder = Enterprise(id="f", name="f", qualifications=(Qualification(name="ISO 9001"),))
    corpus.put_firm("t", holder, SizeClass.UNKNOWN)
    corpus.save(tmp_path)
    assert corpus.held(DAY) == Corpus.load(tmp_path).held(DAY) == {0: ["ISO 9001"]}
    corpus.put_firm("t", firm("f"), SizeClass.UNKNOWN)
    assert corpus.held(DAY) == {}
    corpus.put_firm("t", holder, SizeClass.UNKNOWN)
    corpus.drop_firm(("t", "f"))
    assert corpus.held(DAY) == {}


def test_groups_follow_parents_up_to_the_root() -> None:
    corpus = corpus_of(firm("a"), firm("b", "a"), firm("c", "b"), firm("d", "c"), firm("x"))
    assert group(corpus, "d") == group(corpus, "a") == {"a", "b", "c", "d"}
    assert group(corpus, "x") == {"x"}


def test_firms_under_one_unknown_parent_are_a_group() -> None:
    corpus = corpus_of(firm("a", "unseen"), firm("b", "unseen"))
    assert group(corpus, "a") == {"a", "b"}


@pytest.mark.parametrize("asker", ["a", "b", "c", "below"])
def test_a_cycle_of_parents_is_one_group(asker: str) -> None:
    corpus = corpus_of(firm("a", "b"), firm("b", "c"), firm("c", "a"), firm("below", "b"), firm("x"))
    assert group(corpus, asker) == {"a", "b", "c", "below"}


def test_a_firm_that_is_its_own_parent_stands_alone() -> None:
    corpus = corpus_of(firm("a", "a"), firm("b"))
    assert group(corpus, "a") == {"a"}


def test_a_changed_parent_moves_the_whole_branch() -> None:
    corpus = corpus_of(firm("a"), firm("b", "a"), firm("c", "b"), firm("z"))
    assert group(corpus, "c") == {"a", "b", "c"}
    corpus.put_firm("t", firm("b", "z"), SizeClass.UNKNOWN)
    assert group(corpus, "c") == {"z", "b", "c"}
    corpus.put_firm("t", firm("b"), SizeClass.UNKNOWN)
    assert group(corpus, "c") == {"b", "c"}


def test_parents_do_not_reach_into_another_tenant() -> None:
    corpus = corpus_of(firm("a"), firm("b", "a"))
    corpus.put_firm("other", firm("a"), SizeClass.UNKNOWN)
    corpus.put_posting("other", offer("theirs", firm="a"))
    assert group(corpus, "a", "other") == {"theirs"}


@given(parents=st.lists(st.integers(0, 7), min_size=8, max_size=8))
def test_groups_are_the_connected_parts_of_the_parent_graph(parents: list[int]) -> None:
    corpus = corpus_of(*(firm(str(n), str(parent)) for n, parent in enumerate(parents)))
    parts = {n: {n} for n in range(8)}
    for n, parent in enumerate(parents):
        joined = parts[n] | parts[parent]
        parts.update(dict.fromkeys(joined, joined))
    for n in range(8):
        assert group(corpus, str(n)) == {str(member) for member in parts[n]}


def busy() -> Corpus:
    corpus = corpus_of(firm("a", region="110108"), firm("b", "late"))
    corpus.put_posting("t", offer("p", attributes={"min_order": 5, "certificates": ["ISO 9001"]}))
    corpus.put_posting("t", offer("a", firm="a", attributes={"min_order": 9, "since": date(2026, 1, 1)}))
    corpus.drop_posting(("t", "b"))
    return corpus


def test_renumbering_leaves_the_dead_behind_and_the_original_alone() -> None:
    corpus = busy()
    smaller, keep = corpus.renumbered()
    assert keep.tolist() == [2, 3]
    assert [smaller.key(row) for row in range(2)] == [("t", "p"), ("t", "a")]
    assert smaller.living()["alive"].all()
    assert smaller.facts("min_order") == {0: 5, 1: 9}
    assert corpus.facts("min_order") == {2: 5, 3: 9}
    assert corpus.put_posting("t", offer("b", firm="b"))[0] == 4
    assert group(corpus, "b") == {"b"}


def test_saving_keeps_everything(tmp_path: Path) -> None:
    corpus = busy()
    corpus.save(tmp_path)
    loaded = Corpus.load(tmp_path)
    np.testing.assert_array_equal(loaded.living(), corpus.living())
    assert (len(loaded), loaded.row(("t", "p")), loaded.row(("t", "b"))) == (2, 2, None)
    assert loaded.facts("certificates") == {2: ["ISO 9001"]}
    assert loaded.facts("since") == {3: "2026-01-01"}
    assert group(loaded, "a") == {"a"}
    assert loaded.put_posting("t", offer("new", firm="new")) == (4, None)
    loaded.put_firm("t", firm("new", "late"), SizeClass.UNKNOWN)
    loaded.put_posting("t", offer("b", firm="b"))
    assert group(loaded, "b") == {"new", "b"}
