"""A person's number and address are found however they are written, and nobody else's are."""

import pytest

from service.usecases.mentions import digits, is_address, is_number, mentions


@pytest.mark.parametrize(
    "text",
    [
        "13812345678", "+86 138-1234-5678", "8613812345678", "0086 138 1234 5678", "（86）138（1234）5678",
        "电话：１３８１２３４５６７８。", "138.1234.5678",
    ],
)  # fmt: skip
def test_one_number_is_found_as_everybody_writes_it(text: str) -> None:
    assert mentions(["138-1234 5678"]).search(text)


@pytest.mark.parametrize(
    "text", ["113812345678", "138123456789", "1381234567", "138 1234 5679", "1", "wang@example.cn"]
)
def test_another_number_is_not(text: str) -> None:
    assert mentions(["13812345678"]).search(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("WANG@example.cn", True), ("致wang＠Example.CN。", False), ("发 wang＠Example.CN", True), ("wang@example.cn.", True),
        ("liwang@example.cn", False), ("li.wang@example.cn", False), ("wang@example.cn.com", False), ("wang@example", False),
    ],
)  # fmt: skip
def test_an_address_is_found_whole(text: str, found: bool) -> None:
    assert (mentions(["wang@example.cn"]).search(text) is not None) is found


def test_what_every_text_is_full_of_is_never_looked_for() -> None:
    assert mentions(["1", "-", "123456", "x@", "@", "王工"]).search("1 - 123456 x@ 王工") is None
    assert (is_number("123456"), is_number("1234567"), is_number("1" * 16)) == (False, True, False)
    assert (is_address("a@b.cn"), is_address("a@b"), is_address("a b@c.cn")) == (True, False, False)


def test_a_short_number_that_begins_as_the_country_code_keeps_it() -> None:
    assert digits("8612-3456") == "86123456"
    assert digits("+86 10 6234 5678") == "1062345678"
