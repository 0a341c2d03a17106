"""A bond with a firm seeks what the firm makes."""

import pytest

from matcher.asking.partner import Bond, bond
from tests.matcher.asking.marked import read, wanted

BONDS = """
想与[轴承]生产企业建立配套关系 我们希望与[隔离开关]生产企业建立配套关系。 作为开关柜制造商，我们希望与[真空断路器]制造企业建立配套关系
拟同[特种钢]制造企业建立长期合作关系 希望和[包装膜]厂家达成战略合作 想跟[电池隔膜]供应商签订长期供货协议
愿与[伺服电机]制造商开展深度合作 欲与国内优质[铜箔]生产厂家建立稳定的供需关系 诚愿与[钛白粉]供应商缔结合作关系
我公司生产冰箱，希望与[压缩机]厂商建立战略合作伙伴关系 期待与[物流运输]公司建立长期合作 想和[棉纱]厂直接合作
希望和做[线束加工]的工厂长期合作 想跟靠谱的[不锈钢管]供货商搭上线 我司做电动车，寻求与[锂电池]企业建立配套合作
希望能有[齿轮箱]生产厂家与我们建立合作 寻求与有实力的[铝型材]企业合作 拟与具备资质的[危废处置]单位签订服务合同
我厂专做太阳能热水器，有意与[真空管]生产厂家结成长期伙伴 希望同[芯片]原厂建立直接供货关系 有意牵手[再生纸浆]企业
我们想跟几家[瓷砖]厂谈长期合作 渴望与国内[大豆分离蛋白]供应商携手 愿与[航空铝材]供货方缔结战略联盟
欲和[钕铁硼]生产企业达成供货协议，我司是做电机的 拟与[食堂承包]公司签订三年合同 期盼与做[覆铜板]的厂商直接对接
打算跟[叉车租赁]公司长期合作 计划与[种薯]种植基地签订单 寻求与[碳化硅衬底]厂商合作 本院拟与[医疗废物处置]机构签订处置协议
希望对接[光学镜片]生产厂家 想对接一些[模具钢]供应商 想联系[聚酯切片]生产企业 想结识做[陶瓷基板]的厂家
想认识几个做[硅胶套]的老板 希望尽快联系上[液晶屏]代理商 需对接[工业废水处理服务]商
诚盼[光伏玻璃]制造商与我司建立供需关系 希望有[连接器]生产企业加入我们的供应链 恳请能做[真空热处理]的单位与我们联系
欢迎[冷却液]厂家前来洽谈 诚邀[有色金属]制造商加入 期待有能力的[线束]厂家加入 盼有实力的[联轴器]厂家
求购[轴承]，欢迎密封圈厂家联系 寻求和高校合作开发[钠离子电池正极] 希望与科研院所联合攻关[高温蠕变]
"""


@pytest.mark.parametrize("marked", BONDS.split())
def test_of_a_bond_what_the_firm_makes_is_sought(marked: str) -> None:
    assert read(marked) == wanted(marked)


def test_a_wish_is_surer_than_a_call() -> None:
    assert bond("希望与轴承厂家建立合作") == Bond("轴承", True)
    assert bond("欢迎轴承厂家报名") == Bond("轴承", False)


def test_a_firm_of_which_nothing_is_told_makes_nothing() -> None:
    assert bond("希望与有实力的厂家建立合作") == Bond("", True)
    assert bond("希望与高校、科研院所开展合作") == Bond("", True)


def test_a_bond_that_stands_is_not_wished_for() -> None:
    assert bond("已与轴承厂家建立合作") is None
    assert bond("供应商关系管理系统") is None
