"""What every room of the store is built on."""

from collections.abc import Callable
from typing import TypeAlias

from matcher.domain import Enterprise, SizeClass
from service.store.database import Database

SizeOf: TypeAlias = Callable[[Enterprise], SizeClass]


class Room:
    """A part of the store over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
