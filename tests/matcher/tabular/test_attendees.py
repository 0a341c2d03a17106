"""Attendee sheets as organisers keep them."""

from datetime import date
from pathlib import Path

import pytest

from matcher.errors import MatcherError
from matcher.planning.model import EventSide
from matcher.tabular import Limits, Severity
from matcher.tabular.attendees import Attendance, Unclear, read_attendees, read_facts
from tests.matcher.tabular.attendee_sheets import ALL, SESSIONS, SLOTS, by_name, read_sheets, wishes_in_words
from tests.matcher.tabular.sheets import workbook

HOSTS = [
    ["京津冀大中小企业融通对接会参会名单", None, None, None, None, None, None, None, None],
    [],
    ["序号", "单位名称*", "姓 名", "职务", "联系电话", "希望对接的企业", "不希望对接", "桌号", "集团"],
    [
        1,
        "北京奔驰汽车有限公司",
        "王伟",
        "采购总监",
        13812345678.0,
        "华锐精密、和利时及小米；不存在厂",
        "三一",
        3,
        "北汽集团",
    ],
    [2, "北京奔驰汽车有限公司", "李娜", "经理", "１３９１２３４５６７８"],
    [None, None, "赵四", "工程师", "010-12345678"],
    [3, "北京汽车集团有限公司", "孙五", "处长", "13800000001", "京东芳"],
    ["合计", "3家"],
]
GUESTS = [
    [
        "序号",
        "企业名称",
        "参会人",
        "电话",
        "可参加时段",
        "希望对接",
        "最多场次",
        "主营产品",
        "所属行业",
        "地区",
        "微信",
    ],
    [
        1,
        "北京华锐精密（集团）有限公司",
        "甲",
        "13800000002",
        "上午",
        "北奔",
        "3场",
        "五轴加工",
        "汽车制造",
        "海淀",
        "wx1",
    ],
    [2, "北京华锐精密(集团)", "乙", "13800000003", "除14:00外", "奔驰", None, "磨削", "新能源", "火星", "wx2"],
    [3, "北京和利时系统工程有限公司", "丙", "x123", "看情况", "北汽"],
    [4, "小米科技有限责任公司", "丁", "1.38E+10", "15:30后", "奔驰和小米"],
    [5, "小米科技有限责任公司", "丁 ", "", "", "奔驰"],
    [6, "三一重工股份有限公司", "戊", "13800000005", "第一场", "不限"],
    [7, "京东方科技集团股份有限公司", "己", "13800000006", "", "北京"],
]
UGLY = {"大企业（需方）": HOSTS, "中小企业（供方）": GUESTS}
BENZ, BAIC, HUARUI = "北京奔驰汽车有限公司", "北京汽车集团有限公司", "北京华锐精密（集团）有限公司"
HOLLYSYS, MI, SANY = "北京和利时系统工程有限公司", "小米科技有限责任公司", "三一重工股份有限公司"


def codes(attendance: Attendance) -> list[str]:
    return sorted(problem.code for problem in attendance.problems)


@pytest.fixture(name="ugly")
def fixture_ugly(tmp_path: Path) -> Attendance:
    return read_sheets(tmp_path, UGLY, merged=["A1:I1"])


def test_the_firms_of_an_ugly_workbook(ugly: Attendance) -> None:
    firms = by_name(ugly)
    assert list(firms) == [BENZ, BAIC, HUARUI, HOLLYSYS, MI, SANY, "京东方科技集团股份有限公司"]
    assert [firm.side for firm in firms.values()] == [EventSide.HOST] * 2 + [EventSide.GUEST] * 5
    assert [(d.name, d.title, d.phone) for d in firms[BENZ].delegates] == [
        ("王伟", "采购总监", "13812345678"),
        ("李娜", "经理", "13912345678"),
        ("赵四", "工程师", "010-12345678"),
    ]
    huarui = firms[HUARUI]
    assert (huarui.maximum, huarui.offers, huarui.industry, huarui.region) == (3, "五轴加工\n磨削", "C36", "110108")
    assert huarui.attributes["微信"] == "wx1\nwx2"
    assert [d.available for d in huarui.delegates] == [frozenset(range(5)), ALL - {6}]
    assert [d.available for d in firms[MI].delegates] == [frozenset({9, 10, 11})]
    assert (firms[BENZ].attributes["桌号"], firms[BENZ].keeps_table, huarui.keeps_table) == (3, True, False)
    assert (ugly.rows, ugly.left_out) == (12, 1)


def test_the_wishes_of_an_ugly_workbook(ugly: Attendance) -> None:
    assert wishes_in_words(ugly) == {
        (BENZ, "想见", HUARUI),
        (BENZ, "想见", HOLLYSYS),
        (BENZ, "想见", MI),
        (BENZ, "不见", SANY),
        (HUARUI, "想见", BENZ),
        (MI, "想见", BENZ),
    }


