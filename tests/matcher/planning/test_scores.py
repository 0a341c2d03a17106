"""How well participants fit: several needs in one cell are several, and reasons name the two that meet."""

from datetime import date

import pytest

from matcher.assets import asset
from matcher.encoder import load_encoder
from matcher.planning.draft import FLOOR
from matcher.planning.model import EventSide, Participant, pair_key
from matcher.planning.scores import Fits, pieces

NEEDS = "寻求包装纸箱，每月2万只；寻求钛合金薄壁支架五轴加工；要求精度±0.01mm"


def firm(name: str, side: EventSide | None, *, needs: str = "", offers: str = "") -> Participant:
    return Participant(id=name, name=name, side=side, delegates=(), needs=needs, offers=offers)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ；\n ", []),
        ("五轴加工", ["五轴加工"]),
        ("五轴加工；纸箱", ["五轴加工", "纸箱"]),
        ("五轴加工;纸箱\n 注塑 ", ["五轴加工", "纸箱", "注塑"]),
        ("五轴加工；要求±0.01mm；须通过AS9100；纸箱", ["五轴加工；要求±0.01mm；须通过AS9100", "纸箱"]),
        ("要求五轴加工", ["要求五轴加工"]),
        ("纸箱；应用软件开发；限位开关", ["纸箱", "应用软件开发", "限位开关"]),
        ("甲；乙；丙；丁；戊；己；庚；辛", ["甲", "乙", "丙", "丁", "戊", "己；庚；辛"]),
    ],
)
def test_a_cell_may_list_several_things(text: str, found: list[str]) -> None:
    assert pieces(text) == found


def test_reasons_name_the_two_that_meet() -> None:
    people = (
        firm("航材", EventSide.HOST, needs=NEEDS),
        firm("钛锐", EventSide.GUEST, offers="铝合金门窗安装；钛合金五轴精密加工"),
        firm("纸业", EventSide.GUEST, offers="瓦楞纸箱与包装印刷"),
        firm("无言", EventSide.GUEST),
    )
    fits = Fits(people, load_encoder(None, default=asset("models", "default")), as_of=date(2026, 11, 23))
    scores = {one.pair: one.score for one in fits.scores()}
    told = fits.explained(scores)
    assert told[pair_key("航材", "钛锐")][0] == "航材需要“寻求钛合金薄壁支架五轴加工”，钛锐可提供“钛合金五轴精密加工”"
    assert told[pair_key("航材", "纸业")][0] == "航材需要“寻求包装纸箱，每月2万只”，纸业可提供“瓦楞纸箱与包装印刷”"
    assert fits.silent == ("无言",)
    assert all("无言" not in pair for pair in scores)
    assert all(0 < score < 1000 for score in scores.values())
    assert pair_key("钛锐", "纸业") not in scores


def test_the_best_answer_to_a_need_nobody_serves_is_none() -> None:
    people = (
        firm("航材", EventSide.HOST, needs="寻求钛合金薄壁支架五轴加工"),
        firm("药企", EventSide.HOST, needs="寻求单克隆抗体灌装代工"),
        firm("钛锐", EventSide.GUEST, offers="钛合金五轴精密加工"),
        firm("门窗", EventSide.GUEST, offers="铝合金门窗安装"),
    )
    fits = Fits(people, load_encoder(None, default=asset("models", "default")), as_of=date(2026, 11, 23))
    scores = {one.pair: one.score for one in fits.scores()}
    served = scores.pop(pair_key("航材", "钛锐"))
    assert served > 500 > FLOOR > max(scores.values())
