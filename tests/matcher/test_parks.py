"""Who is in a park on a day, and which links of its chain are open."""

from datetime import date

import pytest

from matcher.domain import Enterprise, Party, SizeClass
from matcher.parks import compose, members
from matcher.registers import Entry, Register

DAY = date(2026, 3, 1)
FIRMS = {
    "big": Enterprise(id="big", name="整机", industry="C3491"),
    "gear": Enterprise(id="gear", name="减速器", industry="C3453"),
    "lab": Enterprise(id="lab", name="研究所", party=Party.INSTITUTE),
    "fund": Enterprise(id="fund", name="基金", party=Party.FINANCE),
}
SIZES = {"big": SizeClass.LARGE, "gear": SizeClass.SMALL}


def inside(firm: str, **values: object) -> Entry:
    return Entry(id=f"park-{firm}", register=Register.PARK_FIRMS, subject="park", other=firm, values=values)


def link(name: str, **values: object) -> Entry:
    return Entry(id=name, register=Register.PARK_LINKS, subject="park", values={"link": name} | values)


def test_roles_follow_party_and_size_unless_told() -> None:
    found = members([inside(one) for one in FIRMS] + [inside("gone")], FIRMS, SIZES, DAY)
    assert {one.firm.id: one.role for one in found} == {"big": "龙头", "fund": "资本", "gear": "配套", "lab": "院所"}
    told = members([inside("gear", role="龙头")], FIRMS, SIZES, DAY)
    assert [one.role for one in told] == ["龙头"]


@pytest.mark.parametrize(
    ("values", "there"),
    [
        ({"since": "2026-03-01"}, True),
        ({"since": "2026-03-02"}, False),
        ({"until": "2026-03-01"}, True),
        ({"until": "2026-02-28"}, False),
    ],
)
def test_the_first_and_last_day_count(values: dict[str, object], there: bool) -> None:
    assert bool(members([inside("big", **values)], FIRMS, SIZES, DAY)) is there


def test_a_firm_fills_its_own_link_or_those_of_its_industry() -> None:
    held = members([inside("big"), inside("gear"), inside("lab", link="检测")], FIRMS, SIZES, DAY)
    links = [link("整机", industries=["C3491"], key_link=True), link("传动", industries=["C345"]), link("伺服电机")]
    chain = compose(links, held)
    assert [(one.name, [each.firm.id for each in one.members], one.gap) for one in chain.links] == [
        ("整机", ["big"], False),
        ("传动", ["gear"], False),
        ("伺服电机", [], True),
        ("检测", ["lab"], False),
    ]
    assert chain.links[0].key
    assert chain.outside == ()
    assert (chain.sizes[SizeClass.LARGE], chain.roles["院所"]) == (1, 1)


def test_a_firm_put_down_for_another_link_does_not_fill_that_of_its_industry() -> None:
    held = members([inside("big", link="服务"), inside("fund")], FIRMS, SIZES, DAY)
    chain = compose([link("整机", industries=["C3491"])], held)
    assert [one.gap for one in chain.links] == [True, False]
    assert [one.firm.id for one in chain.outside] == ["fund"]
