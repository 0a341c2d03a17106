import re
import tomllib
from functools import cache
from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.quantity.patterns import Forms, any_of, needed

TABLES = Path("data/conditions")


def forms() -> list[str]:
    found: list[str] = []
    for name, keys in (("machines", ("forms",)), ("certificates", ("named",))):
        raw = tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))
        found += chain.from_iterable(chain.from_iterable(raw[key].values()) for key in keys)
    for name in ("exclusions", "grades"):
        raw = tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))
        found += chain.from_iterable(
            row.get(key, ()) for row in raw.values() for key in ("words", "yes", "no", "forms")
        )
    return found


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("(?:数控)?折弯机", {"折弯机"}),
        ("安装费?", {"安装"}),
        ("(?:危险化学品|危化品?)(?:仓|库)", {"危险化学品", "危化"}),
        ("甲|乙类", {"甲", "乙类"}),
        (r"押\d付[一二]", {"押"}),
        ("(?:a|b)?", set()),
        (r"(?<![A-Za-z])PVD(?:镀膜)?(?:机|设备)", {"PVD"}),
    ],
)
def test_words_without_which_a_form_is_not_found(form: str, words: set[str]) -> None:
    assert needed(form) == words


@pytest.mark.parametrize("form", forms())
def test_every_form_of_the_tables_can_be_ruled_out_by_a_word(form: str) -> None:
    assert needed(form.replace("级@", "级"))


@cache
def compiled() -> tuple[re.Pattern[str], re.Pattern[str], Forms]:
    listed = forms()
    return re.compile("|".join(listed)), any_of(listed), Forms.of((form, form) for form in listed)


@settings(deadline=None)
@given(st.text(alphabet="三五轴联动加工中心机床慢走丝A1 ，不含有无运费安装级洁净万十", max_size=40))
def test_looking_at_first_characters_changes_nothing(text: str) -> None:
    plain, gated, _ = compiled()
    assert [m.span() for m in gated.finditer(text)] == [m.span() for m in plain.finditer(text)]


@settings(deadline=None)
@given(st.text(alphabet="三五轴联动加工中心机床慢走丝PVD镀膜A1 ，不含有无", max_size=40))
def test_forms_find_something_where_one_does_and_nothing_twice(text: str) -> None:
    plain, _, listed = compiled()
    spans = [match.span() for match, _ in listed.found(text)]
    assert bool(spans) == bool(plain.search(text))
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_the_form_listed_first_reads_what_two_find() -> None:
    forms = Forms.of([("五轴加工中心", "first"), ("五轴", "second")])
    assert [name for _, name in forms.found("五轴加工中心和五轴")] == ["first", "second"]


def test_no_forms_find_nothing() -> None:
    assert any_of([]).search("anything") is None
