"""rongtong register: a sheet in, a sheet out, a template."""

from pathlib import Path

from tests.service.cli import Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]

ARREARS = "付款方,收款方,欠款金额,交付日期\n主机厂,精工公司,12万,2026-01-05\n主机厂,没这家,3万,2026-01-06\n"


def test_a_sheet_in_and_out(rongtong: Rongtong, sheet: Path, tmp_path: Path) -> None:
    assert rongtong("import", sheet).code == 0
    file, out = tmp_path / "欠款.csv", tmp_path / "out.xlsx"
    file.write_text(ARREARS, encoding="utf-8")
    ran = rongtong("register", "import", "欠款登记", file)
    assert ran.code == 3
    assert "共 2 行，记下 1 条，未记 1 条" in ran.out
    assert "找不到企业“没这家”" in ran.err
    assert rongtong("register", "export", "arrears", out).code == 0
    again = rongtong("register", "import", "arrears", out, "--json")
    assert (again.code, again.json["kept"]) == (0, 1)
    listed = rongtong("register", "list", "arrears", "--json").json["entries"]
    assert [entry["amount_wan"] for entry in listed] == [12]
    assert "欠款金额" in rongtong("register", "list", "欠款登记").out


def test_a_template(rongtong: Rongtong, tmp_path: Path) -> None:
    out = tmp_path / "模板.xlsx"
    assert rongtong("register", "template", "欠款登记", out).code == 0
    assert out.is_file()
    wrong = rongtong("register", "template", "花名册", out, "--json")
    assert wrong.json["error"]["code"] == "unknown_register"
