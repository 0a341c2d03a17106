"""The whole OpenAPI of a running service under made-up requests, every check on but one: counts by check.

usage: python -m scripts.bench.fuzz_api --key KEY [--url http://127.0.0.1:8000] [--examples 100] [--seed 1]
Start the service on a folder of its own, with a key of scope admin: what is written is not taken back. Exits with 1
when a check failed. The one check left out wants every request that fits the schema to be accepted: rules between
fields and with what is stored, which no schema states, answer 422.
"""

import argparse
import sys
from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

_SHOWN = 300


def main() -> int:
    """Print the counts and the first failure of each kind on each operation; returns 1 when there is any."""
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--url", default="http://127.0.0.1:8000")
    wanted.add_argument("--key", required=True)
    wanted.add_argument("--examples", type=int, default=100)
    wanted.add_argument("--seed", type=int, default=1)
    options = wanted.parse_args()
    schema = schemathesis.openapi.from_url(f"{options.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    headers = {"Authorization": f"Bearer {options.key}"}
    statuses: Counter[int] = Counter()
    failures: dict[tuple[str, str], str] = {}
    failed: Counter[str] = Counter()
    for operation in operations:

        @seed(options.seed)
        @given(case=operation.as_strategy())
        @settings(max_examples=options.examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def answered(case: Case[Any]) -> None:
            response = case.call(headers=headers)
            statuses[response.status_code] += 1
            try:
                case.validate_response(response, headers=headers, excluded_checks=[positive_data_acceptance])
            except FailureGroup as group:
                for one in group.exceptions:
                    failed[type(one).__name__] += 1
                    where = f"{case.method} {case.operation.path}"
                    failures.setdefault((type(one).__name__, where), " ".join(str(one).split())[:_SHOWN])

        answered()
    errors = sum(count for status, count in statuses.items() if status >= 500 and status != 503)
    print(f"{len(operations)} 个操作，{statuses.total()} 个请求，5xx（503 除外）{errors} 个")
    print("状态", dict(sorted(statuses.items())))
    print("未通过的检查", dict(failed) or "无")
    for (kind, where), told in sorted(failures.items()):
        print(f"{kind} {where}: {told}")
    return 1 if failures or errors else 0


if __name__ == "__main__":
    sys.exit(main())
