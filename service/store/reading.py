"""Read enterprises and postings, each as the actor may see them."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select, true

from matcher.domain import Enterprise, Party, Posting, PostingKind, SizeClass, Status
from service.auth import Actor, Scope
from service.store.rights import as_seen_by, require, seen_by
from service.store.room import Room
from service.store.rows import Page, batches, check_limit, page, to_enterprise, to_posting
from service.store.schema import enterprises, postings
from service.store.sequenced import not_found


class Reading(Room):
    """Records by id, in lists and in numbers."""

    def get_enterprise(self, actor: Actor, id_: str) -> Enterprise:
        """Return an enterprise.

        :raises MatcherError: `not_found`.
        """
        if (found := self.enterprises_by_id(actor, [id_]).get(id_)) is None:
            raise not_found(enterprises, id_)
        return found

    def get_posting(self, actor: Actor, id_: str) -> Posting:
        """Return a posting, whole or its public part.

        :raises MatcherError: `not_found` also when the actor may not see it.
        """
        if (found := self.postings_by_id(actor, [id_]).get(id_)) is None:
            raise not_found(postings, id_)
        return found

    def enterprises_by_id(self, actor: Actor, ids: Iterable[str]) -> dict[str, Enterprise]:
        """Return those of the enterprises that exist."""
        require(actor, Scope.READ)
        found: dict[str, Enterprise] = {}
        with self._database.read() as connection:
            for batch in batches(ids):
                query = select(enterprises).where(_alive_enterprise(actor), enterprises.c.id.in_(batch))
                found |= {row["id"]: to_enterprise(row) for row in connection.execute(query).mappings()}
        return found

    def postings_by_id(self, actor: Actor, ids: Iterable[str]) -> dict[str, Posting]:
        """Return those of the postings that exist and that the actor may see, whole or their public part."""
        require(actor, Scope.READ)
        found: dict[str, Posting] = {}
        with self._database.read() as connection:
            for batch in batches(ids):
                query = select(postings).where(_alive_posting(actor), postings.c.id.in_(batch))
                rows = connection.execute(query).mappings()
                found |= {row["id"]: as_seen_by(actor, to_posting(row)) for row in rows}
        return found

    def computed_sizes(self, actor: Actor, ids: Iterable[str]) -> dict[str, SizeClass]:
        """Return the size class computed when each enterprise was last written."""
        require(actor, Scope.READ)
        found: dict[str, SizeClass] = {}
        columns = (enterprises.c.id, enterprises.c.computed_size)
        with self._database.read() as connection:
            for batch in batches(ids):
                query = select(*columns).where(_alive_enterprise(actor), enterprises.c.id.in_(batch))
                found |= {id_: SizeClass(size) for id_, size in connection.execute(query)}
        return found

    def list_enterprises(
        self,
        actor: Actor,
        *,
        after: str | None = None,
        limit: int = 100,
        name: str | None = None,
        industry: str | None = None,
        region: str | None = None,
        party: Party | None = None,
    ) -> Page[Enterprise]:
        """Return enterprises in id order: `name` contained, `industry` and `region` as prefixes, exact `party`.

        :raises MatcherError: `bad_limit`.
        """
        require(actor, Scope.READ)
        table = enterprises.c
        chosen = [
            _alive_enterprise(actor),
            table.id > after if after else true(),
            table.name.icontains(name, autoescape=True) if name else true(),
            table.industry.startswith(industry, autoescape=True) if industry else true(),
            table.region.startswith(region, autoescape=True) if region else true(),
            table.party == party if party else true(),
        ]
        query = select(enterprises).where(*chosen).order_by(table.id).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            found = [(row["id"], to_enterprise(row)) for row in connection.execute(query).mappings()]
        return page(found, limit)

    def list_postings(
        self,
        actor: Actor,
        *,
        after: str | None = None,
        limit: int = 100,
        kind: PostingKind | None = None,
        enterprise_id: str | None = None,
        status: Status | None = None,
    ) -> Page[Posting]:
        """Return postings in id order, each whole or its public part; None leaves a dimension open.

        :raises MatcherError: `bad_limit`.
        """
        require(actor, Scope.READ)
        table = postings.c
        chosen = [
            _alive_posting(actor),
            table.id > after if after else true(),
            table.kind == kind if kind else true(),
            table.enterprise_id == enterprise_id if enterprise_id else true(),
            table.status == status if status else true(),
        ]
        query = select(postings).where(*chosen).order_by(table.id).limit(check_limit(limit) + 1)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            found = [(row["id"], as_seen_by(actor, to_posting(row))) for row in rows]
        return page(found, limit)

    def counts(self, actor: Actor) -> dict[str, int]:
        """Return how many records the actor sees: `enterprises`, `postings`, `published`, and one key per kind."""
        require(actor, Scope.READ)
        groups = select(postings.c.kind, postings.c.status, func.count()).where(_alive_posting(actor))
        with self._database.read() as connection:
            firms = select(func.count()).select_from(enterprises).where(_alive_enterprise(actor))
            counts = {"enterprises": connection.execute(firms).scalar_one(), "postings": 0, "published": 0}
            for kind, status, n in connection.execute(groups.group_by(postings.c.kind, postings.c.status)):
                counts["postings"] += n
                counts["published"] += n if status == Status.PUBLISHED else 0
                counts[kind] = counts.get(kind, 0) + n
        return counts


def _alive_enterprise(actor: Actor) -> ColumnElement[bool]:
    return (enterprises.c.tenant == actor.tenant) & ~enterprises.c.deleted


def _alive_posting(actor: Actor) -> ColumnElement[bool]:
    return (postings.c.tenant == actor.tenant) & ~postings.c.deleted & seen_by(actor)
