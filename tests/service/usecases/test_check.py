"""A review of a posting that is not written: by the engine's own tagger, as anyone may read."""

from pathlib import Path

import pytest

from matcher.domain import PostingKind
from matcher.errors import MatcherError
from service.auth import local_admin
from service.usecases.check import DRAFT, draft, review
from tests.service.instance import TENANT, open_instance_parts

TEXT = "寻求钛合金五轴加工，公差±0.01mm"


def test_a_draft_is_tagged_by_the_tagger_of_the_engine(tmp_path: Path) -> None:
    parts = open_instance_parts(tmp_path)
    try:
        found = review(parts, local_admin(TENANT), draft(TEXT, PostingKind.NEED))
        sought = found.checked.sought
        assert found.industries == parts.engine.tagger.tag(f"{sought.title}。{sought.detail or ''}")
        assert all(tag.confidence >= 0.2 for tag in found.hightech)
        assert parts.engine.tagger is parts.engine.tagger
    finally:
        parts.close()


def test_a_draft_needs_words() -> None:
    assert draft(TEXT, PostingKind.NEED).enterprise_id == DRAFT
    with pytest.raises(MatcherError) as caught:
        draft(" \n", PostingKind.NEED)
    assert caught.value.code == "empty_text"
