import json
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import Verdict
from matcher.quantity import MOST_DEMANDS, MOST_STATEMENTS, judge, question, required, stated, tokens, topic_label

SNIPPETS = [
    json.loads(line) for line in Path("tests/data/conditions/dev.jsonl").read_text(encoding="utf-8").splitlines()
]
PIECES = list(chain.from_iterable((row["request"], row["offer"]) for row in SNIPPETS))


@pytest.mark.parametrize("row", SNIPPETS, ids=lambda row: row["id"])
def test_every_span_is_exact_and_every_topic_has_a_name_and_a_question(row: dict[str, str]) -> None:
    for text, read in ((row["request"], required), (row["offer"], stated)):
        for statement in read(text, "detail"):
            span = statement.span
            assert (span.field, text[span.start : span.end]) == ("detail", span.text)
            assert span.text
            assert topic_label(statement.topic)
    for requirement in required(row["request"], "detail"):
        assert question(requirement).startswith("请对方确认：")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.text(alphabet="须不含无有（），。1年级厂A ", max_size=20),
)
def test_any_text_is_read_in_order_and_the_same_twice(pieces: list[str], noise: str) -> None:
    text = noise.join(pieces)
    for read in (required, stated):
        found = read(text, "title")
        assert found == read(text, "title")
        starts = [statement.span.start for statement in found]
        assert starts == sorted(starts)
        assert all(text[s.span.start : s.span.end] == s.span.text for s in found)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SNIPPETS), st.sampled_from(SNIPPETS))
def test_what_is_said_of_other_topics_decides_nothing(asked: dict[str, str], offered: dict[str, str]) -> None:
    named = tokens.topics()
    said = stated(offered["offer"], "detail")
    for requirement in required(asked["request"], "detail"):
        if requirement.topic in named:
            bearing = [each for each in said if each.topic == requirement.topic]
            assert judge(requirement, said) == judge(requirement, bearing)
            assert judge(requirement, []).outcome is Verdict.UNKNOWN


def test_a_proof_is_one_of_the_offers_statements() -> None:
    for row in SNIPPETS:
        said = stated(row["offer"], "detail")
        for requirement in required(row["request"], "detail"):
            found = judge(requirement, said)
            assert (found.proof is None) is (found.outcome is Verdict.UNKNOWN)
            assert found.proof is None or found.proof in said


@pytest.mark.parametrize(
    "text", ["每月至少上门巡检2次", "须带20吨以上行车", "须提前1天预约就能上机", "距宁波港不超过80公里"]
)
def test_a_number_of_a_named_condition_is_read_once(text: str) -> None:
    assert {each.topic for each in required(text, "detail")} <= tokens.topics().keys()


def test_a_size_before_a_machine_leaves_it_open_unless_it_is_judged_itself() -> None:
    assert [each.vague for each in required("要有5升反应釜", "detail") if each.topic == "equipment"] == [True]
    sized = required("须有锁模力1600T压铸机", "detail")
    assert [each.vague for each in sized if each.topic == "equipment"] == [False]


@pytest.mark.parametrize(
    ("as_of", "outcome"),
    [
        (date(2026, 5, 31), Verdict.UNMET),
        (date(2026, 6, 1), Verdict.UNKNOWN),
        (date(2026, 6, 29), Verdict.UNKNOWN),
        (date(2026, 6, 30), Verdict.MET),
        (None, Verdict.UNKNOWN),
    ],
)
def test_years_since_a_founding_are_counted_on_the_day_given(as_of: date | None, outcome: Verdict) -> None:
    (wanted,) = required("要求成立不少于3年", "detail")
    assert judge(wanted, stated("公司成立于2023年6月。", "detail"), as_of=as_of).outcome is outcome


def test_a_text_demands_and_says_no_more_than_is_judged() -> None:
    assert len(required("交期不超过30天，" * 200, "detail")) == MOST_DEMANDS
    assert len(stated("交期30天，" * 2000, "detail")) == MOST_STATEMENTS


@pytest.mark.parametrize(
    "piece", ["一", "2026年", "ISO 9001、", "北京", "分包", "二甲", "12:00", "五轴", "提前3天", "1"]
)
def test_a_long_text_without_punctuation_is_read(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    assert all(text[s.span.start : s.span.end] == s.span.text for s in tokens.stated(text, "detail"))
