"""The object that a clause names, and bare nouns that hold the words of asking."""

import pytest

from matcher.asking import Sought, sought
from matcher.domain import Side
from tests.matcher.asking.marked import read, wanted

INSIDE_WORDS = """
现求购[有机蔬菜] 求购[有机硅密封胶] 急需[有色金属废料] 采购[有源滤波器] 需要[有载分接开关] 求购[需氧菌培养基]
求购[求生装备] 寻找[征信服务]商 采购[门头招牌] 求购[有线耳机] 需要[有机溶剂回收装置] 求购[收割机配件]
寻求[外包装设计] 求购[配置管理数据库] 求[真空泵] 求[真空镀膜机]厂家 需[氧化铝粉] 需[冷库]一座 需[热熔胶] 缺[氧化锌]
寻[优质煤炭] 买[家具] 找[平板电脑]供应商 求[解冻设备] 求[稳压器] 求[新能源汽车线束] 求[生物质颗粒] 求购[和面机]
求[质谱仪] 急需[有限元分析服务] 求购[有杆泵抽油机] 要[点胶机] 需要[无人机]
"""
# Bare nouns, some of which hold a cue.
WHOLE = """
需氧菌培养基 求生装备 征信服务 招牌制作 寻呼机 医用寻呼机 采购管理咨询 有轨电车道岔 有线电视光缆 有机肥发酵罐
招商引资策划服务 找平砂浆 自动寻边器 收银机 租赁管理软件 要素市场化交易平台 缺氧池搅拌机 购物中心导视系统 购物袋
买断式回购服务 需量控制器 按需打印系统 刚需品 做市商系统 求解器软件 求解器 寻址芯片 外包装设计 开发区绿化养护
研发费用加计扣除代理 引进人才公寓家具 更换式滤芯 需求预测软件 供应商寻源管理系统 用于锂电池的铝塑膜
生产锂电池所需的铝塑膜 生产线用的输送带 原料乳检测仪 核心部件国产化替代 原材料碳酸锂 核心零部件可靠性试验
关键材料制备技术 有机废气治理 采购式样设计 收纳箱 求职招聘系统 缺陷检测系统 需求侧响应平台 寻迹机器人 征地拆迁服务
招聘系统 收费系统 有机玻璃加工 有载调压变压器 觅食行为记录仪 物色板 比选仪 开发板 优选阀 选定波长光源 兹白瓷
来料加工 来样检测仪 可来水泵 有机朗肯循环发电 报价系统 联系人管理软件 电话录音系统 留言板系统 回复系统
客户联系管理系统 直接联轴器 可回收报告柜 供应商开发管理系统 供应商准入系统 企业征信查询 供应商寻源平台 新药物筛选
渠道开发培训 公司引进人才公寓 高校人才引进服务 用于中小学的教学一体机 做旧家具 做面膜用的无纺布
适用于高寒地区的电动客车 生产制造执行系统 加工中心用刀柄 用于锂电池隔膜涂覆的勃姆石浆料 多功能护理床 多台阶钻头
多种气体检测仪 多片锯 大量程压力变送器 小批量试制 部分放电检测仪 各向异性导电胶 少量程天平 多辆份疫苗
有机硅做的密封圈 有声读物制作 国有资产出租管理系统 有价证券印刷 没有杂质的硅片 原料药中间体 零部件数字化检测平台
材料力学性能测试 辅料自动称量系统 客户关系维护服务 合作伙伴门户网站建设 质量不稳定性分析软件 价格波动预警平台 老板桌
你好牌酸奶机 联系人通讯录软件 供货商资质审核平台 影响力评估报告 好太太晾衣架 故宫文创雪糕 对接平台开发 电池供应链金融
"""


@pytest.mark.parametrize("marked", INSIDE_WORDS.split())
def test_a_verb_of_wanting_is_told_from_a_word_that_holds_it(marked: str) -> None:
    assert read(marked) == wanted(marked)


@pytest.mark.parametrize("text", WHOLE.split())
def test_a_bare_noun_stays_whole(text: str) -> None:
    assert sought(text, side=Side.REQUEST) == Sought(title=text, detail=None)


def test_a_word_of_making_to_order_is_a_verb() -> None:
    assert read("采购定制[家具]") == "家具"
    assert read("采购[定制化软件]") == "定制化软件"


def test_who_asks_is_no_object() -> None:
    assert read("有没有人手里有铰链，我是橱柜厂的采购。") == "铰链"
    assert read("对接需求：我们生产橱柜，求购铰链。") == "铰链"


def test_a_language_may_be_mixed() -> None:
    assert read("Sourcing [轴承] for our 风机 production line, please quote.") == "轴承"
