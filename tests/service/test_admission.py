"""Who asks too often is refused, what there is no room for is refused, and neither takes room from the rest."""

import asyncio
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from service.admission import Buckets, Gate, Line, kind_of
from service.limits import HEADERS
from tests.service.instance import put_some, running

MOST = 5


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=100), st.integers(1, 120))
def test_nobody_gets_more_than_a_full_bucket_and_what_flowed_in(asked: list[tuple[str, float]], rate: int) -> None:
    now = 0.0
    buckets = Buckets(rate, clock=lambda: now)
    got = dict.fromkeys("abc", 0)
    for caller, later in asked:
        now += later
        wait = buckets.take(caller)
        assert 0 <= wait <= 60 / rate
        got[caller] += not wait
        assert got[caller] <= rate + now * rate / 60 + 1e-6


def test_who_waits_as_told_gets_in() -> None:
    now = 0.0
    buckets = Buckets(2, clock=lambda: now)
    assert [buckets.take("a"), buckets.take("a")] == [0, 0]
    now += (wait := buckets.take("a"))
    assert wait == pytest.approx(30)
    assert buckets.take("a") == 0


def test_only_the_latest_callers_are_remembered() -> None:
    buckets = Buckets(1, clock=lambda: 0.0, most=MOST)
    for n in range(100):
        assert buckets.take(str(n)) == 0
    assert len(buckets) == MOST
    assert buckets.take("99") > 0


def test_without_a_rate_everybody_gets_in() -> None:
    assert not any(Buckets(0).take("a") for _ in range(1000))


def test_a_full_line_refuses_at_once_and_serves_the_rest_in_turn() -> None:
    async def scene() -> None:
        gate, free, served = Gate(Line(at_once=1, waiting=2, patience=60)), asyncio.Event(), []

        async def one(n: int) -> None:
            async with gate.passed():
                served.append(n)
                await free.wait()

        tasks = [asyncio.create_task(one(n)) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(MatcherError) as refused:
            await one(3)
        assert refused.value.code == "overloaded"
        free.set()
        await asyncio.gather(*tasks)
        assert served == [0, 1, 2]
        await one(4)

    asyncio.run(scene())


def test_who_waits_too_long_is_refused_and_leaves_the_line() -> None:
    async def scene() -> None:
        gate = Gate(Line(at_once=1, waiting=1, patience=0.01))
        async with gate.passed():
            for _ in range(3):
                with pytest.raises(MatcherError):
                    async with gate.passed():
                        pytest.fail("there was no place")
        async with gate.passed():
            pass

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("POST /v1/match", "match"),
        ("GET /v1/enterprises/a/b/recommendations", "match"),
        ("POST /v1/allocations", "heavy"),
        ("GET /v1/events/e/files/xlsx", "heavy"),
        ("GET /v1/reports/funnel", "heavy"),
        ("GET /v1/match", "light"),
        ("PUT /v1/postings/p", "light"),
    ],
)
def test_each_stands_in_its_line(asked: str, line: str) -> None:
    assert kind_of(*asked.split(" ")) == line


def stranger(app: FastAPI, key: str = "") -> TestClient:
    return TestClient(app, headers={"Authorization": f"Bearer {key}"} if key else {})


def test_too_many_requests_of_a_key_are_refused_and_other_keys_served(tmp_path: Path) -> None:
    with running(tmp_path, rate_per_minute=MOST) as instance:
        one, other = instance.caller(), instance.caller()
        answers = [one.get("/v1/postings") for _ in range(MOST + 2)]
        assert [answer.status_code for answer in answers] == [200] * (MOST + 1) + [429]
        assert answers[-1].json()["error"]["code"] == "rate_limited"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60 / MOST
        for name, value in HEADERS.items():
            assert answers[-1].headers[name.decode()] == value.decode()
        assert other.get("/v1/postings").status_code == 200
        assert one.get("/healthz").status_code == one.get("/readyz").status_code == 200


def test_keys_cannot_be_tried_out_at_will_and_known_ones_go_on(tmp_path: Path) -> None:
    with running(tmp_path, address_rate_per_minute=MOST) as instance:
        known = instance.caller()
        assert known.get("/v1/postings").status_code == 200
        tried = [stranger(instance.app, f"rt_{n:08}_x").get("/v1/postings").status_code for n in range(MOST)]
        assert tried == [401] * (MOST - 1) + [429]
        upload = stranger(instance.app, "rt_00000000_x").post("/v1/imports", files={"file": ("a.csv", "x")})
        assert upload.status_code == 429
        assert stranger(instance.app).get("/docs").status_code == 429
        assert known.get("/v1/postings").status_code == 200


def test_an_overloaded_service_says_when_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_: Gate) -> None:
        raise MatcherError("overloaded", "服务繁忙")

    with running(tmp_path) as instance:
        caller = instance.caller()
        put_some(caller)
        monkeypatch.setattr(asyncio.Semaphore, "acquire", full)
        answer = caller.post("/v1/match", json={"text": "钛", "kind": "need"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"] == "1"
        assert caller.get("/healthz").status_code == caller.get("/readyz").status_code == 200
