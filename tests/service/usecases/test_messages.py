"""Messages say why they come and how to stop them, on every channel, and carry nothing that a title might smuggle in."""

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import openpyxl
import pytest

from matcher.errors import MatcherError
from service.outgoing import Allowed, Outgoing
from service.store.delivery import Delivery, DeliveryState
from service.store.recipients import NewRecipient
from service.usecases.courier import Courier
from service.usecases.notices import mark_sent, merge_sheet
from service.usecases.senders import Sender
from service.usecases.senders_mail import MailSender
from service.usecases.senders_robot import ROBOTS, RobotSender
from service.usecases.unsubscribe import choose, open_unsubscribe
from tests.service.mailbox import Mailbox, serving
from tests.service.receiver import Receiver, receiving
from tests.service.searching import ADMIN, SHEET, WANTED, Scene, searching

TO = "wang@example.cn"
MAIL = NewRecipient(channel="email", to=TO)
WECOM = NewRecipient(channel="wecom", to=f"{ROBOTS['wecom'].url}?key=k-1")
DINGTALK = NewRecipient(channel="dingtalk", to=f"{ROBOTS['dingtalk'].url}?access_token=t-1", secret="SECabc")


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    with serving() as started:
        yield started


@pytest.fixture
def scene(tmp_path: Path, mailbox: tuple[Mailbox, str]) -> Iterator[Scene]:
    sender = "融通平台 <no-reply@pt.example.cn>"
    with searching(tmp_path / "data", smtp_url=mailbox[1], mail_from=sender) as opened:
        yield opened


def send(scene: Scene, sender: Sender, channel: str) -> Delivery:
    """Tell of one new posting by a channel; return what became of the delivery."""
    scene.look()
    courier = Courier(scene.parts.store, {channel: sender}, now=scene.clock)
    courier.once()
    return latest(scene)


def latest(scene: Scene) -> Delivery:
    return scene.parts.store.searches.deliveries(ADMIN, "s").items[0]


def mail(scene: Scene) -> Delivery:
    return send(scene, MailSender(scene.parts.store, scene.parts.settings), "email")


def token(url: str) -> str:
    assert url.startswith("https://pt.example.cn/u/")
    return url.rsplit("/", 1)[1]


def test_a_mail_says_why_and_how_to_stop(scene: Scene, mailbox: tuple[Mailbox, str]) -> None:
    scene.offer("p1")
    scene.keep(MAIL)
    done = mail(scene)
    assert (done.state, done.status) == (DeliveryState.SENT, 250)
    box = mailbox[0]
    ((to, message),) = box.taken
    assert to == [TO]
    assert box.logins == [(b"me@pt", b"pw:1")]
    assert message["Subject"] == "“钛合金”有 1 条新匹配"
    assert message["From"] == "融通平台 <no-reply@pt.example.cn>"
    assert message["Message-ID"] == f"<{done.id}@pt.example.cn>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(message["List-Unsubscribe"])[1:-1]
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert "因为订阅了“钛合金”" in text
        assert "钛合金五轴加工p1" in text
        assert json.loads(done.body)["data"]["matches"][0]["reasons"][0] in text
        assert link in text
    choose(scene.parts, open_unsubscribe(scene.parts, token(link)), unsubscribed=True)
    scene.offer("p2", owner="g")
    scene.look()
    assert len(box.taken) == 1


def test_a_title_smuggles_nothing_in(scene: Scene, mailbox: tuple[Mailbox, str]) -> None:
    scene.offer("p1", title='钛合金五轴加工<script>alert(1)</script>\r\nBcc: x@evil.example"')
    scene.keep(MAIL, search=replace(WANTED, name="钛 Bcc: y@evil.example"))
    assert mail(scene).state is DeliveryState.SENT
    ((to, message),) = mailbox[0].taken
    assert to == [TO]
    assert message["Bcc"] is None
    html = message.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


