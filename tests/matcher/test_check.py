"""The quality of a posting before it is published: what scores, what is asked for, and that doing it helps."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.check import Band, Checked, Criterion, Edit, Hint, check
from matcher.check.base import band_of
from matcher.check.words import sample, vague_words, wanted
from matcher.conditions import condition_text
from matcher.domain import Condition, Operator, Posting, PostingKind, Side, Window
from matcher.quantity import required, stated
from matcher.taxonomy import FieldType, kinds

DAY = date(2026, 3, 31)
STEEL = "用于高铁齿轮箱的渗碳钢大模数齿轮磨齿加工，我方供毛坯与图纸，对方完成磨齿与检测，按件结算付款。"
PLAIN = Posting(id="p", enterprise_id="e", kind=PostingKind.NEED, title="寻求大模数齿轮磨齿加工", detail=STEEL)
OFFER = Posting(
    id="o",
    enterprise_id="e",
    kind=PostingKind.CAPABILITY,
    title="大模数齿轮磨齿",
    detail="渗碳钢齿轮磨齿与检测，承接来料。" * 3,
)


def posting(kind: str, title: str, detail: str | None = None, **facts: Any) -> Posting:
    """Return a posting of a kind."""
    return Posting(id="p", enterprise_id="e", kind=PostingKind(kind), title=title, detail=detail, **facts)


def checked(one: Posting) -> Checked:
    return check(one, as_of=DAY)


def criterion(one: Posting, name: str) -> Criterion:
    return next(found for found in checked(one).criteria if found.name == name)


def points(one: Posting, name: str) -> int:
    return criterion(one, name).points


def hints(one: Posting) -> list[Hint]:
    return [hint for found in checked(one).criteria for hint in found.hints]


def told(one: Posting, words: str) -> Hint:
    """Return the one hint that says `words`."""
    (found,) = [hint for hint in hints(one) if words in hint.text]
    return found


def said_of(one: Posting, field: str) -> str:
    """Return the text of a field that a span points into."""
    if field.startswith("attributes."):
        return str(one.attributes[field.removeprefix("attributes.")])
    return str(getattr(one, field))


def applied(one: Posting, edits: Sequence[Edit]) -> Posting:
    """Return the posting with edits copied into it, later spans first so that earlier ones stay where they are."""
    for edit in sorted(edits, key=lambda edit: edit.span.start if edit.span else -1, reverse=True):
        one = _applied(one, edit)
    return one


def _applied(one: Posting, edit: Edit) -> Posting:
    name = edit.field.removeprefix("attributes.")
    if edit.span is not None:
        text = said_of(one, edit.field)
        value: Any = text[: edit.span.start] + str(edit.value) + text[edit.span.end :]
    elif edit.field == "detail":
        value = (one.detail or "").rstrip() + str(edit.value)
    elif edit.field == "conditions":
        value = (*one.conditions, edit.value)
    else:
        value = date.fromisoformat(str(edit.value)) if edit.field == "valid_until" else edit.value
    if name != edit.field:
        return replace(one, attributes={**one.attributes, name: value})
    return replace(one, **{edit.field: value})


GOOD = (
    posting(
        "need",
        "寻求渗碳钢大模数齿轮磨齿加工",
        "用于高铁齿轮箱，模数8，齿面粗糙度Ra不大于0.4μm，公差±0.01mm，月产能不低于2000件，合格率不低于99%，2026年9月前首批交货。",
        attributes={"technical_indicators": "Ra≤0.4μm", "cooperation": "长期配套"},
    ),
    posting(
        "scenario",
        "热压罐固化余热利用",
        "五台热压罐每炉排走约2.1GJ，寻求蓄热加热泵方案，可占用空地180㎡，水温55~85℃，改造期间不得停产。",
        attributes={"pain_point": "间歇余热无法直接供暖", "admission": ["节能服务业绩"], "period_months": 7, "cooperation": "试点"},
    ),
    posting(
        "capacity_need",
        "电机壳精车外协5000件",
        "铝压铸毛坯来料精车，公差±0.03mm，交期不超过30天，合格率不低于99%，周转箱由我方提供。",
        attributes={"core_processes": ["数控车"], "quantity": 5000, "deadline": "2026-06-30", "unit_price": "12元/件以内"},
        conditions=(Condition(name="tolerance_mm", op=Operator.LE, value=0.03, unit="mm"),),
    ),
    posting(
        "procurement",
        "污水站两年运维服务采购",
        "处理能力不低于600吨/天，出水达一级A，响应时间不超过4小时，须持有环境服务认证，预算64万元。",
        attributes={"item_category": "服务", "budget_wan": 64, "consortium": True, "bid_deadline": "2026-05-01"},
    ),
    posting(
        "space_need",
        "求租500㎡洁净厂房做医疗器械组装",
        "面积不低于500㎡，层高不低于5米，供电容量不低于200kVA，2026年6月入驻，用于二类医疗器械组装。",
        attributes={"area_min_sqm": 500, "rent_max": 3, "lease_months": 36},
    ),
    posting(
        "finance_need",
        "以4件发明专利质押借款500万元",
        "用于采购边缘计算模组，年利率不超过4.2%，期限24个月，算法盒子去年销售收入2100万元。",
        attributes={"instrument": "知识产权质押", "amount_wan": 500, "rate_max_pct": 4.2, "needed_by": "2026-06-01"},
    ),
    posting(
        "capability",
        "钛合金薄壁件五轴精密加工",
        "五轴加工中心6台，公差±0.01mm，月产能3000件，交期15天，单件重量不超过20kg，承接航空结构件小批量。",
        attributes={"core_processes": ["五轴铣"], "certificates": ["AS9100D"], "equipment": ["五轴加工中心 6台"], "price": "80元/件起"},
    ),
    posting(
        "idle_capacity",
        "冷镦机六台空闲，M6–M10螺栓每月40万件",
        "旺季提前结束，六台五模冷镦机空闲，起订量3万件，交期15天，到货含盐雾报告，可连同热处理一并安排。",
        attributes={"core_processes": ["冷镦"], "idle_amount": 400000, "equipment": ["冷镦机×6"], "price": "0.16元/件起"},
        windows=(Window(from_date=date(2026, 4, 7), until_date=date(2026, 6, 8), amount=400000),),
    ),
    posting(
        "service",
        "金属材料力学性能检测",
        "拉伸、冲击、硬度检测，5个工作日出报告，每天可检测40件，响应时间4小时，覆盖金属棒材与板材的常见牌号。",
        attributes={"service_type": "检测", "certificates": ["CNAS"], "scope": "拉伸、冲击", "price": "300元/件"},
    ),
)  # fmt: skip
BAD = (
    posting("need", "寻找合作"),
    posting("need", "求优质供应商", "价格合理，质量好，尽快联系。"),
    posting("scenario", "数字化项目", "希望提高效率。"),
    posting("capacity_need", "零件加工", "量大，价格合理，尽快。"),
    posting("procurement", "采购一批设备", "具备相应资质，质量可靠。"),
    posting("space_need", "找厂房", "面积大一点，租金合理，尽快入驻"),
    posting("finance_need", "融资", "需要资金，利率低"),
    posting("capability", "专业机械加工", "我司实力雄厚，设备先进，质量可靠，欢迎来电。"),
    posting("idle_capacity", "有空闲产能", "设备齐全，欢迎合作。"),
    posting("service", "专业服务", "响应及时，价格优惠。"),
)


@pytest.mark.parametrize("one", GOOD, ids=lambda one: str(one.kind))
def test_a_posting_that_says_it_all_may_be_published(one: Posting) -> None:
    found = checked(one)
    assert found.band is Band.READY
    assert found.score >= 14
    assert found.score == sum(c.points for c in found.criteria)
    assert found.out_of == sum(c.out_of for c in found.criteria) == 20


@pytest.mark.parametrize("one", BAD, ids=lambda one: f"{one.kind}-{one.title}")
def test_a_posting_that_says_nothing_is_held(one: Posting) -> None:
    found = checked(one)
    assert found.band is Band.HOLD
    assert found.score <= 6
    assert len(hints(one)) >= 4


@pytest.mark.parametrize(
    ("points_", "band"),
    [
        ([5, 5, 5, 5], Band.READY),
        ([3, 3, 2, 2], Band.READY),
        ([3, 2, 2, 2], Band.REVISE),
        ([2, 1, 1, 1], Band.REVISE),
        ([1, 1, 1, 1], Band.HOLD),
        ([5, 5, 5, 0], Band.HOLD),
        ([0, 0, 0, 0], Band.HOLD),
    ],
)
def test_bands_begin_at_10_and_5_and_any_0_holds(points_: list[int], band: Band) -> None:
    assert band_of(points_) is band


# What is sought


@pytest.mark.parametrize("title", ["寻找合作", "求优质供应商", "需要一批产品", "提供专业服务", "项目合作对接"])
def test_a_title_that_names_nothing_scores_0_and_is_quoted(title: str) -> None:
    one = posting("need", title)
    assert points(one, "object") == 0
    assert told(one, "没有写清要什么").text.startswith(f"“{title}”")


def test_a_title_that_leaves_it_to_the_detail_costs_1() -> None:
    assert points(PLAIN, "object") == 5
    vaguely = replace(PLAIN, title="寻找合作", detail=f"寻求大模数齿轮磨齿加工。{STEEL}")
    assert points(vaguely, "object") == 4
    assert told(vaguely, "标题“寻找合作”").edits[0].value == "寻求大模数齿轮磨齿加工"


OPENING = -(-3 * len(STEEL.strip("。").replace("，", "")) // 7)


@pytest.mark.parametrize(("length", "score"), [(OPENING - 1, 5), (OPENING, 4), (60, 4)])
def test_an_opening_about_the_firm_costs_1_from_30_percent_on(length: int, score: int) -> None:
    lead = ("我公司成立于1998年" + "并持续经营各类轨道装备业务" * 9)[:length]
    one = replace(PLAIN, detail=f"{lead}，{STEEL}")
    assert points(one, "object") == score
    if score < 5:
        hint = told(one, "开头的公司介绍“我公司成立于1998年")
        assert ("占了一半以上" in hint.text) == (length == 60)
        assert "先写所求：“寻求大模数齿轮磨齿加工”" in hint.text


def test_an_open_list_is_to_be_written_out() -> None:
    one = replace(PLAIN, detail=f"{STEEL}包括滚齿、磨齿等，等级为一等品，等保三级。")
    hint = told(one, "没有列全")
    assert "滚齿、磨齿等”" in hint.text
    assert [edit.span.text for edit in hint.edits if edit.span] == ["等"]
    assert applied(one, hint.edits).detail == f"{STEEL}包括滚齿、磨齿，等级为一等品，等保三级。"
    assert not [h for h in hints(replace(OFFER, detail=f"{OFFER.detail}滚齿、磨齿等。")) if "没有列全" in h.text]


@pytest.mark.parametrize(("length", "score"), [(39, 4), (40, 5)])
def test_a_text_of_fewer_than_40_characters_is_too_short(length: int, score: int) -> None:
    title = "大模数齿轮磨齿"
    assert points(posting("need", title, ("渗碳钢" * 20)[: length - len(title)]), "object") == score


# Numbers


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("", 0),
        ("共三台设备要配。", 1),
        ("公差±0.01mm。", 2),
        ("公差±0.01mm，合格率不低于99%。", 3),
        ("公差±0.01mm，合格率不低于99%，交期不超过30天。", 4),
        ("公差±0.01mm，合格率不低于99%，交期不超过30天，月产能不低于500件。", 5),
        ("公差±0.01mm，合格率不低于99%，交期不超过30天，月产能不低于500件，质保期不少于12个月。", 5),
        ("公差±0.01mm，公差±0.02mm。", 2),
        ("质量可靠，公差±0.01mm，合格率不低于99%。", 3),
        ("性价比高，公差±0.01mm，合格率不低于99%。", 2),
        ("性价比高，公差±0.01mm。", 1),
        ("性价比高。", 0),
    ],
)
def test_each_thing_measured_counts_once_and_vague_words_cost_1(said: str, score: int) -> None:
    assert points(replace(PLAIN, detail=STEEL + said), "indicators") == score


def test_attributes_and_windows_count_as_numbers_and_not_twice() -> None:
    one = replace(OFFER, detail=f"{OFFER.detail}月产能3000件。")
    assert points(one, "indicators") == 2
    assert points(replace(one, attributes={"monthly_capacity": 3000}), "indicators") == 2
    assert points(replace(one, attributes={"min_order": 10}), "indicators") == 3


def test_a_vague_word_is_quoted_with_what_to_write() -> None:
    one = replace(PLAIN, detail=f"{STEEL}要求精度高。")
    assert "“精度高”没有数值：改成“加工精度不低于 ±0.01 mm”" in told(one, "精度高").text
    offered = replace(OFFER, detail=f"{OFFER.detail}批量大。")
    assert "“批量大”没有数值：改成“月产能 5000 件”" in told(offered, "批量大").text


@pytest.mark.parametrize(
    "facts", [{"attributes": {"max_tolerance_mm": 0.01}}, {"detail": f"{STEEL}要求精度高，平面度不大于0.02mm。"}]
)
def test_a_vague_word_with_a_number_elsewhere_is_let_be(facts: dict[str, Any]) -> None:
    one = replace(posting("capacity_need", "高精度磨齿外协", f"{STEEL}要求精度高。"), **facts)
    assert not [hint for hint in hints(one) if "没有数值：" in hint.text]


# Terms


def test_stated_conditions_score_3_and_read_ones_2() -> None:
    conditions = [3, 2, 2, 0]
    cases = (
        replace(PLAIN, conditions=(Condition(name="certificates", op=Operator.CONTAINS, value="ISO 9001"),)),
        replace(PLAIN, detail=f"{STEEL}公差±0.01mm。"),
        replace(PLAIN, attributes={"required_certificates": ["ISO 9001"]}),
        PLAIN,
    )
    assert [points(one, "terms") for one in cases] == conditions


def test_a_qualification_without_a_name_is_quoted() -> None:
    one = replace(PLAIN, detail=f"{STEEL}对方须具备相应资质。")
    assert (
        told(one, "“具备相应资质”" if "“具备相应资质”" in str(hints(one)) else "相应资质”").edits[0].field
        == "conditions"
    )


@pytest.mark.parametrize(("days", "score"), [(None, 0), (-1, 0), (0, 1), (30, 1)])
def test_a_posting_ends_today_at_the_earliest(days: int | None, score: int) -> None:
    until = None if days is None else DAY + timedelta(days=days)
    one = replace(PLAIN, valid_until=until)
    assert points(one, "terms") == score
    if days is None:
        assert told(one, "未写截止日期：补充有效期止（valid_until），例如 2026-06-29")
    if days == -1:
        assert told(one, "截止日期 2026-03-30 已过")


@pytest.mark.parametrize(
    "facts",
    [
        {"attributes": {"deadline": "2026-09-30"}},
        {"windows": (Window(until_date=DAY),)},
        {"detail": f"{STEEL}三个月内完成。"},
        {"detail": f"{STEEL}9月30日前交货。"},
        {"detail": f"{STEEL}年底前到货。"},
    ],
)
def test_when_it_is_needed_scores_1(facts: dict[str, Any]) -> None:
    # A time in the text may be read as a condition as well.
    assert points(replace(PLAIN, **facts), "terms") in (1, 3)
    assert points(PLAIN, "terms") == 0


def test_a_hurry_without_a_date_is_quoted() -> None:
    one = replace(PLAIN, detail=f"{STEEL}要求尽快交货。")
    hint = told(one, "“尽快”没有日期：改成“2026年5月30日前”")
    assert str(applied(one, hint.edits).detail).endswith("要求2026年5月30日前交货。")


def test_an_offer_shows_certificates_equipment_and_time() -> None:
    detail = "渗碳钢齿轮磨齿与检验服务" * 4
    bare = replace(OFFER, detail=detail)
    assert points(bare, "terms") == 0
    assert points(replace(bare, detail=f"{detail}，ISO 9001认证。"), "terms") == 1
    assert points(replace(bare, attributes={"certificates": ["ISO 9001"]}), "terms") == 2
    full = replace(bare, attributes={"certificates": ["ISO 9001"], "equipment": ["磨齿机"], "lead_days": 20})
    assert points(full, "terms") == 5
    assert points(replace(full, valid_until=DAY - timedelta(days=1)), "terms") == 4


# Cooperation and required fields


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        ({"detail": "渗碳钢大模数齿轮，公差±0.01mm，我方供毛坯与图纸。"}, 1),
        ({"detail": "渗碳钢大模数齿轮，我方供毛坯与图纸。"}, 0),
        ({"detail": "渗碳钢大模数齿轮，我方供毛坯与图纸，长期采购。"}, 1),
        ({"detail": "渗碳钢大模数齿轮。", "attributes": {"cooperation": "采购"}}, 2),
        ({"detail": "渗碳钢大模数齿轮。", "attributes": {"technical_indicators": "模数8"}}, 3),
        ({"detail": "渗碳钢大模数齿轮。", "attributes": {"technical_indicators": "模数8", "cooperation": "采购"}}, 5),
    ],
)
def test_a_way_to_work_together_and_required_fields(facts: dict[str, Any], score: int) -> None:
    one = replace(PLAIN, title="大模数齿轮磨齿", **facts)
    assert points(one, "cooperation") == score


def test_what_is_missing_is_named_with_an_example() -> None:
    one = posting("idle_capacity", "冷镦机空闲", attributes={"core_processes": ["冷镦"]})
    hint = told(one, "必填项还缺")
    assert "闲置产能数量（attributes.idle_amount）" in hint.text
    assert [edit.field for edit in hint.edits] == ["attributes.idle_amount", "attributes.idle_windows"]
    assert "采购、委托开发" in told(PLAIN, "attributes.cooperation").text


# Conditions read out of the text


def test_requirements_become_conditions_to_confirm() -> None:
    one = replace(PLAIN, detail=f"{STEEL}公差±0.01mm，月产能不低于5万件，交期不超过3周。")
    found = checked(one).read_conditions
    assert [condition_text(read.condition) for read in found] == [
        "加工精度 ≤ 0.01 mm",
        "月产能 ≥ 50000 件",
        "交期 ≤ 21 天",
    ]
    assert [read.span.text for read in found] == ["公差±0.01mm", "月产能不低于5万件", "交期不超过3周"]
    stated_ = replace(one, conditions=tuple(read.condition for read in found))
    assert checked(stated_).read_conditions == ()
    assert points(stated_, "terms") == points(one, "terms") + 1


def test_listed_certificates_become_conditions_unless_stated() -> None:
    one = replace(PLAIN, attributes={"required_certificates": ["IATF 16949"]})
    (read,) = checked(one).read_conditions
    assert (read.condition.name, read.condition.value) == ("certificates", "IATF 16949")
    assert checked(replace(one, conditions=(read.condition,))).read_conditions == ()


def test_an_offer_requires_nothing() -> None:
    assert checked(replace(OFFER, detail="公差±0.01mm，月产能不低于5万件。")).read_conditions == ()


# The tables


@pytest.mark.parametrize("kind", list(PostingKind))
def test_what_is_wanted_of_each_kind_exists(kind: PostingKind) -> None:
    row, entry = wanted(kind), kinds()[kind]
    names = {field.name for field in entry.fields}
    assert {*row.mode, *row.time, *row.require, *row.evidence} <= names
    assert row.mode
    assert len(row.evidence) == (0 if entry.side is Side.REQUEST else 2)
    reader = required if entry.side is Side.REQUEST else stated
    for sentence in row.measure:
        assert reader(sentence, "detail"), sentence
    for field in entry.fields:
        if field.type is not FieldType.DATE:
            assert sample(field) is not None


@pytest.mark.parametrize("entry", vague_words(), ids=lambda entry: entry.words[0])
def test_what_to_write_instead_settles_the_word(entry: Any) -> None:
    for reader, sentence in ((required, entry.request), (stated, entry.offer)):
        assert {read.topic for read in reader(sentence, "detail")} & entry.topics, sentence


# Properties

TITLES = (
    "寻找合作",
    "寻求大模数齿轮磨齿加工",
    "高精度齿轮",
    "我公司成立于1998年，专业生产齿轮",
    "提供优质服务",
    "齿轮等",
)
SENTENCES = (
    "我公司是一家成立于1998年的高新技术企业，主营汽车零部件，拥有员工500人。",
    "要求精度高，大批量，尽快交货。",
    "公差±0.01mm。",
    "月产能不低于5000件。",
    "合格率99%。",
    "具备相应资质。",
    "滚齿、磨齿等。",
    "用于高铁齿轮箱，我方供毛坯与图纸。",
    "长期采购。",
    "价格合理，响应及时。",
    "三个月内完成。",
    "ISO 9001认证，设备齐全。",
)


@st.composite
def postings(draw: st.DrawFn) -> Posting:
    kind = draw(st.sampled_from(list(PostingKind)))
    fields = [field for field in kinds()[kind].fields if field.type is not FieldType.DATE]
    detail = "".join(draw(st.lists(st.sampled_from(SENTENCES), max_size=6, unique=True)))
    return Posting(
        id="p",
        enterprise_id="e",
        kind=kind,
        title=draw(st.sampled_from(TITLES)),
        detail=detail or None,
        valid_until=draw(st.sampled_from([None, DAY - timedelta(days=1), DAY + timedelta(days=9)])),
        attributes={field.name: sample(field) for field in draw(st.lists(st.sampled_from(fields), max_size=4))},
    )


@given(postings())
@settings(max_examples=150, deadline=None)
def test_doing_what_a_hint_asks_raises_the_score(one: Posting) -> None:
    found = checked(one)
    for hint in hints(one):
        if hint.edits:
            assert checked(applied(one, hint.edits)).score > found.score, hint


@given(postings())
@settings(max_examples=150, deadline=None)
def test_spans_are_the_postings_own_words_and_points_stay_in_range(one: Posting) -> None:
    found = checked(one)
    assert all(0 <= c.points <= c.out_of for c in found.criteria)
    assert all(c.hints for c in found.criteria if c.points < c.out_of)
    spans = [edit.span for hint in hints(one) for edit in hint.edits if edit.span]
    for span in [*spans, *(read.span for read in found.read_conditions)]:
        if not isinstance(one.attributes.get(span.field.removeprefix("attributes.")), list):
            assert said_of(one, span.field)[span.start : span.end] == span.text


@given(st.sampled_from(list(PostingKind)), st.text(min_size=1, max_size=60), st.text(max_size=120))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_checked_and_again_with_the_same_answer(kind: PostingKind, title: str, detail: str) -> None:
    one = Posting(id="p", enterprise_id="e", kind=kind, title=title, detail=detail)
    assert checked(one) == checked(one)
