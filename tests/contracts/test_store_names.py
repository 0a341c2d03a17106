"""Enterprises are found by every name they bear, and suggested pairs wait for a person."""

import pytest

from matcher.domain import Enterprise
from matcher.errors import MatcherError
from service.store import Store, Suggestion, SuggestionState, names
from tests.databases import ADMIN


@pytest.fixture
def named(store: Store) -> Store:
    """Four enterprises, two of one name and two of one code."""
    rows = [("e1", "甲公司", "911"), ("e2", "乙公司", "922"), ("e3", "甲公司", None), ("e4", "丁公司", "922")]
    store.records.put_enterprises(ADMIN, [Enterprise(id=id_, name=name, uscc=code) for id_, name, code in rows])
    return store


def test_look_ups_by_name_and_code(named: Store) -> None:
    assert named.names.ids_by_name(ADMIN, ["甲公司", "丁公司", "戊公司"]) == {"甲公司": ["e1", "e3"], "丁公司": ["e4"]}
    assert named.names.id_by_uscc(ADMIN, "922") == ["e2", "e4"]
    assert named.names.id_by_uscc(ADMIN, "9") == []
    named.records.delete_enterprise(ADMIN, "e1")
    assert named.names.ids_by_name(ADMIN, ["甲公司"]) == {"甲公司": ["e3"]}
    assert named.names.id_by_uscc(ADMIN, "911") == []


def test_a_code_leads_to_the_one_enterprise_that_bears_it(named: Store) -> None:
    assert named.names.ids_by_uscc(ADMIN) == {"911": "e1"}
    named.records.delete_enterprise(ADMIN, "e4")
    assert named.names.ids_by_uscc(ADMIN) == {"911": "e1", "922": "e2"}


@pytest.mark.parametrize("held", [1, 2, 4, 5])
def test_names_are_streamed_whole_whatever_is_held(named: Store, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(names, "_STREAMED", held)
    assert list(named.names.known_names(ADMIN)) == [
        ("e1", "甲公司"),
        ("e2", "乙公司"),
        ("e3", "甲公司"),
        ("e4", "丁公司"),
    ]


def test_another_name_belongs_to_the_last_it_was_given(named: Store) -> None:
    assert named.names.alias(ADMIN, "老甲") is None
    named.names.put_alias(ADMIN, "老甲", "e1")
    named.names.put_alias(ADMIN, "老甲", "e3")
    assert named.names.alias(ADMIN, "老甲") == "e3"
    named.records.delete_enterprise(ADMIN, "e3")
    assert named.names.alias(ADMIN, "老甲") is None


@pytest.mark.parametrize(("text", "id_", "code"), [("", "e1", "bad_record"), ("x", "absent", "not_found")])
def test_a_name_that_cannot_be_kept_is_refused(named: Store, text: str, id_: str, code: str) -> None:
    with pytest.raises(MatcherError) as error:
        named.names.put_alias(ADMIN, text, id_)
    assert error.value.code == code


def test_suggestions_wait_and_stay_settled(named: Store) -> None:
    named.names.suggest(ADMIN, "e1", "e3", "同名", 0.8)
    named.names.suggest(ADMIN, "e2", "e4", "同一信用代码", 0.9)
    named.names.suggest(ADMIN, "e1", "e3", "同名同址", 0.95)
    likely = Suggestion("e1", "e3", "同名同址", 0.95, SuggestionState.OPEN)
    other = Suggestion("e2", "e4", "同一信用代码", 0.9, SuggestionState.OPEN)
    assert named.names.suggestions(ADMIN) == [likely, other]
    named.names.resolve_suggestion(ADMIN, "e1", "e3", state=SuggestionState.REJECTED)
    named.names.suggest(ADMIN, "e1", "e3", "同名", 1.0)
    assert named.names.suggestions(ADMIN) == [other]
    [settled] = named.names.suggestions(ADMIN, SuggestionState.REJECTED)
    assert (settled.reason, settled.score) == ("同名同址", 0.95)


def test_suggestions_are_between_enterprises_that_exist(named: Store) -> None:
    with pytest.raises(MatcherError) as error:
        named.names.suggest(ADMIN, "e1", "absent", "x", 0.5)
    assert error.value.code == "not_found"
    with pytest.raises(MatcherError) as error:
        named.names.resolve_suggestion(ADMIN, "e1", "e2", state=SuggestionState.ACCEPTED)
    assert error.value.code == "not_found"
