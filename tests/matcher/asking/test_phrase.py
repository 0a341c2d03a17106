"""An object phrase without amounts and without who is to deliver."""

import pytest

from matcher.asking.phrase import supplier_only, trim
from tests.matcher.asking.marked import read, wanted

MEASURE = """
求购一批[网线] 若干台[空压机]采购 需要若干[工业相机] 采购多台[激光打标机] 寻找几家做[注塑]的厂 找几家[包装盒]供应商
一批[铜端子]急需 求购多套[液压站] 现需数台[除湿机] 采购数十台[电动叉车] 求购两三台[旧车床] 需要大批量[橡胶垫片]
求购少量[镀金铜片] 要一批[PVC管材] [多功能打印机]采购 采购[多层复合板] 求购多台套[水泵] 采购[数控机床]
采购[几何量测量仪] 求一批[次品布料] 需要大量[蜂窝纸板] 采购各类[紧固件] 数百台[监控摄像头]采购 想买十几套[折叠桌]
需若干名[质检员] 需要几款[包装盒] 寻多家[物流]公司 求购三四吨[石蜡] 求购多种规格的[弹簧]
"""
FIRMS = """
有[注塑机]厂家吗 求[石英砂]生产企业推荐 [钢结构]制造企业有没有推荐的 需要[无尘布]生产厂家，最好江苏的
求[气动元件]代理商联系方式 想找[水性漆]直供厂家 找[铝单板]源头厂 寻[黄桃罐头]生产加工企业 寻[冷链物流]企业
求[食用菌]种植基地 求[生猪]养殖户 找[网红零食]批发商 急找[钢筋]现货商 求[模具加工]厂 寻求[大豆油压榨]企业
求[光纤预制棒]生产厂商 急寻[鹅绒]供货方 诚招[展台搭建]承揽方 找个[不干胶标签印刷]厂家 需要一个[汽车坐垫]加工厂家
找[包装袋]生产商，要食品级 有[氮化硅陶瓷球]制造商吗？ 另觅可靠的[包装箱]供货方 想另觅可靠的[减速机]供货方
故想另觅可靠的[电容]供货方 因此想换一家[色母粒]供应商 想更换[标签]供应商 打算新增一家[螺丝]供货方
想另找几家[泡沫箱]厂 需要再开发两家[钢管]供应商 想另外找一家[焊条]供货方 再觅两家[铝材]供货商
故需重新物色[碳棒]供应方 所以想多找几家[快递]公司 因此另寻[密封胶]制造企业 为此急需[蒸汽]供应单位
拟面向社会公开遴选[软件系统]供货单位 求[减震器]工厂微信 诚聘[喷涂]外协厂
"""


@pytest.mark.parametrize("marked", MEASURE.split())
def test_an_amount_is_no_part_of_a_thing(marked: str) -> None:
    assert read(marked) == wanted(marked)


@pytest.mark.parametrize("marked", FIRMS.split())
def test_of_a_firm_what_it_makes_is_sought(marked: str) -> None:
    assert read(marked) == wanted(marked)


def test_a_supplier_is_told_from_a_thing() -> None:
    assert supplier_only("合作伙伴")
    assert supplier_only("具备资质的检测机构")
    assert supplier_only("")
    assert not supplier_only("轴承供应商")


def test_a_phrase_is_trimmed_of_amount_and_supplier() -> None:
    assert trim("一批轴承的稳定供应商") == "轴承"
    assert trim("轴承500套") == "轴承"
    assert trim("40吨门座式起重机") == "40吨门座式起重机"
    assert trim("") == ""
