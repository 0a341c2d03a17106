"""Plans to print: the small event with people, reasons and a lock, and an empty one."""

from dataclasses import replace

from matcher.planning.document import Document, document
from matcher.planning.model import Delegate, Event, Lock, Plan, Programme, Stance, Unmet, Wish
from tests.matcher.planning.small import ALL, SOUND, plan, programme

PHONE = "13812345678"
MAIL = "li@example.com"
REASON = "供方“五轴加工”对应需方“壳体精加工”"
NASTY = '=HYPERLINK("http://x","<b>&\'点\'</b>")'


def named(found: Programme, **names: str) -> Programme:
    """Return the programme with some participants renamed."""
    people = tuple(replace(one, name=names.get(one.id, one.name)) for one in found.participants)
    return replace(found, participants=people)


def people() -> Programme:
    """Return the small event in which h1 sends two people and everyone has a name and a telephone."""
    lock = Lock(pair=("g1", "h1"), slot=0, table=1)
    whole = programme(locks=(lock,), wishes=(Wish(of="g3", about="h1", stance=Stance.MUST),))
    known = {"name": "李敏", "title": "总监", "phone": PHONE, "email": MAIL}
    firms = []
    for one in whole.participants:
        delegates = tuple(replace(delegate, **known) for delegate in one.delegates)  # type: ignore[arg-type]
        extra = (Delegate(id="h1.2", name="王伟", phone=PHONE, available=ALL),) if one.id == "h1" else ()
        firms.append(replace(one, delegates=(*delegates, *extra), minimum=2 if one.id == "g2" else None))
    return replace(whole, participants=tuple(firms))


def sound() -> Document:
    """Return four meetings, the first locked, with what falls short and what would help."""
    first, *others = SOUND
    meetings = (replace(first, locked=True, reasons=(REASON, "同城")), *others)
    short = (
        Unmet(participant="g2", wanted=2, got=1, reason="可安排的对象只有 1 个"),
        Unmet(participant="g3", wanted=1, got=0, reason="时段已满", partner="h1"),
    )
    whole = replace(
        plan(*meetings), unmet=short, relaxations=("加 1 张桌可多排 2 场",), notes=("g3 必见 h1，但 h1 不见 g3",),
        alternates={"g2": ("h2",), "g3": ("h1",)},
    )  # fmt: skip
    return document(people(), whole, {"encoder": "e5"})


def empty() -> Document:
    """Return the small event in which nobody meets."""
    return document(people(), Plan(meetings=()), {})


def timeless() -> Document:
    """Return an event without a slot, a table or anybody."""
    return document(Programme(event=Event(name="空会", slots=(), tables=0), participants=()), Plan(meetings=()), {})
