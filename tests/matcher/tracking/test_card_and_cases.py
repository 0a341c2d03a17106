"""A buyer's card says nothing from too few cases; cases are consented, signed, and unlike each other."""

from dataclasses import replace

from matcher.deals import DealSide
from matcher.domain import Enterprise, Posting, PostingKind
from matcher.policy.arrears import payment_record
from matcher.tracking.card import buyer_card, card_lines
from matcher.tracking.cases import draft, pick
from matcher.tracking.gaps import district_of, gap_table, link_of, placed
from matcher.tracking.standing import Tracked
from tests.builders import DAY
from tests.matcher.tracking.histories import step, tracked

NO_RECORD = payment_record([], None, DAY)
MET = tracked("a", step("recommended", 1, 5), step("accepted", 1, 9), step("met", 1, 19))
SIGNED = tracked(
    "b", step("recommended", 1, 5), step("accepted", 1, 9), step("met", 1, 13), step("signed", 2, 1, signed=50.0)
)
REFUSED = tracked("c", step("recommended", 1, 5), step("accepted", 1, 9), step("failed", 1, 29))
WAITING = tracked("d", step("recommended", 1, 5), step("accepted", 1, 9))
UNASKED = tracked("e", step("recommended", 1, 5), step("declined", 1, 6))


def test_a_card_counts_the_willing() -> None:
    card = buyer_card([MET, SIGNED, REFUSED, WAITING, UNASKED], NO_RECORD)
    assert (card.asked, card.willing, card.awards, card.signed_wan) == (5, 4, 1, 50)
    assert (card.answer_rate, card.answer_days, card.award_rate) == (0.75, 10, 0.25)
    assert dict(card_lines(card))["答复"] == "对愿意的供应商答复 75%，通常 10 天内"


def test_two_cases_say_no_rate_and_three_do() -> None:
    two, three = buyer_card([MET, SIGNED], NO_RECORD), buyer_card([MET, SIGNED, WAITING], NO_RECORD)
    assert (two.answer_rate, two.award_rate, two.answer_days) == (None, None, None)
    assert [label for label, _ in card_lines(two)] == ["对接"]
    assert card_lines(buyer_card([UNASKED], NO_RECORD)) == []
    assert three.answer_rate == 2 / 3


def signed(id_: str, wan: float, **what: object) -> Tracked:
    both = (DealSide.REQUESTER, DealSide.SUPPLIER)
    return tracked(id_, step("recommended", 1, 5), step("signed", 2, 1, signed=wan), **({"consents": both} | what))


def test_cases_are_consented_signed_and_different() -> None:
    deals = [
        signed("a", 90),
        signed("b", 80),
        signed("c", 10, district="上海市", industry="软件"),
        signed("d", 99, consents=(DealSide.REQUESTER,)),
    ]
    assert [one.deal.id for one in pick(deals, 2)] == ["a", "c"]
    assert [one.deal.id for one in pick(deals, 9)] == ["a", "c", "b"]
    assert [one.deal.id for one in pick(deals, 9, least_wan=80)] == ["a", "b"]
    assert [one.deal.id for one in pick(deals, 9, least_wan=80.1)] == ["a"]


def test_a_draft_tells_what_was_recorded() -> None:
    firms = [Enterprise(id="big", name="大厂", profile="做整机。"), Enterprise(id="s-b", name="小厂")]
    need = Posting(id="n", enterprise_id="big", kind=PostingKind.NEED, title="壳体 <急>", detail="要快")
    case = draft(SIGNED, firms[0], firms[1], need, None)
    assert case.title == "大厂与小厂：事项b"
    for words in (
        "# 大厂与小厂",
        "做整机。",
        "需求：壳体 <急>。要快",
        "2026-01-13 会面",
        "从推荐到签约 27 天",
        "请补充",
    ):
        assert words in case.text, words


def test_gaps_by_link_and_district() -> None:
    firm = Enterprise(id="f", name="厂", industry="C3453", region="110114")
    need = Posting(id="n", enterprise_id="f", kind=PostingKind.NEED, title="磨齿")
    other = replace(need, id="m", industry="I65", region="310115", kind=PostingKind.SPACE_NEED)
    rows = gap_table([placed(need, firm), placed(other, firm), placed(replace(need, id="o"), firm)], examples=1)
    assert [(row.link, row.district, row.count) for row in rows] == [
        ("通用设备制造业", "北京市昌平区", 2),
        ("软件和信息技术服务业", "上海市浦东新区", 1),
    ]
    assert (rows[0].kinds, [one.posting.id for one in rows[0].examples]) == ({"需求": 2}, ["n"])
    assert (link_of(None), district_of(None), link_of("C")) == ("未填", "未填", "制造业")
