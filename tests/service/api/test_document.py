"""The OpenAPI document is one that people and generators can use."""

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.service.instance import Instance


@pytest.fixture
def document(instance: Instance) -> dict[str, Any]:
    return instance.app.openapi()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [told for methods in document["paths"].values() for told in methods.values()]


def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_operation_has_its_own_plain_name_and_words(document: dict[str, Any]) -> None:
    names = [told["operationId"] for told in operations(document)]
    assert len(names) == len(set(names)) >= 100
    for told in operations(document):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", told["operationId"])
        assert re.search(r"[\u4e00-\u9fff]", told["summary"])
        assert told["tags"]


def test_no_schema_is_named_after_how_it_is_written(document: dict[str, Any]) -> None:
    for name in document["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z]+|PageOut_[A-Za-z]+_|Body_[a-z]+(_[a-z]+)+", name), name


def test_errors_have_the_one_shape(document: dict[str, Any]) -> None:
    for told in operations(document):
        for status in ("4XX", "5XX"):
            content = told["responses"][status]["content"]
            assert content["application/json"]["schema"]["$ref"] == "#/components/schemas/ErrorOut"
