"""What a firm confirmed once settles every later condition that is as easy; what it denied, every one as hard."""

from dataclasses import replace
from datetime import date

import pytest

from matcher.domain import Condition, Enterprise, Evidence, Operator, Verdict
from matcher.evidence import settle, told, valid
from matcher.matchmaker import MemoryMatchmaker
from matcher.requirements import as_requirement, read_requirements
from tests.builders import DAY, RANKER, TENANT, need, offer
from tests.stub_encoder import StubEncoder

YES = Evidence(id="e", on=date(2026, 1, 1), source="企业答复", asked="加工精度 ≤ 0.01 mm", met=True)


def limit(value: float) -> Condition:
    return Condition(name="加工精度", op=Operator.LE, value=value, unit="mm")


def settled(condition: Condition, *held: Evidence) -> Verdict:
    words = f"加工精度 ≤ {condition.value} mm"
    return settle(words, as_requirement(condition), held, DAY)[0]


@pytest.mark.parametrize(
    ("bound", "confirmed", "denied"),
    [
        (0.005, Verdict.UNKNOWN, Verdict.UNMET),
        (0.01, Verdict.MET, Verdict.UNMET),
        (0.02, Verdict.MET, Verdict.UNKNOWN),
    ],
)
def test_confirmed_settles_the_easier_and_denied_the_harder(bound: float, confirmed: Verdict, denied: Verdict) -> None:
    assert settled(limit(bound), YES) is confirmed
    assert settled(limit(bound), replace(YES, met=False)) is denied


def test_a_firms_own_words_settle_both_ways() -> None:
    said = replace(YES, met=None, asked="", said="加工精度可达0.008mm")
    assert [settled(limit(bound), said) for bound in (0.005, 0.008, 0.01)] == [
        Verdict.UNMET,
        Verdict.MET,
        Verdict.MET,
    ]


@pytest.mark.parametrize(
    ("on", "expires", "counts"),
    [
        (DAY, None, True),
        (date(2026, 4, 1), None, False),
        (date(2026, 1, 1), DAY, True),
        (date(2026, 1, 1), date(2026, 3, 30), False),
    ],
)
def test_evidence_counts_from_its_day_to_its_last(on: date, expires: date | None, counts: bool) -> None:
    assert bool(valid([replace(YES, on=on, expires=expires)], DAY)) is counts


def test_the_latest_word_counts() -> None:
    later = replace(YES, id="f", on=date(2026, 2, 1), met=False)
    assert settled(limit(0.01), YES, later) is Verdict.UNMET
    assert settled(limit(0.01), later, replace(YES, on=date(2026, 3, 1))) is Verdict.MET


def test_what_is_no_checkable_thing_is_settled_word_for_word() -> None:
    asked = replace(YES, asked="合作方式 属于 联合研发")
    assert settle("合作方式 属于 联合研发", None, [asked], DAY)[0] is Verdict.MET
    assert settle("合作方式 属于 采购", None, [asked], DAY) == (Verdict.UNKNOWN, None)


def test_told_quotes_the_source_and_the_day() -> None:
    assert told(YES) == "“加工精度 ≤ 0.01 mm”确认满足（企业答复，2026-01-01）"


@pytest.mark.parametrize(("met", "outcome", "shown"), [(True, Verdict.MET, ["a", "b"]), (False, Verdict.UNMET, ["b"])])
def test_a_match_uses_evidence_where_the_record_is_silent(met: bool, outcome: Verdict, shown: list[str]) -> None:
    firms = [Enterprise(id="one", name="一", evidence=(replace(YES, met=met),)), Enterprise(id="two", name="二")]
    maker = MemoryMatchmaker(StubEncoder(), RANKER)
    maker.add(firms, [offer("a", firm="one"), offer("b", firm="two")], tenant=TENANT)
    result = maker.match(need(conditions=(limit(0.01),)))
    assert sorted(one.posting.id for one in result.matches) == shown
    found = {one.posting.id: one.conditions[0] for one in result.matches}
    assert found["b"].outcome is Verdict.UNKNOWN
    if met:
        assert (found["a"].outcome, found["a"].question) == (outcome, None)
        assert found["a"].offer_span is not None
        assert found["a"].offer_span.field == "evidence"


def test_a_match_uses_evidence_for_what_a_text_demands() -> None:
    query = need(detail="须通过ISO 13485认证")
    assert read_requirements(query)
    proof = Evidence(id="c", on=date(2026, 1, 1), source="证书", said="已通过ISO 13485认证", expires=date(2026, 12, 31))
    firm = Enterprise(id="one", name="一", evidence=(proof,))
    maker = MemoryMatchmaker(StubEncoder(), RANKER)
    maker.add([firm], [offer("a", firm="one")], tenant=TENANT)
    (found,) = maker.match(query).matches
    assert found.conditions[0].outcome is Verdict.MET
    (late,) = maker.match(replace(query, as_of=date(2027, 1, 1))).matches
    assert late.conditions[0].outcome is Verdict.UNKNOWN
