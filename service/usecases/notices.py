"""What a message says: why it was sent, what was found and why it fits, and how to have no more of it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matcher.errors import MatcherError
from matcher.tabular.tables import SheetTable, tables_book
from matcher.templates import templates
from service.auth import Actor, local_admin
from service.config import Settings
from service.deps import Parts
from service.store.delivery import Delivery
from service.usecases.unsubscribe import unsubscribe_url

SHEET = "sheet"
_DIGESTS = {"immediate": "随时", "daily": "每天", "weekly": "每周"}
_MARKS = str.maketrans("[]()<>*#`_~|\\!@", "［］（）＜＞＊＃＇＿～｜＼！＠")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHEET_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """A message in the forms that the channels take; `link` is how to have no more."""

    subject: str
    text: str
    html: str
    link: str
    data: Mapping[str, Any]

    def markdown(self, most_bytes: int) -> str:
        """Return the message for a robot, with as many matches as fit."""
        matches: Sequence[Mapping[str, Any]] = self.data["matches"]
        for count in range(len(matches), 0, -1):
            text = _markdown(self, matches[:count], left=self.data["left"] + len(matches) - count)
            if len(text.encode()) <= most_bytes:
                break
        return text


def notice_of(settings: Settings, delivery: Delivery) -> Notice:
    """Return the message of a delivery."""
    data = json.loads(delivery.body)["data"]
    subject = _line(f"“{data['name']}”有 {len(data['matches'])} 条新匹配")
    link = unsubscribe_url(settings, delivery)
    html = templates().get_template("mail.html.j2").render(subject=subject, why=_why(data), link=link, data=data)
    return Notice(subject, _text(data, link), html, link, data)


def merge_sheet(parts: Parts, actor: Actor) -> bytes:
    """Return a workbook of the messages that people send by hand, those not yet sent, at most 1000.

    :raises MatcherError: `forbidden`.
    """
    rows = []
    for one, to in _to_send(parts, actor):
        notice = notice_of(parts.settings, one)
        rows.append((one.id, to, notice.subject, notice.text, notice.link))
    headers = ("编号", "接收人", "主题", "正文", "退订链接")
    return tables_book([SheetTable(title="待发通知", headers=headers, rows=rows)])


def mark_sent(parts: Parts, actor: Actor, ids: Sequence[str]) -> int:
    """Return how many messages of the merge sheet were noted as sent.

    :raises MatcherError: `forbidden`, `bad_messages` when none is named.
    """
    if not ids:
        raise MatcherError("bad_messages", "请给出已发出的编号")
    return parts.store.outbox.sent(actor, ids, channel=SHEET)


def _to_send(parts: Parts, actor: Actor) -> list[tuple[Delivery, str]]:
    """Return what waits to be sent by hand, and to whom; what nobody wants any more is dropped and makes room."""
    today = parts.today()
    while True:
        found, gone = [], []
        for one in parts.store.outbox.pending(actor, channel=SHEET, limit=_SHEET_ROWS):
            held = parts.store.searches.recipient(local_admin(one.tenant), one.owner, one.target)
            if held is not None and held.listens(today):
                found.append((one, held.to))
            else:
                gone.append(one.id)
        if not gone:
            return found
        parts.store.outbox.drop(actor, gone, channel=SHEET)


def _text(data: Mapping[str, Any], link: str) -> str:
    lines = [_why(data), ""]
    for n, one in enumerate(data["matches"], start=1):
        lines.append(f"{n}. {_line(one['title'])}（{_line(one['enterprise'])}，匹配度{one['level']}）")
        lines += [f"   · {_line(reason)}" for reason in one["reasons"]]
    if data["left"]:
        lines += ["", f"另有 {data['left']} 条，下次送达。"]
    return "\n".join([*lines, "", f"不想再收到？打开链接即可退订或暂停：{link}", ""])


def _markdown(notice: Notice, matches: Sequence[Mapping[str, Any]], *, left: int) -> str:
    lines = [f"**{_plain(notice.subject)}**", _plain(_why(notice.data)), ""]
    for n, one in enumerate(matches, start=1):
        lines.append(f"{n}. {_plain(one['title'])}（{_plain(one['enterprise'])}，匹配度{one['level']}）")
        lines += [f"> {_plain(reason)}" for reason in one["reasons"][:2]]
    if left:
        lines += ["", f"另有 {left} 条，请到平台查看。"]
    return "\n".join([*lines, "", f"[退订或暂停]({notice.link})"])


def _why(data: Mapping[str, Any]) -> str:
    return f"您收到这条通知，是因为订阅了“{_line(data['name'])}”（匹配度{data['level']}及以上，{_DIGESTS[data['digest']]}送达）。"


def _line(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _plain(text: str) -> str:
    """Return a text that no robot reads as markup or as calling somebody."""
    return _line(text).translate(_MARKS)
