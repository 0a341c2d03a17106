"""统一社会信用代码: normal form and warnings of GB 32100-2015."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.uscc import normalise_uscc, uscc_problems

GOOD = ("91350100M000100Y43", "91110000101623741K", "911101066976941872", "91350200MA2YJ1XR9G")
REAL_BUT_FAILING = ("91350211M0000XUF46", "91350203M0001QAY9B")
CHARSET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("code", GOOD)
def test_known_codes_pass(code: str) -> None:
    assert uscc_problems(code) == ()


@pytest.mark.parametrize("code", REAL_BUT_FAILING)
def test_real_codes_that_fail_the_check_get_one_warning(code: str) -> None:
    (problem,) = uscc_problems(code)
    assert "统一社会信用代码校验位" in problem


def test_invented_code_fails_both_checks() -> None:
    code_check, organisation_check = uscc_problems("91310115MA1H8R7C6D")
    assert "现为 D" in code_check
    assert "主体标识码" in organisation_check


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "现为 0 位"),
        ("91350100M000100Y4", "现为 17 位"),
        ("91350100M000100Y433", "现为 19 位"),
        ("9135010OM000100Y43", "不允许的字符：O"),
        ("9135A100M000100Y43", "第 3–8 位应为数字"),
        ("９1350100M000100Y43", "不允许的字符：９"),
    ],
)
def test_malformed_codes_say_what_is_wrong(code: str, words: str) -> None:
    (problem,) = uscc_problems(code)
    assert words in problem


@pytest.mark.parametrize(
    "text", ["９１３５０１００m000100y43", " 9135 0100 M000 100Y 43 ", "91350100-M000100Y4-3\u200b\n"]
)
def test_normal_form(text: str) -> None:
    assert normalise_uscc(text) == "91350100M000100Y43"


@given(st.sampled_from(GOOD), st.integers(0, 17), st.sampled_from(CHARSET))
def test_any_single_change_is_noticed(code: str, place: int, mark: str) -> None:
    changed = code[:place] + mark + code[place + 1 :]
    assert (uscc_problems(changed) == ()) is (changed == code)


@given(st.text(max_size=24))
def test_any_text_is_judged_without_error(text: str) -> None:
    normal = normalise_uscc(text)
    assert normalise_uscc(normal) == normal
    assert all(isinstance(problem, str) for problem in uscc_problems(normal))
