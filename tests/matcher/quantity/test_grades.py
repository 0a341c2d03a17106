import pytest

from matcher.domain import Verdict
from matcher.quantity.grades import ask, demands, judge, labels, states
from matcher.quantity.wording import Source


def verdict(request: str, offer: str) -> Verdict:
    requirement = next(iter(demands(Source(request, "detail"))))
    said = [each for each in states(Source(offer, "detail")) if each.topic == requirement.topic]
    return judge(requirement, said).outcome


@pytest.mark.parametrize(
    ("topic", "worst_to_best"),
    [
        ("cleanroom", ["三十万级洁净车间", "十万级洁净车间", "万级洁净车间", "千级无尘车间", "百级无尘车间"]),
        ("mlps", ["等保一级", "等保二级", "等保三级", "等保四级"]),
        ("logistics", ["2A级物流企业", "3A级物流企业", "4A级物流企业", "5A级物流企业"]),
        ("credit", ["信用评级A", "信用评级AA", "信用评级AA+", "信用评级AAA"]),
        ("motor", ["能效IE2电机", "能效IE3电机", "能效IE4电机"]),
        ("efficiency", ["三级能效", "二级能效", "一级能效"]),
        ("insulation", ["绝缘等级B级", "绝缘等级F级", "绝缘等级H级"]),
        ("explosion", ["防爆ExdIIA", "防爆ExdIIB", "防爆ExdⅡC"]),
        ("cmmi", ["CMMI 2级", "CMMI3级", "CMMI 5"]),
        ("secrecy", ["三级保密资格", "二级保密资格", "一级保密资格"]),
        ("sme", ["创新型中小企业", "省级专精特新", "专精特新“小巨人”"]),
        ("flame", ["阻燃V-2", "阻燃V-1", "阻燃V0"]),
        ("combustion", ["燃烧性能B2级", "燃烧性能B1级", "燃烧性能A级"]),
        ("duty", ["工业级芯片", "车规级芯片", "军工级芯片"]),
        ("qualification", ["建筑施工三级资质", "建筑施工二级资质", "建筑施工一级资质", "建筑施工特级资质"]),
    ],
)
def test_one_step_below_fails_and_the_same_or_better_passes(topic: str, worst_to_best: list[str]) -> None:
    for asked, want in enumerate(worst_to_best):
        assert next(iter(demands(Source("须" + want, "detail")))).topic == topic
        for offered, have in enumerate(worst_to_best):
            assert verdict("须" + want, have) is (Verdict.MET if offered >= asked else Verdict.UNMET)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("IP65", Verdict.UNMET),
        ("IP67", Verdict.MET),
        ("IP68", Verdict.MET),
        ("IP57", Verdict.UNMET),
        ("IPX7", Verdict.UNMET),
        ("IP69K", Verdict.MET),
    ],
)
def test_an_ip_code_protects_digit_by_digit(code: str, outcome: Verdict) -> None:
    assert verdict("防护等级不低于IP67", f"防护等级{code}") is outcome


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("须市政公用工程施工总承包二级资质", "建筑工程施工总承包一级资质", Verdict.UNKNOWN),
        ("须建筑行业甲级资质", "设计单位，建筑行业（建筑工程）乙级", Verdict.UNMET),
        ("须建筑行业甲级资质", "资质等级乙级", Verdict.UNMET),
        ("须万级洁净车间", "十万级洁净车间，局部百级", Verdict.UNKNOWN),
        ("须等保三级", "等保三级测评正在进行", Verdict.UNKNOWN),
        ("须等保三级", "已完成等保二级备案，三级正在测评", Verdict.UNKNOWN),
        ("须等保三级", "ISO 27001认证", Verdict.UNKNOWN),
        ("采购10.9级螺栓", "供应8.8级螺栓", Verdict.UNMET),
        ("采购8.8级螺栓", "供应10.9级螺栓", Verdict.UNMET),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize("text", ["百万级数据", "千万级订单", "组分二甲苯", "一级建造师3人", "我司为一级资质施工企业"])
def test_what_only_looks_like_a_grade_is_no_demand(text: str) -> None:
    assert list(demands(Source(text, "detail"))) == []


def test_every_scale_has_a_name_and_a_question() -> None:
    assert all(labels().values())
    (requirement,) = demands(Source("须IP67", "detail"))
    assert ask(requirement) == "防护等级是否达到“IP67”"
