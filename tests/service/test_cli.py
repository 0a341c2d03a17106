"""Every verb, for people and for machines: what it says, and the exit code it leaves."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from openpyxl import load_workbook

from tests.service.cli import ROWS, Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]


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


def test_a_match_fits_80_columns_and_says_why(filled: Rongtong) -> None:
    ran = filled("match", "--text", "寻求钛合金五轴加工", "--kind", "需求")
    assert ran.code == 0
    assert "精工公司" in ran.out
    assert "相同字词" in ran.out
    for line in ran.out.splitlines():
        assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line) <= 80
    by_id = filled("match", "--posting", "n1", "-k", "1", "--json")
    assert by_id.code == 0
    assert [found["posting"]["id"] for found in by_id.json["matches"]] == ["c1"]
    assert set(by_id.json) == {"list_id", "matches", "excluded", "no_match", "took_ms", "versions"}


def test_a_recommendation_fits_80_columns_and_names_both_directions(filled: Rongtong) -> None:
    found = filled("match", "--posting", "n1", "--json").json["matches"][0]["enterprise"]["id"]
    ran = filled("recommend", "--enterprise", found)
    assert ran.code == 0
    for word in ("可以服务", "主机厂", "对方符合我方", "我方符合对方"):
        assert word in ran.out
    for line in ran.out.splitlines():
        assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line) <= 80
    listed = filled("recommend", "--enterprise", found, "-k", "1", "--json").json
    assert [(one["own_posting_id"], one["posting"]["id"]) for one in listed["serves"]] == [("c1", "n1")]
    assert listed["exposure"]["lists"] == 2, "lists of the command line count too"
    assert filled("recommend", "--enterprise", "nobody").code == 1
    assert filled("recommend", "--enterprise", found, "-k", "0").code == 2


def test_a_match_is_narrowed_and_tells_what_it_left_out(filled: Rongtong) -> None:
    ran = filled("match", "--text", "加工", "--kind", "need", "--region", "海淀区", "--industry", "34")
    assert "精工公司" in ran.out
    assert "已排除 1 条：地区" in ran.out
    assert "待核实：行业" in ran.out


def test_nothing_to_match_is_said(rongtong: Rongtong) -> None:
    ran = rongtong("match", "--text", "五轴", "--kind", "need")
    assert ran.code == 0
    assert "还没有可以应答的条目" in ran.out
    assert rongtong("match", "--text", "五轴", "--kind", "need", "--json").json["no_match"]["reason"]


def test_keys_expire_and_are_rotated(rongtong: Rongtong) -> None:
    made = rongtong("keys", "create", "--name", "采集", "--days", "90", "--json")
    assert made.json["expires_at"]
    new = rongtong("keys", "rotate", made.json["id"], "--grace-hours", "24", "--json")
    assert (new.code, new.json["name"], new.json["id"] != made.json["id"]) == (0, "采集", True)
    keys = {key["id"]: key for key in rongtong("keys", "list", "--json").json["keys"]}
    assert keys[made.json["id"]]["revoked_at"]
    assert keys[new.json["id"]]["expires_at"]
    assert rongtong("keys", "rotate", made.json["id"]).code == 1


def test_keys_are_made_listed_and_revoked(rongtong: Rongtong) -> None:
    made = rongtong("keys", "create", "--name", "测试", "--json")
    assert made.code == 0
    assert set(made.json) == {"key", "id", "name", "expires_at"}
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
