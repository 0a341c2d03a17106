"""Errors are told in Chinese, or in English to who prefers it; no code lacks its English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.errors import _HTTP
from service.language import english_messages, prefers_english
from tests.service.instance import running

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def codes() -> Iterator[str]:
    """Yield the code of every error raised anywhere in the sources."""
    for path in (*(ROOT / "matcher").rglob("*.py"), *(ROOT / "service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            first = node.args[0] if isinstance(node, ast.Call) and node.args else None
            if isinstance(called, ast.Name) and called.id == "MatcherError" and isinstance(first, ast.Constant):
                yield str(first.value)


def test_every_code_has_its_english() -> None:
    raised = set(codes()) | {code for code, _ in _HTTP.values()} | {"too_large", "internal", "invalid_request"}
    assert len(raised) > 100
    assert sorted(raised - english_messages().keys()) == []
    assert [text for text in english_messages().values() if CHINESE.search(text.replace("揭榜", ""))] == []


@pytest.mark.parametrize(
    ("accept", "english"),
    [
        ("", False),
        ("en", True),
        ("en-US,en;q=0.9,zh;q=0.8", True),
        ("zh-CN,zh;q=0.9,en;q=0.8", False),
        ("en;q=0.5, zh;q=0.5", False),
        ("EN-gb;q=0.1", True),
        ("en;q=x", False),
        ("en;q=0", False),
        ("fr, *;q=0.5", False),
    ],
)
def test_which_language_is_preferred(accept: str, english: bool) -> None:
    assert prefers_english(accept) is english


def test_errors_over_http_in_both_languages(tmp_path: Path) -> None:
    with running(tmp_path) as instance:
        caller = instance.caller()
        asked = (
            ("GET", "/v1/postings/none", None),
            ("GET", "/nowhere", None),
            ("PATCH", "/v1/match", None),
            ("POST", "/v1/match", {"k": 0}),
            ("POST", "/v1/postings:batch", {"items": [{"id": "a"}]}),
            ("POST", "/v1/enterprises:batch", {"items": [{"id": "a", "name": "甲", "parent_id": "a"}]}),
        )
        for method, path, body in asked:
            plain, english = (
                caller.request(method, path, json=body, headers=headers).text
                for headers in ({}, {"Accept-Language": "en-GB"})
            )
            assert CHINESE.search(plain)
            assert not CHINESE.search(english.replace("甲", "")), english
        assert CHINESE.search(caller.get("/nowhere").text)
