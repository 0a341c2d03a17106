"""Acknowledged means committed: a writer killed in the middle loses nothing that it was told is kept."""

import signal
import subprocess
import sys

import pytest

from service.auth import SYSTEM
from service.store import Store
from tests.databases import ADMIN, VAULT, size_by_employees

ACKNOWLEDGED_BEFORE_THE_END = 25
WRITER = """
import sys
from itertools import count
from matcher.domain import Enterprise, SizeClass
from service.auth import local_admin
from service.store import Store
from service.vault import Vault

store = Store.open(sys.argv[1], size_of=lambda firm: SizeClass.UNKNOWN, vault=Vault(b"0" * 32))
for call in count():
    rows = [Enterprise(id=f"{call}-{n}", name="甲" * 100) for n in range(20)]
    for written in store.records.put_enterprises(local_admin("t"), rows):
        sys.stdout.write(f"{written.id} {written.seq}\\n")
    sys.stdout.flush()
"""


@pytest.mark.usefixtures("store")
def test_a_killed_writer_loses_nothing_it_was_told_is_kept(database_url: str) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, database_url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(ACKNOWLEDGED_BEFORE_THE_END)]
    writer.send_signal(signal.SIGKILL)
    lines += writer.stdout.read().splitlines(keepends=True)
    assert writer.wait() == -signal.SIGKILL
    writer.stdout.close()
    acknowledged = {line.split()[0]: int(line.split()[1]) for line in lines if line.endswith("\n")}

    again = Store.open(database_url, size_of=size_by_employees, vault=VAULT)
    seen: dict[str, int] = {}
    while changes := again.follow.changes(SYSTEM, max(seen.values(), default=0), 1000):
        seen |= {change.enterprise.id: change.seq for change in changes if change.enterprise}
    assert acknowledged.items() <= seen.items()
    assert len(seen) % 20 == 0
    assert len(again.records.enterprises_by_id(ADMIN, acknowledged)) == len(acknowledged)
    again.close()
