"""What a text seeks: known answers in many structures, properties of any text, and the judged development set."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.asking import Sought, sought
from matcher.asking.clauses import Clause, Role, clauses, label_of, rejoin, role
from matcher.asking.exclude import without_excluded, without_material
from matcher.asking.notice import notice_object, peel
from matcher.asking.phrase import supplier_only, trim
from matcher.domain import Side
from tests.matcher.asking_score import DEV, character_f1, report, score

REQUESTS = [
    ("我公司主要做电动牙刷整机，想找一家空心杯电机的稳定供应商", "空心杯电机"),
    ("我们生产割草机器人求购轮毂电机", "轮毂电机"),
    ("我厂是生产变压器的，缺硅钢片剪切加工服务", "硅钢片剪切加工服务"),
    ("主要从事宠物食品代工，急需冻干鸡肉粒", "冻干鸡肉粒"),
    ("专业从事胶原蛋白肽生产，诚征鱼皮原料供货商", "鱼皮原料"),
    ("铌酸锂晶圆求供应商，我们是做调制器的", "铌酸锂晶圆"),
    ("谁有高岭土货源？我公司做卫生陶瓷", "高岭土"),
    ("碳化硅外延片急缺，本司生产功率器件", "碳化硅外延片"),
    ("大量收购玉米芯，不限地区", "玉米芯"),
    ("急购尼龙66切片20吨", "尼龙66切片"),
    ("求租5000平米左右的冷库，靠近港口", "冷库"),
    ("寻求与科研院所共同攻关低温甲醇重整催化剂", "低温甲醇重整催化剂"),
    ("希望合作开发无氟泡沫灭火剂", "无氟泡沫灭火剂"),
    ("Looking for suppliers of 氮化铝陶瓷基板, monthly 20k pcs", "氮化铝陶瓷基板"),
    ("我司做e-bike，looking for 扭矩传感器 supplier", "扭矩传感器"),
    ("寻找一家靠谱的锂电池PACK代工厂", "锂电池PACK代工"),
    ("想找可以做等离子喷涂的加工厂", "等离子喷涂"),
    ("急寻具有压力容器制造资质的单位", "压力容器"),
    ("公开遴选职工体检服务机构", "职工体检服务"),
    ("单位：某食品厂；需求：淀粉废水处理设备；联系人：王工", "淀粉废水处理设备"),
    ("产品名称：无卤阻燃PP；用量：每月30吨；用途：充电桩外壳", "无卤阻燃PP"),
    ("网关加时间同步功能：找调度算法", "网关加时间同步功能：调度算法"),
    ("东海港口集团有限公司2025年岸桥钢丝绳集中采购招标公告", "岸桥钢丝绳"),
    ("金陵纺织股份有限公司关于采购自动络筒机的公告", "自动络筒机"),
    ("（重新招标）蓝天机场有限公司登机桥维保项目比选公告", "登机桥维保"),
    ("青山区城市管理局2026年环卫车辆购置项目（二次）更正公告", "环卫车辆"),
    ("江南造船厂舱口盖询比价函", "舱口盖"),
    ("云南省普洱市2025年度茶园有机肥采购", "茶园有机肥"),
    ("浙江省绍兴市柯桥区中小学食堂食材配送服务采购项目（标段一）", "中小学食堂食材配送服务"),
    ("某燃气公司超声波燃气表采购项目技术要求公开征集意见公告", "超声波燃气表"),
    ("关于对智慧养老服务平台采购需求征求意见的公告", "智慧养老服务平台"),
    ("我局拟对辖区内18座公厕进行智能化改造，现公开征集设计方案", "公厕进行智能化改造"),
    ("某水务集团现就供水管网GIS系统向社会公开征集服务单位", "供水管网GIS系统"),
    ("求购轴承、密封圈及油封", "轴承、密封圈及油封"),
    ("哪里可以买到食品级氮气发生器？", "食品级氮气发生器"),
    ("想问下有人能加工钨铜合金吗", "钨铜合金"),
    ("请教各位，氢气压缩机去哪里租", "氢气压缩机"),
    ("苏州附近有没有做阳极氧化的厂", "阳极氧化"),
    ("为满足夏季生产需要，拟租赁工业冷风机20台", "工业冷风机"),
    ("受原材料涨价影响，想找国产ABS替代料", "国产ABS替代料"),
    ("手头有一批不锈钢法兰要外发加工", "不锈钢法兰"),
    ("我司的电路板三防涂覆想外协", "电路板三防涂覆"),
    ("我司在生产中遇到覆铜板分层问题，寻求专家帮助解决", "覆铜板分层"),
    ("亟待攻克固态电解质界面阻抗大的难题", "固态电解质界面阻抗大"),
    ("采购空调末端设备，但不包括冷水机组", "空调末端设备"),
    ("求购除铝型材、铜排以外的其他散热材料", "散热材料"),
    ("寻求锂电池回收服务，铅酸电池除外", "锂电池回收服务"),
    ("求购以竹纤维为主要原料的一次性餐盒", "一次性餐盒"),
    ("小样本缺陷检测课题，求博士后", "小样本缺陷检测课题，博士后"),
]
# Objects that hold the words of asking, and texts that ask in no words at all.
WHOLE = [
    "采购合同管理软件",
    "采购管理系统",
    "供应商管理平台",
    "供应链金融服务",
    "需求响应控制终端",
    "矿用求救报警装置",
    "公告栏",
    "无线充电线圈",
    "一种用于连铸中间包的保温覆盖材料",
    "高比能锂硫电池关键技术研究",
    "除尘器外壳",
]
TRAPS = [
    ("招标代理服务采购公告", "招标代理服务"),
    ("解决方案展示大屏采购", "解决方案展示大屏"),
    ("急需开发板与仿真器", "开发板与仿真器"),
    ("外包装纸箱采购", "外包装纸箱"),
    ("求半导体制冷片厂家", "半导体制冷片"),
    ("采购不含铅焊料", "不含铅焊料"),
    ("寻求供应商质量管理软件", "供应商质量管理软件"),
    ("某集团生产管理系统升级招标公告", "生产管理系统升级"),
]
OFFERS = [
    ("我公司主营注塑模具，服务家电行业客户", "注塑模具"),
    ("承接各类钣金加工，来图定制", "钣金加工"),
    ("针对乡镇污水处理厂，提供一体化泵站", "一体化泵站"),
    ("生产线搬迁安装服务", "生产线搬迁安装服务"),
    ("制造执行系统MES", "制造执行系统MES"),
    ("拉断力>400N的膜丝", "拉断力>400N的膜丝"),
]
PIECES = [text for text, _ in [*REQUESTS, *TRAPS, *OFFERS]] + [
    "，",
    "。",
    "（",
    "）",
    "的",
    "：",
    " ",
    ">",
    "采购",
    "除",
]
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=5).map("".join))


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


@pytest.mark.parametrize(("text", "wanted"), [*REQUESTS, *TRAPS])
def test_a_request_seeks_its_object(text: str, wanted: str) -> None:
    assert sought(text, side=Side.REQUEST).title == wanted


@pytest.mark.parametrize("text", WHOLE)
def test_a_text_without_asker_or_wrapper_stays_whole(text: str) -> None:
    assert sought(text, side=Side.REQUEST) == Sought(title=text, detail=None)


@pytest.mark.parametrize(("text", "wanted"), OFFERS)
def test_an_offer_offers_its_object(text: str, wanted: str) -> None:
    assert sought(text, side=Side.OFFER).title == wanted


def test_a_path_of_categories_offers_its_last_step() -> None:
    path = "化工原料 > 有机溶剂 > 乙酸乙酯"
    assert sought(path, side=Side.OFFER) == Sought(title="乙酸乙酯", detail=path)


def test_whom_an_offer_serves_describes_it() -> None:
    found = sought("我公司可提供水性油墨，面向包装行业客户", "年产千吨。", side=Side.OFFER)
    assert found == Sought(title="水性油墨", detail="面向包装行业客户；年产千吨。")


def test_a_whole_text_is_parted_into_object_and_requirements() -> None:
    text = (
        "我们是一家做宠物智能用品的公司，员工80人。现在想找一家能做热释电传感器模组的厂家，要求功耗低于50微安，"
        "待机一年以上。有意者请联系王先生，谢谢！"
    )
    found = sought(text, side=Side.REQUEST)
    assert found == Sought(title="热释电传感器模组", detail="要求功耗低于50微安，待机一年以上。")


def test_a_given_detail_keeps_its_requirements_only() -> None:
    detail = "本公司成立于2009年，主营酱卤肉制品。节拍不低于12次/分钟，不含输送带。欢迎厂家联系"
    found = sought("引进真空包装机3台", detail, side=Side.REQUEST)
    assert found == Sought(title="真空包装机", detail="节拍不低于12次/分钟。")


def test_the_material_is_kept_as_description() -> None:
    found = sought("求购以竹纤维为主要原料的一次性餐盒", side=Side.REQUEST)
    assert found.detail == "以竹纤维为主要原料的"


def test_an_empty_detail_is_none() -> None:
    assert sought("轴承", "", side=Side.REQUEST).detail is None
    assert sought("轴承", "欢迎联系", side=Side.REQUEST).detail is None
    assert sought("轴承", "", side=Side.OFFER).detail is None


@given(TEXTS, st.sampled_from(Side))
def test_a_title_comes_from_the_text_is_never_lost_and_settled(text: str, side: Side) -> None:
    title = sought(text, side=side).title
    assert bool(title) == bool(text.split())
    assert is_subsequence(title, " ".join(text.split()))
    assert sought(title, side=side).title == title


@given(TEXTS, TEXTS, st.sampled_from(Side))
def test_a_detail_is_never_blank(text: str, detail: str, side: Side) -> None:
    found = sought(text, detail, side=side).detail
    assert found is None or found.strip()


@pytest.mark.parametrize(
    "unit", ["需", "除", "（", "，", "求购轴承，", "关于征集", "2025年", "1,", "以a", "某公司", "能做"]
)
def test_a_text_of_twenty_thousand_characters_is_read(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    for side in Side:
        assert is_subsequence(sought(text, side=side).title, text)


def test_clauses_keep_brackets_and_thousands_whole() -> None:
    found = [part.text for part in clauses("求购轴承（SKF，进口），1,500套。急")]
    assert found == ["求购轴承（SKF，进口）", "1,500套", "急"]
    assert rejoin(clauses("甲，乙。丙，")) == "甲，乙。丙"
    assert rejoin([]) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("我公司主营阀门", Role.ASKER),
        ("成立于2009年", Role.ASKER),
        ("本厂用来生产线路板", Role.PLAIN),
        ("因产能不足", Role.REASON),
        ("欢迎厂家联系", Role.NICETY),
        ("急", Role.NICETY),
        ("厚度0.1毫米以下", Role.PLAIN),
    ],
)
def test_a_clause_has_a_role(text: str, wanted: Role) -> None:
    assert role(Clause(text, "")) is wanted


def test_a_form_field_has_a_label() -> None:
    assert label_of(Clause("【采购】品名：二氧化碳", "")) == ("品名", "二氧化碳")
    assert label_of(Clause("二氧化碳", "")) == ("", "二氧化碳")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("轴承，不含安装", "轴承"),
        ("轴承（不含安装）", "轴承"),
        ("轴承，但不包括油封，月供", "轴承，月供"),
        ("除铝材、铜排以外的其他材料", "材料"),
        ("铝材除外", "铝材除外"),
        ("含税价，不含税另算", "含税价，不含税另算"),
        ("不含铅焊料", "不含铅焊料"),
        ("除湿机外壳", "除湿机外壳"),
    ],
)
def test_what_is_ruled_out_goes(text: str, kept: str) -> None:
    assert without_excluded(text) == kept


def test_a_material_alone_is_no_object() -> None:
    assert without_material("以玉米芯为原料") == ("以玉米芯为原料", None)
    assert without_material("木糖") == ("木糖", None)


def test_a_notice_is_peeled() -> None:
    assert peel("钢丝绳采购项目招标公告（第三次）") == ("钢丝绳", True)
    assert peel("钢丝绳") == ("钢丝绳", False)
    assert notice_object("钢丝绳") is None
    assert notice_object("智慧医院管理系统采购公告") == "智慧医院管理系统"


def test_a_phrase_is_trimmed_of_amount_and_supplier() -> None:
    assert trim("一批轴承的稳定供应商") == "轴承"
    assert trim("轴承500套") == "轴承"
    assert trim("40吨门座式起重机") == "40吨门座式起重机"
    assert trim("") == ""


def test_a_supplier_is_told_from_a_thing() -> None:
    assert supplier_only("合作伙伴")
    assert supplier_only("具备资质的检测机构")
    assert supplier_only("")
    assert not supplier_only("轴承供应商")


def test_the_development_set_is_read() -> None:
    scored = score(DEV)
    assert fmean(one.right for one in scored) >= 0.97, report(scored)
    assert fmean(one.f1 for one in scored) >= 0.97, report(scored)


def test_the_score_is_a_character_f1() -> None:
    assert character_f1("轴承", "轴承") == 1
    assert character_f1("轴承套", "轴承") == pytest.approx(0.8)
    assert character_f1("甲", "乙") == 0
