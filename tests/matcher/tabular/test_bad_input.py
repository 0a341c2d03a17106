"""Files that cannot be read are refused in words that name the file and the remedy."""

import io
import zipfile
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from matcher.errors import MatcherError
from matcher.tabular import Limits
from tests.matcher.tabular.sheets import read, workbook

GOOD = "企业名称,标题\n甲,五轴加工\n"


def refused(path: Path, limits: Limits | None = None) -> MatcherError:
    with pytest.raises(MatcherError) as caught:
        read(path, limits=limits)
    assert path.name in caught.value.message
    assert "请" in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\n", "file_empty"),
        ("企业名称,标题\n".encode(), "file_empty"),
        (bytes(range(256)) * 40, "file_binary"),
        (b"%PDF-1.7\n" + bytes(2000), "file_binary"),
        (GOOD.encode("utf-16")[:-1], "file_encoding"),
        (b"\xef\xbb\xbf" + GOOD.encode("gbk"), "file_encoding"),
        (GOOD.encode() + b"\xff\xff\xff", "file_encoding"),
        ("列一,列二,列三\n1,2,3\n".encode(), "header_missing"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "file_type"),
        (b'[{"id": 1}]', "file_type"),
        (b"PK\x03\x04" + bytes(500), "file_truncated"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_truncated"),
        (('企业名称,标题\n甲,"没有结束的引号\n' + "乙,丙\n" * 40_000).encode(), "csv_quote"),
    ],
)
def test_content_that_is_no_table(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "名单.csv"
    path.write_bytes(content)
    assert refused(path).code == code


def test_missing_header_says_what_was_seen_and_expected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("列一,列二,列三\n1,2,3\n", encoding="utf-8")
    error = refused(path)
    assert "列一、列二" in error.message
    assert "企业名称" in error.message


def test_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "没有.xlsx").code == "file_unreadable"


def test_truncated_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"表": [["企业名称", "标题"], ["甲", "乙"]]})
    path.write_bytes(path.read_bytes()[:-200])
    assert refused(path).code == "file_truncated"


def test_damaged_sheet(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path / "a.xlsx", {"表": [["企业名称", "标题"], ["甲", "乙"]]}), cut=400)
    assert refused(path).code == "file_truncated"


def test_workbook_with_a_password(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "a.xlsx", {"表": [["企业名称", "标题"], ["甲", "乙"]]})
    locked = tmp_path / "locked.xlsx"
    with plain.open("rb") as source, locked.open("wb") as target:
        OOXMLFile(source).encrypt("secret", target)
    assert refused(locked).code == "file_password"


def test_other_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "<a/>")
    assert refused(path).code == "file_type"


def test_two_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        stream.write(GOOD.encode())
        stream.truncate(2 << 30)
    assert refused(path).code == "file_too_large"


def test_zip_bomb_by_size_and_by_ratio(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path / "a.xlsx", {"表": [["企业名称", "标题"], ["甲", "乙"]]}), padding=2_000_000)
    assert refused(path, Limits(inflated_bytes=1_000_000)).code == "zip_bomb"
    assert refused(path, Limits(ratio=20, ratio_from_bytes=1_000_000)).code == "zip_bomb"
    assert len(read(path)[0]) == 1


def test_directory_that_lies_about_sizes(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path / "a.xlsx", {"表": [["企业名称", "标题"], ["甲", "乙"]]}), padding=2_000_000)
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    assert refused(path).code == "file_truncated"


def test_too_many_rows_and_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(GOOD + "乙,丙\n", encoding="utf-8")
    assert len(read(path, limits=Limits(rows=2))[0]) == 2
    assert refused(path, Limits(rows=1)).code == "too_many_rows"
    path.write_text("企业名称,标题," + "," * 600 + "尾\n甲,乙\n", encoding="utf-8")
    assert refused(path).code == "too_many_columns"


def test_cell_of_one_character_too_many(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [f'{{"id": "{n}", "text": "{"字" * n}"}}' for n in (100_000, 100_001)]
    path.write_text("\n".join(lines), encoding="utf-8")
    rows, (problem,) = read(path)
    assert [row.number for row in rows] == [1]
    assert (problem.code, problem.row) == ("cell_too_long", 2)


def repacked(path: Path, *, padding: int = 0, cut: int | None = None) -> Path:
    """Rewrite a workbook with white space in its sheet, or with its sheet cut short."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content[:cut].replace(b"</sheetData>", b"</sheetData>" + b" " * padding)
            package.writestr(name, content)
    path.write_bytes(target.getvalue())
    return path
