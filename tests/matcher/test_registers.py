"""Registers: their columns hold together, entries are checked column by column, and the key makes the id."""

from datetime import date
from pathlib import Path

import pytest

from matcher.errors import MatcherError
from matcher.registers import Register, all_values, entry, latest_values, register_of, registers
from matcher.tabular.register import read_register, write_register
from matcher.taxonomy import FieldType

ARREARS = registers()[Register.ARREARS]
VALUES = {"debtor": "d", "creditor": "c", "amount_wan": 12.5, "delivered": "2026-01-05", "disputed": False}
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize("register", Register)
def test_every_register_is_whole(register: Register) -> None:
    kind = registers()[register]
    names = [field.name for field in kind.fields]
    firms = [field.name for field in kind.fields if field.type is FieldType.FIRM]
    assert len(set(names)) == len(names)
    assert set(kind.key) <= set(names)
    assert len(firms) <= 2
    assert kind.owner is None or kind.owner in firms
    assert (kind.subject is None) == (firms == [])
    assert all(field.required for field in kind.fields if field.name == kind.subject)
    assert kind.subject is None or kind.subject in firms
    assert register_of(kind.label) is kind
    assert register_of(register) is kind


def test_an_entry_keeps_its_firms_apart() -> None:
    made = entry(ARREARS, VALUES)
    assert (made.subject, made.other) == ("d", "c")
    assert "debtor" not in made.values
    assert all_values(ARREARS, made) == VALUES


def test_the_key_makes_the_id() -> None:
    assert entry(ARREARS, VALUES).id == entry(ARREARS, VALUES | {"amount_wan": 1}).id
    assert entry(ARREARS, VALUES).id != entry(ARREARS, VALUES | {"contract": "二期"}).id
    assert entry(ARREARS, VALUES, "own").id == "own"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"amount_wan": "十万"}, "欠款金额"),
        ({"amount_wan": -1}, "不能为负"),
        ({"delivered": "2026-02-30"}, "应为日期"),
        ({"disputed": "是"}, "是否有争议"),
        ({"debtor": None}, "缺少付款方"),
        ({"colour": "红"}, "没有 colour"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], word: str) -> None:
    with pytest.raises(MatcherError) as caught:
        entry(ARREARS, VALUES | change)
    assert caught.value.code == "bad_entry"
    assert word in caught.value.message


def test_an_unknown_register_names_the_known() -> None:
    with pytest.raises(MatcherError) as caught:
        register_of("花名册")
    assert "arrears（欠款登记）" in caught.value.message


def test_a_sheet_as_people_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "欠款.csv"
    path.write_text(
        "2026年拖欠台账,,,,\n欠款单位,供应商,欠款金额（元）,交货日期,有无争议\n"
        "甲集团,乙厂,125000,2026年1月5日,无\n甲集团,丙厂,一大笔,2026-01-05,\n甲集团,,3万,2026-1-5,有\n",
        encoding="gbk",
    )
    read = read_register(path, ARREARS.fields, as_of=TODAY)
    assert read.total == 3
    (row,) = read.rows
    assert dict(row.values) == VALUES | {"debtor": "甲集团", "creditor": "乙厂"}
    told = [(problem.row, problem.message) for problem in read.problems]
    assert [place for place, _ in told] == [4, 5]
    assert "不是数字" in told[0][1]
    assert "缺少收款方" in told[1][1]


def test_what_is_written_is_read_back_and_runs_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    values = VALUES | {"source": '=HYPERLINK("http://x")', "debtor": "+甲"}
    write_register(path, ARREARS.label, ARREARS.fields, [("a1", values)])
    (row,) = read_register(path, ARREARS.fields, as_of=TODAY).rows
    assert (row.id, dict(row.values)) == ("a1", values)


def test_a_template_has_a_header_and_no_row(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_register(path, ARREARS.label, ARREARS.fields, ())
    with pytest.raises(MatcherError) as caught:
        read_register(path, ARREARS.fields, as_of=TODAY)
    assert caught.value.code == "file_empty"


def test_the_latest_word_that_has_not_run_out_counts() -> None:
    kind = registers()[Register.INDICATORS]
    rows = [
        {"firm": "f", "on": "2025-12-31", "rd_pct": 4.0, "class1_ip": 2},
        {"firm": "f", "on": "2026-02-01", "rd_pct": 5.0, "expires": "2026-03-01"},
        {"firm": "f", "on": "2026-06-30", "rd_pct": 9.0},
    ]
    entries = [entry(kind, row) for row in rows]
    assert [latest_values(entries, day).get("rd_pct") for day in (date(2026, 2, 28), TODAY, date(2026, 3, 2))] == [
        5,
        5,
        4,
    ]
    assert latest_values(entries, TODAY)["class1_ip"] == 2
    assert latest_values(entries, date(2025, 12, 30)) == {}
