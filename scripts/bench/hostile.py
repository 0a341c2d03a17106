"""Files made to hurt whoever reads them: bombs, lies about sizes, broken structure, and mutations of good files."""

import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

import xlsxwriter

from scripts.bench.hostile_xls import old_book

HEADER = ("编号", "企业名称", "单位名称", "类型", "标题", "详情", "电话", "有效期止", "希望对接", "欠款金额")
ROWS = tuple(
    (
        *(f"r{n}", f"北京第{n}号有限公司", f"北京第{n}号有限公司", "能力", f"第{n}批五轴加工", "精度0.01mm，月产500件"),
        *("13812345678", "2026年3月底", "北京第1号有限公司", "12.5万元"),
    )
    for n in range(12)
)
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEET, _STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
_FIRST = '<row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c><c r="B1" t="inlineStr"><is><t>标题</t></is></c></row>'
_MB = 1 << 20


@cache
def good_xlsx() -> bytes:
    """Return a workbook that reads well, with merged cells, a date, a formula and two sheets."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for name in ("能力", "欠款"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, HEADER)
            for line, row in enumerate(ROWS, 1):
                page.write_row(line, 0, row)
            page.merge_range(14, 0, 14, 5, "二、其他")
            page.write_formula(15, 1, '="甲"&"厂"', value="甲厂")
            page.write_number(15, 7, 46000, book.add_format({"num_format": "yyyy-mm-dd"}))
    return made.getvalue()


def good_csv(encoding: str) -> bytes:
    """Return a table as text."""
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    return (mark + "\n".join(",".join(row) for row in (HEADER, *ROWS))).encode(encoding)


def good_jsonl() -> bytes:
    """Return a table as JSON Lines."""
    return "\n".join(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS).encode()


def repacked(changes: Mapping[str, bytes], *, level: int = 9) -> bytes:
    """Return the good workbook with parts put in place of its own, or beside them."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good_xlsx())) as source:
        held = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        for name, content in (held | dict(changes)).items():
            package.writestr(name, content)
    return made.getvalue()


def _sheet(body: str | bytes, *, head: str = "", after: str | bytes = b"", xml: str = "") -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    rest = after.encode() if isinstance(after, str) else after
    return repacked(
        {
            _SHEET: f"{xml}<worksheet {_NS}>{head}<sheetData>{_FIRST}".encode()
            + raw
            + b"</sheetData>"
            + rest
            + b"</worksheet>"
        }
    )


def _entities(count: int, text: str) -> str:
    laughs = "".join(f'<!ENTITY l{n} "{10 * (chr(38) + f"l{n - 1};")}">' for n in range(1, count))
    return f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "{text}">{laughs}]>'


def _cell(value: str, kind: str = "str", reference: str = "A2", style: str = "0") -> str:
    return (
        f'<row r="2"><c r="{reference}" t="{kind}" s="{style}"><v>{value}</v></c><c r="B2" t="str"><v>乙</v></c></row>'
    )


def _xml_bombs() -> dict[str, Callable[[], bytes]]:
    return {
        "billion-laughs": lambda: _sheet(_cell("&l9;"), xml=_entities(10, "lol")),
        "quadratic-blowup": lambda: _sheet(_cell("&l0;" * 4000), xml=_entities(1, "字" * 30_000)),
        "external-entity": lambda: _sheet(_cell("&x;"), xml='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "doctype-utf16": lambda: repacked(
            {_SHEET: f"{_entities(1, 'a' * 9000)}<worksheet {_NS}>&l0;</worksheet>".encode("utf-16")}
        ),
        "deep-xml": lambda: _sheet("<a>" * 3_000_000),
        "unfreed-elements": lambda: _sheet("<q/>" * 12_000_000),
        "one-giant-text": lambda: _sheet(_cell("字" * 30_000_000)),
        "one-giant-attribute": lambda: _sheet(f'<row r="2" x="{"a" * 80_000_000}"/>'),
        "cdata-giant": lambda: _sheet(_cell(f"<![CDATA[{'<' * 80_000_000}]]>")),
        "comment-giant": lambda: _sheet(f"<!--{'<' * 80_000_000}-->"),
        "empty-rows": lambda: _sheet("<row/>" * 15_000_000),
        "one-row-of-cells": lambda: _sheet(f"<row>{'<c/>' * 15_000_000}</row>"),
        "merge-regex": lambda: _sheet("", after="<mergeCell " * 4_000_000),
        "merges-everywhere": lambda: _sheet("<row/>" * 20_000, after='<mergeCell ref="A1:ZZ1048576"/>' * 200_000),
        "merge-digits": lambda: _sheet("", after=f"<mergeCell ref='A1:B1'/><mergeCell ref=\"A1:B{'9' * 6000}\"/>"),
    }


