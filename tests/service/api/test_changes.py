"""A platform that polls misses nothing: what was written, written again and removed, in order, its own alone."""

from typing import Any

from fastapi.testclient import TestClient

from tests.service.instance import Instance, put_some


def changes(caller: TestClient, after: int = 0, **more: int) -> dict[str, Any]:
    answer = caller.get("/v1/changes", params={"after": after} | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_changed_since(instance: Instance) -> None:
    caller = instance.caller()
    last = put_some(caller, 2)
    first = changes(caller)
    assert [(one["kind"], one["id"], one["removed"]) for one in first["items"]] == [
        ("enterprise", "f", False),
        ("posting", "p0", False),
        ("posting", "p1", False),
    ]
    assert (first["items"][-1]["seq"], first["latest"]) == (last, last)
    assert first["items"][1]["posting"]["title"] == "钛合金五轴加工0号线"
    assert changes(caller, last)["items"] == []
    gone = caller.delete("/v1/postings/p0").json()["seq"]
    (removed,) = changes(caller, last)["items"]
    assert removed == {
        "seq": gone,
        "kind": "posting",
        "id": "p0",
        "removed": True,
        "enterprise": None,
        "posting": None,
    }


def test_page_by_page_nothing_is_missed_and_the_last_state_counts(instance: Instance) -> None:
    caller = instance.caller()
    put_some(caller, 5)
    caller.put("/v1/enterprises/f", json={"name": "改名"})
    seen: list[str] = []
    after = 0
    while page := changes(caller, after, limit=2)["items"]:
        seen += [one["id"] for one in page]
        after = page[-1]["seq"]
    assert seen == ["p0", "p1", "p2", "p3", "p4", "f"]


def test_the_feed_is_the_platforms_own(instance: Instance) -> None:
    put_some(instance.caller("other"), 1, prefix="x")
    assert changes(instance.caller())["items"] == []
    refused = instance.caller(organisation="f").get("/v1/changes")
    assert refused.json()["error"]["code"] == "forbidden"
