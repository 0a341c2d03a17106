"""Rows as firms, postings and contacts."""

from collections.abc import Mapping
from datetime import date

import pytest

from matcher.domain import Contact, Party, PostingKind, SizeClass
from matcher.tabular import Columns, Draft, RawRow, bind, read_row, sheet_kind

COLUMNS = Columns.load()
AS_OF = date(2026, 11, 22)


def drafted(cells: Mapping[str, object], kind: PostingKind | None = PostingKind.NEED) -> Draft:
    row = RawRow("", 3, {header: value for header, value in cells.items() if value != ""}, tuple(cells))
    return read_row(row, COLUMNS, kind=kind, as_of=AS_OF)


def draft(kind: PostingKind | None = PostingKind.NEED, **cells: object) -> Draft:
    return drafted({header.replace("__", "/"): value for header, value in cells.items()}, kind)


def codes(found: Draft) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_whole_row() -> None:
    found = read_row(
        RawRow(
            "",
            2,
            {
                "单位名称": "北京甲精密有限公司",
                "统一社会信用代码": "91110000101623741k",
                "所属行业": "3421",
                "注册地址": "北京市海淀区上地十街10号",
                "员工人数": "约120人",
                "营业收入（亿元）": 1.5,
                "企业规模": "中型",
                "资质": "ISO9001、专精特新小巨人",
                "需求名称": "寻找焊接机器人",
                "需求详情": "薄板焊接，节拍 40 秒",
                "预算（万元）": "50-80",
                "交付时间": "2027年3月底",
                "合作方式": "采购",
                "联系人": "张三",
                "手机": 13812345678.0,
                "有效期": "2026-12-31",
                "备注": "尽快",
            },
            (),
        ),
        COLUMNS,
        kind=PostingKind.NEED,
        as_of=AS_OF,
    )
    firm, (posting,) = found.enterprise, found.postings
    assert firm is not None
    assert (firm.id, firm.uscc) == ("91110000101623741K", "91110000101623741K")
    assert (firm.region, firm.employees, firm.revenue_wan) == ("110108", 120, 15000)
    assert firm.declared_size is SizeClass.MEDIUM
    assert [item.name for item in firm.qualifications] == ["ISO9001", "专精特新小巨人"]
    assert (posting.title, posting.detail) == ("寻找焊接机器人", "薄板焊接，节拍 40 秒")
    assert posting.valid_until == date(2026, 12, 31)
    assert posting.attributes == {
        "备注": "尽快",
        "budget_wan": 50,
        "合作价格": "50-80",
        "deadline": "2027-03-31",
        "cooperation": "采购",
    }
    assert found.contacts == (Contact(name="张三", phone="13812345678"),)
    assert found.unknown == ("备注",)
    assert found.missing == ((PostingKind.NEED, "技术指标"),)
    assert codes(found) == ["value_adjusted"]


def test_a_row_without_a_firm_takes_it_from_its_id() -> None:
    found = draft(PostingKind.CAPABILITY, id="s1", text="提供五轴加工服务。支持小批量", addr="宁波鄞州区百丈路158号")
    assert found.enterprise is not None
    assert (found.enterprise.id, found.enterprise.name, found.enterprise.region) == ("s1", "s1", "330212")
    (posting,) = bind(found, "s1")
    assert (posting.id, posting.enterprise_id, posting.title) == ("s1", "s1", "提供五轴加工服务")


def test_keys_without_an_id_come_from_firm_kind_and_text() -> None:
    first, second = (bind(draft(企业名称="甲公司", 详情=text), "e")[0].id for text in ("要铝板", "要钢板"))
    assert first != second
    assert first == bind(draft(企业名称="甲公司", 详情="要铝板", 电话="13812345678"), "e")[0].id
    assert first != bind(draft(PostingKind.CAPABILITY, 企业名称="甲公司", 详情="要铝板"), "e")[0].id
    assert first != bind(draft(企业名称="甲公司", 详情="要铝板"), "f")[0].id


@pytest.mark.parametrize("name", ["北京甲（集团）有限公司", "北京甲(集团)有限公司", "北京甲 (集团) 有限公司"])
def test_a_firm_is_the_same_however_it_is_written(name: str) -> None:
    reference, found = (
        draft(企业名称="北京甲（集团）有限公司", 详情="x").enterprise,
        draft(企业名称=name, 详情="x").enterprise,
    )
    assert found is not None
    assert reference is not None
    assert found.id == reference.id


def test_offer_and_need_in_one_row() -> None:
    found = draft(None, 编号="7", 企业名称="甲", 产品__能力="五轴加工", 需求="1. 铝板；2. 检测服务")
    assert [(posting.id, posting.kind, posting.title) for posting in found.postings] == [
        ("7-capability", "capability", "五轴加工"),
        ("7-need-1", "need", "铝板"),
        ("7-need-2", "need", "检测服务"),
    ]


def test_a_kind_with_the_other_side_beside_it() -> None:
    found = draft(PostingKind.SPACE_NEED, id="9", 企业名称="甲", 详情="找厂房", 产品="钣金加工")
    assert [(posting.id, posting.kind) for posting in found.postings] == [
        ("9", "space_need"),
        ("9-capability", "capability"),
    ]


def test_a_title_keeps_a_numbered_detail_together() -> None:
    assert len(draft(企业名称="甲", 标题="产线改造", 详情="1. 换机器人；2. 换夹具").postings) == 1
    assert len(draft(企业名称="甲", 详情="1. 换机器人；2. 换夹具").postings) == 2


