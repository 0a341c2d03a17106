"""Every verb, for people and for machines: what it says, and the exit code it leaves."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from openpyxl import load_workbook

from tests.service.cli import Rongtong, rongtong

__all__ = ["rongtong"]

ROWS = (
    "编号,企业名称,类型,标题,详细说明,所在地区\n"
    "c1,精工公司,能力,钛合金五轴加工,薄壁件 ±0.01mm,海淀区\n"
    "c2,冷运公司,能力,冷链仓储配送,,大兴区\n"
    "n1,主机厂,需求,寻求钛合金五轴加工,,\n"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BINARY = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 16


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "名单.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def filled(rongtong: Rongtong, sheet: Path) -> Rongtong:
    assert rongtong("import", sheet).code == 0
    return rongtong


def test_an_import_says_what_went_in(rongtong: Rongtong, sheet: Path) -> None:
    ran = rongtong("import", sheet)
    assert ran.code == 0
    assert "共 3 行：导入 3 行，拒绝 0 行" in ran.out
    again = rongtong("import", sheet, "--json")
    assert again.code == 0
    assert again.json["postings"] == {"created": 0, "updated": 0, "unchanged": 3}


def test_rejected_rows_give_3_and_a_file_to_mend(rongtong: Rongtong, tmp_path: Path) -> None:
    path = tmp_path / "有错.csv"
    path.write_text(ROWS + "x1,某公司,不明,标题\n", encoding="utf-8")
    ran = rongtong("import", path)
    assert ran.code == 3
    assert "第5行" in ran.err
    assert "有错.rejects.xlsx" in ran.out
    assert load_workbook(tmp_path / "有错.rejects.xlsx").sheetnames
    chosen = rongtong("import", path, "--rejects", tmp_path / "别处.xlsx", "--json")
    assert (chosen.code, chosen.json["rejected"]) == (3, 1)
    assert (tmp_path / "别处.xlsx").is_file()


def test_kind_and_headers_may_be_given(rongtong: Rongtong, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("厂名,标题\n精工公司,五轴加工\n".encode("gbk"))
    ran = rongtong("import", path, "--kind", "能力", "--map", "厂名=企业名称", "--json")
    assert ran.code == 0
    assert ran.json["by_kind"] == {"capability": 1}


def test_a_full_import_closes_what_is_gone(filled: Rongtong, sheet: Path) -> None:
    sheet.write_text("".join(ROWS.splitlines(keepends=True)[:2]) + "n1,主机厂,需求,寻求钛合金五轴加工,,\n")
    ran = filled("import", sheet, "--full", "--json")
    assert ran.json["retired"] == ["c2"]


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


def test_a_match_fits_80_columns_and_says_why(filled: Rongtong) -> None:
    ran = filled("match", "--text", "寻求钛合金五轴加工", "--kind", "需求")
    assert ran.code == 0
    assert "精工公司" in ran.out
    assert "共同词语" in ran.out
    for line in ran.out.splitlines():
        assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line) <= 80
    by_id = filled("match", "--posting", "n1", "-k", "1", "--json")
    assert by_id.code == 0
    assert [found["posting"]["id"] for found in by_id.json["matches"]] == ["c1"]
    assert set(by_id.json) == {"matches", "excluded", "no_match", "took_ms", "versions"}


def test_a_match_is_narrowed_and_tells_what_it_left_out(filled: Rongtong) -> None:
    ran = filled("match", "--text", "加工", "--kind", "need", "--region", "海淀区", "--industry", "34")
    assert "精工公司" in ran.out
    assert "已排除 1 条：地区" in ran.out
    assert "待核实：行业" in ran.out


def test_brackets_in_a_title_are_shown_as_they_are(rongtong: Rongtong, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,企业名称,类型,标题\np,[red]公司[/red],能力,[bold]五轴[/]加工\n", encoding="utf-8")
    rongtong("import", path)
    ran = rongtong("match", "--text", "五轴加工", "--kind", "need")
    assert ran.code == 0
    assert "[bold]五轴[/]加工" in ran.out
    assert "[red]公司[/red]" in ran.out
    assert "[/x]" in rongtong("match", "--posting", "[/x]").err


def test_nothing_to_match_is_said(rongtong: Rongtong) -> None:
    ran = rongtong("match", "--text", "五轴", "--kind", "need")
    assert ran.code == 0
    assert "还没有可以应答的条目" in ran.out
    assert rongtong("match", "--text", "五轴", "--kind", "need", "--json").json["no_match"]["reason"]


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


def test_keys_are_made_listed_and_revoked(rongtong: Rongtong) -> None:
    made = rongtong("keys", "create", "--name", "测试", "--json")
    assert made.code == 0
    assert set(made.json) == {"key", "id", "name"}
    assert made.json["key"].startswith(f"rt_{made.json['id']}_")
    plain = rongtong("keys", "create", "--name", "门户", "--scope", "read", "--organisation", "e1")
    assert re.fullmatch(r"rt_\w{8}_\S+\n", plain.out), "nothing but the key, for a script to take"
    listed = rongtong("keys", "list", "--json")
    assert [(key["name"], key["scopes"], key["organisation"]) for key in listed.json["keys"]] == [
        ("测试", ["read", "write"], None), ("门户", ["read"], "e1")
    ]  # fmt: skip
    assert made.json["key"] not in listed.out
    shown = rongtong("keys", "list")
    assert "测试" in shown.out
    assert rongtong("keys", "revoke", made.json["id"]).code == 0
    assert rongtong("keys", "revoke", made.json["id"], "--json").json == {"id": made.json["id"], "revoked": True}
    assert rongtong("keys", "list", "--json").json["keys"][0]["revoked_at"]


def test_a_key_may_replace_those_of_its_name(rongtong: Rongtong) -> None:
    for _ in range(2):
        assert rongtong("keys", "create", "--name", "运行", "--replace").code == 0
    keys = rongtong("keys", "list", "--json").json["keys"]
    assert [bool(key["revoked_at"]) for key in keys] == [True, False]


def test_tenants_are_apart(filled: Rongtong) -> None:
    other = filled("--tenant", "other", "match", "--text", "五轴", "--kind", "need", "--json")
    assert other.json["matches"] == []
    assert filled("--tenant", "other", "match", "--posting", "n1").code == 1


def test_reindex_says_where_it_stands(filled: Rongtong) -> None:
    ran = filled("reindex", "--json")
    assert ran.code == 0
    assert ran.json["seq"] >= 6
    assert "索引已重建" in filled("reindex").out
    assert filled("match", "--posting", "n1", "--json").json["matches"]


def test_suspected_twins_are_listed_and_merged(rongtong: Rongtong, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    names = ["北京精工机械有限公司", "北京精工机戒有限公司"]
    path.write_text(
        "编号,企业名称,类型,标题\n" + "".join(f"p{n},{name},能力,五轴{n}\n" for n, name in enumerate(names))
    )
    assert rongtong("import", path).code == 0
    found = rongtong("firms", "suggestions", "--json").json["suggestions"]
    assert len(found) == 1
    assert "相似度" in rongtong("firms", "suggestions").out
    merged = rongtong("firms", "merge", found[0]["enterprise_id"], found[0]["candidate_id"], "--json")
    assert merged.code == 0
    assert rongtong("firms", "suggestions", "--json").json["suggestions"] == []


def test_the_demo_comes_once_and_goes(rongtong: Rongtong) -> None:
    first = rongtong("demo", "load", "--if-empty", "--json")
    assert first.json["enterprises"] >= 200
    assert first.json["postings"] >= 500
    assert rongtong("demo", "load", "--if-empty", "--json").json == {"enterprises": 0, "postings": 0}
    assert rongtong("demo", "load", "--if-empty").out == ""
    ask = ("--tenant", "demo", "match", "--text", "钛合金五轴加工", "--kind", "need", "--json")
    assert rongtong(*ask).json["matches"]
    assert "已清除" in rongtong("demo", "remove").out
    assert rongtong("demo", "remove", "--json").code == 0
    assert rongtong(*ask).json["matches"] == []
    assert "已装入演示企业" in rongtong("demo", "load").out


def test_templates_are_written_for_every_kind(rongtong: Rongtong, tmp_path: Path) -> None:
    ran = rongtong("templates", tmp_path / "模板", "--json")
    assert ran.code == 0
    assert len(ran.json["files"]) >= 21
    assert all(Path(path).is_file() for path in ran.json["files"])
    assert "模板" in rongtong("templates", tmp_path / "模板").out
    (tmp_path / "文件").write_text("x")
    assert rongtong("templates", tmp_path / "文件").code == 1


def judged(folder: Path) -> Path:
    """Write a judged set that words alone solve."""
    texts = ["钛合金五轴加工", "冷链仓储配送", "注塑模具设计", "PCB 打样贴片"]
    folder.mkdir()
    docs = [{"id": f"d{n}", "text": text} for n, text in enumerate(texts)]
    queries = [{"id": f"q{n}", "text": f"寻求{text}"} for n, text in enumerate(texts)]
    for name, rows in (("docs", docs), ("queries", queries)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "qrels.tsv").write_text("".join(f"q{n}\td{n}\t1\n" for n in range(4)))
    return folder


def test_evaluate_measures_beside_the_baselines(rongtong: Rongtong, tmp_path: Path) -> None:
    folder, run = judged(tmp_path / "set"), tmp_path / "run.trec"
    ran = rongtong("evaluate", folder, "--run", run, "--json")
    assert ran.code == 0
    for metric in ("ndcg10", "r10", "r100", "mrr", "acc1"):
        assert set(ran.json[metric]) == {"mean", "lo", "hi", "n"}
    assert ran.json["acc1"]["mean"] == 1.0
    assert set(ran.json["baselines"]) == {"bm25", "encoder"}
    lines = [line.split() for line in run.read_text().splitlines()]
    assert len(lines) == 16
    assert lines[0][:4] == ["q0", "Q0", "d0", "1"]
    assert rongtong("evaluate", folder, "--judged", "--run", run).code == 0
    assert [line.split()[2] for line in run.read_text().splitlines()] == ["d0", "d1", "d2", "d3"]
    assert "仅 BM25" in rongtong("evaluate", folder).out
    (tmp_path / "bad.json").write_text("{}")
    assert rongtong("evaluate", folder, "--ranker", tmp_path / "bad.json").code == 1


def test_the_installed_command_runs_two_instances_side_by_side(sheet: Path, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("rongtong")

    def run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "RONGTONG_DATA_DIR": str(tmp_path / folder)}
        return subprocess.run([command, *arguments], capture_output=True, text=True, env=environment, check=False)

    first = run("one", "import", str(sheet), "--json")
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    asked = ("match", "--text", "寻求钛合金五轴加工", "--kind", "need", "--json")
    found = json.loads(run("one", *asked).stdout)["matches"]
    assert found[0]["posting"]["id"] == "c1"
    assert json.loads(run("two", *asked).stdout)["matches"] == []
    assert run("two", "match").returncode == 2
    for folder in ("one", "two"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / folder / "secret.key").stat().st_mode) == 0o600
    secrets = {(tmp_path / folder / "secret.key").read_bytes() for folder in ("one", "two")}
    assert len(secrets) == 2


def test_a_port_in_use_is_told(rongtong: Rongtong) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = rongtong("serve", "--port", taken.getsockname()[1])
    assert ran.code == 1
    assert "--port" in ran.err
