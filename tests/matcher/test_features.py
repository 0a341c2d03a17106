"""What is known of a posting in the index gives the features that its text would give."""

import numpy as np
import pytest

from matcher.domain import Enterprise, PostingKind, SizeClass
from matcher.eligibility import Eligible
from matcher.features import NAMES, farther, features, features_among
from matcher.reading import read_query
from matcher.reciprocal import asking
from matcher.retrieve import query_vectors
from tests.builders import DAY, TENANT, index_of, offer

NEED = PostingKind.NEED
FIRMS = [
    Enterprise(id="mill", name="精密加工厂", region="110108", industry="C34", declared_size=SizeClass.SMALL),
    Enterprise(id="car", name="汽车公司", region="110000", industry="C36", declared_size=SizeClass.LARGE),
]
POSTINGS = [
    offer("cut", "五轴精密零件加工、铣削", firm="mill"),
    offer("rough", "普通零件加工", firm="mill"),
    offer("gear", "齿轮", firm="other"),
    offer("ask", "我公司生产汽车，寻求精密零件加工的厂家", firm="car", kind=NEED, region="110000", industry="C36"),
]


def test_some_rows_among_all_are_what_the_query_finds() -> None:
    index = index_of(POSTINGS, FIRMS)
    query = asking(POSTINGS[3], tenant=TENANT, as_of=DAY)
    rows = np.arange(3, dtype=np.int64)
    everyone = Eligible(np.ones(len(index.corpus.rows), dtype=np.bool_), ())
    vectors = query_vectors(index.encoder, query)
    found = features(index, query, read_query(query), vectors, rows, everyone)
    for places in ([0, 1, 2], [2], [1, 0], []):
        some = features_among(index, query, vectors, rows, np.array(places, dtype=np.int64), everyone)
        assert set(some) == set(NAMES)
        for name in NAMES:
            np.testing.assert_array_equal(some[name], found[name][places], err_msg=name)


def test_closeness_less_farther_is_that_of_a_row_by_itself() -> None:
    index = index_of(POSTINGS, FIRMS)
    query = asking(POSTINGS[3], tenant=TENANT, as_of=DAY)
    everyone = Eligible(np.ones(len(index.corpus.rows), dtype=np.bool_), ())
    vectors, rows = query_vectors(index.encoder, query), np.arange(3, dtype=np.int64)
    together = features(index, query, read_query(query), vectors, rows, everyone)["closeness"]
    lost = farther(index, vectors, rows)
    assert lost.min() == 0 < lost.max()
    for row in rows:
        alone = features(index, query, read_query(query), vectors, rows[[row]], everyone)["closeness"]
        np.testing.assert_allclose(together[row] - lost[row], alone[0], atol=1e-6)
    assert farther(index, vectors, rows[:0]).shape == (0,)


def test_a_posting_that_is_gone_has_none() -> None:
    index = index_of(POSTINGS, FIRMS)
    gone = asking(offer("gone"), tenant=TENANT, as_of=DAY)
    rows = np.arange(1, dtype=np.int64)
    with pytest.raises(KeyError):
        features_among(index, gone, query_vectors(index.encoder, gone), rows, rows, Eligible(np.ones(4, np.bool_), ()))
