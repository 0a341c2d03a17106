"""All that is searched of the postings: columns, vectors and words, kept in step with the store's sequence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.changes import Change
from matcher.domain import Posting, PostingKind, Side, SizeClass
from matcher.encoder import Encoder, TextSide
from matcher.index.base import FloatMatrix, Ids, Mask, VectorIndex
from matcher.index.corpus import Corpus, Key
from matcher.index.flat import FaissIndex
from matcher.index.items import ItemIndex
from matcher.index.lexical import LexicalIndex
from matcher.index.statements import StatementIndex
from matcher.reading import Reading, read_posting
from matcher.tagging import IndustryTagger
from matcher.taxonomy import kinds
from matcher.text import character_pairs, words

FIELDS = ("title", "detail")
_PROFILES = "profiles"


def text_side(kind: PostingKind) -> TextSide:
    """Return how texts of a kind are encoded: requests as queries, offers as passages, so either finds the other."""
    return TextSide.QUERY if kinds()[kind].side is Side.REQUEST else TextSide.PASSAGE


def vector_ids(rows: Ids, field: int) -> Ids:
    """Return the vector ids of one field of the given rows."""
    return rows * len(FIELDS) + field


@dataclass(frozen=True, slots=True)
class Prepared:
    """Changes and what reading them gave: the last state of each posting, its `Reading`, the vector of every text.

    `vectors` are (position, field, vector) of the postings, `profiles` the vector of each firm's profile by key.
    """

    changes: Sequence[Change]
    postings: Mapping[Key, Posting]
    readings: Sequence[Reading]
    vectors: Sequence[tuple[int, int, FloatMatrix]]
    profiles: Mapping[Key, FloatMatrix]


class PostingIndex:
    """Postings of every tenant, built up to sequence number `seq`. Not safe for concurrent writers."""

    def __init__(self, encoder: Encoder, vectors: VectorIndex | None = None) -> None:
        self.encoder = encoder
        self.seq = 0
        self.corpus = Corpus()
        self.vectors: VectorIndex = vectors if vectors is not None else FaissIndex(encoder.dimension)
        self.profiles: VectorIndex = type(self.vectors)(encoder.dimension)
        self.words = LexicalIndex(words)
        self.pairs = LexicalIndex(character_pairs)
        self.items = ItemIndex()
        self.statements = StatementIndex()
        self._dead = 0
        self._tagger: IndustryTagger | None = None

    @property
    def tagger(self) -> IndustryTagger:
        """The industry tagger over this index's encoder, made when first needed."""
        if self._tagger is None:
            self._tagger = IndustryTagger(self.encoder)
        return self._tagger

    def prepare(self, changes: Sequence[Change]) -> "Prepared":
        """Return the changes read and encoded; nothing is altered, so readers may go on meanwhile."""
        live = {(c.tenant, c.posting.id): c.posting for c in _last_postings(changes) if c.posting is not None}
        readings = [read_posting(posting) for posting in live.values()]
        firms = {(c.tenant, c.enterprise.id): c.enterprise.profile for c in changes if c.enterprise is not None}
        told = {key: profile for key, profile in firms.items() if profile}
        profiles = self.encoder.encode(list(told.values()), side=TextSide.PASSAGE)
        return Prepared(
            changes,
            live,
            readings,
            self._encode(list(live.values()), readings),
            dict(zip(told, profiles, strict=True)),
        )

    def commit(self, prepared: "Prepared") -> None:
        """Take in prepared changes, which follow the store's sequence."""
        dead: list[int] = []
        for change in prepared.changes:
            if change.enterprise is not None:
                self.corpus.put_firm(change.tenant, change.enterprise, _size(change))
                self._put_profile((change.tenant, change.enterprise.id), prepared.profiles)
            if change.removed_enterprise is not None:
                self._put_profile((change.tenant, change.removed_enterprise), {})
                self.corpus.drop_firm((change.tenant, change.removed_enterprise))
            if change.removed_posting is not None:
                dead.extend(_known(self.corpus.drop_posting((change.tenant, change.removed_posting))))
        rows: list[int] = []
        for (tenant, _), posting in prepared.postings.items():
            row, old = self.corpus.put_posting(tenant, posting)
            rows.append(row)
            dead.extend(_known(old))
        self._remove(dead)
        self._add(np.array(rows, dtype=np.int64), prepared)
        self.seq = max([self.seq, *(change.seq for change in prepared.changes)])

    def apply(self, changes: Sequence[Change]) -> None:
        """Prepare and commit in one step."""
        self.commit(self.prepare(changes))

    @property
    def waste(self) -> float:
        """Share of rows that died, in [0, 1]."""
        return self._dead / max(1, self._dead + len(self.corpus))

    def compacted(self) -> "PostingIndex":
        """Return the same index without the rows that died."""
        if not self._dead:
            return self
        other = PostingIndex(self.encoder, type(self.vectors)(self.encoder.dimension))
        other.seq = self.seq
        other.corpus, keep = self.corpus.renumbered()
        other.words, other.pairs = self.words.renumbered(keep), self.pairs.renumbered(keep)
        other.items, other.statements = self.items.renumbered(keep), self.statements.renumbered(keep)
        other.profiles, other._tagger = self.profiles, self._tagger
        for field in range(len(FIELDS)):
            vectors = self.vectors.vectors(vector_ids(keep, field))
            held = np.flatnonzero(np.any(vectors != 0, axis=1))
            other.vectors.add(vector_ids(held, field), vectors[held])
        return other

    def save(self, folder: Path) -> None:
        """Write a compact index into an existing empty folder."""
        compact = self.compacted()
        compact.corpus.save(folder)
        compact.vectors.save(folder)
        compact.words.save(folder, "words")
        compact.pairs.save(folder, "pairs")
        compact.items.save(folder, "items")
        compact.statements.save(folder, "statements")
        (folder / _PROFILES).mkdir()
        compact.profiles.save(folder / _PROFILES)

    @classmethod
    def load(
        cls, folder: Path, encoder: Encoder, seq: int, *, vectors: type[VectorIndex] = FaissIndex
    ) -> "PostingIndex":
        """Return the index that `save` wrote when it stood at `seq` with its vectors in a `vectors`."""
        index = cls(encoder, vectors.load(folder))
        index.seq, index.corpus = seq, Corpus.load(folder)
        index.words = LexicalIndex.load(folder, "words", words)
        index.pairs = LexicalIndex.load(folder, "pairs", character_pairs)
        index.items = ItemIndex.load(folder, "items")
        index.statements = StatementIndex.load(folder, "statements")
        index.profiles = vectors.load(folder / _PROFILES)
        return index

    def field_mask(self, mask: Mask) -> Mask:
        """Return a mask over vector ids from a mask over rows, shape (…, rows)."""
        return np.repeat(mask, len(FIELDS), axis=-1)

    def _encode(self, postings: Sequence[Posting], readings: Sequence[Reading]) -> list[tuple[int, int, FloatMatrix]]:
        """Return (position, field, vector) of every text of the postings."""
        wanted = [
            (text_side(posting.kind), n, FIELDS.index(field), text)
            for n, (posting, reading) in enumerate(zip(postings, readings, strict=True))
            for field, text in reading.fields().items()
        ]
        result: list[tuple[int, int, FloatMatrix]] = []
        for side in TextSide:
            group = [(n, field, text) for s, n, field, text in wanted if s is side]
            vectors = self.encoder.encode([text for _, _, text in group], side=side)
            result.extend((n, field, vector) for (n, field, _), vector in zip(group, vectors, strict=True))
        return result

    def _add(self, rows: Ids, prepared: Prepared) -> None:
        if not len(rows):
            return
        texts = [reading.lexical() for reading in prepared.readings]
        self.words.add(rows, texts)
        self.pairs.add(rows, texts)
        self.items.add(rows, texts, [reading.title for reading in prepared.readings])
        self.statements.add(rows, list(prepared.postings.values()))
        placed = [(int(rows[n]) * len(FIELDS) + field, vector) for n, field, vector in prepared.vectors]
        self.vectors.add(np.array([i for i, _ in placed], dtype=np.int64), np.stack([v for _, v in placed]))
        self._tag(rows, prepared)

    def _tag(self, rows: Ids, prepared: Prepared) -> None:
        """Set what industries the rows speak of: by their titles, or their details where those open with the title."""
        first = {n: vector for n, _, vector in sorted(prepared.vectors, key=lambda item: (item[0], -item[1]))}
        sides = [text_side(posting.kind) for posting in prepared.postings.values()]
        for side in TextSide:
            chosen = [n for n, own in enumerate(sides) if own is side]
            if chosen:
                vectors = np.stack([first[n] for n in chosen])
                self.corpus.tag(rows[chosen], self.tagger.tags(vectors, side))

    def _put_profile(self, key: Key, profiles: Mapping[Key, FloatMatrix]) -> None:
        firm = self.corpus.firm(key)
        if firm is None:
            return
        number = np.array([firm], dtype=np.int64)
        self.profiles.remove(number)
        if key in profiles:
            self.profiles.add(number, profiles[key][None])

    def _remove(self, dead: Sequence[int]) -> None:
        rows = np.array(dead, dtype=np.int64)
        if len(rows):
            self._dead += len(rows)
            self.words.remove(rows)
            self.pairs.remove(rows)
            self.items.remove(rows)
            self.statements.remove(rows)
            self.vectors.remove(np.concatenate([vector_ids(rows, field) for field in range(len(FIELDS))]))


def _last_postings(changes: Sequence[Change]) -> Iterable[Change]:
    """Return the last word on each posting."""
    last: dict[tuple[str, str], Change] = {}
    for change in changes:
        posting = change.posting.id if change.posting is not None else change.removed_posting
        if posting is not None:
            last[(change.tenant, posting)] = change
    return last.values()


def _size(change: Change) -> SizeClass:
    """Return the computed size of a firm, or the declared one where the indicators leave it open."""
    if change.computed_size not in (None, SizeClass.UNKNOWN):
        return change.computed_size
    declared = change.enterprise.declared_size if change.enterprise is not None else None
    return declared or SizeClass.UNKNOWN


def _known(row: int | None) -> list[int]:
    return [] if row is None else [row]
