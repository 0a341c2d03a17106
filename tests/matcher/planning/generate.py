"""Small random programmes for properties."""

from hypothesis import strategies as st

from matcher.planning.model import MILLI, Event, EventSide, PairScore, Programme, Rules, Stance, Wish
from scripts.bench.fair import firm, slots


@st.composite
def programmes(draw: st.DrawFn, *, most_pairs: int = 9) -> Programme:
    """Draw a small event, with and without sides, with rules that need not agree; at most `most_pairs` scored."""
    count = draw(st.integers(2, 6))
    times = draw(st.integers(1, 4))
    sided = draw(st.booleans())
    available = st.frozensets(st.integers(0, times - 1), max_size=times)
    firms = []
    for n in range(count):
        free = [draw(available) for _ in range(draw(st.sampled_from([1, 1, 1, 2])))]
        side = draw(st.sampled_from(list(EventSide))) if sided else None
        least, most = draw(st.integers(0, 3)), draw(st.none() | st.integers(0, 4))
        firms.append(firm(f"p{n}", *free, side=side, least=least, most=most))
    every = [(one.id, other.id) for k, one in enumerate(firms) for other in firms[k + 1 :]]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, max_size=most_pairs))
    scores = tuple(PairScore(pair=pair, score=draw(st.integers(0, MILLI))) for pair in chosen)
    said = draw(st.lists(st.tuples(st.sampled_from(every), st.sampled_from(list(Stance)), st.booleans()), max_size=3))
    wishes = tuple(Wish(of=pair[back], about=pair[1 - back], stance=stance) for pair, stance, back in said)
    rules = Rules(
        guests=draw(st.integers(1, 3)) if sided else 1, floor=draw(st.sampled_from([0, 0, 300])), maximum=None
    )
    tables = draw(st.integers(1, 3))
    event = Event(name="小会", slots=slots(times), tables=tables, rules=rules)
    return Programme(event=event, participants=tuple(firms), scores=scores, wishes=wishes)
