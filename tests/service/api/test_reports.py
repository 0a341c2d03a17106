"""An official counts: funnels, targets, gaps, a month closed for good, cases and buyers' cards; outcomes by sheet."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from service.auth import local_admin
from tests.service.deals import Scene, scene
from tests.service.instance import TENANT, Answer, Instance, caught_up

MONTH = "2026-02"


@pytest.fixture
def held(instance: Instance) -> Scene:
    return scene(instance)


def code(answer: Answer) -> str:
    return str(answer.json()["error"]["code"])


def sheet(*rows: Mapping[str, object]) -> dict[str, tuple[str, bytes]]:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    headers = list(dict.fromkeys(name for row in rows for name in row))
    page.append(headers)
    for row in rows:
        page.append([row.get(name) for name in headers])
    made = io.BytesIO()
    book.save(made)
    return {"file": ("结果.xlsx", made.getvalue())}


BUYER = {
    "需求方": "big公司",
    "供给方": "s1公司",
    "环节": "签约",
    "日期": "2026-02-10",
    "合同编号": "HT-9",
    "填报方": "需求方",
}
SELLER = BUYER | {"填报方": "供给方", "签约金额": 95, "备注": "我方口径含税"}
SHEET = (
    BUYER | {"签约金额": 80, "责任部门": "产业处", "依据": "合同扫描件"},
    SELLER,
    {"需求方": "big公司", "供给方": "s2公司", "对接事项": "表面处理", "环节": "会面", "日期": "2026-02-20"},
    {"需求方": "谁也不是公司", "供给方": "s1公司", "环节": "会面", "日期": "2026-02-20"},
    {"需求方": "big公司", "供给方": "s3公司", "环节": "握手", "日期": "2026-02-20"},
)


def test_outcomes_by_sheet_of_both_sides_are_one_deal(held: Scene) -> None:
    report = held.platform.post("/v1/deals/import", files=sheet(*SHEET)).json()
    assert (report["total"], report["kept"], report["rejected"]) == (5, 3, 2)
    assert {one["row"] for one in report["problems"]} == {5, 6}
    assert "谁也不是公司" in "".join(one["message"] for one in report["problems"])
    deals = {one["supplier_id"]: one for one in held.platform.get("/v1/deals").json()["items"]}
    assert len(deals) == 2
    signed = deals["s1"]
    assert (signed["state"], signed["amounts"], signed["contract"], signed["department"]) == (
        "签约",
        {"signed": 80},
        "HT-9",
        "产业处",
    )
    assert signed["conflicts"] == ["签约金额：需求方报 80 万元，供给方报 95 万元"]
    steps = held.platform.get(f"/v1/deals/{signed['id']}").json()["steps"]
    again = held.platform.post("/v1/deals/import", files=sheet(*SHEET)).json()
    assert again["kept"] == 3
    assert held.platform.get(f"/v1/deals/{signed['id']}").json()["steps"] == steps
    assert code(held.small.post("/v1/deals/import", files=sheet(*SHEET))) == "forbidden"


def test_a_sheet_finds_the_deal_that_the_service_made(held: Scene) -> None:
    deal = held.accepted()
    row = {"需求方": "big公司", "供给方": "s1公司", "环节": "会面", "日期": "2026-02-20"}
    assert held.platform.post("/v1/deals/import", files=sheet(row)).json()["kept"] == 1
    assert held.platform.get(f"/v1/deals/{deal}").json()["deal"]["state"] == "会面"
    wrong = {"编号": deal, "需求方": "big公司", "供给方": "s2公司", "环节": "会面", "日期": "2026-02-20"}
    report = held.platform.post("/v1/deals/import", files=sheet(wrong)).json()
    assert "不符" in report["problems"][0]["message"]
    other = row | {"对接事项": "另一件事", "合同编号": "HT-2"}
    held.platform.post("/v1/deals/import", files=sheet(other))
    report = held.platform.post("/v1/deals/import", files=sheet(row | {"对接事项": "无人机支架精密加工"})).json()
    assert report["kept"] == 1
    report = held.platform.post("/v1/deals/import", files=sheet(row)).json()
    assert "写明是哪一次" in report["problems"][0]["message"]
    assert len(held.platform.get("/v1/deals").json()["items"]) == 2


def test_stages_come_in_any_order_and_keep_their_own_days(held: Scene) -> None:
    pair: dict[str, object] = {"需求方": "big公司", "供给方": "s1公司", "对接事项": "外壳"}
    rows: list[dict[str, object]] = [
        pair | {"环节": "签约", "日期": "2026-02-25", "签约金额": 60},
        pair | {"环节": "会面", "日期": "2026-01-20", "意向金额": 70},
        pair | {"环节": "推荐", "日期": "2026-01-05"},
    ]
    for _ in range(2):
        assert held.platform.post("/v1/deals/import", files=sheet(*rows)).json()["rejected"] == 0
    (deal,) = held.platform.get("/v1/deals").json()["items"]
    assert (deal["state"], deal["amounts"]) == ("签约", {"intended": 70, "signed": 60})
    assert len(held.platform.get(f"/v1/deals/{deal['id']}").json()["steps"]) == 4
    january, february = (held.platform.get(f"/v1/reports/ledgers/2026-0{n}").json()["totals"] for n in (1, 2))
    assert (january["本月推荐数"], january["本月会面数"], january["本月签约数"]) == (1, 1, 0)
    assert (january["累计签约金额"], february["本月签约数"], february["本月签约金额"]) == (0, 1, 60)
    ended = [pair | {"环节": "未成", "日期": "2026-02-27", "备注": "客户取消"}, *rows]
    for _ in range(2):
        assert held.platform.post("/v1/deals/import", files=sheet(*ended)).json()["rejected"] == 0
    assert held.platform.get("/v1/deals").json()["items"][0]["state"] == "未成"
    later = held.platform.post("/v1/deals/import", files=sheet(pair | {"环节": "验收", "日期": "2026-02-28"})).json()
    assert "重新打开" in later["problems"][0]["message"]


def test_a_sheet_as_people_write_it(held: Scene) -> None:
    text = (
        "2026年度大中小企业融通对接情况表,,,,,\n"
        "序号,甲方,乙方,进展,发生日期,合同金额(元)\n"
        '1,big公司,s1公司,已签约,2026年2月10日,"800,000"\n'
        "2,big公司,s2公司,达成意向,2026/2/12,\n"
        "3,big公司,s3公司,谈着呢,2026-02-12,\n"
        "4,big公司,s3公司,会面,下个月,\n"
        "5,big公司,s3公司,会面,2026-03-02,\n"
        "6,big公司,big公司,会面,2026-02-02,\n"
    )
    files = {"file": ("情况表.csv", text.encode("gb18030"))}
    report = held.platform.post("/v1/deals/import", files=files).json()
    assert (report["total"], report["kept"]) == (6, 2)
    problems = "".join(one["message"] for one in report["problems"])
    assert "谈着呢" in problems
    assert "晚于今天" in problems
    assert "同一家企业" in problems
    deals = {one["supplier_id"]: one for one in held.platform.get("/v1/deals").json()["items"]}
    assert (deals["s1"]["state"], deals["s1"]["amounts"]) == ("签约", {"signed": 80})
    assert (deals["s2"]["state"], deals["s2"]["entered"]) == ("意向", "2026-02-12")
    assert "s3" not in deals


def test_what_is_exported_imports_again(held: Scene) -> None:
    held.platform.post("/v1/deals/import", files=sheet(*SHEET))
    before = held.platform.get("/v1/deals").json()
    book = held.platform.get("/v1/deals/export").content
    report = held.platform.post("/v1/deals/import", files={"file": ("台账.xlsx", book)}).json()
    assert (report["kept"], report["rejected"]) == (2, 0)
    states = [[one["state"] for one in found["items"]] for found in (before, held.platform.get("/v1/deals").json())]
    assert states[0] == states[1]


def test_the_funnel_and_the_targets(held: Scene) -> None:
    held.platform.post("/v1/deals/import", files=sheet(*SHEET))
    held.proposed("c2")
    (row,) = held.platform.get("/v1/reports/funnel").json()["items"]
    assert (row["group"], row["reached"]["recommended"], row["reached"]["signed"]) == ("合计", 3, 1)
    by_department = held.platform.get("/v1/reports/funnel", params={"by": "department"}).json()["items"]
    assert {one["group"] for one in by_department} == {"未填", "产业处"}
    by_kind = held.platform.get("/v1/reports/funnel", params={"by": "kind"}).json()["items"]
    assert {one["group"]: one["reached"]["recommended"] for one in by_kind} == {"线下对接": 2, "需求": 1}
    february = {"from": "2026-02-01", "until": "2026-02-28"}
    for id_, values in {
        "1": {"indicator": "签约数", "target": 1},
        "2": {"indicator": "签约金额", "target": 100},
    }.items():
        answer = held.platform.put(f"/v1/registers/targets/{id_}", json={"values": values | february})
        assert answer.status_code == 200, answer.text
    late, done = held.platform.get("/v1/reports/targets").json()["items"]
    assert (late["indicator"], late["done"], late["behind"]) == ("签约金额", 80, True)
    assert (done["done"], done["elapsed"], done["behind"]) == (1, 1, False)
    book = openpyxl.load_workbook(io.BytesIO(held.platform.get("/v1/reports/tracking.xlsx").content))
    assert book.sheetnames == ["合计", "按地区", "按产业", "按类型", "按规模", "按责任部门", "目标与完成"]
    assert all(len(book[name]._charts) == 1 for name in book.sheetnames)
    for path in ("funnel", "targets", "gaps", "cases", f"ledgers/{MONTH}"):
        assert code(held.small.get(f"/v1/reports/{path}")) == "forbidden", path


def test_a_closed_month_reprints_the_same(held: Scene) -> None:
    held.platform.post("/v1/deals/import", files=sheet(*SHEET))
    open_ = held.platform.get(f"/v1/reports/ledgers/{MONTH}").json()
    assert (open_["closed"], open_["totals"]["本月签约数"], open_["totals"]["累计签约金额"]) == (False, 1, 80)
    assert code(held.platform.post("/v1/reports/ledgers/2026-03/close")) == "month_not_over"
    assert code(held.platform.get("/v1/reports/ledgers/2026-3")) == "bad_month"
    closed = held.platform.post(f"/v1/reports/ledgers/{MONTH}/close").json()
    assert closed["rows"] == open_["rows"]
    deals = {one["supplier_id"]: one["id"] for one in held.platform.get("/v1/deals").json()["items"]}
    held.report(deals["s1"], signed_wan=999, note="更正")
    held.report(deals["s2"], stage="signed", signed_wan=5, on="2026-02-25", note="补记")
    for again in (
        held.platform.get(f"/v1/reports/ledgers/{MONTH}").json(),
        held.platform.post(f"/v1/reports/ledgers/{MONTH}/close").json(),
    ):
        assert again == closed
    printed = held.platform.get(f"/v1/lists/{closed['list_id']}")
    assert printed.headers["x-content-sha256"] == closed["sha256"]
    march = held.platform.get("/v1/reports/ledgers/2026-03").json()
    assert march["totals"]["累计签约数"] == 2
    book = openpyxl.load_workbook(io.BytesIO(held.platform.get(f"/v1/reports/ledgers/{MONTH}/xlsx").content))
    assert [row[0].value for row in book[f"台账 {MONTH}"].iter_rows(min_row=2)] == [
        one["编号"] for one in closed["rows"]
    ]


def test_a_months_ledger_in_ones_own_template(held: Scene) -> None:
    held.platform.post("/v1/deals/import", files=sheet(*SHEET))
    names = held.platform.get("/v1/reports/ledgers/names").json()
    assert {"台账_月份", "台账_本月签约数"} <= set(names["singles"])
    assert "明细_供给方" in names["columns"]
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for name, area in {"台账_本月签约数": "$B$1", "明细_供给方": "$A$3", "明细_签约金额": "$B$3"}.items():
        book.defined_names[name] = DefinedName(name, attr_text=f"{page.title}!{area}")
    made = io.BytesIO()
    book.save(made)
    path = f"/v1/reports/ledgers/{MONTH}/fill"
    answer = held.platform.post(path, files={"file": ("月报.xlsx", made.getvalue())})
    assert answer.status_code == 200, answer.text
    filled = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert filled is not None
    rows = {(filled.cell(n, 1).value, filled.cell(n, 2).value) for n in (3, 4)}
    assert (filled["B1"].value, rows) == (1, {("s1公司", 80), ("s2公司", None)})
    assert code(held.platform.post(path, files={"file": ("x.xlsx", b"PK\x03\x04broken")})) == "bad_template"


def test_what_is_asked_for_in_vain_and_what_stands_idle(held: Scene) -> None:
    held.platform.put("/v1/enterprises/f", json={"name": "闲厂", "industry": "C3453", "region": "110114"})
    rows = [
        {"id": "in-vain", "enterprise_id": "big", "kind": "space_need", "title": "找一处仓库"},
        {"id": "idle", "enterprise_id": "f", "kind": "idle_capacity", "title": "闲置喷涂线"},
    ]
    answer = held.platform.post("/v1/postings:batch", json={"items": rows})
    seq = max(row["seq"] for row in answer.json()["results"])
    caught_up(held.platform, {"posting_id": "in-vain", "min_seq": seq})
    shown = held.platform.get("/v1/reports/exposure").json()
    found = held.platform.get("/v1/reports/gaps", params={"floor": 0.02}).json()
    asked = {one["posting_id"] for row in found["requests"] for one in row["examples"]}
    assert "in-vain" in asked
    assert "n" not in asked
    (idle,) = held.platform.get("/v1/reports/gaps", params={"floor": 1}).json()["idle"]
    assert (idle["link"], idle["district"], idle["kinds"]) == ("通用设备制造业", "北京市昌平区", {"闲置产能": 1})
    assert (found["requests_seen"], found["idle_seen"]) == (2, 1)
    assert held.platform.get("/v1/reports/exposure").json() == shown
    book = openpyxl.load_workbook(io.BytesIO(held.platform.get("/v1/reports/gaps.xlsx").content))
    assert book.sheetnames == ["无人应答的需求", "无人问津的闲置资源"]


def test_cases_come_of_signed_deals_with_both_consents(held: Scene) -> None:
    deal = held.accepted()
    held.report(deal, stage="signed", signed_wan=80)
    held.big.put(f"/v1/deals/{deal}/consent", json={"agrees": True})
    assert held.platform.get("/v1/reports/cases").json()["items"] == []
    held.small.put(f"/v1/deals/{deal}/consent", json={"agrees": True})
    (case,) = held.platform.get("/v1/reports/cases").json()["items"]
    assert case["title"] == "big公司与s1公司：无人机支架精密加工"
    assert "签约金额 80 万元" in case["text"]
    assert held.platform.get("/v1/reports/cases", params={"least_wan": 80.1}).json()["items"] == []


def test_a_buyers_card(held: Scene) -> None:
    deal = held.accepted()
    held.report(deal, stage="signed", signed_wan=80)
    card = held.small.get("/v1/enterprises/big/buyer-card").json()
    assert (card["asked"], card["willing"], card["awards"], card["signed_wan"]) == (1, 1, 1, 80)
    assert card["answer_rate"] is None
    held.platform.post(
        "/v1/deals/import",
        files=sheet(
            *(
                {"需求方": "big公司", "供给方": f"s{n}公司", "对接事项": "x", "环节": "会面", "日期": "2026-02-20"}
                for n in (2, 3)
            )
        ),
    )
    assert held.small.get("/v1/enterprises/big/buyer-card").json()["answer_rate"] == 1
    assert held.small.get("/v1/enterprises/none/buyer-card").status_code == 404


def test_the_ledger_of_a_month_counts_the_same_when_it_is_made_late(held: Scene) -> None:
    held.platform.post("/v1/deals/import", files=sheet(*SHEET))
    early = held.platform.get(f"/v1/reports/ledgers/{MONTH}").json()
    deals = {one["supplier_id"]: one["id"] for one in held.platform.get("/v1/deals").json()["items"]}
    held.report(deals["s1"], stage="delivered", paid_wan=40, on="2026-03-01")
    held.instance.app.state.parts = replace(held.instance.parts, today=lambda: date(2026, 5, 1))
    late = held.platform.get(f"/v1/reports/ledgers/{MONTH}").json()
    assert (late["totals"], late["rows"]) == (early["totals"], early["rows"])
    assert held.instance.parts.store.deals.get(local_admin(TENANT), deals["s1"]).stage.value == "delivered"
