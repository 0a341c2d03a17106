"""Firms of a sheet found again: under a short name, a code, another spelling, in the last version, on record."""

from pathlib import Path

import pytest

from matcher.tabular.attendees import Attendance, Registry, Unclear, read_attendees
from tests.matcher.tabular.attendee_sheets import SLOTS, by_name, read_sheets, wishes_in_words
from tests.matcher.tabular.sheets import workbook

TAIRUI, HONGZHU, JINGLAN = "北京钛锐精密制造有限公司", "北京弘铸机械有限公司", "京澜装备集团有限公司"
CODE, OTHER = "91110108MA01A2B3X4", "91110108MA01A2B3Y7"


def told(read: Attendance) -> list[tuple[str, int | None, tuple[str, ...]]]:
    return [
        (p.code, p.row, p.readings if isinstance(p, Unclear) else ()) for p in read.problems if p.code != "uscc_invalid"
    ]


def one_column(folder: Path, *names: str, known: list[tuple[str, str]] | None = None) -> Attendance:
    return read_sheets(folder, {"S": [["单位"], *([name] for name in names)]}, known=known or ())


@pytest.mark.parametrize("short", ["钛锐精密", "钛锐精密制造", "北京钛锐精密", "北京 钛锐精密"])
def test_a_short_name_is_its_full_name(tmp_path: Path, short: str) -> None:
    for names in ((TAIRUI, HONGZHU, short), (short, HONGZHU, TAIRUI)):
        read = one_column(tmp_path, *names)
        assert set(by_name(read)) == {TAIRUI, HONGZHU}
        assert [(code, readings) for code, _, readings in told(read)] == [("firm_spelling", (TAIRUI,))]


@pytest.mark.parametrize(
    ("name", "code", "readings"),
    [
        ("钛锐", "firm_twice", (TAIRUI,)),
        ("钛精制造", "firm_twice", (TAIRUI,)),
        ("北京钛锐精蜜制造有限公司", "firm_twice", (TAIRUI,)),
    ],
)
def test_one_that_is_merely_near_stays_and_is_told(
    tmp_path: Path, name: str, code: str, readings: tuple[str, ...]
) -> None:
    read = one_column(tmp_path, TAIRUI, HONGZHU, name)
    assert set(by_name(read)) == {TAIRUI, HONGZHU, name}
    assert told(read) in ([(code, 4, readings)], [(code, 2, (name,))])


@pytest.mark.parametrize("name", ["上海钛锐精密制造有限公司", "钛钨精工有限公司", "第2机械厂"])
def test_another_firm_is_no_spelling(tmp_path: Path, name: str) -> None:
    read = one_column(tmp_path, TAIRUI, "第1机械厂", name)
    assert len(read.participants) == 3
    assert told(read) == []


def test_sides_and_codes_keep_alike_names_apart(tmp_path: Path) -> None:
    sides = read_sheets(tmp_path, {"大企业": [["单位"], [TAIRUI]], "中小企业": [["单位"], ["钛锐精密"]]})
    assert [p.name for p in sides.participants] == [TAIRUI, "钛锐精密"]
    assert told(sides) == [("firm_twice", 2, (TAIRUI,))]
    rows = [["单位", "统一社会信用代码"], ["钛锐精密有限公司", CODE], ["钛锐精密股份有限公司", OTHER], [HONGZHU, None]]
    codes = read_sheets(tmp_path, {"S": rows})
    assert [p.id for p in codes.participants[:2]] == [CODE, OTHER]


def test_one_code_is_one_firm(tmp_path: Path) -> None:
    rows = [["单位", "信用代码", "姓名"], [TAIRUI, CODE, "a"], ["弘铸（曾用名）", "91110108 ma01a2b3x4", "b"]]
    read = read_sheets(tmp_path, {"S": rows})
    assert [(p.id, p.name, len(p.delegates)) for p in read.participants] == [(CODE, TAIRUI, 2)]
    assert read.participants[0].attributes["统一社会信用代码"] == CODE
    assert [code for code, *_ in told(read)] == ["firm_spelling"]


