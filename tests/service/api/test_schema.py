"""Whatever the schema allows is answered as the schema says: requests made up from the OpenAPI document itself."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.service.instance import Instance, put_some, running

EXAMPLES = 30
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with pytest.MonkeyPatch.context() as patch, running(tmp_path_factory.mktemp("schema")) as started:
        patch.setattr("service.engine._WAIT_SECONDS", 0.02)
        put_some(started.caller())
        yield started


def test_every_answer_is_as_the_schema_says(instance: Instance) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", instance.app)
    headers = {"Authorization": str(instance.caller().headers["Authorization"])}
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 19
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def answered(case: Case[Any]) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        answered()
