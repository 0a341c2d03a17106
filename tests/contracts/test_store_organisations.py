"""No method, on either database, shows or changes anything that another organisation of the same tenant keeps private."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from matcher.domain import Enterprise, Posting, PostingKind, Visibility
from matcher.errors import MatcherError
from service.auth import Actor, Role, Scope, local_admin
from service.store import Store
from service.store.database import parse_url
from service.store.schema import metadata
from tests.contracts.test_store_isolation import CALLS, SECRET, rows_of
from tests.filled import fill

PLATFORM = local_admin("a")
OTHER = Actor("a", "e3", "u3", frozenset({Role.OWNER}), frozenset({Scope.ADMIN}))
SUMS = {"capacity.standing", "registers.about"}
"""Read by the service itself for sums; it is the caller who passes on no more."""
OWN = {"audit", "idempotency", "shown", "shown_items"}
"""Tables in which anybody's own requests leave rows, whatever they are about."""


def made_private(store: Store, url: str, owner: str | None) -> dict[str, str]:
    """Fill the tenant with what is private to `e1`, made by the platform or by itself.

    Firms and their evidence are no secret to the store, for every match is judged by them.
    """
    made = fill(store, PLATFORM, SECRET)
    store.records.drop_evidence(PLATFORM, "e1", "ev")
    firms = [Enterprise(id=id_, name=id_) for id_ in ("e1", "e2", "e3")]
    store.records.put_enterprises(PLATFORM, firms)
    offer = Posting(id="p1", enterprise_id="e1", kind=PostingKind.SPACE, title=SECRET, visibility=Visibility.PRIVATE)
    store.records.put_postings(PLATFORM, [offer, replace(offer, id="p2", enterprise_id="e2")])
    if owner is not None:
        engine = create_engine(parse_url(url))
        with engine.begin() as connection:
            for table in metadata.sorted_tables:
                for column in {"organisation", "owner"} & set(table.c.keys()):
                    changed = f"UPDATE {table.name} SET {column} = :owner WHERE tenant = 'a'"
                    connection.execute(text(changed), {"owner": owner})
        engine.dispose()
    return made


@pytest.mark.parametrize("owner", [None, "e1"], ids=["made by the platform", "made by e1"])
def test_no_method_reaches_another_organisation(store: Store, database_url: str, owner: str | None) -> None:
    made = made_private(store, database_url, owner)
    before = rows_of(database_url, "a")
    for name, call in CALLS.items():
        try:
            shown = repr(call(store, OTHER, made))
        except MatcherError as error:
            shown = f"{error} {error.details}"
        assert SECRET not in shown or name in SUMS, (name, shown)
        after = rows_of(database_url, "a")
        for table, rows in before.items():
            assert set(rows) <= set(after[table]), (name, table)
            added = set(after[table]) - set(rows)
            assert table in OWN or not any("'e1'" in row for row in added), (name, table, added)
