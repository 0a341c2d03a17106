"""Taking out of the reports of jobs what has to be forgotten."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Text, and_, cast, false, or_, select, update

from service.auth import Actor, Scope
from service.store.rights import require_platform
from service.store.room import Room
from service.store.schema import import_problems, jobs

ERASED = "内容已按个人信息删除请求清除"


class JobReports(Room):
    """What jobs reported."""

    def forget(self, actor: Actor, texts: Collection[str]) -> tuple[str, ...]:
        """Take the cells in which one of `texts` stands out of every report; returns the ids of the jobs which had some.

        :raises MatcherError: `forbidden`.
        """
        require_platform(actor, Scope.ADMIN)
        cells, mine = import_problems.c, jobs.c.tenant == actor.tenant
        told = or_(
            false(), *(one.contains(text, autoescape=True) for text in texts for one in (cells.value, cells.message))
        )
        here = and_(cells.tenant == actor.tenant, told)
        summed = or_(false(), *(cast(jobs.c.result, Text).contains(text, autoescape=True) for text in texts))
        reported = or_(summed, jobs.c.id.in_(select(cells.job_id).where(here)))
        with self._database.write() as connection:
            found = connection.execute(select(jobs).where(mine, reported)).mappings().all()
            connection.execute(update(import_problems).where(here).values(value=None, message=ERASED))
            for row in found:
                cleared = {"result": _without(row["result"], texts)}
                connection.execute(update(jobs).filter_by(tenant=actor.tenant, id=row["id"]).values(cleared))
        return tuple(row["id"] for row in found)


def _without(value: Any, texts: Collection[str]) -> Any:
    """Return a JSON value in which no string holds one of `texts`."""
    if isinstance(value, dict):
        return {name: _without(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, texts) for one in value]
    return ERASED if isinstance(value, str) and any(text in value for text in texts) else value
