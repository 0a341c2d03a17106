"""Counts the attempts to reach what is another's, and what leaked: `python -m tests.service.isolation`."""

import sys
import tempfile
from pathlib import Path

from tests.contracts.test_store_isolation import CALLS
from tests.service.api.test_crossing import OTHERS, World
from tests.service.instance import running
from tests.service.world import ATTEMPTS, SECRET, Attempt


def main() -> None:
    attempts, answered, leaks, broken = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "data") as instance:
        world = World(instance, Path(name))
        before = world.rows()
        for who in OTHERS:
            caller = world.caller(who)
            for route in world.routes:
                answer = world.send(caller, route)
                own_words = str(ATTEMPTS.get(route, Attempt()).json)
                attempts += 1
                answered += answer.status_code < 400
                leaks += SECRET in answer.text.replace(own_words, "")
                broken += answer.status_code >= 500
        changed = sum(len(set(rows) - set(world.rows()[table])) for table, rows in before.items())
    sys.stdout.write(
        f"{len(world.routes)} 条路由 × {len(OTHERS)} 种无关的调用者 = {attempts} 次：{answered} 次得到应答（自己的或公开的），"
        f"泄露 {leaks}，被改的行 {changed}，5xx {broken}；"
        f"存储方法 {len(CALLS)} 个 × 2 种调用者 × 2 种数据库由 tests/contracts/test_store_isolation.py 逐个试\n"
    )


if __name__ == "__main__":
    main()
