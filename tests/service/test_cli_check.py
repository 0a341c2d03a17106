"""rongtong check: a text or a posting, for people and for machines."""

from pathlib import Path

import pytest

from tests.service.cli import Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]

TEXT = "寻求钛合金五轴加工，公差±0.01mm，要求尽快交货"


def test_a_text_is_checked_for_people(rongtong: Rongtong) -> None:
    ran = rongtong("check", "--text", TEXT, "--kind", "需求")
    assert ran.code == 0
    assert "/20 分" in ran.out
    assert "读出的所求：钛合金五轴加工" in ran.out
    assert "“尽快”没有日期" in ran.out.replace("\n", "")
    assert "行业：" in ran.out


def test_a_text_is_checked_for_machines(rongtong: Rongtong) -> None:
    ran = rongtong("check", "--text", TEXT, "--kind", "need", "--json")
    assert ran.code == 0
    assert ran.json["score"] == sum(criterion["points"] for criterion in ran.json["criteria"])
    assert ran.json["read_conditions"][0]["condition"]["name"] == "加工精度"


def test_a_posting_is_checked_by_its_id(rongtong: Rongtong, sheet: Path) -> None:
    assert rongtong("import", sheet).code == 0
    ran = rongtong("check", "--posting", "c1")
    assert ran.code == 0
    assert "读出的所供：钛合金五轴加工" in ran.out
    missing = rongtong("check", "--posting", "nobody", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (1, "not_found")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--text", TEXT),
        ("--text", TEXT, "--kind", "need", "--posting", "c1"),
        ("--text", TEXT, "--kind", "不明"),
        ("--text", "  ", "--kind", "need"),
        ("--text", "", "--kind", "need"),
    ],
)
def test_misuse_gives_2(rongtong: Rongtong, arguments: tuple[str, ...]) -> None:
    ran = rongtong("check", *arguments)
    assert ran.code == 2
    assert ran.err
