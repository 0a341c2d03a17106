"""Names, titles, phones and e-mails as people put them into cells."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.tabular.attendees.columns import Sorted
from matcher.tabular.attendees.model import Notes, Place
from matcher.tabular.attendees.person import Person, person_key, read_person
from matcher.tabular.cells import Cell
from tests.matcher.tabular.attendee_sheets import read_sheets

PLACE = Place("S", 2)


def person(**cells: object) -> tuple[Person, list[str]]:
    notes = Notes()
    found = Sorted({name: Cell(name, value) for name, value in cells.items()})
    return read_person(found, PLACE, notes), [problem.code for problem in notes.tally.first]


@pytest.mark.parametrize(
    ("text", "name", "title", "phone"),
    [
        ("王伟", "王伟", None, None),
        ("李 娜", "李娜", None, None),
        ("欧阳晓燕", "欧阳晓燕", None, None),
        ("王伟（采购总监）", "王伟", "采购总监", None),
        ("王伟(女)", "王伟(女)", None, None),
        ("王伟 副总经理", "王伟", "副总经理", None),
        ("王伟13800000001", "王伟", None, "13800000001"),
        ("王伟 138 0000 0001", "王伟", None, "13800000001"),
        ("王伟：010-12345678", "王伟", None, "010-12345678"),
        ("王伟（总监）13800000001", "王伟", "总监", "13800000001"),
        ("13800000001", None, None, "13800000001"),
        ("John Smith", "John Smith", None, None),
        ("待定", None, None, None),
    ],
)
def test_a_cell_of_a_name(text: str, name: str | None, title: str | None, phone: str | None) -> None:
    assert person(person=text) == (Person(name=name, title=title, phone=phone), [])


@pytest.mark.parametrize("text", ["王伟、李娜", "王伟 李娜", "王伟和李娜", "王伟/李娜/赵四方"])
def test_several_in_a_cell_are_one_delegate_and_told(text: str) -> None:
    found, codes = person(person=text)
    assert (found.name, codes) == (text, ["several_people"])


def test_own_columns_go_before_what_a_name_bears() -> None:
    found, codes = person(person="王伟（总监）13800000001", title="经理", department="采购部", phone="13900000002")
    assert (found, codes) == (Person(name="王伟", title="采购部，经理", phone="13900000002"), [])


def test_a_column_of_names_and_phones(tmp_path: Path) -> None:
    rows = [
        ["单位", "联系人及电话"],
        ["甲厂", "王伟 13800000001（微信同号）"],
        ["乙厂", "010-12345678"],
        ["丙厂", "李娜"],
    ]
    read = read_sheets(tmp_path, {"S": rows})
    people = [(p.delegates[0].name, p.delegates[0].phone) for p in read.participants]
    assert people == [("王伟", "13800000001"), (None, "010-12345678"), ("李娜", None)]
    assert [problem.code for problem in read.problems] == ["phone_unreadable"]


@pytest.mark.parametrize(
    ("phone", "email", "expected", "codes"),
    [
        ("x123", None, (None, None), ["phone_unreadable"]),
        ("1.38E+10", None, (None, None), ["phone_lost"]),
        (13800000001.0, "a＠b.cn", ("13800000001", "a@b.cn"), []),
        ("无", "邮箱", (None, None), ["email_unreadable"]),
    ],
)
def test_what_cannot_be_read_is_told(
    phone: object, email: object, expected: tuple[str | None, str | None], codes: list[str]
) -> None:
    cells = {name: value for name, value in (("phone", phone), ("email", email)) if value is not None}
    found, told = person(**cells)
    assert ((found.phone, found.email), told) == (expected, codes)


def test_namesakes_are_told_by_their_bare_names() -> None:
    assert person_key("王 伟") == person_key("王伟先生") == person_key("王伟")
    assert person_key("先生") == "先生"
    assert person_key(None) == ""


texts = st.text(max_size=40) | st.text(alphabet="0123456789 -+()（）王伟总监、,@.", max_size=30)


@given(texts, texts, texts)
def test_any_text_is_read(name: str, phone: str, email: str) -> None:
    found, _ = person(person=name, phone=phone, email=email)
    assert found.name is None or found.name.strip()
