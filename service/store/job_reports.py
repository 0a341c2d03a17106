"""Taking out of the reports of jobs what has to be forgotten."""

import re
from typing import Any

from sqlalchemy import select, update

from service.auth import Actor, Scope
from service.store.rights import require_platform
from service.store.room import Room
from service.store.schema import import_problems, jobs

ERASED = "内容已按个人信息删除请求清除"
_AT_ONCE = 1000


class JobReports(Room):
    """What jobs reported."""

    def forget(self, actor: Actor, told: re.Pattern[str]) -> tuple[str, ...]:
        """Take the cells in which `told` is found out of every report; returns the ids of the jobs which had some.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        cells, mine = import_problems.c, {"tenant": actor.tenant}
        with self._database.write() as connection:
            # A pattern is nothing that both databases know: reports are read as a stream, for they may be long.
            every = select(cells.job_id, cells.n, cells.value, cells.message).filter_by(**mine)
            told_of = [
                (row.job_id, row.n)
                for row in connection.execute(every.execution_options(yield_per=_AT_ONCE))
                if told.search(row.value or "") or told.search(row.message or "")
            ]
            for job, n in told_of:
                cell = update(import_problems).filter_by(**mine, job_id=job, n=n)
                connection.execute(cell.values(value=None, message=ERASED))
            found = {job for job, _ in told_of}
            for row in connection.execute(select(jobs.c.id, jobs.c.result).filter_by(**mine)).all():
                if (cleared := _without(row.result, told)) != row.result:
                    connection.execute(update(jobs).filter_by(**mine, id=row.id).values(result=cleared))
                    found.add(row.id)
        return tuple(sorted(found))


def _without(value: Any, told: re.Pattern[str]) -> Any:
    """Return a JSON value in no string of which `told` is found."""
    if isinstance(value, dict):
        return {name: _without(one, told) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, told) for one in value]
    return ERASED if isinstance(value, str) and told.search(value) else value
