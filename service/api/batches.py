"""Batches of upserts: each row stands or falls by itself."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import Field, JsonValue, ValidationError

from service.api.schemas import Model, RowError, RowResult
from service.deps import Once
from service.errors import problems
from service.language import message
from service.usecases.records import RowOutcome

Item = TypeVar("Item", bound=Model)
Value = TypeVar("Value")


class BatchBody(Model):
    """至多 1000 条；每条另带 id"""

    items: list[dict[str, JsonValue]] = Field(min_length=1, max_length=1000)


class BatchOut(Model):
    """逐行结果，次序与请求相同"""

    results: list[RowResult]


def run_batch(
    body: BatchBody,
    once: Once,
    schema: type[Item],
    convert: Callable[[Item], Value],
    write: Callable[[Sequence[Value]], list[RowOutcome]],
) -> BatchOut:
    """Return one result per row, in order."""

    def action() -> dict[str, Any]:
        results: list[RowResult | None] = []
        good: list[Value] = []
        for row in body.items:
            try:
                good.append(convert(schema.model_validate(row)))
                results.append(None)
            except ValidationError as error:
                results.append(_refused(str(row.get("id", "")), error))
        written = iter(write(good))
        filled = [result or _result(next(written)) for result in results]
        return BatchOut(results=filled).model_dump(mode="json")

    return BatchOut.model_validate(once.run(body.model_dump_json(), action))


def _refused(id_: str, error: ValidationError) -> RowResult:
    found = problems([dict(item) for item in error.errors()])
    message = "；".join(f"{problem['field']}：{problem['message']}" for problem in found)
    return RowResult(id=id_, outcome="rejected", error=RowError(code="invalid_row", message=message))


def _result(outcome: RowOutcome) -> RowResult:
    if outcome.error is not None:
        error = RowError(code=outcome.error.code, message=message(outcome.error.code, outcome.error.message))
        return RowResult(id=outcome.id, outcome="rejected", error=error)
    assert outcome.written is not None
    done = outcome.written
    return RowResult(id=done.id, seq=done.seq, outcome=done.outcome, warnings=list(outcome.warnings))
