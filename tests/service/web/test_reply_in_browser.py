"""The reply page on a phone, in a real browser: it fits, it can be tapped, and it answers without any script."""

from collections.abc import Iterator

import pytest

from service.auth import local_admin
from tests.service.deals import Scene, scene
from tests.service.instance import TENANT
from tests.service.served import Browsed, browsing, serving

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "java_script_enabled": False}
_THUMB = 40


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browsed, Scene, str]]:
    with serving(tmp_path_factory.mktemp("reply")) as (origin, instance), browsing(origin, **PHONE) as found:
        held = scene(instance)
        (deal,) = held.proposed(answer_by="2026-03-10")
        found.page.goto(origin + held.link(deal["id"]))
        yield found, held, deal["id"]


def test_the_page_fits_a_phone_and_every_field_a_thumb(opened: tuple[Browsed, Scene, str]) -> None:
    page = opened[0].page
    page.locator("summary").tap()
    widths = page.locator("main").bounding_box()
    assert widths is not None
    assert widths["width"] <= 360
    for field in page.locator("input:visible, select:visible, textarea:visible, button:visible").all():
        box = field.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
        if field.get_attribute("type") not in ("radio", "checkbox"):
            assert box["height"] >= _THUMB, field.get_attribute("name")
    for choice in page.locator("label.choice").all():
        box = choice.bounding_box()
        assert box is not None
        assert box["height"] >= _THUMB


def test_an_answer_is_taken_and_the_page_says_so(opened: tuple[Browsed, Scene, str]) -> None:
    found, held, deal = opened
    page = found.page
    page.get_by_text("婉拒", exact=True).tap()
    page.get_by_role("button", name="提交").tap()
    assert "请选一个原因" in page.get_by_role("alert").inner_text()
    page.get_by_text("接受，愿意对接").tap()
    page.get_by_text("满足", exact=True).tap()
    page.get_by_role("button", name="提交").tap()
    assert "已收到您的答复" in page.get_by_role("status").inner_text()
    admin = local_admin(TENANT)
    store = held.instance.parts.store
    assert store.deals.get(admin, deal).stage.value == "accepted"
    assert store.records.get_enterprise(admin, "s1").evidence[0].met is True
    assert not [text for text in found.wrong if "422" not in text]
