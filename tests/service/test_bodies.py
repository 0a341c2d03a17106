"""Bodies in memory are bounded: one of a stranger, all together, and in time."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from starlette.types import Message, Receive

from matcher.errors import MatcherError
from service.bodies import STRANGER_BYTES, Bodies
from tests.service.instance import running


async def read(bodies: Bodies, receive: Receive, *, known: bool = True) -> bytes:
    """Return a body as what serves it receives it."""

    async def asked() -> bool:
        return known

    async with bodies.read(receive, asked) as again:
        found = b""
        while True:
            message = await again()
            found += bytes(message["body"])
            if not message.get("more_body"):
                return found


def sender(chunks: Iterable[bytes]) -> Receive:
    """Return what receives a body chunk by chunk."""
    left = list(chunks)

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


def test_what_was_read_is_received_again() -> None:
    assert asyncio.run(read(Bodies(), sender([b"a" * 1000, b"", b"b"]))) == b"a" * 1000 + b"b"


@pytest.mark.parametrize(("size", "known", "code"), [(0, False, None), (1, False, "unauthorized"), (1, True, None)])
def test_only_known_callers_send_much(size: int, known: bool, code: str | None) -> None:
    body = sender([b"x" * STRANGER_BYTES, b"x" * size])
    if code is None:
        assert len(asyncio.run(read(Bodies(), body, known=known))) == STRANGER_BYTES + size
    else:
        with pytest.raises(MatcherError) as refused:
            asyncio.run(read(Bodies(), body, known=known))
        assert refused.value.code == code


def test_all_bodies_together_are_bounded_and_let_go() -> None:
    async def scene() -> None:
        bodies, free = Bodies(most=10), asyncio.Event()

        async def held() -> AsyncIterator[None]:
            async with bodies.read(sender([b"x" * 6]), lambda: asyncio.sleep(0, True)):
                yield
                await free.wait()

        first = held()
        await anext(first)
        with pytest.raises(MatcherError) as refused:
            await read(bodies, sender([b"x" * 5]))
        assert refused.value.code == "overloaded"
        free.set()
        assert [one async for one in first] == []
        assert await read(bodies, sender([b"x" * 10])) == b"x" * 10

    asyncio.run(scene())


def test_who_sends_too_slowly_is_cut_off() -> None:
    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    with pytest.raises(MatcherError) as refused:
        asyncio.run(read(Bodies(seconds=0.01), never))
    assert refused.value.code == "too_slow"


def test_a_stranger_is_not_read_to_the_end_and_a_content_type_opens_no_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as instance:
        caller = instance.caller()
        large = b'{"text": "' + b"x" * STRANGER_BYTES + b'", "kind": "need"}'
        json = {"Content-Type": "application/json"}
        assert caller.post("/v1/match", content=large, headers=json).status_code == 422
        refused = caller.post("/v1/match", content=large, headers=json | {"Authorization": "Bearer rt_nobody00_x"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorized")

        async def full(_: asyncio.Semaphore) -> None:
            raise MatcherError("overloaded", "服务繁忙")

        monkeypatch.setattr(asyncio.Semaphore, "acquire", full)
        for headers in ({}, {"Content-Type": "multipart/form-data; boundary=x"}):
            assert caller.get("/v1/reports/funnel", headers=headers).status_code == 503
        upload = caller.post("/v1/imports", files={"file": ("a.csv", "x")})
        assert (upload.status_code, upload.json()["error"]["code"]) == (503, "overloaded")
