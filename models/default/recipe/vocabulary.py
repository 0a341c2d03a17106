"""Which pieces of the vocabulary stay, by a rule of scripts that looks at no corpus, and the tokenizer over them.

A piece stays when it holds at most one character, or when each of its letters and marks is Han, kana, bopomofo, ASCII
or Latin-1. SentencePiece Unigram takes the best-scored path through the pieces that occur in a text, so a text made of
those scripts is cut exactly as before; a word of another script falls apart into its characters, not into `<unk>`.
"""

import unicodedata
from bisect import bisect_right

from pack import Pack
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
SPACE = "▁"
KEPT_RANGES = (
    (0x0000, 0x00FF),
    (0x2E80, 0x2FDF),
    (0x3000, 0x312F),
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),
    (0x20000, 0x3FFFF),
)
STARTS = tuple(first for first, _ in KEPT_RANGES)
TILDE, STAND_IN = "～", "\U0010fffd"
KNOWN_DIFFERENCES = {0x1F23B, ord(STAND_IN)}


def is_kept(piece: str) -> bool:
    """Return whether the rule keeps a piece."""
    return piece in SPECIAL or (piece != MASK and (len(piece.strip(SPACE)) <= 1 or all(map(_is_kept_char, piece))))


def _is_kept_char(char: str) -> bool:
    if unicodedata.category(char)[0] not in "LM":
        return True
    place = bisect_right(STARTS, ord(char)) - 1
    return place >= 0 and ord(char) <= KEPT_RANGES[place][1]


def kept_ids(pack: Pack) -> list[int]:
    """Return the ids of the pieces the rule keeps, ascending; the four special ones keep ids 0 to 3."""
    return [number for number, piece in enumerate(pack.pieces) if is_kept(piece)]


def make_tokenizer(pack: Pack, ids: list[int]) -> Tokenizer:
    """Return the XLM-R tokenizer over the pieces `ids`, renumbered in that order."""
    vocabulary = [(pack.pieces[number], pack.scores[number]) for number in ids]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIAL.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(SPACE, "always")]
    )
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def check_normalizer(pack: Pack) -> None:
    """Raise ValueError unless our normalizer agrees with the wheel's table on every code point."""
    normalizer = _normalizer()
    points = (point for point in range(1, 0x110000) if not 0xD800 <= point < 0xE000)
    wrong = {p for p in points if normalizer.normalize_str(chr(p)) != pack.normalised.get(p, chr(p))}
    if wrong - KNOWN_DIFFERENCES:
        raise ValueError(f"normalizer differs at {sorted(map(hex, wrong - KNOWN_DIFFERENCES))}")


def _normalizer() -> normalizers.Normalizer:
    # nmt_nfkc is NFKC but for the full-width tilde, which it leaves alone: a stand-in carries it past NFKC.
    return normalizers.Sequence(
        [
            normalizers.Replace(TILDE, STAND_IN),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(STAND_IN, TILDE),
        ]
    )
