"""Whoever saved a search is told of what is new and good enough, once, when and as often as wanted, and nobody else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import PostingKind, Visibility
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope
from service.store.delivery import Delivery
from service.store.recipients import NewRecipient
from service.store.searches import Digest, NewSearch
from service.usecases.lookout import BEIJING, first_look, next_window
from tests.service.instance import TENANT, firm
from tests.service.searching import ADMIN, SHEET, WANTED, Scene, searching


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with searching(tmp_path / "data") as opened:
        yield opened


def owner(id_: str) -> Actor:
    return Actor(TENANT, id_, "u", frozenset({Role.OWNER}), frozenset({Scope.WRITE}))


def sent(scene: Scene, actor: Actor = ADMIN, id_: str = "s") -> list[Delivery]:
    return list(reversed(scene.parts.store.searches.deliveries(actor, id_).items))


def ids(one: Delivery) -> list[str]:
    return sorted(match["posting_id"] for match in json.loads(one.body)["data"]["matches"])


def test_what_is_new_is_told_once(scene: Scene) -> None:
    scene.offer("p1")
    scene.keep()
    assert scene.look() == 1
    (first,) = sent(scene)
    data = json.loads(first.body)["data"]
    (told,) = data["matches"]
    assert (told["posting_id"], told["enterprise"], told["kind"]) == ("p1", "f公司", "capability")
    assert told["level"] in ("高", "中", "低")
    assert told["reasons"]
    assert scene.look() == 0
    scene.offer("p2", owner="g")
    assert scene.look() == 1
    assert [ids(one) for one in sent(scene)] == [["p1"], ["p2"]]
    scene.offer("p1", title="钛合金五轴精密加工")
    assert scene.look() == 1
    assert len(sent(scene)) == 2


def test_what_was_told_is_kept_as_shown_and_what_was_not_is_not(scene: Scene) -> None:
    scene.offer("p1")
    scene.keep()
    scene.look()
    list_id = json.loads(sent(scene)[0].body)["data"]["list_id"]
    scene.offer("p1", title="钛合金五轴加工中心")
    scene.look()
    scene.parts.shown.flush()
    scene.parts.store.feedback.require_listed(ADMIN, list_id, ["p1"])
    assert scene.parts.store.feedback.lists_shown(ADMIN, datetime(2020, 1, 1, tzinfo=UTC)) == 1


def test_below_the_level_nobody_is_told(scene: Scene) -> None:
    scene.offer("p1")
    scene.keep()
    scene.keep(search=replace(WANTED, id="high", level="高"))
    scene.look()
    level = json.loads(sent(scene)[0].body)["data"]["matches"][0]["level"]
    assert len(sent(scene, id_="high")) == (level == "高")
    scene.keep(search=replace(WANTED, id="other", text="冷链仓储", level="高"))
    scene.look()
    assert sent(scene, id_="other") == []


def test_an_enterprise_is_told_what_it_may_see(scene: Scene) -> None:
    scene.offer("open", owner="f")
    scene.offer("closed", owner="g", visibility=Visibility.PRIVATE)
    scene.offer("half", owner="h", visibility=Visibility.MATCHED, detail="内部价格 12 元，钛合金五轴加工")
    scene.parts.store.records.put_enterprises(ADMIN, [firm("e")])
    scene.keep(actor=owner("e"))
    scene.keep(search=replace(WANTED, enterprise_id="e"))
    scene.keep(search=replace(WANTED, id="all"))
    scene.look()
    for told in (sent(scene, owner("e")), sent(scene)):
        assert [ids(one) for one in told] == [["half", "open"]]
        assert "12 元" not in told[0].body
    assert [ids(one) for one in sent(scene, id_="all")] == [["closed", "half", "open"]]


def test_another_tenant_is_told_nothing(scene: Scene) -> None:
    scene.offer("p1")
    stranger = replace(ADMIN, tenant="other")
    scene.parts.store.identity.ensure_tenant(stranger, "other")
    scene.keep(actor=stranger)
    scene.look()
    assert sent(scene, stranger) == []


def test_a_posting_is_looked_for_as_on_a_match_and_its_end_is_told(scene: Scene) -> None:
    scene.offer("p1", owner="f")
    scene.offer("n1", owner="g")
    wanted = replace(scene.parts.store.records.get_posting(ADMIN, "n1"), kind=PostingKind.NEED)
    scene.parts.store.records.put_postings(ADMIN, [wanted])
    scene.parts.engine.catch_up()
    scene.keep(search=replace(WANTED, text=None, kind=None, posting_id="n1"))
    scene.look()
    assert [ids(one) for one in sent(scene)] == [["p1"]]
    scene.parts.store.records.delete_posting(ADMIN, "n1")
    scene.parts.engine.catch_up()
    scene.look()
    held = scene.parts.store.searches.get(ADMIN, "s")
    assert "n1" in str(held.error)
    assert held.next_at == scene.clock() + timedelta(hours=1)


def test_filters_hold(scene: Scene) -> None:
    scene.offer("p1", owner="f")
    scene.offer("p2", owner="g")
    scene.keep(search=replace(WANTED, filters={"enterprise_id": ["g"]}))
    scene.look()
    assert [ids(one) for one in sent(scene)] == [["p2"]]


def test_a_digest_is_one_message_at_its_hour(scene: Scene) -> None:
    scene.keep(search=replace(WANTED, digest=Digest.DAILY, hour=9))
    scene.offer("p1", owner="f")
    scene.offer("p2", owner="g")
    assert scene.look() == 0
    scene.clock.time = datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert scene.look() == 1
    assert [ids(one) for one in sent(scene)] == [["p1", "p2"]]
    assert scene.parts.store.searches.get(ADMIN, "s").next_at == datetime(2026, 3, 3, 1, tzinfo=UTC)
    assert scene.look() == 0


def test_over_the_cap_nothing_is_lost(scene: Scene) -> None:
    scene.keep(search=replace(WANTED, most_per_day=2, hour=8))
    for n in range(5):
        scene.offer(f"p{n}", owner=f"f{n}")
        scene.look()
    assert [ids(one) for one in sent(scene)] == [["p0"], ["p1"]]
    scene.clock.time = datetime(2026, 3, 2, 0, tzinfo=UTC)
    scene.look()
    assert [ids(one) for one in sent(scene)][2:] == [["p2", "p3", "p4"]]


def test_of_very_many_the_rest_comes_in_the_next_message(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.lookout._TOLD_AT_ONCE", 2)
    monkeypatch.setattr("service.usecases.lookout._FIRST", 2)
    for n in range(5):
        scene.offer(f"p{n}", owner=f"f{n}")
    scene.keep()
    for _ in range(4):
        scene.look()
    assert [len(ids(one)) for one in sent(scene)] == [2, 2, 1]
    assert sorted(id_ for one in sent(scene) for id_ in ids(one)) == [f"p{n}" for n in range(5)]
    assert json.loads(sent(scene)[0].body)["data"]["left"] == 3


def test_muted_it_waits_and_then_tells(scene: Scene) -> None:
    scene.offer("p1")
    scene.keep(search=replace(WANTED, muted_until=date(2026, 3, 10), hour=8))
    scene.look()
    scene.clock.time = datetime(2026, 3, 9, 23, 59, tzinfo=UTC)
    assert scene.look() == 0
    scene.clock.time = datetime(2026, 3, 10, 0, tzinfo=UTC)
    scene.look()
    assert [ids(one) for one in sent(scene)] == [["p1"]]


@pytest.mark.parametrize("hour", [0, 9])
def test_a_weekly_one_that_was_muted_still_comes_on_a_monday(hour: int) -> None:
    weekly = replace(WANTED, digest=Digest.WEEKLY, hour=hour)
    for muted, first in ((date(2026, 3, 11), date(2026, 3, 16)), (date(2026, 3, 16), date(2026, 3, 16))):
        at = first_look(replace(weekly, muted_until=muted), datetime(2026, 3, 3, tzinfo=UTC)).astimezone(BEIJING)
        assert (at.date(), at.hour) == (first, hour)


def test_one_address_is_told_so_often_a_day_and_the_rest_has_its_turn(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.recipients.MOST_A_DAY", 2)
    wanted = ("a", "b", "c", "d")
    for id_ in wanted:
        scene.keep(search=replace(WANTED, id=id_, digest=Digest.DAILY, hour=8))
    scene.keep(NewRecipient(channel="sheet", to="李工"), search=replace(WANTED, id="other", hour=8))
    told = []
    for day in range(3):
        scene.offer(f"p{day}", owner=f"f{day}")
        scene.clock.time = datetime(2026, 3, 2 + day, tzinfo=UTC)
        before = {id_: len(sent(scene, id_=id_)) for id_ in (*wanted, "other")}
        scene.look()
        told.append({id_ for id_, count in before.items() if len(sent(scene, id_=id_)) > count})
    assert told == [{"a", "b", "other"}, {"c", "d", "other"}, {"a", "b", "other"}]
    assert [ids(one) for one in sent(scene, id_="c")] == [["p0", "p1"]]


def test_who_is_muted_or_has_unsubscribed_is_passed_over(scene: Scene) -> None:
    second = NewRecipient(channel="sheet", to="李工")
    held = scene.keep(SHEET, second)
    store = scene.parts.store.searches
    store.set_recipient(ADMIN, "", held.recipients[0].id, unsubscribed=True)
    scene.offer("p1")
    scene.look()
    assert [one.target for one in sent(scene)] == [held.recipients[1].id]
    store.set_recipient(ADMIN, "", held.recipients[1].id, unsubscribed=False, muted_until=date(2026, 3, 20))
    scene.offer("p2", owner="g")
    scene.look()
    assert len(sent(scene)) == 1
    scene.clock.time = datetime(2026, 3, 20, 2, tzinfo=UTC)
    scene.look()
    assert [ids(one) for one in sent(scene)] == [["p1"], ["p2"]]


def test_a_search_that_breaks_keeps_no_other_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.offer("p1")
    scene.keep(search=replace(WANTED, id="a", text="坏的"))
    scene.keep(search=replace(WANTED, id="b"))
    real = scene.parts.engine.match

    def breaking(query: object, **more: object) -> object:
        if "坏的" in str(query):
            raise RuntimeError("broken")
        return real(query, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(scene.parts.engine, "match", breaking)
    scene.look()
    assert [ids(one) for one in sent(scene, id_="b")] == [["p1"]]
    assert scene.parts.store.searches.get(ADMIN, "a").error is not None


@pytest.mark.parametrize(
    ("search", "who", "code"),
    [
        (replace(WANTED, text=None), SHEET, "bad_match"),
        (replace(WANTED, posting_id="none", text=None), SHEET, "not_found"),
        (replace(WANTED, enterprise_id="none"), SHEET, "not_found"),
        (WANTED, NewRecipient(channel="email", to="a@b.cn"), "bad_recipient"),
        (WANTED, NewRecipient(channel="webhook", to="none"), "not_found"),
        (WANTED, NewRecipient(channel="sheet", to="a\nb"), "bad_recipient"),
        (WANTED, NewRecipient(channel="sheet", to="a", secret="x"), "bad_recipient"),
        *(
            (WANTED, NewRecipient(channel=channel, to=url), "bad_recipient")
            for channel, url in [
                ("wecom", "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=1"),
                ("wecom", "https://qyapi.weixin.qq.com@127.0.0.1/cgi-bin/webhook/send?key=1"),
                ("wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"),
                ("wecom", "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=1"),
                ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"),
                ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/other?key=1"),
                ("dingtalk", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"),
                ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=1&x=2"),
            ]
        ),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_written(
    scene: Scene, search: NewSearch, who: NewRecipient, code: str
) -> None:
    with pytest.raises(MatcherError) as error:
        scene.keep(who, search=search)
    assert error.value.code == code


def test_an_enterprise_looks_only_with_its_own_eyes(scene: Scene) -> None:
    scene.parts.store.records.put_enterprises(ADMIN, [firm("e"), firm("g")])
    with pytest.raises(MatcherError) as error:
        scene.keep(actor=owner("e"), search=replace(WANTED, enterprise_id="g"))
    assert error.value.code == "forbidden"


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    hour=st.integers(0, 23),
    digest=st.sampled_from(Digest),
)
def test_the_next_window_is_the_first_after_now(now: datetime, hour: int, digest: Digest) -> None:
    at = next_window(replace(WANTED, digest=digest, hour=hour), now)
    local = at.astimezone(BEIJING)
    assert now < at <= now + timedelta(days=7 if digest is Digest.WEEKLY else 1)
    assert (local.hour, local.minute) == (hour, 0)
    assert digest is not Digest.WEEKLY or local.weekday() == 0
