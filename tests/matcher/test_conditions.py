"""Conditions: 满足, 不满足 or 待核实, for every operator, with boundaries, units and the names people use."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.conditions import attribute_names, condition_text, judge, verdict
from matcher.domain import Condition, Enterprise, Operator, Qualification, SizeClass, Verdict
from matcher.index.corpus import Corpus
from matcher.taxonomy import kinds
from tests.builders import DAY, offer

MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN
FIRM = Enterprise(id="f", name="f")


def condition(name: str, op: str, value: object, unit: str | None = None) -> Condition:
    return Condition(name=name, op=Operator(op), value=value, unit=unit)  # type: ignore[arg-type]


def outcome(name: str, op: str, wanted: object, held: object, unit: str | None = None) -> Verdict:
    asked = condition(name, op, wanted, unit)
    return verdict(asked, held, attribute_names(asked)[0])


@pytest.mark.parametrize("op", list(Operator))
@pytest.mark.parametrize("held", [None, "", [], ()])
def test_what_nobody_stated_is_open(op: Operator, held: object) -> None:
    assert outcome("tolerance_mm", op, 1, held) is UNKNOWN


@pytest.mark.parametrize(
    ("op", "wanted", "held", "expected"),
    [
        ("<=", 0.01, 0.009, MET),
        ("<=", 0.01, 0.01, MET),
        ("<=", 0.01, 0.011, UNMET),
        (">=", 5, 4, UNMET),
        (">=", 5, 5, MET),
        (">=", 5, 6, MET),
        (">=", "5", "6.0", MET),
        (">=", 0, 0, MET),
        (">=", -1, 0, MET),
        ("<=", 5, True, UNKNOWN),
        ("<=", 5, "若干", UNKNOWN),
        ("<=", "若干", 5, UNKNOWN),
        ("<=", 5, "nan", UNKNOWN),
        ("<=", 5, "inf", UNKNOWN),
        ("<=", 5, [1, 2], UNKNOWN),
        ("<=", "2026-03-31", "2026-03-30", MET),
        ("<=", "2026-03-31", "2026-03-31", MET),
        ("<=", "2026-03-31", "2026-04-01", UNMET),
        (">=", "2026-03-31", "2026-03-30", UNMET),
        (">=", "2026-03-31", date(2026, 3, 31), MET),
        (">=", "2026-03-31", "2026年4月", UNKNOWN),
        (">=", 2026, "2026-03-31", UNKNOWN),
    ],
)
def test_bounds(op: str, wanted: object, held: object, expected: Verdict) -> None:
    assert outcome("lead_days", op, wanted, held) is expected


@pytest.mark.parametrize(
    ("op", "wanted", "held", "expected"),
    [
        ("=", "量产", "量产", MET),
        ("=", "量产", "中试", UNMET),
        ("=", "ISO 9001", "ｉｓｏ  9001", MET),
        ("=", "10", 10.0, MET),
        ("=", 10, "10.5", UNMET),
        ("=", True, True, MET),
        ("=", True, False, UNMET),
        ("=", True, "是", MET),
        ("=", "铣", ["车", "铣"], MET),
        ("!=", "量产", "中试", MET),
        ("!=", "量产", "量产", UNMET),
        ("!=", "铣", ["车", "铣"], UNMET),
        ("in", ("量产", "中试"), "中试", MET),
        ("in", ("量产", "中试"), "小试", UNMET),
        ("in", ("车", "磨"), ["铣", "磨"], MET),
        ("not_in", ("量产", "中试"), "中试", UNMET),
        ("not_in", ("量产", "中试"), "小试", MET),
        ("contains", "ISO9001", "通过 ISO 9001 与 IATF 16949", MET),
        ("contains", ("ISO 9001", "IATF 16949"), ["ISO 9001", "IATF 16949:2016"], MET),
        ("contains", ("ISO 9001", "IATF 16949"), ["ISO 9001"], UNMET),
    ],
)
def test_equality_lists_and_containment(op: str, wanted: object, held: object, expected: Verdict) -> None:
    assert outcome("maturity", op, wanted, held) is expected


@given(bound=st.integers(-1000, 1000), value=st.integers(-1000, 1000))
def test_bounds_are_the_order_of_numbers(bound: int, value: int) -> None:
    assert (outcome("lead_days", "<=", bound, value) is MET) is (value <= bound)
    assert (outcome("lead_days", ">=", bound, value) is MET) is (value >= bound)


@given(wanted=st.lists(st.sampled_from("abc"), min_size=1), held=st.lists(st.sampled_from("abc"), min_size=1))
def test_not_in_is_the_opposite_of_in(wanted: list[str], held: list[str]) -> None:
    outcomes = {outcome("equipment", op, tuple(wanted), held) for op in ("in", "not_in")}
    assert outcomes == {MET, UNMET}


@pytest.mark.parametrize(
    ("unit", "expected"), [(None, MET), ("mm", MET), ("ＭＭ", MET), ("㎜", MET), ("μm", UNKNOWN), ("米", UNKNOWN)]
)
def test_another_unit_is_left_open(unit: str | None, expected: Verdict) -> None:
    assert outcome("tolerance_mm", "<=", 0.01, 0.005, unit) is expected


def test_a_unit_is_taken_where_the_attribute_has_none() -> None:
    assert outcome("monthly_capacity", ">=", 5, 6, "万件") is MET


@pytest.mark.parametrize("name", ["tolerance_mm", "加工精度", "精度", "公差"])
def test_names_labels_and_aliases_mean_the_same(name: str) -> None:
    asked = condition(name, "<=", 0.01)
    assert attribute_names(asked) == ("tolerance_mm",)
    assert judge(asked, offer("p", attributes={"tolerance_mm": 0.02}), FIRM, as_of=DAY).outcome is UNMET


def test_every_label_of_every_kind_finds_its_own_field() -> None:
    for kind in kinds().values():
        for field in kind.fields:
            for name in (field.name, field.label, *field.aliases):
                assert field.name in attribute_names(condition(name, "=", "x"))


def test_a_label_of_several_kinds_reads_what_the_candidate_states() -> None:
    asked = condition("面积", ">=", 500, "㎡")
    assert set(attribute_names(asked)) == {"area_min_sqm", "area_sqm"}
    for name in ("area_min_sqm", "area_sqm"):
        assert judge(asked, offer("p", attributes={name: 499}), FIRM, as_of=DAY).outcome is UNMET
        assert judge(asked, offer("p", attributes={name: 500}), FIRM, as_of=DAY).outcome is MET
    assert judge(asked, offer("p"), FIRM, as_of=DAY).outcome is UNKNOWN


def test_an_unknown_name_is_read_from_the_attributes_as_it_is() -> None:
    asked = condition("自定项", "=", "万级")
    assert judge(asked, offer("p", attributes={"自定项": "万级"}), FIRM, as_of=DAY).outcome is MET
    assert judge(asked, offer("p"), FIRM, as_of=DAY).outcome is UNKNOWN


@pytest.mark.parametrize("name", ["region", "地区"])
@pytest.mark.parametrize(
    ("own", "firms", "expected"),
    [
        ("110108", None, MET),
        ("310115", "110108", UNMET),
        (None, "110108", MET),
        (None, "310115", UNMET),
        (None, None, UNKNOWN),
    ],
)
def test_regions_cover_and_fall_back_on_the_firm(
    name: str, own: str | None, firms: str | None, expected: Verdict
) -> None:
    firm = Enterprise(id="f", name="f", region=firms)
    assert judge(condition(name, "=", "110000"), offer("p", region=own), firm, as_of=DAY).outcome is expected


def test_industries_cover() -> None:
    asked = condition("行业", "in", ("C34", "C39"))
    assert judge(asked, offer("p", industry="C3421"), FIRM, as_of=DAY).outcome is MET
    assert judge(asked, offer("p", industry="C35"), FIRM, as_of=DAY).outcome is UNMET


def test_spans_prove_a_verdict_and_a_question_opens_one() -> None:
    asked = condition("加工精度", "<=", 0.01, "mm")
    met = judge(asked, offer("p", attributes={"tolerance_mm": 0.005}), FIRM, as_of=DAY)
    assert met.request_span is not None
    assert met.offer_span is not None
    assert met.request_span.text == "加工精度 ≤ 0.01 mm"
    assert (met.request_span.start, met.request_span.end) == (0, len(met.request_span.text))
    assert (met.offer_span.field, met.offer_span.text, met.question) == ("attributes.tolerance_mm", "0.005", None)
    assert (met.name, met.hard) == ("加工精度", True)
    open_ = judge(asked, offer("p"), FIRM, as_of=DAY)
    assert (open_.offer_span, open_.question) == (None, "请对方确认：是否满足“加工精度 ≤ 0.01 mm”？")


def test_a_firms_qualifications_prove_a_certificate() -> None:
    firm = Enterprise(id="f", name="f", qualifications=(Qualification(name="IATF 16949"),))
    found = judge(condition("资质", "contains", "IATF16949"), offer("p"), firm, as_of=DAY)
    assert found.offer_span is not None
    assert (found.outcome, found.offer_span.field) == (MET, "qualifications")
    assert judge(condition("资质", "contains", "AS9100"), offer("p"), firm, as_of=DAY).outcome is UNKNOWN


@pytest.mark.parametrize(("days", "expected"), [(-1, UNKNOWN), (0, MET), (1, MET)])
def test_a_qualification_counts_up_to_the_day_it_expires(days: int, expected: Verdict) -> None:
    held = Qualification(name="IATF 16949", expires=DAY + timedelta(days=days))
    firm = Enterprise(id="f", name="f", qualifications=(held,))
    asked = condition("资质", "contains", "IATF16949")
    assert judge(asked, offer("p"), firm, as_of=DAY).outcome is expected
    corpus = Corpus()
    corpus.put_firm("t", firm, SizeClass.UNKNOWN)
    assert corpus.held(DAY) == ({0: ["IATF 16949"]} if expected is MET else {})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("ISO 9001", MET), ("IATF 16949", MET), (("ISO 9001", "IATF 16949"), MET), ("AS9100", UNMET)],
)
def test_listed_and_held_certificates_count_together(wanted: object, expected: Verdict) -> None:
    firm = Enterprise(id="f", name="f", qualifications=(Qualification(name="IATF 16949"),))
    listed = offer("p", attributes={"certificates": ["ISO 9001"]})
    assert judge(condition("资质", "contains", wanted), listed, firm, as_of=DAY).outcome is expected


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (condition("tolerance_mm", "<=", 0.01, "mm"), "加工精度 ≤ 0.01 mm"),
        (condition("region", "in", ("110108", "110105")), "地区 属于 110108、110105"),
        (condition("洁净等级", "!=", "百级"), "洁净等级 ≠ 百级"),
        (condition("open", "=", True), "open = 是"),
        (condition("资质", "contains", "ISO 9001"), "资质 包含 ISO 9001"),
    ],
)
def test_conditions_in_words(asked: Condition, text: str) -> None:
    assert condition_text(asked) == text
