"""A text for each person, ready to paste."""

from matcher.planning.document import Document
from matcher.planning.export.agenda import Agendas, Entry, clock, day, person
from matcher.planning.model import Delegate, Participant

_REASON = 60


def messages(document: Document, *, contact: str | None = None) -> dict[str, str]:
    """Return each delegate's text by delegate id: greeting, meetings by day with time, table, partner and why.

    `contact` is whom to call about changes. A delegate without meetings is told so.
    """
    agendas = Agendas(document)
    return {
        delegate.id: _message(agendas, participant, delegate, contact) for participant, delegate in agendas.delegates()
    }


def _message(agendas: Agendas, participant: Participant, delegate: Delegate, contact: str | None) -> str:
    entries = agendas.of_delegate(participant, delegate)
    lines = [f"{_greeting(participant, delegate)}您好！", _opening(agendas.event.name, len(entries))]
    today = ""
    for entry in entries:
        if (date := day(entry.slot)) != today:
            lines.append(f"{date}：")
            today = date
        lines.append(_line(entry))
    lines.append("请提前 5 分钟到桌。" if entries else "如有想见的企业，请告诉我们。")
    if contact:
        lines.append(f"有变动请联系：{contact}")
    return "\n".join(lines)


def _greeting(participant: Participant, delegate: Delegate) -> str:
    return f"{participant.name}{delegate.name}{delegate.title or ''}" if delegate.name else participant.name


def _opening(event: str, meetings: int) -> str:
    if not meetings:
        return f"“{event}”暂未为您安排会面。"
    return f"“{event}”为您安排了 {meetings} 场会面："


def _line(entry: Entry) -> str:
    reason = entry.meeting.reasons[0] if entry.meeting.reasons else ""
    why = f"（{reason if len(reason) <= _REASON else reason[: _REASON - 1] + '…'}）" if reason else ""
    partner = f"{entry.partner.name} {person(entry.partner_delegate)}".rstrip()
    return f"{clock(entry.slot)} {entry.table} 号桌 {partner}{why}"
