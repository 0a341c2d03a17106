"""Whom each firm wants to meet, must not meet or has met, from names in cells; and groups and competitors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from matcher.errors import MatcherError
from matcher.firmname import core_name, normalise_name
from matcher.planning.model import PairKey, Participant, Stance, Wish, pair_key
from matcher.tabular.attendees.link import Firm, short_names
from matcher.tabular.attendees.model import Notes, Place
from matcher.tabular.attendees.names import MOST_GUESSES, Found, Names
from matcher.tabular.values import text_of

_STANCES = {"must": Stance.MUST, "want": Stance.WANT, "fine": Stance.FINE, "avoid": Stance.NO}
_SHOWN = 3
MOST_NAMES = 500_000


class WishReader:
    """Reads the names in cells against the participants of one event."""

    def __init__(self, participants: Sequence[Participant], firms: Sequence[Firm], notes: Notes) -> None:
        self._people = {participant.id: participant for participant in participants}
        self._firms = firms
        self._notes = notes
        self._names = Names(
            ((participant.id, participant.name) for participant in participants),
            ((firm.id, name) for firm in firms for name in short_names(firm) if len(normalise_name(name)) > 1),
        )
        self._named_so_far = 0
        self._gave_up = False
        self._cells: dict[str, tuple[Found, ...]] = {}

    def wishes(self) -> tuple[Wish, ...]:
        """Return the wishes in order of the sheet, without repeats; a must-meet that is also avoided is noted.

        :raises MatcherError: `too_many_names`.
        """
        found: dict[tuple[str, str, Stance], Place] = {}
        for column, stance in _STANCES.items():
            for of, about, place in self._named(column):
                self._check_side(of, about, stance, place)
                found.setdefault((of, about, stance), place)
        for (of, about, stance), place in found.items():
            if stance is Stance.NO and not found.keys().isdisjoint(
                {(of, about, other) for other in _STANCES.values() if other is not stance}
            ):
                self._notes.warn(
                    place,
                    "wish_contradicts",
                    f"“{self._people[of].name}”对“{self._people[about].name}”既希望又不希望对接，按不见处理",
                    "请只保留一种",
                    self._people[about].name,
                )
            if stance is Stance.MUST and (about, of, Stance.NO) in found:
                self._notes.warn(
                    place,
                    "must_vetoed",
                    f"“{self._people[of].name}”必见“{self._people[about].name}”，但对方不希望对接，不安排会面",
                    "请与双方确认，只保留一种",
                    self._people[about].name,
                )
        return tuple(Wish(of=of, about=about, stance=stance) for of, about, stance in found)

    def met(self) -> frozenset[PairKey]:
        """Return the pairs that have met before."""
        return frozenset(pair_key(of, about) for of, about, _ in self._named("met"))

    def related(self) -> tuple[Participant, ...]:
        """Return the participants with their competitors, and with one name for each group, its head included."""
        groups = self._groups()
        rivals: dict[str, set[str]] = {}
        for of, about, _ in self._named("rivals", groups=groups):
            rivals.setdefault(of, set()).add(about)
        heads = {group: self._names.exact(group) for group in set(groups.values())}
        own = {found.only: group for group, found in heads.items() if found is not None and found.only}
        return tuple(
            replace(
                participant,
                group=groups.get(participant.group or "") or own.get(participant.id),
                rivals=participant.rivals | rivals.get(participant.id, set()),
            )
            for participant in self._people.values()
        )

    def _groups(self) -> Mapping[str, str]:
        """Return one name for every spelling of a group: the participant's where it comes itself, else the first."""
        first: dict[str, str] = {}
        spellings = dict.fromkeys(participant.group for participant in self._people.values() if participant.group)
        for group in spellings:
            head = self._names.find(group) if len(group) > 1 else Found(group)
            full = self._names.name(head.only) if head.only and head.how != "错字" else group
            first.setdefault(core_name(group), full)
        return {group: first[core_name(group)] for group in spellings}

    def _named(self, column: str, *, groups: Mapping[str, str] | None = None) -> Iterator[tuple[str, str, Place]]:
        """Yield (of, about, place) for every name in a column that is understood; the others are noted."""
        for firm in self._firms:
            for entry in firm.entries:
                cell = entry.cells.found.get(column)
                if cell is None:
                    continue
                place = entry.place.at(cell.header)
                for found in self._found(text_of(cell.value)):
                    self._count(place)
                    about = _group_of(found.text, groups) or self._about(firm.id, found, place)
                    if about is not None:
                        yield firm.id, about, place

    def _count(self, place: Place) -> None:
        """Count a name; note that no more are guessed at, and refuse a file of more names than can be of use.

        :raises MatcherError: `too_many_names`.
        """
        self._named_so_far += 1
        if self._named_so_far > MOST_NAMES:
            raise MatcherError(
                "too_many_names",
                f"“希望对接”等列里的单位名称超过 {MOST_NAMES} 个（到工作表“{place.sheet}”第 {place.row} 行）：请每家只写最想见的几家",
            )
        if self._names.guesses == MOST_GUESSES and not self._gave_up:
            self._gave_up = True
            message = f"认不出的名称超过 {MOST_GUESSES} 个，从这一行起不再找相近的单位"
            self._notes.warn(place, "too_many_unknown", message, "请改用参会单位的全称")

    def _found(self, text: str) -> tuple[Found, ...]:
        if text not in self._cells:
            self._cells[text] = self._names.in_cell(text)
        return self._cells[text]

    def _about(self, of: str, found: Found, place: Place) -> str | None:
        """Return whom a name means to `of`; where it fits several, those that it can meet go first."""
        others = [id_ for id_ in found.ids if id_ != of]
        meetable = [id_ for id_ in others if not self._same_side(of, id_)] if len(others) > 1 else []
        fitting = meetable or others
        if not fitting:
            self._unknown(of, found, place)
            return None
        names = tuple(self._names.name(id_) for id_ in fitting)
        if len(fitting) > 1:
            more = f"等 {len(names)} 家" if len(names) > _SHOWN else ""
            self._notes.warn(
                place,
                "name_ambiguous",
                f"“{found.text}”对得上不止一家：{'、'.join(names[:_SHOWN])}{more}，没有采用",
                "请改为其中一家的全称",
                found.text,
                names[: 2 * _SHOWN],
            )
            return None
        if found.how in ("错字", "缩写"):
            self._notes.warn(
                place, "name_guessed", f"“{found.text}”按“{names[0]}”处理", "如果不是，请改为全称", found.text, names
            )
        return fitting[0]

    def _unknown(self, of: str, found: Found, place: Place) -> None:
        if found.ids:
            self._notes.warn(
                place, "name_own", f"“{found.text}”就是本单位，没有采用", "请删去或改为对方单位", found.text
            )
            return
        near = f"，最接近的是“{'”“'.join(found.near)}”" if found.near else ""
        self._notes.warn(
            place,
            "name_unknown",
            f"“{found.text}”不在参会单位里{near}，没有采用",
            "请改为参会单位的全称；如对方尚未报名，请先加入名单",
            found.text,
            found.near,
        )

    def _same_side(self, of: str, about: str) -> bool:
        side = self._people[of].side
        return side is not None and side is self._people[about].side

    def _check_side(self, of: str, about: str, stance: Stance, place: Place) -> None:
        if stance is not Stance.NO and self._same_side(of, about):
            side = self._people[of].side
            self._notes.warn(
                place,
                "wish_same_side",
                f"“{self._people[of].name}”与“{self._people[about].name}”同为{side}，不安排会面",
                "如需安排，请更正其中一家的身份",
                self._people[about].name,
            )


def _group_of(text: str, groups: Mapping[str, str] | None) -> str | None:
    return (groups or {}).get(text)