def test_codes_that_are_wrong_or_contradict_are_told(tmp_path: Path) -> None:
    rows = [["单位", "信用代码"], [TAIRUI, CODE], [TAIRUI, OTHER], [HONGZHU, "123"]]
    read = read_sheets(tmp_path, {"S": rows})
    assert told(read) == [("uscc_conflict", 3, (CODE, OTHER))]
    assert [p.row for p in read.problems if p.code == "uscc_invalid"] == [2, 4]


def test_a_known_firm_by_id_code_name_or_short_name(tmp_path: Path) -> None:
    known = [("E1", TAIRUI), (CODE, HONGZHU), ("E3", JINGLAN)]
    rows = [
        ["单位", "企业编号", "信用代码", "希望对接"],
        ["钛锐精密", None, None, HONGZHU],
        ["弘铸机械", None, CODE, TAIRUI],
        ["某某厂", "E3", None, "京澜"],
        ["新来厂", "E9", None, None],
    ]
    read = read_sheets(tmp_path, {"S": rows}, known=known)
    assert [(p.id, p.name, p.enterprise_id) for p in read.participants][:3] == [
        ("E1", TAIRUI, "E1"),
        (CODE, HONGZHU, CODE),
        ("E3", "某某厂", "E3"),
    ]
    assert read.participants[3].enterprise_id is None
    assert told(read)[:3] == [
        ("firm_linked", 2, (TAIRUI,)),
        ("firm_differs", 4, (JINGLAN,)),
        ("enterprise_unknown", 5, ()),
    ]
    assert (TAIRUI, "想见", HONGZHU) in wishes_in_words(read)
    assert (HONGZHU, "想见", TAIRUI) in wishes_in_words(read)


def test_a_code_leads_to_the_enterprise_on_record(tmp_path: Path) -> None:
    path = workbook(tmp_path / "名单.xlsx", {"S": [["单位", "信用代码"], ["改了名的厂", CODE], ["别的厂", None]]})
    found = read_attendees(path, slots=SLOTS, known=Registry([("E7", HONGZHU)], {CODE: "E7", "other": "E8"}))
    assert [one.enterprise_id for one in found.participants] == ["E7", None]
    assert [problem.code for problem in found.problems][:1] == ["firm_differs"]


def test_the_head_of_a_group_is_not_its_branch(tmp_path: Path) -> None:
    branch = "天穹电网供电服务京南有限公司"
    here = one_column(tmp_path, branch, "天穹电网")
    assert [p.name for p in here.participants] == [branch, "天穹电网"]
    assert told(here) == [("firm_twice", 3, (branch,))]
    known = one_column(tmp_path, "天穹电网", known=[("E1", branch)])
    assert known.participants[0].enterprise_id is None
    assert told(known) == [("firm_near", 2, (branch,))]


def test_a_short_name_that_fits_two_known_firms_is_neither(tmp_path: Path) -> None:
    known = [("E1", "北京钛锐精密制造有限公司"), ("E2", "上海钛锐精密仪器有限公司")]
    read = one_column(tmp_path, "钛锐精密", known=known)
    assert read.participants[0].enterprise_id is None
    assert [(code, set(near)) for code, _, near in told(read)] == [("firm_near", {name for _, name in known})]


def test_a_short_name_in_a_later_version_is_the_same_firm(tmp_path: Path) -> None:
    first = one_column(tmp_path, TAIRUI, HONGZHU)
    earlier = [(p.id, p.name) for p in first.participants]
    later = read_sheets(tmp_path, {"S": [["单位"], ["钛锐精密"], [HONGZHU]]}, earlier=earlier)
    assert later.participants == first.participants
    assert told(later) == [("firm_linked", 2, (TAIRUI,))]


def test_an_id_outlives_that_the_firm_is_put_on_record(tmp_path: Path) -> None:
    first = one_column(tmp_path, TAIRUI)
    earlier = [(p.id, p.name) for p in first.participants]
    later = read_sheets(tmp_path, {"S": [["单位"], [TAIRUI]]}, earlier=earlier, known=[("E1", TAIRUI)])
    assert [(p.id, p.enterprise_id) for p in later.participants] == [(first.participants[0].id, "E1")]


