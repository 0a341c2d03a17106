"""rongtong consortium and rongtong reserve, on the demo's own lot and buyer."""

import pytest

from tests.service.cli import Rongtong, rongtong, sheet

__all__ = ["rongtong", "sheet"]


@pytest.fixture
def demo(rongtong: Rongtong) -> Rongtong:
    assert rongtong("demo", "load").code == 0
    return rongtong


def test_the_demos_consortium(demo: Rongtong) -> None:
    arguments = ("--tenant", "demo", "consortium", "--posting", "demo-p-5006", "--lead", "demo-e-5006", "--floor", "0")
    found = demo(*arguments, "--lead-fit", "0.9", "--json")
    assert found.code == 0
    assert found.json["consortium"]["share_pct"] >= 30
    assert found.json["price_wan"] == 520
    shown = demo(*arguments, "--lead-fit", "0.9")
    assert "门槛 30%" in shown.out
    assert "履约保证金不超过合同金额的 10%" in shown.out.replace("\n", "")


def test_the_demos_buyer(demo: Rongtong) -> None:
    arguments = ("--tenant", "demo", "reserve", "--buyer", "demo-e-4028", "--floor", "0")
    found = demo(*arguments, "--json")
    assert [ruling["outcome"] for ruling in found.json["rulings"]] == ["unmet"]
    assert len(found.json["items"]) == 4
    assert "待核实" not in demo(*arguments).err
