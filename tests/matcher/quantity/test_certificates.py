import pytest

from matcher.domain import Verdict
from matcher.quantity.certificates import ask, demands, judge, states
from matcher.quantity.wording import Source


def wanted(text: str) -> list[set[str]]:
    return [set(each.values) for each in demands(Source(text, "detail"))]


def verdict(request: str, offer: str) -> Verdict:
    (requirement,) = demands(Source(request, "detail"))
    said = [each for each in states(Source(offer, "detail")) if each.topic == requirement.topic]
    return judge(requirement, said).outcome


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("须通过ISO13485认证", {"ISO 13485"}),
        ("须通过 ISO/IEC 17025:2017 认可", {"ISO 17025"}),
        ("要求GJB 9001C-2017体系", {"GJB 9001C"}),
        ("要求TS16949体系", {"IATF 16949"}),
        ("要求9001质量体系认证", {"ISO 9001"}),
        ("须持有３Ｃ认证", {"3C"}),
        ("须有NADCAP热处理认证", {"NADCAP 热处理"}),
        ("须具备危废经营许可证", {"危险废物经营许可证"}),
        ("须具备动物防疫条件合格证", {"动物防疫条件合格证"}),
    ],
)
def test_names_are_canonical(text: str, values: set[str]) -> None:
    assert wanted(text) == [values]


def test_each_of_a_list_is_demanded_and_a_choice_is_one_demand() -> None:
    assert wanted("须有CMA、CNAS资质") == [{"CMA"}, {"CNAS"}]
    assert wanted("要求ISO 9001或高新技术企业证书") == [{"ISO 9001", "高新技术企业"}]
    assert wanted("须通过ISO 9001/14001/45001认证") == [{"ISO 14001"}, {"ISO 45001"}, {"ISO 9001"}]


@pytest.mark.parametrize(
    "text",
    [
        "我公司已通过ISO 9001认证，寻求代工",
        "ISO 9001优先",
        "无需CE认证",
        "CE技术文件编制，10个工作日内完成",
        "求ISO 9001认证咨询服务",
    ],
)
def test_what_is_owned_welcome_or_sought_as_a_service_is_no_demand(text: str) -> None:
    assert wanted(text) == []


@pytest.mark.parametrize(
    ("request_text", "offer", "outcome"),
    [
        ("须通过ISO 9001认证", "IATF 16949证书在有效期内", Verdict.MET),
        ("须通过IATF 16949认证", "通过ISO 9001认证", Verdict.UNKNOWN),
        ("须通过IATF 16949认证", "仅通过ISO 9001认证", Verdict.UNMET),
        ("要求GJB 9001C体系", "GJB 9001B体系", Verdict.UNKNOWN),
        ("要求GJB 9001C体系", "已获GJB 9001C-2017证书", Verdict.MET),
        ("须有NADCAP热处理认证", "NADCAP无损检测认证在册", Verdict.UNKNOWN),
        ("须通过CCS认证", "未做船级社认证", Verdict.UNMET),
        ("须通过ISO 14001认证", "ISO 9001已获证，ISO 14001正在办理", Verdict.UNKNOWN),
        ("须通过ISO 9001认证", "参照ISO 9001标准管理", Verdict.UNKNOWN),
        ("须通过ISO 9001认证", "提供ISO 9001认证辅导", Verdict.UNKNOWN),
        ("须具备AS9100D认证", "AS9100D证书去年底到期，未续证", Verdict.UNMET),
        ("须符合GB 4806", "产品符合GB 4806", Verdict.MET),
        ("须有安全生产许可证", "证照齐全", Verdict.UNKNOWN),
    ],
)
def test_how_an_offer_stands(request_text: str, offer: str, outcome: Verdict) -> None:
    assert verdict(request_text, offer) is outcome


@pytest.mark.parametrize(("year", "outcome"), [(2025, Verdict.UNMET), (2026, Verdict.MET), (2027, Verdict.MET)])
def test_a_certificate_counts_through_its_last_year(year: int, outcome: Verdict) -> None:
    assert verdict("须通过ISO 9001认证", f"ISO 9001证书有效期至{year}年6月") is outcome
    assert verdict("须通过ISO 9001认证", f"ISO 9001证书（{year}年到期）") is outcome


def test_a_choice_is_refused_only_when_all_are() -> None:
    assert verdict("须通过HACCP或BRC认证", "没有HACCP认证") is Verdict.UNKNOWN
    assert verdict("须通过HACCP或BRC认证", "没有HACCP认证，BRC认证已过期") is Verdict.UNMET


def test_the_question_names_the_certificate() -> None:
    (requirement,) = demands(Source("须通过ISO 9001认证", "detail"))
    assert ask(requirement) == "是否持有有效的 ISO 9001"
    (kept,) = demands(Source("须符合GB 4806", "detail"))
    assert ask(kept) == "是否符合 GB 4806"