def _value_lies() -> dict[str, Callable[[], bytes]]:
    return {
        "column-far": lambda: _sheet(_cell("甲", reference="ZZZZZZZ2")),
        "column-none": lambda: _sheet(_cell("甲", reference="2")),
        "column-lower": lambda: _sheet(_cell("甲", reference="a2")),
        "row-word": lambda: _sheet(_cell("甲").replace('r="2"', 'r="x"')),
        "row-digits": lambda: _sheet(_cell("甲").replace('r="2"', f'r="{"9" * 5000}"')),
        "row-negative": lambda: _sheet(_cell("甲").replace('r="2"', 'r="-5"')),
        "number-word": lambda: _sheet(_cell("abc", "n")),
        "number-nan": lambda: _sheet(_cell("nan", "n")),
        "number-inf": lambda: _sheet(_cell("1e999", "n")),
        "style-word": lambda: _sheet(_cell("1", "n", style="x")),
        "string-word": lambda: _sheet(_cell("x", "s")),
        "string-far": lambda: _sheet(_cell("99999999999", "s")),
        "date-word": lambda: _sheet(_cell("2026-13-99", "d")),
        "nul-escape": lambda: _sheet(_cell("甲_x0000__xD800_", "inlineStr").replace("v>", "is>")),
        "styles-word": lambda: repacked(
            {"xl/styles.xml": f'<s {_NS}><numFmt numFmtId="x"/><cellXfs><xf numFmtId="y"/></cellXfs></s>'.encode()}
        ),
        "strings-one-giant": lambda: repacked(
            {_STRINGS: f"<sst {_NS}><si><t>{'a' * 90_000_000}</t></si></sst>".encode()}
        ),
        "strings-many": lambda: repacked({_STRINGS: f"<sst {_NS}>{'<si/>' * 10_000_000}</sst>".encode()}),
        "dimension-lie": lambda: _sheet(_cell("甲"), head='<dimension ref="A1:XFD1048576"/>'),
        "formula-external": lambda: _sheet(_cell("x").replace("<v>", "<f>[1]!A1+WEBSERVICE(http://x)</f><v>")),
        "sheet-traversal": lambda: repacked(
            {
                "xl/_rels/workbook.xml.rels": b'<R><Relationship Id="rId1" Type="/worksheet" Target="../../../etc/passwd"/></R>'
            }
        ),
        "member-traversal": lambda: repacked({"../../../../tmp/evil": b"x", "/etc/evil": b"x"}),
        "macros": lambda: repacked({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(5000)}),
    }


def _zip_bombs() -> dict[str, Callable[[], bytes]]:
    return {
        "zip-high-ratio": lambda: repacked({"xl/media/a.bin": bytes(300 * _MB)}),
        "zip-just-below": lambda: repacked({_SHEET: _zeros_sheet(95 * _MB)}),
        "zip-nested": lambda: repacked({f"xl/embeddings/{n}.zip": repacked({"a": bytes(9 * _MB)}) for n in range(9)}),
        "zip-overlapping": _overlapping,
        "zip-many-members": lambda: _members(120_000),
        "zip-lies-size": lambda: _patched(repacked({_SHEET: _zeros_sheet(80 * _MB)}), 24, 100),
        "zip-lies-offset": lambda: _patched(good_xlsx(), 42, 0xFFFFFF00),
        "zip-lies-method": lambda: _patched(good_xlsx(), 10, 99),
        "zip-lies-version": lambda: _patched(good_xlsx(), 6, 200),
        "zip-directory-only": lambda: good_xlsx()[-400:],
    }


def _zeros_sheet(size: int) -> bytes:
    return f"<worksheet {_NS}><sheetData>{_FIRST}".encode() + b" " * size + b"</sheetData></worksheet>"


def _overlapping() -> bytes:
    data = bytearray(good_xlsx())
    first = data.find(b"PK\x01\x02")
    offset = data[first + 42 : first + 46]
    at = first
    while (at := data.find(b"PK\x01\x02", at + 4)) > 0:
        data[at + 42 : at + 46] = offset
    return bytes(data)


def _members(count: int) -> bytes:
    made = io.BytesIO(good_xlsx())
    with zipfile.ZipFile(made, "a") as package:
        for n in range(count):
            package.writestr(f"a/{n}", b"")
    return made.getvalue()


def _patched(data: bytes, offset: int, value: int) -> bytes:
    """Return a package whose directory lies about its first sheet."""
    changed = bytearray(data)
    at = changed.rindex(_SHEET.encode()) - 46 + offset
    size = 4 if offset in (24, 42) else 2
    changed[at : at + size] = value.to_bytes(size, "little")
    return bytes(changed)


