"""Lists, choices, phones, windows and typed fields."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import PostingKind, Window
from matcher.errors import MatcherError
from matcher.tabular.phones import read_phone
from matcher.tabular.values import Reading, plain_value, read_bool, read_field, read_list, read_option
from matcher.tabular.windows import read_windows
from matcher.taxonomy import Field, kinds

AS_OF = date(2026, 11, 22)


def field(kind: PostingKind, name: str) -> Field:
    return next(field for field in kinds()[kind].fields if field.name == name)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13812345678.0, "13812345678"),
        (13812345678, "13812345678"),
        ("1.3812345678E+10", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("010-12345678", "010-12345678"),
        ("400-123-4567", "400-123-4567"),
        ("电话：13812345678 / 13987654321", "13812345678、13987654321"),
    ],
)
def test_phone_is_recovered(cell: object, phone: str) -> None:
    assert read_phone(cell) == phone


@pytest.mark.parametrize(("cell", "code"), [("1.38E+10", "phone_lost"), ("见名片", "phone_unreadable")])
def test_lost_phone_is_told(cell: str, code: str) -> None:
    with pytest.raises(MatcherError) as caught:
        read_phone(cell)
    assert caught.value.code == code


def test_list_is_cut_outside_brackets_only() -> None:
    cell = "CNC加工、车铣（含五轴，四轴）;磨削\n钣金, 焊接，磨削"
    assert read_list(cell) == ("CNC加工", "车铣（含五轴，四轴）", "磨削", "钣金", "焊接")


@given(st.lists(st.text(alphabet="车铣刨磨abc123", min_size=1, max_size=5), unique=True, max_size=6))
def test_list_round_trip(items: list[str]) -> None:
    assert read_list("、".join(items)) == tuple(items)


@pytest.mark.parametrize(("cell", "value"), [("是", True), ("支持", True), ("无", False), (0, False), (True, True)])
def test_bool(cell: object, value: bool) -> None:
    assert read_bool(cell) is value


def test_bool_that_is_none() -> None:
    with pytest.raises(MatcherError, match="看不出是或否"):
        read_bool("看情况")


def test_option_by_itself_alias_part_and_near_spelling() -> None:
    options = ["采购", "委托开发", "联合研发"]
    assert read_option("采购", options) == Reading("采购")
    assert read_option("代工", options, {"代工": "采购"}).value == "采购"
    assert read_option("联合研发为主", options) == Reading("联合研发", keep=True)
    assert read_option("采购/联合研发", options).note is not None
    with pytest.raises(MatcherError) as caught:
        read_option("赠送", options)
    assert "委托开发" in str(caught.value.details["remedy"])
    assert read_option("赠送", [*options, "其他"]).value == "其他"


@pytest.mark.parametrize(
    ("cell", "window"),
    [
        (
            "2026-09-01~2026-10-31 5000件",
            Window(from_date=date(2026, 9, 1), until_date=date(2026, 10, 31), amount=5000, unit="件"),
        ),
        ("2026年9月—11月", Window(from_date=date(2026, 9, 1), until_date=date(2026, 11, 30))),
        ("2026.9.1-2026.10.31", Window(from_date=date(2026, 9, 1), until_date=date(2026, 10, 31))),
        ("2026-09-01", Window(from_date=date(2026, 9, 1), until_date=date(2026, 9, 1))),
        ("2026-09-01起", Window(from_date=date(2026, 9, 1))),
        ("即日起至2026年底", Window(from_date=AS_OF, until_date=date(2026, 12, 31))),
        ("每周一至周五 9:00-17:00", Window(recurs="每周一至周五 9:00-17:00")),
        ("长期", Window()),
    ],
)
def test_window(cell: str, window: Window) -> None:
    assert read_windows(cell, as_of=AS_OF) == (window,)


def test_windows_are_cut_at_semicolons_and_lines() -> None:
    first, second = read_windows("2026-09-01至2026-10-31，5万件；2027年1月-3月 200小时", as_of=AS_OF)
    assert (first.amount, first.unit) == (50000, "件")
    assert (second.from_date, second.until_date, second.amount) == (date(2027, 1, 1), date(2027, 3, 31), 200)


@pytest.mark.parametrize("cell", ["看情况", "2026-10-31~2026-09-01"])
def test_window_that_is_none(cell: str) -> None:
    with pytest.raises(MatcherError) as caught:
        read_windows(cell, as_of=AS_OF)
    assert caught.value.code == "window_unreadable"


def test_typed_fields() -> None:
    need = PostingKind.NEED
    assert read_field("公告未明确列示", field(need, "budget_wan"), as_of=AS_OF) == Reading(None, keep=True)
    assert read_field("45万元", field(need, "budget_wan"), as_of=AS_OF) == Reading(45)
    assert read_field("3月底", field(need, "deadline"), as_of=AS_OF) == Reading("2027-03-31")
    assert read_field("2000件", field(need, "quantity"), as_of=AS_OF) == Reading(2000, unit="件")
    lead = read_field("7-10天", field(PostingKind.CAPABILITY, "lead_days"), as_of=AS_OF)
    assert (lead.value, lead.keep) == (7, True)
    assert "下限" in (lead.note or "")


def test_plain_value_is_what_json_can_hold() -> None:
    assert plain_value({"a": [date(2026, 1, 2), float("inf"), "x\x00y"]}) == {"a": ["2026-01-02", "inf", "xy"]}


@pytest.mark.parametrize("text", ["1" * 19_000, "13800000001 " * 9])
def test_a_cell_too_long_for_phones_holds_none(text: str) -> None:
    with pytest.raises(MatcherError) as error:
        read_phone(text)
    assert error.value.code == "phone_unreadable"
    assert len(error.value.message) < 100
