"""A log line is one line, is JSON where that is asked for, and holds nobody's telephone number, address or key."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.logs import FIELDS, REQUEST, Formatter, masked


def record(message: str, *words: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("service.x", logging.INFO, "", 0, message, words, None)
    setattr(made, FIELDS, fields)
    return made


@pytest.mark.parametrize(
    "secret",
    [
        "13812345678", "138-1234-5678", "138 1234 5678", "+86 13812345678", "8613812345678", "010-12345678",
        "0755 1234567", "（0755）12345678", "wang.wu+x@mail.example.com.cn", "Bearer abcdefgh.ijkl",
        "rt_ab12cd34_s3cr-et_x", "/r/WyJ0IiwiZGVhbF8.x-y_z",
    ],
)  # fmt: skip
def test_personal_data_and_keys_are_masked(secret: str) -> None:
    told = masked(f"联系人王五，{secret}，请回复")
    assert secret not in told
    assert secret.split("/")[-1].split(" ")[-1][-6:] not in told
    assert told.startswith("联系人王五，")
    assert told.endswith("，请回复")


@pytest.mark.parametrize("plain", ["序号 13812345", "2026-03-01 10:00", "12345678901234567890", "精度 0.01 mm", "a@b"])
def test_other_numbers_stay(plain: str) -> None:
    assert masked(plain) == plain


@given(st.text(), st.text())
def test_every_line_is_one_line_and_json(message: str, word: str) -> None:
    made = record("%s", message, route=word)
    line = Formatter("json").format(made)
    assert len(line.splitlines()) == 1
    found = json.loads(line)
    assert found["message"] == masked(message)
    assert found["route"] == masked(word)
    assert len(Formatter("text").format(made).splitlines()) == 1


def test_a_line_cannot_be_forged() -> None:
    forged = 'x\n{"level": "error"}\r\x1b[31m\u2028y'
    for form in ("json", "text"):
        line = Formatter("json" if form == "json" else "text").format(record("收到 %s", forged))
        assert not {"\n", "\r", "\x1b", "\u2028"} & set(line)


def test_the_request_and_the_traceback_stand_in_the_line() -> None:
    token = REQUEST.set("abc-1")
    try:
        raise ValueError("电话 13812345678")
    except ValueError:
        made = record("出错")
        made.exc_info = sys.exc_info()
        found = json.loads(Formatter("json").format(made))
    finally:
        REQUEST.reset(token)
    assert found["request"] == "abc-1"
    assert "ValueError: 电话 〔电话〕" in found["trace"]
