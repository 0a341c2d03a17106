"""How long the reports take over many deals, beside reading the same rows from the database and nothing more.

usage: python -m scripts.bench.tracking [--deals 10000]
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import create_engine, text

from matcher.deals import Amount, Deal, DealSide, DealStage, Report, reported
from matcher.domain import Enterprise
from service.auth import local_admin
from service.config import Settings
from service.runtime import open_parts
from service.store import Step
from service.usecases.ledgers import open_ledger
from service.usecases.tracking import funnel_report, tracking_book

TENANT = "bench"
BEGAN = date(2026, 1, 1)
_BATCH = 500


def fill(settings: Settings, count: int) -> None:
    """Keep `count` deals between 50 buyers and 1,900 suppliers, one in four of them signed."""
    parts = open_parts(settings, today=lambda: date(2026, 12, 1))
    who = local_admin(TENANT)
    parts.store.identity.ensure_tenant(who, TENANT)
    firms = [Enterprise(id=f"e{n}", name=f"企业{n}", region="110114", industry="C3453") for n in range(2000)]
    parts.store.records.put_enterprises(who, firms)
    deal = Deal(id="", requester_id="", supplier_id="", title="事项", entered=BEGAN)
    made = [
        replace(deal, id=f"d{n:06}", requester_id=f"e{n % 50}", supplier_id=f"e{50 + n % 1900}") for n in range(count)
    ]
    for at in range(0, count, _BATCH):
        step = Step(action="推荐", on=BEGAN + timedelta(days=at % 200))
        parts.store.deals.create(who, made[at : at + _BATCH], step)
    told = Report(
        by=DealSide.PLATFORM, on=BEGAN + timedelta(days=250), stage=DealStage.SIGNED, amounts={Amount.SIGNED: 10.0}
    )
    step = Step(action="签约", on=told.on, stage=told.stage, values={"side": "platform", "amounts": {"signed": 10.0}})
    for one in made[::4]:
        parts.store.deals.change(who, one.id, lambda held: reported(held, told), step)
    parts.close()


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds the second run takes, when files are read and caches warm."""
    work()
    started = perf_counter()
    work()
    return perf_counter() - started


def main() -> None:
    """Print seconds for each report, and how many times the bare reading of the rows that is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=10_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), tenant=TENANT)
        fill(settings, wanted.deals)
        engine = create_engine(settings.url)

        def rows() -> None:
            with engine.connect() as connection:
                for table in ("deals", "deal_steps", "enterprises"):
                    connection.execute(text(f"SELECT * FROM {table}")).fetchall()

        floor = timed(rows)
        parts = open_parts(settings, today=lambda: date(2026, 12, 1))
        who = local_admin(TENANT)
        print(f"{wanted.deals} deals, bare rows {floor:.2f} s")
        for name, work in (
            ("funnel", lambda: funnel_report(parts, who, None)),
            ("ledger", lambda: open_ledger(parts, who, "2026-09")),
            ("workbook", lambda: tracking_book(parts, who)),
        ):
            took = timed(work)
            print(f"{name} {took:.2f} s, {took / floor:.1f} x")
        parts.close()


if __name__ == "__main__":
    main()
