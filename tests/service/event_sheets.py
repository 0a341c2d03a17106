"""A small attendee sheet as organisers keep it, and an instance that plans it."""

from pathlib import Path
from typing import Any

from openpyxl import Workbook

HOSTS = (
    ("单位名称", "参会人", "职务", "联系电话", "可参加时段", "希望对接", "不希望对接", "需求"),
    ("北京航材股份有限公司", "王工", "采购经理", "13800000001", "全天", "钛锐", "", "寻求钛合金薄壁支架五轴加工"),
    ("首钢集团有限公司", "赵总", "处长", "13800000002", "上午", "", "", "寻求高炉煤气余热利用与设备预测性维护"),
)
GUESTS = (
    ("单位名称", "参会人", "职务", "联系电话", "可参加时段", "希望对接", "不希望对接", "可提供"),
    ("北京钛锐精密制造有限公司", "钱一", "总经理", "13800000003", "全天", "北京航材", "", "钛合金、铝合金五轴精密加工"),
    ("北京余热节能技术有限公司", "郑五", "销售", "13800000004", "全天", "首钢", "", "工业余热利用、煤气发电"),
    ("北京预知科技有限公司", "周三", "经理", "13800000005", "上午", "", "", "旋转设备振动监测与预测性维护平台"),
    ("=HYPERLINK(1)公司", "吴四", "律师", "13800000006", "全天", "", "首钢集团有限公司", "知识产权法律服务"),
)


def attendees(path: Path, *, without: str = "", extra: tuple[tuple[str, ...], ...] = ()) -> Path:
    """Write the sheet, without the firms whose name holds `without` and with further guests."""
    book = Workbook()
    for title, rows in (("大企业", HOSTS), ("中小企业", (*GUESTS, *extra))):
        page = book.create_sheet(title)
        kept = (row for row in rows if not (without and without in row[0]))
        for line, row in enumerate(kept, 1):
            for column, value in enumerate(row, 1):
                cell = page.cell(line, column, value)
                cell.data_type = "s"
    del book["Sheet"]
    book.save(path)
    return path


def names(told: dict[str, Any]) -> set[frozenset[str]]:
    """Return who meets whom in a plan's JSON, by name."""
    return {frozenset((meeting["a"], meeting["b"])) for meeting in told["meetings"]}
