"""What a request's own fields ask of its answers: every rule of data/taxonomy/kinds.toml at its bound."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matcher.conditions import judge
from matcher.domain import Condition, Enterprise, Operator, Posting, PostingKind, Verdict
from matcher.implied import INDUSTRY, implied_conditions
from matcher.taxonomy import kinds

TODAY = date(2026, 11, 23)
FIRM = Enterprise(id="f", name="供方")
MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN


def request(kind: PostingKind, **attributes: object) -> Posting:
    return Posting(id="r", enterprise_id="e", kind=kind, title="需求", attributes=attributes)


def verdicts(asked: Posting, **offered: object) -> dict[str, Verdict]:
    answer = Posting(
        id="o", enterprise_id="f", kind=kinds()[asked.kind].answered_by[0], title="供给", attributes=offered
    )
    return {
        condition.name: judge(condition, answer, FIRM, as_of=TODAY).outcome
        for condition in implied_conditions(asked, TODAY)
    }


@pytest.mark.parametrize(("kind", "entry"), [(kind, entry) for kind, entry in kinds().items() if entry.implied])
def test_every_rule_speaks_of_fields_there_are(kind: PostingKind, entry: object) -> None:
    own = {field.name: field for field in kinds()[kind].fields}
    theirs = {field.name for answer in kinds()[kind].answered_by for field in kinds()[answer].fields}
    for rule in kinds()[kind].implied:
        assert rule.field in theirs
        assert rule.from_ in (None, INDUSTRY, *own)
        options = own[rule.from_].options if rule.from_ in own else ()
        assert all(value in options for value in rule.is_ if isinstance(value, str))


@pytest.mark.parametrize(
    ("own", "theirs", "least"),
    [("area_min_sqm", "area_sqm", 500), ("ceiling_min_m", "ceiling_m", 7), ("load_min", "load", 1200)],
)
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_space_is_large_high_and_strong_enough(own: str, theirs: str, least: int, step: int) -> None:
    asked = request(PostingKind.SPACE_NEED, **{own: least})
    assert verdicts(asked, **{theirs: least + step})[theirs] is (MET if step >= 0 else UNMET)
    assert verdicts(asked)[theirs] is UNKNOWN
    assert all(condition.hard for condition in implied_conditions(asked, TODAY))


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_space_is_free_in_time_and_within_the_rent(step: int) -> None:
    asked = request(PostingKind.SPACE_NEED, move_in="2026-12-31", rent_max=3.0)
    day = (date(2026, 12, 31) + timedelta(days=step)).isoformat()
    found = verdicts(asked, available_from=day, rent=3.0 + step)
    assert found == dict.fromkeys(("available_from", "rent"), MET if step <= 0 else UNMET)
    assert {condition.name: condition.hard for condition in implied_conditions(asked, TODAY)} == {
        "available_from": True,
        "rent": False,
    }


def test_an_assessed_space_only_where_it_is_needed() -> None:
    assert verdicts(request(PostingKind.SPACE_NEED, eia_needed=True), eia=False) == {"eia": UNMET}
    assert verdicts(request(PostingKind.SPACE_NEED, eia_needed=False), eia=False) == {}


def test_clouds_come_from_the_catalogue() -> None:
    cloud = request(PostingKind.SERVICE_NEED, service_type="上云")
    assert verdicts(cloud, service_type="上云", in_catalogue=True) == {"service_type": MET, "in_catalogue": MET}
    assert verdicts(cloud, service_type="上云", in_catalogue=False)["in_catalogue"] is UNMET
    assert verdicts(cloud, service_type="上云")["in_catalogue"] is UNKNOWN
    assert all(condition.hard for condition in implied_conditions(cloud, TODAY))


@pytest.mark.parametrize("own", ["网络", "平台", "安全"])
@pytest.mark.parametrize("theirs", ["网络", "平台", "安全"])
def test_the_three_of_the_industrial_internet_are_kept_apart(own: str, theirs: str) -> None:
    asked = request(PostingKind.SERVICE_NEED, service_type=f"工业互联网{own}")
    (condition,) = implied_conditions(asked, TODAY)
    assert condition.hard
    assert verdicts(asked, service_type=f"工业互联网{theirs}")["service_type"] is (MET if own == theirs else UNMET)


@pytest.mark.parametrize("kind", ["信息", "投融资", "创业", "技术", "培训", "管理咨询", "市场开拓", "法律"])
def test_the_eight_public_services_ask_for_their_own_kind(kind: str) -> None:
    asked = request(PostingKind.SERVICE_NEED, service_type=kind)
    assert verdicts(asked, service_type=kind)["service_type"] is MET
    assert verdicts(asked, service_type="双创")["service_type"] is UNMET


@pytest.mark.parametrize(
    ("own", "served"),
    [("实验室", ["实验室", "小试"]), ("小试", ["小试", "中试"]), ("中试", ["中试", "量产"]), ("量产", ["量产"])],
)
def test_a_service_takes_from_one_stage_to_the_next(own: str, served: list[str]) -> None:
    asked = request(PostingKind.SERVICE_NEED, stage=own)
    for stage in ("实验室", "小试", "中试", "量产"):
        assert verdicts(asked, stage=stage)["stage"] is (MET if stage in served else UNMET)


def test_resources_with_an_operator() -> None:
    asked = request(PostingKind.RESOURCE_NEED, resource_type="仪器", operator_needed=True)
    assert verdicts(asked, resource_type="仪器", operator_included=False) == {
        "resource_type": MET,
        "operator_included": UNMET,
    }


@pytest.mark.parametrize(("offered", "outcome"), [(1, UNMET), (2, MET), (3, MET)])
def test_as_many_people_as_are_wanted_in_a_shared_discipline(offered: int, outcome: Verdict) -> None:
    asked = request(PostingKind.TALENT_NEED, headcount=2, disciplines=["机械", "数控"])
    found = verdicts(asked, headcount=offered, disciplines=["数控", "材料"])
    assert found == {"headcount": outcome, "disciplines": MET}
    assert verdicts(asked, disciplines=["法学"])["disciplines"] is UNMET


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_rights_that_have_not_expired_at_a_price_one_can_pay(step: int) -> None:
    asked = request(PostingKind.IP_NEED, budget_wan=50, exclusive=True)
    found = verdicts(asked, expires=(TODAY + timedelta(days=step)).isoformat(), price_wan=50 + step, ownership="共有")
    assert found["expires"] is (MET if step >= 0 else UNMET)
    assert found["price_wan"] is (MET if step <= 0 else UNMET)
    assert found["ownership"] is UNMET
    assert "ownership" not in verdicts(replace(asked, attributes={"exclusive": False}))


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_markets_languages_and_fairs_to_come(step: int) -> None:
    asked = request(PostingKind.MARKET_NEED, target_markets=["德国", "荷兰"], languages=["英语"])
    day = (TODAY + timedelta(days=step)).isoformat()
    found = verdicts(asked, markets=["德国"], languages=["德语"], event_date=day)
    assert found == {"event_date": MET if step >= 0 else UNMET, "markets": MET, "languages": UNMET}


@pytest.mark.parametrize(
    ("admitted", "outcome"),
    [
        (["C34"], MET),
        (["通用设备制造业", "软件"], MET),
        (["智能装备"], MET),
        (["C39"], UNMET),
        (["C39", "绿色小店"], UNKNOWN),
    ],
)
def test_a_place_takes_the_industries_it_lists(admitted: list[str], outcome: Verdict) -> None:
    asked = replace(request(PostingKind.SPACE_NEED), industry="C3421")
    assert verdicts(asked, admitted_industries=admitted) == {"admitted_industries": outcome}


def test_what_the_caller_states_goes_before() -> None:
    own = Condition(name="可用面积", op=Operator.GE, value=300, hard=False)
    asked = replace(request(PostingKind.SPACE_NEED, area_min_sqm=500), conditions=(own,))
    assert implied_conditions(asked, TODAY) == ()