def test_kind_of_the_row_goes_before_the_kind_of_the_file() -> None:
    assert draft(企业名称="甲", 类型="闲置产能", 详情="夜班空闲").postings[0].kind is PostingKind.IDLE_CAPACITY
    odd = draft(企业名称="甲", 类型="技术类", 详情="要检测")
    assert not odd.rejected
    assert odd.postings[0].attributes["类型"] == "技术类"


def test_typed_text_serves_when_there_is_no_detail() -> None:
    (posting,) = draft(PostingKind.SCENARIO, 企业名称="甲", 痛点与需求="目检漏检率高", 准入条件="ISO9001").postings
    assert posting.title.startswith("痛点与需求：目检漏检率高")
    assert "准入条件：ISO9001" in (posting.detail or "")


def test_a_list_of_firms_has_no_postings() -> None:
    found = draft(None, 编号="e1", 企业名称="甲大学", 从业人员="800", 邮编="100000")
    assert not found.rejected
    assert found.postings == ()
    assert found.enterprise is not None
    assert (found.enterprise.id, found.enterprise.party, found.enterprise.attributes) == (
        "e1",
        Party.UNIVERSITY,
        {"邮编": "100000"},
    )


@pytest.mark.parametrize(
    ("cells", "kind", "code"),
    [
        ({"详情": "要铝板"}, PostingKind.NEED, "firm_missing"),
        ({"企业名称": "甲", "详情": ""}, PostingKind.NEED, "text_missing"),
        ({"企业名称": "甲", "需求": "", "产品": ""}, None, "text_missing"),
        ({"企业名称": "甲", "详情": "字" * 20_001}, PostingKind.NEED, "text_too_long"),
        ({"企业名称": "甲", "详情": "要铝板"}, None, "kind_missing"),
        ({"企业名称": "甲", "类型": "乱写", "详情": "要铝板"}, None, "unknown_kind"),
        ({"企业名称": "甲" * 501, "详情": "要铝板"}, PostingKind.NEED, "name_too_long"),
        ({"编号": "1" * 181, "详情": "要铝板"}, PostingKind.NEED, "id_too_long"),
        ({"企业名称": "甲", "单位类型": "个人", "标题": "开放场景"}, PostingKind.SCENARIO, "party_not_allowed"),
    ],
)
def test_rejected_rows_say_why(cells: dict[str, object], kind: PostingKind | None, code: str) -> None:
    found = drafted(cells, kind)
    assert found.rejected
    assert codes(found) == [code]
    assert found.problems[0].row == 3
    assert found.problems[0].remedy


def test_text_of_the_greatest_length_goes_in() -> None:
    assert not draft(企业名称="甲", 详情="字" * 20_000).rejected


@pytest.mark.parametrize(
    ("cells", "code", "kept"),
    [
        ({"预算": "很多"}, "number_unreadable", ("合作价格", "很多")),
        ({"交付时间": "尽快吧"}, "date_unreadable", ("完成时限", "尽快吧")),
        ({"有效期": "到时候"}, "date_unreadable", ("有效期", "到时候")),
        ({"知识产权归属": "再议"}, "option_unknown", ("知识产权归属", "再议")),
    ],
)
def test_a_value_that_cannot_be_read_is_kept_as_text(
    cells: dict[str, object], code: str, kept: tuple[str, str]
) -> None:
    found = drafted({"企业名称": "甲", "详情": "要铝板", **cells})
    assert not found.rejected
    assert codes(found) == [code]
    assert found.postings[0].attributes[kept[0]] == kept[1]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"统一社会信用代码": "123"}, "uscc_invalid"),
        ({"所属行业": "瞎写的行业"}, "unknown_industry"),
        ({"从业人员": "100-499人"}, "number_range"),
        ({"企业规模": "挺大"}, "size_unknown"),
        ({"电话": "1.38E+10"}, "phone_lost"),
    ],
)
def test_doubts_about_the_firm_are_warnings(cells: dict[str, object], code: str) -> None:
    found = drafted({"企业名称": "甲", "详情": "要铝板", **cells})
    assert not found.rejected
    assert codes(found) == [code]


def test_unusual_size_is_a_warning() -> None:
    assert codes(draft(PostingKind.SCENARIO, 企业名称="甲", 标题="开放场景", 企业规模="微型")) == ["size_unusual"]


def test_formula_looking_text_stays_text() -> None:
    (posting,) = draft(企业名称="甲", 详情="=cmd|' /C calc'!A0", 备注="+1").postings
    assert posting.detail == "=cmd|' /C calc'!A0"
    assert posting.attributes == {"备注": "+1"}


def test_windows_and_units_beside_numbers() -> None:
    cells = {"企业名称": "甲", "标题": "夜班", "空闲时段": "2026-12-01~2026-12-31 500件", "闲置数量": "5万件"}
    (posting,) = drafted(cells, PostingKind.IDLE_CAPACITY).postings
    assert [(window.amount, window.unit) for window in posting.windows] == [(500, "件")]
    assert posting.attributes == {"idle_amount": 50000, "capacity_unit": "件"}


def test_sheet_names_that_are_kinds() -> None:
    assert sheet_kind("能力") is PostingKind.CAPABILITY
    assert sheet_kind("闲置产能(2)") is PostingKind.IDLE_CAPACITY
    assert sheet_kind("Sheet1") is None
    assert sheet_kind("") is None
