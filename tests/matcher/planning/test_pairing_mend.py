"""Plans mended from parts of meetings, and the rows that sharpen those parts: none cuts a plan of whole meetings off."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.planning import pairing, pairing_shares, pairing_solve
from matcher.planning.candidates import candidates
from matcher.planning.model import Programme
from matcher.planning.pairing import pair
from matcher.planning.pairing_mend import mended
from matcher.planning.pairing_rows import form
from matcher.planning.pairing_shares import sharpened
from matcher.planning.pairing_solve import Pool
from scripts.bench.fair import Fair, fair
from tests.matcher.planning.generate import programmes
from tests.matcher.planning.test_pairing import figures, fits, subsets


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every event treated as one too large for an exact search."""
    for module in (pairing, pairing_shares, pairing_solve):
        monkeypatch.setattr(module, "EXACT", 0)


@given(programmes(), st.data())
def test_no_recipe_cuts_off_a_plan_that_gives_what_is_asked(programme: Programme, data: st.DataObject) -> None:
    whole = form(candidates(programme), programme.event, ())
    person = data.draw(st.integers(0, whole.people - 1))
    mine = whole.mine(person)
    least = data.draw(st.integers(1, 3000))
    aside = data.draw(st.lists(st.sampled_from(mine.tolist()), unique=True)) if len(mine) else []
    columns, worth, most = whole.share(person, least, (tuple(sorted(aside)), data.draw(st.integers(0, 1500))))
    for bits in product((0, 1), repeat=len(mine)):
        plan = np.zeros(whole.matrix.shape[1])
        plan[mine] = bits
        if whole.weight[mine] @ bits >= least:
            assert plan[columns] @ worth <= most
    nothing = np.zeros(whole.matrix.shape[1])
    nothing[whole.pairs + whole.people + person] = 1
    assert nothing[columns] @ worth <= most, "nothing is asked for who gets nothing"


@settings(max_examples=60, deadline=None)
@given(programmes(), st.floats(0.05, 1), st.integers(0, 3))
def test_what_is_mended_keeps_every_row(programme: Programme, share: float, unserved: int) -> None:
    found = candidates(programme)
    whole = form(found, programme.event, ())
    least = np.ceil(share * whole.best).astype(np.int64)
    asked, relaxed = sharpened(whole, least, unserved, Pool(whole))
    columns = None if relaxed is None else mended(asked, relaxed.columns, least)
    if columns is not None:
        chosen = np.flatnonzero(columns[: whole.pairs])
        assert fits(found, programme.event, chosen)
        got = whole.shares(chosen)
        assert ((got >= least) | (got == 0)).all()
        assert (got[whole.best > 0] == 0).sum() <= unserved


def test_mending_reaches_most_of_what_parts_of_meetings_do() -> None:
    programme = fair(Fair(hosts=20, guests=120, slots=10, tables=25), 2)
    whole = form(candidates(programme), programme.event, ())
    least = np.ceil(0.15 * whole.best).astype(np.int64)
    asked, relaxed = sharpened(whole, least, 0, Pool(whole))
    assert relaxed is not None
    columns = mended(asked, relaxed.columns, least)
    assert columns is not None
    assert -float(whole.cost() @ columns) >= -0.97 * relaxed.value


@pytest.mark.usefixtures("large")
@settings(max_examples=60, deadline=None)
@given(programme=programmes())
def test_a_large_event_is_bounded_rightly(programme: Programme) -> None:
    found = candidates(programme)
    result = pair(found, programme.event)
    best = max(figures(found, some) for some in subsets(len(found.first)) if fits(found, programme.event, some))
    own = figures(found, result.chosen)
    assert fits(found, programme.event, result.chosen)
    assert own <= best
    short, worst, total = result.stages
    assert [short.value, worst.value, total.value] == [-own[1], float(own[3]), own[4]]
    if own[:3] == best[:3]:
        assert worst.bound >= float(best[3])
        assert not worst.proven or own[3] == best[3]
    if own[:4] == best[:4]:
        assert total.bound >= best[4]


@pytest.mark.usefixtures("large")
def test_a_larger_event_is_within_one_percent() -> None:
    programme = fair(Fair(hosts=20, guests=80, slots=10, tables=25), 1)
    short, worst, total = pair(candidates(programme), programme.event).stages
    assert short.proven
    assert worst.value <= worst.bound
    assert 0.99 * total.bound <= total.value <= total.bound