def test_the_problems_of_an_ugly_workbook(ugly: Attendance) -> None:
    found = {(p.sheet[:2], p.row, p.code): p for p in ugly.problems}
    assert set(found) == {
        ("大企", None, "table_noted"),
        ("大企", 6, "firm_continued"),
        ("大企", 8, "total_row"),
        ("大企", 4, "name_unknown"),
        ("大企", 7, "name_unknown"),
        ("中小", None, "unknown_column"),
        ("中小", 2, "name_guessed"),
        ("中小", 3, "firm_spelling"),
        ("中小", 3, "value_conflict"),
        ("中小", 4, "time_unclear"),
        ("中小", 4, "phone_unreadable"),
        ("中小", 4, "name_ambiguous"),
        ("中小", 5, "phone_lost"),
        ("中小", 5, "name_own"),
        ("中小", 6, "person_twice"),
        ("中小", 8, "name_ambiguous"),
    }
    near = found["大企", 7, "name_unknown"]
    assert isinstance(near, Unclear)
    assert near.readings == ("京东方科技集团股份有限公司",)
    assert (near.column, near.value, near.file) == ("希望对接的企业", "京东芳", "名单.xlsx")
    both = found["中小", 4, "name_ambiguous"]
    assert isinstance(both, Unclear)
    assert set(both.readings) == {BENZ, BAIC}
    assert ugly.counts["value_conflict"] == 2
    assert sum(ugly.counts.values()) == len(ugly.problems)


def test_a_group_and_its_head_are_one(ugly: Attendance) -> None:
    firms = by_name(ugly)
    assert firms[BENZ].group == firms[BAIC].group == BAIC
    assert firms[MI].group is None


def test_sides_by_column_heading_or_not_at_all(tmp_path: Path) -> None:
    head = ["单位", "姓名", "参会身份"]
    by_column = read_sheets(
        tmp_path, {"S": [head, ["甲厂", "a", "采购方"], ["乙厂", "b", "供应商"], ["丙厂", "c", "媒体"]]}
    )
    assert {p.name: p.side for p in by_column.participants} == {"甲厂": EventSide.HOST, "乙厂": EventSide.GUEST}
    assert [p.type for p in by_column.participants] == ["采购方", "供应商"]
    assert codes(by_column) == ["observer"]
    rows = [["单位", "姓名"], ["一、大企业", None], ["甲厂", "a"], ["二、中小企业", None], ["乙厂", "b"]]
    headed = read_sheets(tmp_path, {"S": rows})
    assert [p.side for p in headed.participants] == [EventSide.HOST, EventSide.GUEST]
    free = read_sheets(tmp_path, {"大中小企业名单": [["单位", "姓名"], ["甲厂", "a"], ["乙厂", "b"]]})
    assert [p.side for p in free.participants] == [None, None]


def test_a_row_that_contradicts_its_sheet_goes_by_itself(tmp_path: Path) -> None:
    rows = [["单位", "类型"], ["甲厂", "中小企业"], ["乙厂", None]]
    read = read_sheets(tmp_path, {"大企业": rows, "供方": [["单位"], ["乙厂"], ["丙厂"]]})
    assert [p.side for p in read.participants] == [EventSide.GUEST, EventSide.HOST, EventSide.GUEST]
    assert codes(read) == ["side_conflict", "side_conflict"]


def test_known_firms_are_linked_and_near_ones_named(tmp_path: Path) -> None:
    known = [("E1", BENZ), ("E2", "小米科技"), ("E3", "三一重机有限公司")]
    read = read_sheets(tmp_path, {"S": [["单位"], [BENZ], [MI], [SANY]]}, known=known)
    ids = {p.name: (p.id, p.enterprise_id) for p in read.participants}
    assert (ids[BENZ], ids[MI]) == (("E1", "E1"), ("E2", "E2"))
    assert ids[SANY][1] is None
    assert codes(read) == ["firm_linked", "firm_near"]


def test_ids_do_not_depend_on_order_and_outlive_a_new_spelling(tmp_path: Path) -> None:
    first = read_sheets(tmp_path, {"S": [["单位", "姓名"], [HUARUI, "甲"], [MI, "乙"]]})
    second = read_sheets(tmp_path, {"S": [["姓名", "单位"], ["乙", MI], ["甲", HUARUI]]})
    assert by_name(first) == by_name(second)
    earlier = [(p.id, p.name) for p in first.participants]
    third = read_sheets(tmp_path, {"S": [["单位", "姓名"], ["北京华锐精密集团", "甲"]]}, earlier=earlier)
    assert third.participants[0].id == by_name(first)[HUARUI].id
    assert third.participants[0].delegates == by_name(first)[HUARUI].delegates


def test_a_short_firm_name_that_fits_two_firms_stays_its_own(tmp_path: Path) -> None:
    read = read_sheets(tmp_path, {"S": [["单位"], ["北京华锐精密有限公司"], ["上海华锐精密有限公司"], ["华锐精密"]]})
    assert len(read.participants) == 3
    assert codes(read) == ["firm_ambiguous"]


