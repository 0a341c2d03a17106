"""rongtong allocate: a split for people and for machines, on the demo's own order."""

from tests.service.cli import Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]


def test_the_demos_order(rongtong: Rongtong) -> None:
    assert rongtong("demo", "load").code == 0
    arguments = ("--tenant", "demo", "allocate", "--posting", "demo-p-5001", "--floor", "0")
    found = rongtong(*arguments, "--json")
    assert found.code == 0
    assert found.json["violations"] == []
    assert found.json["proven"]
    shown = rongtong(*arguments)
    assert shown.code == 0
    assert "订单 12000件，排出" in shown.out
    assert "利用率" in shown.out
    assert (
        rongtong("--tenant", "demo", "allocate", "--posting", "demo-p-1041", "--json").json["error"]["code"]
        == "bad_order"
    )
