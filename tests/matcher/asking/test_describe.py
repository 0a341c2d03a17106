"""What stands before a thing: what it is to the asker, and what it is used for."""

import pytest

from matcher.asking import sought
from matcher.asking.describe import client, use_end, without_role, without_use
from matcher.domain import Side
from tests.matcher.asking.marked import read, wanted

ROLE_WORDS = """
寻求上游原材料[发电机]的稳定供应商 寻找原料[碳酸锂]的供货商 急购零部件[行星减速器]
本公司做按摩椅，求配套件[推杆电机]厂家 诚寻关键材料[光刻胶]供应商 我们做协作机器人，寻核心部件[谐波减速器]
采购辅料[热熔胶] 需要上游原料[聚乳酸颗粒] 求购关键零部件[主轴轴承] 公司生产空调，遴选核心零部件[压缩机]供应商
我厂生产饲料，急需主要原料[豆粕] 寻找下游客户[造纸厂] 求[原材料检测服务] [零部件加工]求供应商 求购[材料]
求购[原材料] 求购[零部件] 求购[零部件清洗机] 采购[原料仓库] 采购[原料药] 求购[原料奶] 采购[辅料包装机]
寻求[零部件]配套厂家 采购[原材料价格数据服务] 寻求上游零部件[直线导轨]的长期合作供应商 求购主要原材料[电解铜]
我司生产泳池设备，急寻上游原料[次氯酸钙]供货商 征集关键零部件[减速机]配套商 缺核心元器件[IGBT]
采购生产所需原辅料[玉米淀粉] 寻求核心材料[隔膜]的替代供应商 找外购件[联轴器] 求易损件[密封圈]货源
寻找终端客户[酒店布草采购商] 采购原料：[木薯淀粉] 求[零部件检测服务] 寻求[关键零部件加工]厂 采购[原料库除尘系统]
采购[零部件货架] 求购[备件管理软件] 采购[结构件焊接机器人] 求购[标准件]一批 采购[物料搬运小车] 求购[辅材及配件]
采购耗材[打印机墨盒] 求购[原材料和零部件] 采购[材料试验机] 采购[部件装配线] 求购[耗材柜] 采购[元器件筛选试验]
寻求[原材料]供应商 寻找[零部件]优质供应商 采购[标准件分拣机] 采购[物料提升机] 采购[备件库建设]
急购关键元件[霍尔传感器] 想找核心组件[电堆]的厂家 采购配套材料[密封胶条] 求购零配件[刹车片] 求购辅助材料[脱模剂]
采购上游大宗原料[PTA] 寻下游企业[服装厂]
"""
USE = """
做打印机要用的[步进电机]，哪家工厂能供？ 做保温杯要用的[304不锈钢管]，哪家工厂能供 求生产洗碗机所需的[水位传感器]
寻找用于新能源汽车的[铝合金电池托盘] 生产婴儿纸尿裤所需的[高吸水树脂]，谁能供货
加工眼镜架要用到的[钛合金丝]，有没有厂家 用于锂电池的[铝塑膜]，求供应商 我们做扫地机要用的[激光雷达]，谁家有？
制造电梯需要的[曳引机]，找厂家 组装无人机用的[碳纤维管]，哪里有卖 急求做面膜用的[无纺布]
采购用于光伏组件封装的[EVA胶膜] 做豆腐要用的[卤水]，请问谁能供应 用在地铁屏蔽门上的[驱动电机]求购
求购应用于航空发动机的[高温合金] 造纸要用的[淀粉]，哪家能供 做手机壳用的[TPU]，谁有货
我厂生产电饭煲所需的[温控器]，求货源 采购一种用于连铸中间包的[保温覆盖材料] 求购[用于水处理的设备]
用于新风机的[热交换芯]哪里有卖 生产蓄电池所用的[隔板]采购 寻找生产口罩所需[熔喷布] 做烘焙用的[黄油]哪里批发
求养虾用的[增氧机] 我公司生产电动车，需要用于控制器的[MOS管] 种蘑菇要用的[菌包]，有没有人卖
应用于5G基站的[陶瓷滤波器]，寻供应商 装配扫地机需要用到的[万向轮]，请问哪里有厂家做
做工业机器人要用的[伺服驱动器]，哪家工厂能供 我们是做水表的，做水表要用的[干簧管]谁家能做
加工玻璃要用到的[金刚石砂轮]，请问哪家有货 生产冰淇淋所需的[棕榈油]，寻供货商 有没有用于井下的[防爆手机]
用于电机的[钕铁硼磁钢]哪家工厂能做？ 求购一批用于装修的[石膏板] 做电池需要的[铜箔]，求购 养蜂用的[蜂箱]去哪买
"""


@pytest.mark.parametrize("marked", ROLE_WORDS.split())
def test_a_word_for_the_role_of_a_thing_is_no_part_of_it(marked: str) -> None:
    assert read(marked) == wanted(marked)


@pytest.mark.parametrize("marked", USE.split())
def test_a_thing_is_told_from_its_use(marked: str) -> None:
    assert read(marked) == wanted(marked)


def test_what_a_thing_is_used_for_describes_it() -> None:
    found = sought("做打印机要用的步进电机，哪家工厂能供？", side=Side.REQUEST)
    assert found.title == "步进电机"
    assert found.detail is not None
    assert found.detail.startswith("做打印机要用的")


def test_a_general_thing_keeps_its_use() -> None:
    assert without_use("用于水处理的设备") == ("用于水处理的设备", None)
    assert without_use("用于水处理的膜组件") == ("膜组件", "用于水处理的")
    assert use_end("膜组件") == 0


def test_a_role_word_goes_before_a_thing_only() -> None:
    assert without_role("关键材料光刻胶") == "光刻胶"
    assert without_role("核心部件计量泵") == "计量泵"
    assert without_role("零部件计量站") == "零部件计量站"
    assert without_role("原材料") == "原材料"
    assert client("下游客户造纸厂") == "造纸厂"
    assert client("造纸厂") == ""
