"""Of what a clause complains, when another one asks for somebody who delivers it."""

import pytest

from matcher.asking import sought
from matcher.asking.subject import is_effect, told_of
from matcher.domain import Side
from tests.matcher.asking.marked import read, wanted

COMPLAINTS = """
目前市面上的[复合肥料]质量参差不齐，影响了我公司掺混肥料的良率，故想另觅可靠的供货方。
目前市面上的[原材料]质量参差不齐，影响了我厂产品的良率，故想另觅可靠的供货方
现有[轴承]供应商交期太长，想换一家厂家 我们现在用的[胶水]老是开裂，想另找供应商 现用[切削液]味道太大，想换厂家
原来的[瓦楞纸箱]供货不稳定，导致我厂发货延误，所以想找新的供应商 橡胶圈老是漏油，[密封圈]谁家质量好
市场上的[密封条]价格波动大，影响了我司门窗的交付，因此拟寻找稳定的供货方
近期采购的[铜线]品质不稳，造成电机返修，现另寻供应商 眼下[硅片]供应紧张，拖累组件产能，急寻货源
[国产轴承钢]纯净度不够，我公司做高铁轴承，想找可靠的厂家 目前合作的[电镀]厂环保停产，急需另找一家
我们原来用的[标签纸]经常掉胶，想找新的供货商 市面上[滤芯]价格虚高，求靠谱厂家 [橡胶圈]老是漏油，谁家质量好
目前[网布]全靠进口，交期不可控，想找国内供应商 本地[砂石]供应不足，拖累了我司商砼生产，急寻货源
[铝箔]供应商三天两头断货，故另寻供货方 我司[轴套]每月消耗三万件，求长期供货方 [钨丝]用量很大，求源头厂家
现有[焊锡]供应商配合度低，打算另找厂家 合作多年的[铸造]厂关停了，想再找一家 近来[环氧树脂]涨价厉害，想换个供应商
目前采购的[紫铜排]尺寸不一，致使柜体返工，现另觅供货渠道 [国内高端轴承]一致性差，影响我司主轴精度，盼有实力的厂家
[有机颜料]货源紧张，求推荐供应商 [稀土]这一块一直没有固定货源，求各位介绍 想把[进口阀门]换成国产的，有推荐吗
我厂橱柜上要用到[铰链]，麻烦介绍几家靠谱的 生产线上会用到[电磁阀]，求推荐 目前正为[硅钢片]的供应问题发愁
公司一直为[包装箱]的货源头疼 由于[伺服电机]交期太长，我们考虑国产替代 拟将铅酸电池更换为[锂电池]，求厂家 计划把燃煤锅炉换成[生物质锅炉]
"""


@pytest.mark.parametrize("marked", COMPLAINTS.split())
def test_what_a_complaint_is_told_of_is_sought(marked: str) -> None:
    assert read(marked) == wanted(marked)


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("胶水质量不稳", "胶水"),
        ("水质量检测仪老是坏", "水质量检测仪"),
        ("不锈钢管太贵", "不锈钢管"),
        ("我司产能不足", ""),
        ("影响了我公司的交付", ""),
        ("交期不可控", ""),
        ("轴承", ""),
        ("轴承" * 31 + "太贵", ""),
    ],
)
def test_a_complaint_has_a_subject(text: str, thing: str) -> None:
    assert told_of(text) == thing


def test_an_effect_is_not_a_complaint() -> None:
    assert is_effect("进而影响交付")
    assert not is_effect("轴承影响交付")


def test_an_effect_is_left_as_description() -> None:
    found = sought("本地砂石供应不足，拖累了我司商砼生产，急寻货源", side=Side.REQUEST)
    assert found.detail == "拖累了我司商砼生产"
