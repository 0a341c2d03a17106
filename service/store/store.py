"""The store: one database, one room per matter."""

from contextlib import AbstractContextManager

from service.store.audit import Audit
from service.store.capacity import Capacity
from service.store.copying import Contents, contents
from service.store.database import Clock, Database, parse_url, utc_now
from service.store.deals import Deals
from service.store.events import Events
from service.store.feedback import Feedback
from service.store.follow import Follow
from service.store.idempotency import Idempotency
from service.store.identity import Identity
from service.store.jobs import Jobs
from service.store.migrate import migrate
from service.store.names import Names
from service.store.outbox import Outbox
from service.store.people import People
from service.store.records import Records
from service.store.registers import Registers
from service.store.room import SizeOf
from service.store.searches import Searches
from service.store.webhooks import Webhooks
from service.vault import Vault


class Store:
    """Everything that is kept. SQL is spoken here and nowhere else; every method takes the `Actor` first."""

    def __init__(self, database: Database, size_of: SizeOf) -> None:
        self._database = database
        self.records = Records(database, size_of)
        self.identity = Identity(database)
        self.jobs = Jobs(database)
        self.follow = Follow(database)
        self.names = Names(database)
        self.idempotency = Idempotency(database)
        self.feedback = Feedback(database)
        self.events = Events(database)
        self.registers = Registers(database)
        self.capacity = Capacity(database)
        self.deals = Deals(database)
        self.audit = Audit(database)
        self.people = People(database)
        self.outbox = Outbox(database)
        self.webhooks = Webhooks(database)
        self.searches = Searches(database)

    @classmethod
    def open(cls, url: str, *, size_of: SizeOf, vault: Vault, now: Clock = utc_now) -> "Store":
        """Return the store at `sqlite:///file` or `postgresql://…`, created or upgraded as needed.

        `size_of` computes the size class kept beside each enterprise, `vault` seals what is secret.
        :raises MatcherError: `unsupported_database`, `database_unavailable`, `database_newer`.
        """
        database = Database.connect(parse_url(url), now, vault)
        migrate(database)
        return cls(database, size_of)

    def contents(self) -> AbstractContextManager[Contents]:
        """Return a block over one state of the whole database, for a copy of it, whatever is written meanwhile."""
        return contents(self._database)

    @property
    def joined(self) -> bool:
        """Whether what this thread writes now is part of a larger transaction."""
        return self._database.joined

    def close(self) -> None:
        """Let go of every connection."""
        self._database.engine.dispose()
