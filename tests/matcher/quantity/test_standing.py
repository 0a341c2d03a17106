import re

import pytest

from matcher.quantity.standing import Standing, standing
from matcher.quantity.wording import Source, mentions

THING = re.compile(r"ISO 9001|CE")


def said(text: str) -> Standing:
    return standing(mentions(Source(text, "detail"), THING)[0], valid_from=2026)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("持有ISO 9001", Standing.HELD),
        ("已取得ISO 9001，有效期至2028年", Standing.HELD),
        ("不仅有ISO 9001", Standing.HELD),
        ("ISO 9001未过期", Standing.HELD),
        ("持有ISO 9001，未发生过事故", Standing.HELD),
        ("没有ISO 9001", Standing.DENIED),
        ("ISO 9001尚未取得，正在申请中", Standing.DENIED),
        ("ISO 9001证书去年底到期，未续证", Standing.DENIED),
        ("ISO 9001证书（已过期）", Standing.DENIED),
        ("ISO 9001有效期至2024年", Standing.DENIED),
        ("ISO 9001正在办理", Standing.VAGUE),
        ("ISO 9001已到期，换证完成", Standing.VAGUE),
        ("拟申请ISO 9001", Standing.VAGUE),
        ("按ISO 9001管理", Standing.VAGUE),
        ("提供ISO 9001认证咨询", Standing.VAGUE),
    ],
)
def test_standing(text: str, expected: Standing) -> None:
    assert said(text) is expected
