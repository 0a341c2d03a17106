import tomllib
from pathlib import Path

import pytest

from matcher.domain import Verdict
from matcher.quantity.exclusions import ask, demands, judge, labels, states
from matcher.quantity.wording import Source


def verdict(request: str, offer: str) -> Verdict:
    (requirement,) = demands(Source(request, "detail"))
    said = [each for each in states(Source(offer, "detail")) if each.topic == requirement.topic]
    return judge(requirement, said).outcome


@pytest.mark.parametrize(
    ("request_text", "refused", "accepted"),
    [
        ("不接受联合体", "拟组成联合体参与", "独立投标"),
        ("不接受分包", "部分工序外协", "全部由自有员工完成，不分包"),
        ("供方不能是代理商", "授权代理商", "源头工厂，自产自销"),
        ("报价不含安装", "安装费已含在内", "裸机价，不含安装和运输"),
        ("报价须含运费", "运费另计", "含运费"),
        ("报价须含税", "报价不含税", "含13%增值税"),
        ("必须零押金", "押三付三，押金不可免", "免押金"),
        ("无需预付款", "须预付30%", "货到付款"),
        ("须可存危化品", "除危险化学品外均可存放", "甲类危化品库"),
        ("不得与其他品牌共线生产", "与其他品牌共线", "独立专线"),
        ("不含邻苯增塑剂", "含邻苯增塑剂", "不添加任何邻苯类增塑剂"),
        ("焊料须无铅", "有铅锡膏", "无铅锡膏"),
        ("不得使用回料", "掺回料20%", "全新料"),
        ("须接受承兑", "只收现汇，不收承兑", "承兑汇票均可"),
        ("设备不接受二手", "九成新二手", "全新原装"),
        ("货物须包邮", "运费买家承担", "全国包邮"),
        ("不接受对赌条款", "须签对赌协议", "不设对赌"),
    ],
)
def test_each_side_of_a_term(request_text: str, refused: str, accepted: str) -> None:
    assert verdict(request_text, refused) is Verdict.UNMET
    assert verdict(request_text, accepted) is Verdict.MET
    assert verdict(request_text, "经验丰富，欢迎咨询") is Verdict.UNKNOWN


def test_an_offer_that_says_both_settles_nothing() -> None:
    assert verdict("不接受分包", "主体不分包，焊接外协给合作厂") is Verdict.UNKNOWN


def test_a_term_left_open_settles_nothing() -> None:
    assert verdict("无需预付款", "预付款比例可面议") is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "允许联合体",
        "反应液为乙醇体系",
        "避开关税不确定",
        "安装须利用检修的六小时",
        "运输须密闭",
        "我司不接受分包",
        "最好包邮",
        "可谈独家代理",
    ],
)
def test_what_rules_nothing_out_is_no_demand(text: str) -> None:
    assert list(demands(Source(text, "detail"))) == []


def test_every_term_of_the_table_is_named_and_settled_by_its_own_words() -> None:
    raw = tomllib.loads(Path("data/conditions/exclusions.toml").read_text(encoding="utf-8"))
    assert labels().keys() == {f"term_{name}" for name in raw}
    assert all(row["label"] and row["words"] and (row.get("no") or row.get("yes")) for row in raw.values())


def test_the_question_quotes_the_clause() -> None:
    (requirement,) = demands(Source("找供应商，不接受贸易商。", "detail"))
    assert ask(requirement) == "是否符合“不接受贸易商”"
