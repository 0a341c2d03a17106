"""A judgement over an index is the judgement of each text, however the texts came and whatever is looked at first."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from matcher.domain import Verdict
from matcher.index.statements import StatementIndex
from matcher.quantity import bears, judge, required
from matcher.requirements import statements_of
from tests.builders import offer

TEXTS = (
    "五轴加工中心8台，ISO 9001 认证，厂房3000平方米",
    "全部为三轴加工中心，不含五轴",
    "拥有三坐标测量机、1600T压铸机，位于北京海淀",
    "无激光切割机，可外协",
    "数控车床、五轴联动加工中心，IATF 16949",
    "法律咨询",
    "",
)
ASKED = (
    "须有五轴加工中心",
    "要求具备三坐标测量机",
    "须配备激光切割机",
    "须通过ISO 9001认证",
    "厂房不低于2000平方米",
    "要求在北京市内",
    "须有1600T以上压铸机",
)
DAY = date(2026, 3, 1)


def built() -> StatementIndex:
    index = StatementIndex()
    index.add(np.arange(len(TEXTS)), [offer(f"p{n}", "能力", detail=text or None) for n, text in enumerate(TEXTS)])
    return index


def alone(asked: str) -> list[list[Verdict]]:
    said = [statements_of(offer(f"p{n}", "能力", detail=text or None)) for n, text in enumerate(TEXTS)]
    return [[judge(one, each, as_of=DAY).outcome for each in said] for one in required(asked, "detail")]


def over(index: StatementIndex, asked: str) -> list[list[Verdict]]:
    found = []
    for one in required(asked, "detail"):
        met, unmet = index.judged(one, len(TEXTS), as_of=DAY)
        assert not (met & unmet).any()
        found.append(
            [Verdict.MET if a else Verdict.UNMET if b else Verdict.UNKNOWN for a, b in zip(met, unmet, strict=True)]
        )
    return found


@pytest.mark.parametrize("asked", ASKED)
def test_each_row_stands_as_its_own_text(asked: str, tmp_path: Path) -> None:
    index = built()
    assert over(index, asked) == alone(asked)
    assert any(outcome is not Verdict.UNKNOWN for row in alone(asked) for outcome in row)
    index.save(tmp_path, "statements")
    assert over(StatementIndex.load(tmp_path, "statements"), asked) == alone(asked)


@pytest.mark.parametrize("asked", ASKED)
def test_what_came_later_is_judged_too(asked: str) -> None:
    index = StatementIndex()
    for n, text in enumerate(TEXTS):
        index.add(np.array([n]), [offer(f"p{n}", "能力", detail=text or None)])
        over(index, asked)
    assert over(index, asked) == alone(asked)


def test_what_was_removed_is_open() -> None:
    index = built()
    index.remove(np.array([0, 99]))
    (asked,) = required(ASKED[0], "detail")
    met, unmet = index.judged(asked, len(TEXTS))
    assert (met[0], unmet[0], met[4]) == (False, False, True)


@pytest.mark.parametrize("asked", ASKED)
def test_what_does_not_bear_decides_nothing(asked: str) -> None:
    for one in required(asked, "detail"):
        for text in TEXTS:
            said = [each for each in statements_of(offer("p", "能力", detail=text or None)) if each.topic == one.topic]
            if not any(bears(one, each) for each in said):
                assert judge(one, said, as_of=DAY).outcome is Verdict.UNKNOWN