def _text_bombs() -> dict[str, Callable[[], bytes]]:
    head = "企业名称,标题\n".encode()
    return {
        "csv-long-line": lambda: head + b"a," * 40_000_000,
        "csv-blank-lines": lambda: head + b"\n" * 40_000_000,
        "csv-open-quote": lambda: head + b'"' + b"a\n" * 20_000_000,
        "csv-quotes": lambda: head + b'""""""' * 1_000_000,
        "csv-nul": lambda: head + "甲\0,乙\n".encode() * 5,
        "csv-two-marks": lambda: b"\xff\xfe\xef\xbb\xbf" + head,
        "csv-no-breaks": lambda: "企".encode("gb18030") * 20_000_000,
        "csv-formulas": lambda: head + b"=cmd|' /C calc'!A0,@SUM(1)\n",
        "csv-digits": lambda: (
            "企业名称,标题,成立日期,年营业收入(万元)\n".encode() + f"甲,乙,{'9' * 5000},{'9' * 5000}\n".encode()
        ),
        "csv-header-repeats": lambda: ("企业名称,标题" * 400 + "\n" + "甲,乙" * 400 + "\n").encode(),
        "jsonl-deep": lambda: b'{"a":' + b"[" * 2_000_000,
        "jsonl-digits": lambda: b'{"\xe4\xbc\x81\xe4\xb8\x9a\xe5\x90\x8d\xe7\xa7\xb0":"a","x":' + b"9" * 5000 + b"}\n",
        "jsonl-nan": lambda: '{"企业名称":"甲","标题":"乙","类型":"能力","厂房":NaN,"x":Infinity,"y":1e999}\n'.encode(),
        "jsonl-nested": lambda: (
            '{"企业名称":{"a":["甲"]},"标题":[[["乙"]]],"x":' + '{"b":' * 900 + "1" + "}" * 901 + "\n"
        ).encode(),
        "jsonl-lone": lambda: b'{"\\ud800":"\\udfff","id":"\\u0000","text":"\\ud83d"}\n',
        "jsonl-blank": lambda: b'{"id":"1","text":"a"}' + b"\n" * 40_000_000,
        "jsonl-bad-lines": lambda: b'{"id":"1","text":"a"}\n' + b"{\n" * 3_000_000,
        "jsonl-keys": lambda: json.dumps({f"k{n}": n for n in range(200_000)}).encode(),
        "xls-far-cell": lambda: old_book((HEADER, *ROWS), last=(65_536, 256)),
        "xls-declares": lambda: old_book((HEADER, *ROWS), declares=(65_535, 65_535)),
        "wrong-extension": lambda: b"%PDF-1.7\n" + bytes(3000),
    }


def bombs() -> dict[str, Callable[[], bytes]]:
    """Return what makes each named file."""
    return _xml_bombs() | _value_lies() | _zip_bombs() | _text_bombs()


def seeds() -> tuple[tuple[str, bytes], ...]:
    """Return the good files (name ending, content) that mutations start from."""
    texts = [(".csv", good_csv(name)) for name in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be")]
    return (*texts, (".jsonl", good_jsonl()), (".xlsx", good_xlsx()), (".xls", old_book((HEADER, *ROWS))))


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """Return a mutation of one of the good files, or of the parts inside the workbook."""
    suffix, data = chance.choice(seeds())
    if suffix == ".xlsx" and chance.random() < 0.6:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            name = chance.choice(
                [_SHEET, _SHEET, _STRINGS, "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]
            )
            part = package.read(name)
        return suffix, repacked({name: _changed(part, chance)}, level=1)
    if chance.random() < 0.05:
        suffix = chance.choice([".csv", ".xlsx", ".xls", ".jsonl", ".txt"])
    return suffix, _changed(data, chance)


_TOKENS = (
    *(
        b"",
        b"\0",
        b"<",
        b">",
        b'"',
        b"\n",
        b",",
        b"&#0;",
        b"9" * 400,
        b"-1",
        b"NaN",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"{",
    ),
    *(b"]]>", b"1e999", b"\xed\xa0\x80", b"PK\x05\x06", b"=1+1", "二〇二六年十三月".encode(), b"0x", b"e", b"r="),
    *(b'r="ZZZ9"', b't="s"', b't="n"', b't="d"'),
)


def _changed(data: bytes, chance: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(6):
            case 0 if at < len(raw):
                raw[at] ^= 1 << chance.randrange(8)
            case 1:
                raw[at : at + chance.randrange(40)] = chance.randbytes(chance.randrange(40))
            case 2:
                raw[at:at] = chance.choice(_TOKENS)
            case 3:
                raw[at:at] = raw[at : at + chance.randrange(400)] * chance.randrange(4)
            case 4:
                del raw[at : at + chance.randrange(200)]
            case _ if chance.random() < 0.2:
                del raw[at:]
    return bytes(raw)