def test_namesakes_with_two_phones_are_two_people(tmp_path: Path) -> None:
    rows = [
        ["单位", "姓名", "电话"],
        ["甲厂", "王伟", "13800000001"],
        ["甲厂", "王伟", "13800000002"],
        ["甲厂", "王伟", "13800000001"],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    assert [d.phone for d in read.participants[0].delegates] == ["13800000001", "13800000002"]
    assert codes(read) == ["person_twice"]


def test_rows_that_make_nobody_are_named(tmp_path: Path) -> None:
    rows = [
        ["单位", "姓名", "职务", "是否参会"],
        ["甲厂", "a", None, "是"],
        [None, None, "注：请填写全称", None],
        ["厂" * 101, "c", None, None],
        ["乙厂", "d", None, "取消"],
        ["示例", "张三", None, None],
        ["共1家", None, None, None],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    assert [p.name for p in read.participants] == ["甲厂"]
    assert codes(read) == ["example_row", "firm_missing", "name_too_long", "not_coming", "total_row"]
    errors = [p.code for p in read.problems if p.severity is Severity.ERROR]
    assert errors == ["firm_missing", "name_too_long"]
    assert (read.rows, read.left_out) == (6, 5)


def test_limits_are_read_and_doubted(tmp_path: Path) -> None:
    head = ["单位", "最少场次", "最多场次"]
    rows = [
        head,
        ["甲厂", "至少三场", "５"],
        ["乙厂", 6, 2],
        ["丙厂", 200, "不限"],
        ["丁厂", 201, "很多"],
        ["戊厂", 0, None],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    limits = [(p.minimum, p.maximum) for p in read.participants]
    assert limits == [(3, 5), (6, 2), (200, None), (None, None), (0, None)]
    assert codes(read) == ["limits_crossed", "number_unreadable", "number_unreadable"]


def test_past_meetings_rivals_must_and_contradiction(tmp_path: Path) -> None:
    rows = [
        ["单位", "集团", "必见", "回避", "已对接过", "竞争单位"],
        ["甲厂", None, "乙厂", "乙厂", "丙厂", "丁厂、戊集团"],
        ["乙厂", None, None, None, None, None],
        ["丙厂", None, None, None, None, None],
        ["丁厂", "戊集团", None, None, None, None],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    firms = by_name(read)
    assert wishes_in_words(read) == {("甲厂", "必见", "乙厂"), ("甲厂", "不见", "乙厂")}
    assert [set(pair) for pair in read.met] == [{firms["甲厂"].id, firms["丙厂"].id}]
    assert firms["甲厂"].rivals == {firms["丁厂"].id, "戊集团"}
    assert codes(read) == ["wish_contradicts"]


def test_a_csv_reads_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("单位,姓名,希望对接\n甲机械厂,a,乙电子厂\n乙电子厂,b,\n", encoding="gbk")
    read = read_attendees(path, slots=SLOTS, sessions=SESSIONS)
    assert wishes_in_words(read) == {("甲机械厂", "想见", "乙电子厂")}


def test_files_that_hold_no_list(tmp_path: Path) -> None:
    with pytest.raises(MatcherError, match="没有找到名单的表头") as error:
        read_sheets(tmp_path, {"S": [["颜色", "重量"], ["红", 1]]})
    assert error.value.code == "header_missing"
    with pytest.raises(MatcherError, match="单位名称列") as error:
        read_sheets(tmp_path, {"S": [["姓名", "电话"], ["a", "13800000001"]]})
    assert error.value.code == "no_attendees"


def test_one_row_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("单位,姓名\n" + "".join(f"第{i}厂,a\n" for i in range(4)), encoding="utf-8")
    assert len(read_attendees(path, slots=SLOTS, limits=Limits(rows=4)).participants) == 4
    with pytest.raises(MatcherError) as error:
        read_attendees(path, slots=SLOTS, limits=Limits(rows=3))
    assert error.value.code == "too_many_rows"


def test_a_packed_file_that_swells_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [["单位", "备注"], ["甲厂", "长" * 20_000]]})
    assert len(read_attendees(path, slots=SLOTS).participants) == 1
    for limits in (Limits(inflated_bytes=10_000), Limits(packed_bytes=1_000)):
        with pytest.raises(MatcherError) as error:
            read_attendees(path, slots=SLOTS, limits=limits)
        assert error.value.code in ("zip_bomb", "file_too_large")
        with pytest.raises(MatcherError):
            read_facts(path, as_of=date(2026, 6, 1), limits=limits)


def test_thirty_thousand_rows_of_many_firms(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = (f"第{i % 3000}机械厂,人{i},第{(i + 1) % 3000}机械厂、无名单位{i % 50}\n" for i in range(30_000))
    path.write_text("单位,姓名,希望对接\n" + "".join(lines), encoding="utf-8")
    read = read_attendees(path, slots=SLOTS)
    assert (len(read.participants), len(read.wishes), read.rows) == (3000, 3000, 30_000)
    assert len(read.problems) == 2000 < read.counts["name_unknown"]
