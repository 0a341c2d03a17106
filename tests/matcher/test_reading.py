"""What retrieval reads of a posting and of a query."""

from matcher.domain import PostingKind
from matcher.reading import Reading, read_posting, read_query
from tests.builders import need, offer


def test_a_title_alone() -> None:
    reading = read_posting(offer("p", "钛合金加工"))
    assert reading == Reading(title="钛合金加工", detail=None)
    assert reading.fields() == {"title": "钛合金加工"}
    assert reading.lexical() == "钛合金加工"


def test_title_and_detail_are_two_fields() -> None:
    reading = read_posting(offer("p", "钛合金加工", detail=" 五轴设备三台 "))
    assert reading.fields() == {"title": "钛合金加工", "detail": "五轴设备三台"}
    assert reading.lexical() == "钛合金加工\n五轴设备三台"


def test_keywords_the_title_lacks_join_it() -> None:
    assert read_posting(offer("p", "钛合金加工", keywords=("钛合金", "五轴"))).title == "钛合金加工，五轴"


def test_a_title_cut_from_its_detail_is_read_once() -> None:
    text = "钛合金加工，五轴设备三台"
    reading = read_posting(offer("p", "钛合金加工", detail=text))
    assert reading.fields() == {"detail": text}
    assert reading.lexical() == text


def test_a_request_is_read_for_what_it_seeks() -> None:
    text = "我公司是一家生产电动工具的企业，产品远销海外，质量稳定可靠，现寻求无刷电机的长期供应商"
    asked = read_query(need("我公司是一家生产电动工具的企业", detail=text))
    assert asked.title == "无刷电机"
    assert read_query(need(text)).title == asked.title


def test_an_offer_is_not_read_as_a_request() -> None:
    posting = offer("p", "电动工具整机装配", kind=PostingKind.CAPABILITY, detail="可为寻求代工的品牌方配套")
    assert read_posting(posting).title == "电动工具整机装配"
