"""Imports into a real store."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from matcher.domain import Enterprise, PostingKind, Status
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope
from service.store import Store
from service.usecases.imports import ImportOptions, ImportReport, Progress, run_import
from tests.databases import ADMIN, VAULT, size_by_employees

OPTIONS = ImportOptions(as_of=date(2026, 3, 1), kind=PostingKind.NEED)
HEADER = ("编号", "企业名称", "详情")
Importer = Callable[..., ImportReport]


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Importer:
    """Write rows to a CSV file and import it."""

    def importing(
        rows: Sequence[Sequence[object]],
        *,
        header: Sequence[str] = HEADER,
        options: ImportOptions = OPTIONS,
        actor: Actor = ADMIN,
        name: str = "需求.csv",
    ) -> ImportReport:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
        return run_import(store, actor, [path], options)

    return importing


def codes(report: ImportReport) -> dict[str, int]:
    return report.tally.counts


def test_ten_thousand_rows_of_which_thirty_seven_are_bad(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", size_of=size_by_employees, vault=VAULT)
    store.identity.ensure_tenant(ADMIN, ADMIN.tenant)
    bad = set(range(100, 10_000, 270))
    assert len(bad) == 37
    rows = [(f"r{n}", f"北京第{n}号有限公司", "" if n in bad else f"需要第{n}种零件") for n in range(10_000)]
    told: list[Progress] = []
    rejects = tmp_path / "rejects.xlsx"
    path = tmp_path / "大.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    report = run_import(store, ADMIN, [path], replace(OPTIONS, rejects=rejects), progress=told.append)
    assert (report.rows, report.accepted, report.rejected) == (10_000, 9_963, 37)
    assert codes(report) == {"text_missing": 37}
    assert sorted(problem.row or 0 for problem in report.tally.first) == sorted(n + 2 for n in bad)
    assert report.postings["created"] == report.enterprises["created"] == 9_963
    assert store.records.get_posting(ADMIN, "r9999").title == "需要第9999种零件"
    assert [progress.rows for progress in told] == [*range(500, 10_001, 500), 10_000]
    assert told[-1].accepted == 9_963
    store.close()


def test_importing_again_changes_nothing(run: Importer) -> None:
    rows = [(f"r{n}", f"北京第{n}号有限公司", f"需要第{n}种零件") for n in range(30)]
    first, second = run(rows), run(rows)
    assert (first.postings["created"], first.enterprises["created"]) == (30, 30)
    assert (second.postings["unchanged"], second.enterprises["unchanged"]) == (30, 30)
    assert first.seq == second.seq
    changed = run([(*rows[0][:2], "需要别的零件"), *rows[1:]])
    assert (changed.postings["updated"], changed.postings["unchanged"]) == (1, 29)


def test_mended_rejects_go_in(run: Importer, store: Store, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.xlsx"
    report = run(
        [("1", "甲公司", ""), ("2", "乙公司", "要铝板"), ("3", "=丙公司", "")],
        options=replace(OPTIONS, rejects=rejects),
    )
    assert (report.accepted, report.rejected, report.rejects) == (1, 2, str(rejects))
    book = openpyxl.load_workbook(rejects)
    page = book.active
    assert [cell.value for cell in page[1]] == ["编号", "企业名称", "行号", "错误", "如何修改"]
    assert [cell.value for cell in page[3]][:3] == ["3", "=丙公司", 4]
    assert page["B3"].data_type == "s"
    page["F1"] = "详情"
    page["F2"], page["F3"] = "要钢板", "要铜板"
    book.save(rejects)
    again = run_import(store, ADMIN, [rejects], OPTIONS)
    assert (again.accepted, again.rejected, again.unknown_columns) == (2, 0, {})
    assert store.records.get_posting(ADMIN, "1").title == "要钢板"


def test_several_rows_of_one_firm_are_merged(run: Importer, store: Store) -> None:
    header = ("企业名称", "从业人员", "所属行业", "详情")
    report = run(
        [("甲公司", "120", "", "要铝板"), ("甲公司", "", "C3421", "要钢板"), ("甲 公司", "130", "", "要铜板")],
        header=header,
    )
    assert codes(report) == {"firm_conflict": 1}
    assert "第 2 行" in report.tally.first[0].message
    (firm,) = store.records.list_enterprises(ADMIN).items
    assert (firm.employees, firm.industry) == (120, "C3421")
    assert report.postings["created"] == 3


def test_a_later_file_fills_and_updates_but_never_empties(run: Importer, store: Store) -> None:
    run([("甲公司", "120", "要铝板")], header=("企业名称", "从业人员", "详情"))
    run([("甲公司", "C3421", "要铝板")], header=("企业名称", "所属行业", "详情"))
    run([("甲公司", "150", "要铝板")], header=("企业名称", "从业人员", "详情"))
    (firm,) = store.records.list_enterprises(ADMIN).items
    assert (firm.employees, firm.industry) == (150, "C3421")


def test_a_known_firm_is_found_by_name_and_alias(run: Importer, store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id="known", name="北京甲（集团）有限公司")])
    store.names.put_alias(ADMIN, "老甲", "known")
    report = run([("1", "北京甲(集团)有限公司", "要铝板"), ("2", "老甲", "要钢板")])
    assert codes(report) == {}
    assert {posting.enterprise_id for posting in store.records.list_postings(ADMIN).items} == {"known"}
    assert store.records.get_enterprise(ADMIN, "known").name == "北京甲（集团）有限公司"


def test_short_form_and_typo_become_suggestions(run: Importer, store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id="known", name="北京华锐精密机械有限公司")])
    rows = [("1", "华锐精密机械", "要铝板"), ("2", "北京花锐精密机械有限公司", "要钢板")]
    report = run(rows)
    assert codes(report) == {"firm_similar": 2}
    assert "rongtong firms merge" in report.tally.first[0].remedy
    found = store.names.suggestions(ADMIN)
    assert {(item.candidate_id, item.reason) for item in found} == {("known", "简称"), ("known", "错字")}
    assert codes(run(rows)) == {}


def test_a_rejected_row_is_suggested_to_nobody(run: Importer, store: Store) -> None:
    rows = [
        ("7", "上海乙有限公司", "要铝板"),
        ("7", "北京华锐精密机械有限公司", "要钢板"),
        ("8", "北京花锐精密机械有限公司", "要铜板"),
    ]
    report = run(rows)
    assert codes(report) == {"id_conflict": 1}
    assert store.names.suggestions(ADMIN) == []


def test_one_code_under_two_names_stays_two_firms(run: Importer, store: Store) -> None:
    header = ("企业名称", "统一社会信用代码", "详情")
    code = "91110000101623741K"
    report = run([("北京甲有限公司", code, "要铝板"), ("上海乙有限公司", code, "要钢板")], header=header)
    assert codes(report) == {"uscc_shared": 2}
    assert [problem.row for problem in report.tally.first] == [2, 3]
    assert len(store.records.list_enterprises(ADMIN).items) == 2
    assert store.names.suggestions(ADMIN)[0].reason == "信用代码相同"


def test_one_id_on_two_rows(run: Importer, store: Store) -> None:
    report = run([("7", "甲公司", "要铝板"), ("7", "甲公司", "要铝板"), ("7", "甲公司", "要钢板")])
    assert (report.accepted, report.duplicates, report.rejected) == (1, 1, 1)
    assert codes(report) == {"row_duplicate": 1, "id_conflict": 1}
    assert "第 2 行" in report.tally.first[1].message
    assert store.records.get_posting(ADMIN, "7").title == "要铝板"


def test_a_repeated_offer_does_not_take_its_need_along(run: Importer, store: Store) -> None:
    header = ("企业名称", "产品/能力", "需求")
    report = run(
        [("甲公司", "五轴加工", "铝板"), ("甲公司", "五轴加工", "钢板")],
        header=header,
        options=replace(OPTIONS, kind=None),
    )
    assert report.by_kind == {"capability": 1, "need": 2}


def test_contacts_stay_out_of_postings(run: Importer, store: Store) -> None:
    header = ("企业名称", "详情", "联系人", "电话")
    report = run([("甲公司", "要铝板", "张三", "1.3812345678E+10"), ("甲公司", "要钢板", "李四", "")], header=header)
    (firm,) = store.records.list_enterprises(ADMIN).items
    assert [(contact.name, contact.phone) for contact in store.records.contacts(ADMIN, firm.id)] == [
        ("张三", "13812345678"),
        ("李四", None),
    ]
    assert report.contacts == 2
    assert "13812345678" not in str(store.records.list_postings(ADMIN))


def test_full_import_retires_what_is_gone(run: Importer, store: Store) -> None:
    full = replace(OPTIONS, full=True)
    run([("1", "甲公司", "要铝板"), ("2", "甲公司", "要钢板")], options=full)
    run([("9", "乙公司", "要铜板")], name="别的.csv", options=full)
    report = run([("1", "甲公司", "要铝板")], options=full)
    assert report.retired == ["2"]
    statuses = {posting.id: posting.status for posting in store.records.list_postings(ADMIN).items}
    assert statuses == {"1": Status.PUBLISHED, "2": Status.CLOSED, "9": Status.PUBLISHED}
    assert run([("1", "甲公司", "要铝板"), ("2", "甲公司", "要钢板")], options=full).postings["updated"] == 1


def test_full_import_spares_rows_that_were_rejected(run: Importer) -> None:
    full = replace(OPTIONS, full=True)
    run([("1", "甲公司", "要铝板"), ("2", "甲公司", "要钢板"), ("3", "甲公司", "要铜板")], options=full)
    spared = run([("1", "甲公司", "要铝板"), ("2", "甲公司", "")], options=full)
    assert spared.retired == ["3"]
    nameless = run([("1", "甲公司", "要铝板"), ("", "甲公司", "")], options=full)
    assert nameless.retired == []
    assert "一条也没有关闭" in (nameless.not_retired or "")


def test_unknown_and_missing_columns_are_reported_once(run: Importer) -> None:
    report = run([(n, "甲公司", f"要{n}号", "x", "y") for n in range(5)], header=(*HEADER, "内部备注", "经办人员"))
    assert report.unknown_columns == {"需求.csv": ["内部备注", "经办人员"]}
    assert report.to_dict()["missing_required"] == [{"kind": "need", "column": "技术指标", "rows": 5}]
    assert any("内部备注" in line for line in report.lines())


def test_a_bad_file_does_not_stop_the_others(store: Store, tmp_path: Path) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "好.csv").write_text("企业名称,详情\n甲公司,要铝板\n", encoding="utf-8")
    report = run_import(store, ADMIN, [tmp_path / "坏.xlsx", tmp_path / "好.csv"], OPTIONS)
    assert (report.failed_files, report.accepted, report.complete) == (["坏.xlsx"], 1, False)
    with pytest.raises(MatcherError) as caught:
        run_import(store, ADMIN, [tmp_path / "坏.xlsx"], OPTIONS)
    assert caught.value.code == "file_truncated"


def test_rows_before_a_broken_end_are_kept(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('企业名称,详情\n甲公司,要铝板\n乙公司,"没有结束\n' + "丙,丁\n" * 40_000, encoding="utf-8")
    report = run_import(store, ADMIN, [path], replace(OPTIONS, full=True))
    assert (report.accepted, report.failed_files, codes(report)) == (1, ["a.csv"], {"csv_quote": 1})
    assert report.not_retired is not None


def test_a_firm_imports_only_for_itself(run: Importer, store: Store) -> None:
    store.records.put_enterprises(ADMIN, [Enterprise(id="own", name="甲公司"), Enterprise(id="e2", name="乙公司")])
    owner = Actor("t", "own", "u", frozenset({Role.OWNER}), frozenset({Scope.READ, Scope.WRITE}))
    report = run([("1", "甲公司", "要铝板"), ("2", "", "要钢板"), ("3", "乙公司", "要铜板")], actor=owner)
    assert (report.accepted, codes(report)) == (2, {"forbidden_firm": 1})
    assert {posting.enterprise_id for posting in store.records.list_postings(ADMIN).items} == {"own"}
    assert store.records.get_enterprise(ADMIN, "own").name == "甲公司"


def test_a_job_is_told_of_progress_and_problems(run: Importer, store: Store) -> None:
    job_id = store.jobs.enqueue(ADMIN, "import", {})
    job = store.jobs.claim(ADMIN, ["import"], datetime(2000, 1, 1, tzinfo=UTC))
    assert job is not None
    options = replace(OPTIONS, job_id=job_id, attempt=job.attempts)
    run([("1", "甲公司", "要铝板"), ("2", "乙公司", "")], options=options)
    assert store.jobs.get(ADMIN, job_id).progress == {"file": "需求.csv", "rows": 2, "accepted": 1, "rejected": 1}
    (problem,) = store.jobs.problems(ADMIN, job_id).items
    assert (problem.row, problem.code, problem.severity) == (3, "text_missing", "error")


def test_problems_kept_are_bounded(run: Importer) -> None:
    report = run([(n, "甲公司", "") for n in range(300)])
    assert (len(report.tally.first), codes(report)) == (200, {"text_missing": 300})
    assert len(report.to_dict()["problems"]) == 200
