"""A spreadsheet sent over HTTP: taken in the background, reported row by row, its rejects mended and sent again."""

import io
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook

from service.auth import local_admin
from service.usecases.jobs import file_name
from tests.service.instance import TENANT, Instance, finished, found_ids, running

HEADER = "编号,企业名称,类型,标题,详细说明,所在地区\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def caller(instance: Instance) -> TestClient:
    return instance.caller()


def send(caller: TestClient, content: str | bytes, name: str = "名单.csv", **form: str) -> str:
    """Upload a file; return the id of its job."""
    answer = caller.post("/v1/imports", files={"file": (name, content)}, data=form)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] in ("queued", "running", "done")
    return str(answer.json()["id"])


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an XLSX of these rows."""
    book, target = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


def test_a_csv_goes_in_and_can_be_matched(caller: TestClient) -> None:
    job = finished(caller, send(caller, HEADER + "c1,精工公司,能力,钛合金五轴加工,薄壁件,海淀区\n"))
    report = job["report"]
    assert (job["state"], report["rows"], report["accepted"], report["rejected"]) == ("done", 1, 1, 0)
    assert job["progress"]["accepted"] == 1
    ask = {"text": "钛合金五轴加工", "kind": "need", "min_seq": report["seq"]}
    assert found_ids(caller.post("/v1/match", json=ask)) == ["c1"]


def test_gbk_and_a_kind_and_a_mapping_in_the_form(caller: TestClient) -> None:
    content = "厂名,标题\n精工公司,五轴加工\n".encode("gb18030")
    job = finished(caller, send(caller, content, kind="能力", mapping='{"厂名": "企业名称"}'))
    assert job["report"]["accepted"] == 1
    assert job["report"]["by_kind"] == {"capability": 1}


def test_rejected_rows_are_fetched_mended_and_sent_again(caller: TestClient) -> None:
    rows = [
        ["编号", "企业名称", "类型", "标题"],
        ["r1", "甲公司", "能力", "五轴加工"],
        ["r2", "乙公司", "也没有这种", "无主的能力"],
        ["r3", "丙公司", "不存在的类型", "磨削"],
    ]
    job = finished(caller, send(caller, workbook(rows), "名单.xlsx"))
    assert (job["report"]["accepted"], job["report"]["rejected"]) == (1, 2)
    fetched = caller.get(f"/v1/imports/{job['id']}/rejects")
    assert fetched.headers["content-type"] == XLSX
    assert f"rejects-{job['id']}.xlsx" in fetched.headers["content-disposition"]

    book = load_workbook(io.BytesIO(fetched.content))
    sheet = next(sheet for sheet in book if sheet.max_row > 1)
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    top = next(n for n, line in enumerate(lines) if "企业名称" in line)
    head = lines[top]
    for number, line in enumerate(lines[top + 1 :], start=top + 2):
        if {"r2", "r3"} & set(line):
            sheet.cell(number, head.index("类型") + 1, "能力")
    mended = io.BytesIO()
    book.save(mended)
    again = finished(caller, send(caller, mended.getvalue(), f"rejects-{job['id']}.xlsx"))
    assert (again["report"]["accepted"], again["report"]["rejected"]) == (2, 0), again
    assert [item["id"] for item in caller.get("/v1/postings").json()["items"]] == ["r1", "r2", "r3"]
    assert caller.get(f"/v1/imports/{again['id']}/rejects").json()["error"]["code"] == "not_found"


def test_problems_are_paged_in_order_and_say_where_and_how(caller: TestClient) -> None:
    lines = "".join(f"p{n},甲公司,不明,标题{n},,\n" for n in range(25))
    job = finished(caller, send(caller, HEADER + lines))["id"]
    met, cursor = [], None
    for _ in range(10):
        params = {"limit": "10"} | ({"cursor": cursor} if cursor else {})
        page = caller.get(f"/v1/imports/{job}/problems", params=params).json()
        met += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    errors = [problem for problem in met if problem["severity"] == "error"]
    assert [problem["row"] for problem in errors] == list(range(2, 27))
    assert all(problem["message"] and problem["remedy"] for problem in errors)
    assert "名单.csv" in errors[0]["sheet"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("空.csv", b""),
        ("图片.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
        ("截断.xlsx", workbook([["企业名称"]])[:500]),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_name_and_a_remedy(
    name: str, content: bytes, caller: TestClient
) -> None:
    job = finished(caller, send(caller, content, name))
    assert job["state"] == "failed"
    assert name in job["error"]
    assert job["report"] is None
    assert [problem["severity"] for problem in caller.get(f"/v1/imports/{job['id']}/problems").json()["items"]]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"kind": "没有这种"}, "unknown_kind"),
        ({"mapping": "{"}, "bad_mapping"),
        ({"mapping": "[1]"}, "bad_mapping"),
        ({"mapping": '{"厂名": 5}'}, "bad_mapping"),
        ({"mapping": '{"厂名": "没有的字段"}'}, "unknown_column"),
        ({"full": "perhaps"}, "invalid_request"),
    ],
)
def test_a_senseless_form_queues_nothing(form: dict[str, str], code: str, instance: Instance) -> None:
    caller = instance.caller()
    answer = caller.post("/v1/imports", files={"file": ("a.csv", HEADER)}, data=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert caller.get("/v1/imports").json() == []
    assert not list((instance.parts.settings.data_dir / "uploads").glob("*"))


def test_a_full_import_closes_what_is_gone(caller: TestClient) -> None:
    both = HEADER + "a,甲公司,能力,五轴加工,,\nb,甲公司,能力,磨削加工,,\n"
    finished(caller, send(caller, both, full="true"))
    job = finished(caller, send(caller, HEADER + "a,甲公司,能力,五轴加工,,\n", full="true"))
    assert job["report"]["retired"] == ["b"]
    assert caller.get("/v1/postings/b").json()["status"] == "closed"
    other = finished(caller, send(caller, HEADER + "c,甲公司,能力,铣削,,\n", "别处.csv", full="true"))
    assert other["report"]["retired"] == []


def test_the_latest_import_comes_first(caller: TestClient) -> None:
    jobs = [send(caller, HEADER + f"{n},甲公司,能力,标题,,\n") for n in range(3)]
    for job in jobs:
        finished(caller, job)
    listed = [job["id"] for job in caller.get("/v1/imports").json()]
    assert listed == jobs[::-1]
    assert len(caller.get("/v1/imports", params={"limit": 2}).json()) == 2


def test_what_was_sent_is_gone_once_it_is_in(instance: Instance) -> None:
    caller = instance.caller()
    finished(caller, send(caller, HEADER + "a,甲公司,能力,标题,,\n,,能力,无主,,\n"))
    uploads = instance.parts.settings.data_dir / "uploads"
    worker_done = [path.name for path in uploads.rglob("*") if path.is_file()]
    assert [name for name in worker_done if not name.endswith("csv")] == ["名单.csv.rejects.xlsx"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("名单.csv", "名单.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\表\\名单.csv", "名单.csv"),
        ("..", "upload"),
        (".", "upload"),
        ("/", "upload"),
        ("", "upload"),
        ("a\0b.csv", "b.csv"),
        (".csv", ".csv"),
    ],
)
def test_a_file_is_kept_under_the_last_part_of_its_name(sent: str, kept: str) -> None:
    assert file_name(sent) == kept


def test_a_long_name_keeps_its_end() -> None:
    assert file_name("很" * 300 + ".csv").endswith("很.csv")
    assert len(f"{file_name('很' * 300 + '.csv')}.rejects.xlsx".encode()) <= 255


def test_a_job_whose_worker_died_is_taken_up_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder) as first:
        upload = folder / "uploads" / "x"
        upload.mkdir(parents=True)
        (upload / "a.csv").write_text(HEADER + "a,甲公司,能力,五轴加工,,\n", encoding="utf-8")
        jobs = first.parts.store.jobs
        payload = {"path": str(upload / "a.csv"), "kind": None, "mapping": None, "source": None, "full": False}
        started = jobs.enqueue(local_admin(TENANT), "left-behind", payload)
    database = tmp_path / "data" / "rongtong.db"
    with sqlite3.connect(database) as connection:
        long_ago = "2020-01-01 00:00:00.000000"
        connection.execute(
            "UPDATE jobs SET kind = 'import', state = 'running', attempts = 1, heartbeat_at = ? WHERE id = ?",
            (long_ago, started),
        )
    with running(folder) as second:
        caller = second.caller()
        job = finished(caller, started)
        assert (job["state"], job["report"]["accepted"]) == ("done", 1)
        assert caller.get("/v1/postings/a").status_code == 200
