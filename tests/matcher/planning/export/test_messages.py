"""What each person is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from matcher.planning.export.messages import messages
from tests.matcher.planning.export.documents import MAIL, PHONE, REASON, empty, sound, timeless


def test_a_message_can_be_pasted_as_it_stands() -> None:
    assert messages(sound(), contact="会务组 0532-1234567")["h1.1"] == "\n".join([
        "H1李敏总监您好！",
        "“对接会”为您安排了 2 场会面：",
        "12月1日（周二）：",
        f"09:00–09:20 1 号桌 G1 李敏 总监（{REASON}）",
        "09:20–09:40 1 号桌 G2 李敏 总监",
        "请提前 5 分钟到桌。",
        "有变动请联系：会务组 0532-1234567",
    ])  # fmt: skip


def test_everyone_has_a_message_and_nobody_anothers_contacts() -> None:
    told = messages(sound())
    assert set(told) == {"h1.1", "h1.2", "h2.1", "g1.1", "g2.1", "g3.1"}
    assert not any(PHONE in text or MAIL in text for text in told.values())
    assert told["h1.2"] == "H1王伟您好！\n“对接会”暂未为您安排会面。\n如有想见的企业，请告诉我们。"


def test_a_delegate_without_a_name_is_greeted_by_the_firm() -> None:
    found = sound()
    people = tuple(
        replace(one, delegates=tuple(replace(held, name=None) for held in one.delegates))
        for one in found.programme.participants
    )
    told = messages(replace(found, programme=replace(found.programme, participants=people)))
    assert told["g3.1"].startswith("G3您好！\n")


def test_each_day_has_a_heading() -> None:
    found = sound()
    event = found.programme.event
    *first, last = event.slots
    later = replace(last, start=last.start + timedelta(days=1), end=last.end + timedelta(days=1))
    meetings = (*found.plan.meetings[:3], replace(found.plan.meetings[3], slot=3))
    changed = replace(
        found,
        programme=replace(found.programme, event=replace(event, slots=(*first, later))),
        plan=replace(found.plan, meetings=meetings),
    )
    lines = messages(changed)["h1.1"].split("\n")
    assert [line for line in lines if line.endswith("：")][1:] == ["12月1日（周二）：", "12月2日（周三）："]


@pytest.mark.parametrize(("length", "told"), [(59, 59), (60, 60), (61, 60)])
def test_a_long_reason_is_cut(length: int, told: int) -> None:
    found = sound()
    first, *others = found.plan.meetings
    meetings = (replace(first, reasons=("理" * length,)), *others)
    text = messages(replace(found, plan=replace(found.plan, meetings=meetings)))["g1.1"]
    reason = text.split("（")[2].split("）")[0]
    assert len(reason) == told
    assert reason.endswith("…") is (length > 60)


def test_nobody_meets() -> None:
    assert all("暂未为您安排会面" in text for text in messages(empty()).values())
    assert messages(timeless()) == {}