def test_who_unsubscribed_meanwhile_is_sent_nothing(scene: Scene, mailbox: tuple[Mailbox, str]) -> None:
    scene.offer("p1")
    held = scene.keep(MAIL)
    scene.look()
    scene.parts.store.searches.set_recipient(ADMIN, "", held.recipients[0].id, unsubscribed=True)
    assert mail(scene).state is DeliveryState.DROPPED
    assert mailbox[0].taken == []


@pytest.mark.parametrize(
    ("command", "refusal", "state"),
    [
        ("RCPT", f"550 no {TO} here", DeliveryState.DEAD),
        ("RCPT", f"451 {TO} later", DeliveryState.WAITING),
        ("DATA", f"554 {TO} wants no such mail", DeliveryState.DEAD),
        ("DATA", f"452 {TO} later", DeliveryState.WAITING),
        ("MAIL", f"554 {TO} may not be told by you", DeliveryState.WAITING),
        ("AUTH", "535 the password is another now", DeliveryState.WAITING),
    ],
)
def test_only_a_refusal_of_recipient_or_message_ends_it_and_no_address_is_kept(
    scene: Scene,
    mailbox: tuple[Mailbox, str],
    command: str,
    refusal: str,
    state: DeliveryState,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mailbox[0].refusals[command] = refusal
    scene.offer("p1")
    scene.keep(MAIL)
    done = mail(scene)
    assert (done.state, done.status) == (state, int(refusal[:3]))
    assert TO not in f"{done} {caplog.text}"


def test_a_server_may_take_its_time_and_need_not_say_farewell(
    scene: Scene, mailbox: tuple[Mailbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.usecases.senders_mail._SECONDS", 0.5)
    mailbox[0].seconds = 1
    mailbox[0].refusals["QUIT"] = "421 closing"
    scene.offer("p1")
    scene.keep(MAIL)
    assert mail(scene).state is DeliveryState.SENT
    assert len(mailbox[0].taken) == 1


def test_without_a_server_it_is_tried_again(scene: Scene) -> None:
    scene.offer("p1")
    scene.keep(MAIL)
    closed = replace_settings(scene, "smtp://127.0.0.1:1")
    done = send(scene, closed, "email")
    assert (done.state, done.attempts) == (DeliveryState.WAITING, 1)
    assert "连接不上" in str(done.error)


def replace_settings(scene: Scene, url: str) -> MailSender:
    return MailSender(scene.parts.store, scene.parts.settings.model_copy(update={"smtp_url": url}))


@pytest.mark.parametrize(
    "address", ["a.@x.cn", ".a@x.cn", "a..b@x.cn", "a@x..cn", "a(b)@x.cn", "a@[1.2.3.4]", "@", "a"]
)
def test_an_address_that_no_mail_can_bear_is_refused(scene: Scene, address: str) -> None:
    scene.keep(replace(MAIL, to="li.gong+x@mail.example.cn"))
    with pytest.raises(MatcherError) as error:
        scene.keep(replace(MAIL, to=address))
    assert error.value.code == "bad_recipient"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        started.answer = b'{"errcode":0,"errmsg":"ok"}'
        yield started


def robot(scene: Scene, receiver: Receiver) -> RobotSender:
    bases = dict.fromkeys(ROBOTS, receiver.url)
    outgoing = Outgoing(Allowed.parse("127.0.0.1"))
    return RobotSender(scene.parts.store, scene.parts.settings, outgoing, bases=bases)


def test_a_wecom_robot_is_told_in_markdown(scene: Scene, receiver: Receiver) -> None:
    scene.offer("p1", title="钛合金五轴加工[点我](http://evil.example)<@all>")
    scene.keep(WECOM)
    assert send(scene, robot(scene, receiver), "wecom").state is DeliveryState.SENT
    (got,) = receiver.got
    assert got.path == "/cgi-bin/webhook/send?key=k-1"
    content = got.json["markdown"]["content"]
    assert got.json["msgtype"] == "markdown"
    assert "因为订阅了“钛合金”" in content
    assert "](http://evil" not in content
    assert "<@" not in content
    (link,) = [line for line in content.splitlines() if line.startswith("[退订或暂停](")]
    open_unsubscribe(scene.parts, token(link[len("[退订或暂停](") : -1]))


def test_a_dingtalk_robot_is_told_with_its_signature(scene: Scene, receiver: Receiver) -> None:
    scene.offer("p1")
    scene.keep(DINGTALK)
    assert send(scene, robot(scene, receiver), "dingtalk").state is DeliveryState.SENT
    (got,) = receiver.got
    asked = {name: value[0] for name, value in parse_qs(urlsplit(got.path).query).items()}
    assert asked["access_token"] == "t-1"
    assert asked["timestamp"] == str(int(scene.clock().timestamp() * 1000))
    content = f"{asked['timestamp']}\nSECabc".encode()
    assert asked["sign"] == base64.b64encode(hmac.new(b"SECabc", content, hashlib.sha256).digest()).decode()
    assert "+" not in got.path.split("sign=")[1]
    assert unquote(got.path.split("sign=")[1]) == asked["sign"]
    assert got.json["markdown"]["title"] == "“钛合金”有 1 条新匹配"


def test_a_robot_that_refuses_is_tried_again(scene: Scene, receiver: Receiver) -> None:
    receiver.answer = b'{"errcode":45009,"errmsg":"too often"}'
    scene.offer("p1")
    scene.keep(WECOM)
    done = send(scene, robot(scene, receiver), "wecom")
    assert (done.state, done.error) == (DeliveryState.WAITING, "机器人拒收（errcode 45009）")


def test_a_long_message_is_cut_to_what_a_robot_takes(scene: Scene, receiver: Receiver) -> None:
    for n in range(40):
        scene.offer(f"p{n}", owner=f"f{n}", title="钛合金五轴加工" + "精密" * 60)
    scene.keep(WECOM)
    send(scene, robot(scene, receiver), "wecom")
    content = receiver.got[0].json["markdown"]["content"]
    assert len(content.encode()) <= 4096
    told = sum(line[0].isdigit() for line in content.splitlines() if line)
    assert f"另有 {40 - told} 条" in content
    assert "退订或暂停" in content


def test_the_merge_sheet_holds_what_waits_and_no_formula(scene: Scene) -> None:
    scene.offer("p1", title="=cmd|'/c calc'!A1 钛合金五轴加工")
    scene.keep(SHEET, NewRecipient(channel="sheet", to="=HYPERLINK(1)"))
    scene.look()
    page = openpyxl.load_workbook(io.BytesIO(merge_sheet(scene.parts, ADMIN))).active
    assert page is not None
    rows = list(page.iter_rows(values_only=True))
    assert rows[0] == ("编号", "接收人", "主题", "正文", "退订链接")
    assert sorted(str(row[1]) for row in rows[1:]) == ["=HYPERLINK(1)", "王工"]
    assert all(cell.data_type == "s" for row in page.iter_rows() for cell in row)
    for row in rows[1:]:
        assert "因为订阅了“钛合金”" in str(row[3])
        open_unsubscribe(scene.parts, token(str(row[4])))
    assert mark_sent(scene.parts, ADMIN, [str(row[0]) for row in rows[1:]]) == 2
    page = openpyxl.load_workbook(io.BytesIO(merge_sheet(scene.parts, ADMIN))).active
    assert page is not None
    assert page.max_row == 1


def test_what_nobody_wants_any_more_makes_room_in_the_sheet(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.notices._SHEET_ROWS", 1)
    scene.offer("p1")
    first, _ = scene.keep(SHEET, NewRecipient(channel="sheet", to="李工")).recipients
    scene.look()
    scene.parts.store.searches.set_recipient(ADMIN, "", first.id, unsubscribed=True)
    page = openpyxl.load_workbook(io.BytesIO(merge_sheet(scene.parts, ADMIN))).active
    assert page is not None
    assert [row[1] for row in page.iter_rows(min_row=2, values_only=True)] == ["李工"]
    states = {one.target: one.state for one in scene.parts.store.searches.deliveries(ADMIN, "s").items}
    assert states[first.id] is DeliveryState.DROPPED