def test_a_full_name_in_a_wish_finds_the_firm_that_signed_up_by_its_short_name(tmp_path: Path) -> None:
    rows = [
        ["单位", "简称", "希望对接"],
        ["钛锐精密", None, "京澜、弘铸机械厂"],
        [JINGLAN, "京澜", TAIRUI],
        [HONGZHU, None, "北京三和精工有限公司"],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    assert wishes_in_words(read) == {
        ("钛锐精密", "想见", JINGLAN),
        ("钛锐精密", "想见", HONGZHU),
        (JINGLAN, "想见", "钛锐精密"),
    }
    assert [(code, row) for code, row, _ in told(read)] == [("name_guessed", 3), ("name_unknown", 4)]


def test_one_person_for_two_firms_is_told(tmp_path: Path) -> None:
    rows = [
        ["单位", "姓名", "电话"],
        [TAIRUI, "王伟", "13800000001"],
        [HONGZHU, "王伟", "13800000001"],
        [JINGLAN, "王伟", "13800000002"],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    assert [(code, row) for code, row, _ in told(read)] == [("person_in_two_firms", 3)]


def test_a_must_that_the_other_side_will_not_have(tmp_path: Path) -> None:
    rows = [["单位", "必见", "不希望对接"], [TAIRUI, HONGZHU, None], [HONGZHU, None, TAIRUI]]
    read = read_sheets(tmp_path, {"S": rows})
    assert [(p.code, p.row, p.column) for p in read.problems] == [("must_vetoed", 2, "必见")]
    assert "但对方不希望对接" in read.problems[0].message


def test_columns_of_one_meaning_and_doubtful_answers_are_told(tmp_path: Path) -> None:
    rows = [
        ["单位", "姓名", "联系人", "是否参会", "类型"],
        [TAIRUI, "a", "b", "待确认", "国企"],
        [TAIRUI, None, "c", "是", "央企"],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    assert [d.name for d in read.participants[0].delegates] == ["a", "c"]
    assert read.participants[0].attributes["联系人"] == "b"
    assert [(p.code, p.column) for p in read.problems if p.code != "side_missing"] == [
        ("column_twice", "联系人"),
        ("attends_unclear", "是否参会"),
        ("value_conflict", "类型"),
    ]


def test_numbers_too_long_to_be_numbers(tmp_path: Path) -> None:
    rows = [["单位", "最多场次", "可参加时段"], [TAIRUI, "9" * 5000, "9:00-" * 100]]
    read = read_sheets(tmp_path, {"S": rows})
    assert read.participants[0].maximum is None
    assert sorted(p.code for p in read.problems) == ["number_unreadable", "time_unclear"]


def test_more_names_than_can_be_of_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["单位", "希望对接"], [TAIRUI, "甲甲厂、乙乙厂"], [HONGZHU, "丙丙厂、北京钛锐精密制造有限公司"]]
    monkeypatch.setattr("matcher.tabular.attendees.wishes.MOST_NAMES", 4)
    assert len(read_sheets(tmp_path, {"S": rows}).wishes) == 1
    monkeypatch.setattr("matcher.tabular.attendees.wishes.MOST_NAMES", 3)
    with pytest.raises(Exception, match="超过 3 个（到工作表“S”第 3 行）"):
        read_sheets(tmp_path, {"S": rows})


def test_names_are_no_longer_guessed_at_after_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("names", "wishes"):
        monkeypatch.setattr(f"matcher.tabular.attendees.{module}.MOST_GUESSES", 1)
    rows = [["单位", "希望对接"], [TAIRUI, "北京弘涛机械有限公司、北京弘滔机械有限公司"], [HONGZHU, None]]
    read = read_sheets(tmp_path, {"S": rows})
    assert [code for code, *_ in told(read)] == ["too_many_unknown", "name_guessed", "name_unknown"]
