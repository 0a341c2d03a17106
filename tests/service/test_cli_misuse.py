"""Misuse, ugly files and odd texts on the command line: a Chinese message, the right exit code, nothing lost."""

import socket
from pathlib import Path

import pytest

from tests.service.cli import BINARY, CHINESE, Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("空.csv", b""),
        ("空.xlsx", b""),
        ("图片.csv", BINARY),
        ("图片.xlsx", BINARY),
        ("没有这个文件.csv", None),
        ("说明.docx", b"PK\x03\x04" + bytes(100)),
        ("坏.jsonl", b"{]\n"),
        ("没有表头.csv", "，，，\n".encode()),
    ],
)
def test_an_ugly_file_fails_alone(
    name: str, content: bytes | None, rongtong: Rongtong, tmp_path: Path, sheet: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ran = rongtong("import", path)
    assert ran.code in (1, 3)
    assert CHINESE.search(ran.err)
    assert "Traceback" not in ran.err
    assert name in ran.err
    told = rongtong("import", path, "--json")
    assert told.code == ran.code
    assert told.json.get("error") or told.json["rejected"] or told.json["failed_files"]
    both = rongtong("import", path, sheet, "--json")
    assert (both.code, both.json["accepted"]) == (3, 3), "the other file goes in"


def test_a_folder_is_no_file(rongtong: Rongtong, tmp_path: Path) -> None:
    for path in (tmp_path, ".", "/"):
        ran = rongtong("import", path)
        assert ran.code == 1
        assert CHINESE.search(ran.err)


def test_brackets_in_a_title_are_shown_as_they_are(rongtong: Rongtong, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,企业名称,类型,标题\np,[red]公司[/red],能力,[bold]五轴[/]加工\n", encoding="utf-8")
    rongtong("import", path)
    ran = rongtong("match", "--text", "五轴加工", "--kind", "need")
    assert ran.code == 0
    assert "[bold]五轴[/]加工" in ran.out
    assert "[red]公司[/red]" in ran.out
    assert "[/x]" in rongtong("match", "--posting", "[/x]").err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["match"], 2, "二者选一"),
        (["match", "--text", "五轴"], 2, "kind"),
        (["match", "--text", "", "--kind", "need"], 2, "为空"),
        (["match", "--text", "五轴", "--kind", "needs"], 2, "没有“needs”这种类型"),
        (["match", "--text", "五轴", "--kind", "need", "-k", "0"], 2, "1 到 1000"),
        (["match", "--text", "五轴", "--kind", "need", "-k", "1000000000"], 2, "1 到 1000"),
        (["match", "--text", "五轴", "--kind", "need", "--region", "火星"], 2, "火星"),
        (["match", "--posting", "没有的"], 1, "不存在"),
        (["match", "-k", "多"], 2, "-k、--k 的值无效：应为数字"),
        (["match", "-k"], 2, "选项 -k 后面缺少值"),
        (["match", "--txt", "五轴"], 2, "没有选项 --txt"),
        (["match", "五轴"], 2, "多出的参数 五轴"),
        (["mtach"], 2, "没有命令 mtach"),
        (["keys", "create"], 2, "缺少 --name"),
        (["keys", "create", "--name", "a", "--scope", "all"], 2, "可选值"),
        (["keys", "revoke", "nokey"], 1, "不存在"),
        (["serve", "--port", "65536"], 2, "须不大于 65535"),
        (["import"], 2, "缺少"),
        (["import", "a.csv", "--map", "企业名称"], 2, "列=字段"),
        (["import", "a.csv", "--map", "厂名=没有的字段"], 2, "没有的字段"),
        (["firms", "merge", "a", "b"], 1, "不存在"),
        (["evaluate", "没有的目录"], 1, "评测集"),
        (["--tenant", "a b", "match"], 1, "无效"),
    ],
)
def test_misuse_gives_2_and_failure_1_and_both_say_why(
    arguments: list[str], code: int, told: str, rongtong: Rongtong
) -> None:
    ran = rongtong(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert CHINESE.search(ran.err)
    assert "Traceback" not in ran.err


def test_an_error_for_a_machine_has_the_shape_of_the_api(rongtong: Rongtong) -> None:
    ran = rongtong("match", "--posting", "没有的", "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "not_found"
    assert set(ran.json["error"]) == {"code", "message", "details"}


def test_a_bad_setting_is_told(rongtong: Rongtong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_PROT", "1")
    ran = rongtong("keys", "list")
    assert (ran.code, "RONGTONG_PROT" in ran.err) == (2, True)


def test_help_is_in_chinese_and_nothing_but_help_needs_no_data(rongtong: Rongtong, tmp_path: Path) -> None:
    for arguments in ([], ["-h"], ["match", "--help"], ["keys", "-h"]):
        ran = rongtong(*arguments)
        assert "选项" in ran.out
        assert CHINESE.search(ran.out)
    assert not (tmp_path / "data").exists()


def test_a_port_in_use_is_told(rongtong: Rongtong) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = rongtong("serve", "--port", taken.getsockname()[1])
    assert ran.code == 1
    assert "--port" in ran.err
