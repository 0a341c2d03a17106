import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.quantity.wording import REACH, Source, is_demanded, is_owned, is_preferred, mentions

THING = re.compile(r"[A-C]")


def test_words_of_a_list_are_shared_and_a_choice_is_marked() -> None:
    first, second, third = mentions(Source("须有A、B两种，没有C。", "detail"), THING)
    assert (first.before, second.before, third.before) == ("须有", "须有", "没有")
    assert first.after == second.after == "两种"
    assert first.run == second.run != third.run
    assert not first.either
    assert all(each.either for each in mentions(Source("须有A或B", "detail"), THING))


def test_the_next_clause_is_kept_unless_it_names_another() -> None:
    first, second = mentions(Source("有A（已过期），没有B；很好", "detail"), THING)
    assert first.next == "已过期"
    assert second.next == ""
    assert mentions(Source("有A，没有B", "detail"), THING)[0].next == ""


def test_words_reach_only_so_far() -> None:
    (found,) = mentions(Source("很" * 500 + "A" + "好" * 500, "detail"), THING)
    assert len(found.before) == len(found.after) == REACH


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("我公司有A", True),
        ("我公司有三台，寻求A", False),
        ("现有A", True),
        ("须有A", False),
        ("我司很好。须有A", False),
    ],
)
def test_what_is_the_askers_own(text: str, owned: bool) -> None:
    assert is_owned(Source(text, "detail"), text.index("A")) is owned


def test_demanded_and_preferred() -> None:
    (demanded,) = mentions(Source("须有A", "detail"), THING)
    (preferred,) = mentions(Source("有A优先", "detail"), THING)
    assert is_demanded(demanded)
    assert is_preferred(preferred)
    assert not is_preferred(demanded)


@given(st.text(alphabet="AB，。（）很好１２；\n ", max_size=60))
def test_clauses_lie_in_sentences_and_spans_are_exact(text: str) -> None:
    source = Source(text, "detail")
    assert len(source.folded) == len(text)
    for found in mentions(source, THING):
        clause, sentence = source.clause(found.start, found.end), source.sentence(found.start, found.end)
        assert sentence[0] <= clause[0] <= found.start < found.end <= clause[1] <= sentence[1]
        span = source.span(found.start, found.end)
        assert text[span.start : span.end] == span.text
