"""What changed, in words that the people concerned can read."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matcher.planning.change import delayed, without
from matcher.planning.diff import Difference, Kind, attendee_changes, by_participant, in_total, meeting_changes
from matcher.planning.model import Delegate, Plan, Programme, Stance, Wish, pair_key
from matcher.planning.planner import plan as planned
from tests.matcher.planning.generate import programmes
from tests.matcher.planning.small import SOUND, meeting, participant, plan, programme


def words(changes: tuple[Difference, ...]) -> list[str]:
    return [str(change) for change in changes]


def changed(old: Programme, id_: str, **facts: object) -> list[str]:
    people = tuple(replace(one, **facts) if one.id == id_ else one for one in old.participants)  # type: ignore[arg-type]
    return words(attendee_changes(old, replace(old, participants=people)))


def test_who_comes_and_who_no_longer_does() -> None:
    old = programme(wishes=(Wish(of="g2", about="h1", stance=Stance.WANT),), met=frozenset({("g2", "h2")}))
    people = (Delegate(id="n.1", name="王伟"), Delegate(id="n.2"))
    late = replace(participant("n", None, delegates=people), name="新能公司")
    left = without(old, ["g2"])
    said = (Wish(of="h1", about="n", stance=Stance.WANT), Wish(of="n", about="h1", stance=Stance.WANT))
    new = replace(left, participants=(*left.participants, late), wishes=said)
    assert words(attendee_changes(old, new)) == [
        "取消参会：“G2”",
        "新增参会：“新能公司”（王伟、未具名代表）",
        "“H1”对“新能公司”新表示想见",
    ]
    assert [change.kind for change in attendee_changes(old, new)] == [Kind.REMOVED, Kind.ADDED, Kind.ADDED]


def test_what_changed_about_a_participant() -> None:
    old = programme()
    assert changed(old, "g1", name="新名", maximum=3) == ["“新名”名称由“G1”改为“新名”", "“新名”最多场次由“无”改为“3”"]
    assert changed(old, "g1", industry="C36", region="110108") == [
        "“G1”行业由“无”改为“汽车制造业”",
        "“G1”地区由“无”改为“北京市海淀区”",
    ]
    assert changed(old, "g1", industry="没有这一行") == ["“G1”行业由“无”改为“没有这一行”"]
    assert changed(old, "g1", attributes={"桌号": 3}) == ["“G1”桌号由“无”改为“3”"]
    assert changed(old, "g1", rivals=frozenset({"g2", "外集团"})) == ["“G1”新增竞争单位：G2、外集团"]
    rivals = programme(participants=(participant("g1", None, rivals=frozenset({"g1"})),))
    assert changed(rivals, "g1", rivals=frozenset()) == ["“G1”不再与G1互为竞争单位"]


def test_what_changed_about_a_delegate() -> None:
    people = (
        Delegate(id="g1.1", name="李娜", phone="13800000001", available=frozenset({0, 1})),
        Delegate(id="g1.2", name="赵四"),
    )
    assert changed(programme(), "g1", delegates=people) == [
        "“G1”增加代表：赵四",
        "“G1”代表李娜的姓名由“无”改为“李娜”",
        "“G1”代表李娜的电话由“无”改为“13800000001”",
        "“G1”代表李娜的可参加时段由“全天”改为“09:00-09:40”",
    ]
    assert changed(programme(), "g1", delegates=()) == ["“G1”减少代表：（未具名）"]


def test_wishes_and_past_meetings() -> None:
    old = programme(
        wishes=(Wish(of="h1", about="g1", stance=Stance.WANT), Wish(of="g1", about="h1", stance=Stance.FINE)),
        met=frozenset({("g1", "h1")}),
    )
    new = replace(
        old,
        wishes=(Wish(of="h1", about="g1", stance=Stance.NO), Wish(of="g2", about="h1", stance=Stance.MUST)),
        met=frozenset({("g2", "h1")}),
    )
    assert words(attendee_changes(old, new)) == [
        "“H1”对“G1”由想见改为不见",
        "“G1”对“H1”不再表示可见",
        "“G2”对“H1”新表示必见",
        "“G1”与“H1”不再标注为此前已见",
        "“G2”与“H1”新标注为此前已见",
    ]


def test_meetings_dropped_added_and_moved() -> None:
    old = programme()
    second = Delegate(id="h2.2", name="钱七")
    people = (replace(p, delegates=(*p.delegates, second)) if p.id == "h2" else p for p in old.participants)
    new = replace(old, participants=tuple(people))
    after = plan(
        meeting("h1", "g1", 3, 2),
        meeting("h2", "g3", 0, 2, delegate_a="h2.2"),
        meeting("h2", "g1", 1, 2),
        meeting("h1", "g3", 2, 1),
    )
    changes = meeting_changes((old, plan(*SOUND)), (new, after))
    assert words(changes) == [
        "“H1”与“G2”的会面取消（原 09:20-09:40 1 号桌）",
        "“H1”与“G3”的会面新增：09:40-10:00 1 号桌",
        "“H2”与“G3”的会面代表由（未具名）改为钱七",
        "“H1”与“G1”的会面时间由 09:00-09:20 改为 14:00-14:20，由 1 号桌改到 2 号桌",
    ]
    own = by_participant(changes)
    assert {one: len(told) for one, told in own.items()} == {"h1": 3, "g2": 1, "g3": 2, "h2": 1, "g1": 1}
    assert words(own["g3"]) == words(changes)[1:3]
    assert in_total(changes) == "新增 1 项、取消 1 项、变更 2 项，涉及 5 家"
    assert in_total(()) == "无变化"


def test_a_delay_moves_every_meeting_and_a_whole_day_too() -> None:
    old, made = programme(), plan(*SOUND)
    late = meeting_changes((old, made), (delayed(old, 20), made))
    assert words(late)[0] == "“H1”与“G1”的会面时间由 09:00-09:20 改为 09:20-09:40"
    assert in_total(late) == "变更 4 项，涉及 5 家"
    tomorrow = meeting_changes((old, made), (delayed(old, 1440), made))
    assert words(tomorrow)[0] == "“H1”与“G1”的会面时间由 12-01 09:00-09:20 改为 12-02 09:00-09:20"


@given(programmes())
def test_equals_do_not_differ(found: Programme) -> None:
    made = planned(found)
    assert attendee_changes(found, found) == ()
    assert meeting_changes((found, made), (found, made)) == ()


@given(programmes(), st.data())
def test_the_counts_lead_from_one_plan_to_the_other(found: Programme, data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from([one.id for one in found.participants]), max_size=2))
    fewer = without(found, gone)
    before, after = planned(found), planned(fewer)
    changes = meeting_changes((found, before), (fewer, after))
    counts = Counter(change.kind for change in changes)
    assert len(before.meetings) - counts[Kind.REMOVED] + counts[Kind.ADDED] == len(after.meetings)
    assert pairs(before) - concerned(changes, Kind.REMOVED) | concerned(changes, Kind.ADDED) == pairs(after)
    assert concerned(changes, Kind.CHANGED) <= pairs(before) & pairs(after)
    told = attendee_changes(found, fewer)
    assert {change.participants for change in told} == {(one,) for one in gone}
    assert sum(map(len, by_participant(changes).values())) == 2 * len(changes)


def pairs(made: Plan) -> set[tuple[str, str]]:
    return {pair_key(meeting.a, meeting.b) for meeting in made.meetings}


def concerned(changes: tuple[Difference, ...], kind: Kind) -> set[tuple[str, str]]:
    return {pair_key(*change.participants) for change in changes if change.kind is kind}
