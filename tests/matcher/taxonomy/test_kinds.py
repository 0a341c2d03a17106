"""Kinds: the shipped table, words for kinds, and who may be matched to whom."""

from pathlib import Path

import pytest

from matcher.assets import asset
from matcher.domain import PostingKind, Side, SizeClass
from matcher.errors import MatcherError
from matcher.taxonomy import FieldType, candidate_kinds, kind_of, kinds
from matcher.taxonomy.kinds import load_kinds


def test_every_kind_has_label_parties_and_fields() -> None:
    assert tuple(kinds()) == tuple(PostingKind)
    for kind, entry in kinds().items():
        assert entry.kind is kind
        assert entry.label
        assert entry.parties
        assert any(field.required for field in entry.fields)


def test_labels_are_unique() -> None:
    labels = [entry.label for entry in kinds().values()]
    assert len(set(labels)) == len(labels)


def test_fields_are_typed() -> None:
    fields = {field.name: field for field in kinds()[PostingKind.CAPABILITY].fields}
    assert fields["tolerance_mm"].type is FieldType.NUMBER
    assert fields["tolerance_mm"].unit == "mm"
    assert "精度" in fields["tolerance_mm"].aliases
    assert fields["maturity"].options
    assert kinds()[PostingKind.SCENARIO].sizes == (SizeClass.LARGE,)


@pytest.mark.parametrize("kind", list(PostingKind))
def test_code_and_label_name_the_kind(kind: PostingKind) -> None:
    assert kind_of(kind) is kind
    assert kind_of(f" {kind.upper()} ") is kind
    assert kind_of(kinds()[kind].label) is kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("需求", PostingKind.NEED),
        ("技术需求", PostingKind.NEED),
        ("能力", PostingKind.CAPABILITY),
        ("产品", PostingKind.CAPABILITY),
        ("场景", PostingKind.SCENARIO),
        ("空间", PostingKind.SPACE),
        ("产能", PostingKind.IDLE_CAPACITY),
        ("idle-resource", PostingKind.IDLE_RESOURCE),
        ("ｎｅｅｄ", PostingKind.NEED),
    ],
)
def test_common_words_name_a_kind(word: str, kind: PostingKind) -> None:
    assert kind_of(word) is kind


def test_unknown_word_names_every_kind() -> None:
    with pytest.raises(MatcherError) as caught:
        kind_of("别的")
    assert caught.value.code == "unknown_kind"
    for kind, entry in kinds().items():
        assert f"{kind}（{entry.label}）" in caught.value.message


def test_ambiguous_word_names_its_meanings() -> None:
    with pytest.raises(MatcherError) as caught:
        kind_of("融资")
    assert caught.value.code == "unknown_kind"
    assert caught.value.details["kinds"] == ["finance_need", "finance"]


@pytest.mark.parametrize(
    ("kind", "candidates"),
    [
        (PostingKind.SCENARIO, {"capability"}),
        (PostingKind.NEED, {"capability", "idle_capacity", "ip"}),
        (PostingKind.IDLE_RESOURCE, {"idle_capacity", "capacity_need", "resource_need"}),
        (PostingKind.IDLE_CAPACITY, {"idle_resource", "need", "capacity_need"}),
        (PostingKind.CAPACITY_NEED, {"idle_capacity", "idle_resource"}),
        (PostingKind.CAPABILITY, {"scenario", "need", "procurement"}),
        (PostingKind.RESOURCE_NEED, {"idle_resource", "shared_resource"}),
    ],
)
def test_candidates_follow_the_design(kind: PostingKind, candidates: set[str]) -> None:
    assert set(candidate_kinds(kind)) == candidates


def test_candidates_are_mutual_and_never_empty() -> None:
    for kind in PostingKind:
        found = candidate_kinds(kind)
        assert found
        assert len(set(found)) == len(found)
        assert all(kind in candidate_kinds(other) for other in found)


def test_requests_are_answered_by_offers_only() -> None:
    for entry in kinds().values():
        assert all(kinds()[other].side is Side.OFFER for other in entry.answered_by)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[market]", "[markets]", "markets"),
        ('side = "offer"', 'side = "other"', "side"),
        ('type = "money"', 'type = "coin"', "type"),
        ('answered_by = ["market"]\n', "", "market_need 没有 answered_by"),
        (', options = ["归需求方", "归供给方", "共有", "协商"]', "", "need.ip_ownership"),
        ('label = "辅助工艺"', 'label = "核心工艺"', "核心工艺"),
        ("[scenario]", "[scenario", "kinds.toml"),
    ],
)
def test_damaged_table_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = asset("data", "taxonomy", "kinds.toml").read_text(encoding="utf-8")
    assert before in text
    damaged = tmp_path / "kinds.toml"
    damaged.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(MatcherError) as caught:
        load_kinds(damaged)
    assert caught.value.code == "taxonomy_invalid"
    assert message in caught.value.message


def test_missing_kind_is_refused(tmp_path: Path) -> None:
    text = asset("data", "taxonomy", "kinds.toml").read_text(encoding="utf-8")
    damaged = tmp_path / "kinds.toml"
    damaged.write_text(text[: text.index("[market]")], encoding="utf-8")
    with pytest.raises(MatcherError, match="缺少类型 market"):
        load_kinds(damaged)
