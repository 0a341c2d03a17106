"""One suite for every encoder: the shipped one, and the adapter around a real model unpacked by the recipe."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from matcher.assets import asset
from matcher.encoder import Encoder, FloatMatrix, OnnxEncoder, SentenceTransformerEncoder, TextSide, load_encoder

RECIPE = Path(__file__).resolve().parents[2] / "models" / "default" / "recipe"
SHIPPED = asset("models", "default")
PAIRS = {
    "寻找能做五轴联动加工的钛合金零件供应商": "拥有五轴加工中心12台，长期承接钛合金、高温合金航空结构件铣削",
    "需要冷链仓储，零下十八度，两千平方米": "自有低温冷库，库温-18℃以下，可提供4000㎡冷冻仓储与配送",
    "急需工业废水处理改造方案": "提供含重金属废水的深度处理与回用工程设计、施工、运维",
    "想找人做产线的机器视觉检测": "研发AOI外观缺陷检测设备，深度学习算法识别划痕、崩边",
    "小企业想用应收账款融资": "面向核心企业上游供应商的应收账款保理与供应链金融服务",
    "园区招聘嵌入式软件工程师合作培养": "高校微电子学院设立联合实验室，共同培养嵌入式与芯片设计研究生",
}
MIXED = [
    *PAIRS,
    *PAIRS.values(),
    "ISO 9001:2015 certified CNC machining, tolerance ±0.01 mm, φ3.2～φ50",
    "Präzisionsteile aus München；キーエンス製センサー；①②③ ㎡ ℃ Ω μm",
    "。",
    "2026年3月底前交付5万件",
]


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpruned fp32 model as a sentence-transformers folder."""
    folder = tmp_path_factory.mktemp("encoder") / "reference"
    subprocess.run([sys.executable, str(RECIPE / "reference.py"), "--out", str(folder)], check=True)
    return folder


@pytest.fixture(scope="session")
def reference(unpacked: Path) -> Encoder:
    return load_encoder(str(unpacked), default=SHIPPED, threads=2)


@pytest.fixture(scope="session")
def shipped() -> OnnxEncoder:
    return OnnxEncoder.load(SHIPPED, threads=2)


@pytest.fixture(params=["shipped", "reference"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    found: Encoder = request.getfixturevalue(request.param)
    return found


def alone(encoder: Encoder, texts: list[str]) -> FloatMatrix:
    return np.concatenate([encoder.encode([text], TextSide.PASSAGE) for text in texts])


def test_each_setting_gives_its_kind_of_encoder(shipped: Encoder, reference: Encoder) -> None:
    assert isinstance(shipped, OnnxEncoder)
    assert isinstance(reference, SentenceTransformerEncoder)
    assert shipped.fingerprint != reference.fingerprint


@pytest.mark.parametrize("side", TextSide)
def test_rows_are_unit_float32_vectors(encoder: Encoder, side: TextSide) -> None:
    rows = encoder.encode(MIXED, side)
    assert rows.shape == (len(MIXED), encoder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    rows = encoder.encode([], TextSide.QUERY)
    assert rows.shape == (0, encoder.dimension)
    assert rows.dtype == np.float32


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\x00", "\ud800", "🙂", "ภาษาไทย", "<s></s><pad>", "a" * 3000])
def test_odd_texts_give_finite_unit_vectors(encoder: Encoder, text: str) -> None:
    rows = encoder.encode([text, "轴承"], TextSide.PASSAGE)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_its_batch(encoder: Encoder) -> None:
    together = encoder.encode(MIXED, TextSide.PASSAGE)
    np.testing.assert_allclose(together, alone(encoder, MIXED), atol=2e-6)
    np.testing.assert_allclose(together[::-1], encoder.encode(MIXED[::-1], TextSide.PASSAGE), atol=2e-6)


def test_the_same_text_gives_the_same_vector(encoder: Encoder) -> None:
    rows = encoder.encode(["精密轴承加工"] * 3, TextSide.QUERY)
    np.testing.assert_allclose(rows, np.repeat(rows[:1], 3, axis=0), atol=1e-6)


def test_the_two_sides_differ(encoder: Encoder) -> None:
    sides = [encoder.encode(["精密轴承加工"], side)[0] for side in TextSide]
    assert float(sides[0] @ sides[1]) < 0.9999


def test_each_need_finds_its_offer(encoder: Encoder) -> None:
    likeness = encoder.encode(list(PAIRS), TextSide.QUERY) @ encoder.encode(list(PAIRS.values()), TextSide.PASSAGE).T
    assert likeness.argmax(axis=1).tolist() == list(range(len(PAIRS)))


def test_the_end_of_a_long_text_counts(encoder: Encoder) -> None:
    filler, topic = "本公司成立于二〇〇三年，员工五百余人，位于北京亦庄。" * 60, "主营钛合金五轴精密铣削加工。" * 60
    need = encoder.encode(["寻找钛合金五轴加工供应商"], TextSide.QUERY)[0]
    plain, tail, head = encoder.encode([filler, filler + topic, topic + filler], TextSide.PASSAGE) @ need
    assert tail > plain + 0.01
    assert abs(tail - head) < 0.05


def test_a_long_text_lies_between_its_parts(encoder: Encoder) -> None:
    parts = ["主营钛合金五轴精密铣削加工。" * 80, "提供冷链仓储与配送。" * 80]
    whole, *vectors = encoder.encode(["".join(parts), *parts], TextSide.PASSAGE)
    middle = vectors[0] + vectors[1]
    assert float(whole @ middle / np.linalg.norm(middle)) > 0.95
    assert min(float(whole @ vector) for vector in vectors) > float(vectors[0] @ vectors[1])


def test_a_text_of_100_000_characters_is_encoded(shipped: Encoder) -> None:
    rows = shipped.encode(["轴承加工" * 25_000], TextSide.PASSAGE)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("side", TextSide)
def test_the_shipped_encoder_agrees_with_the_unpruned_model(
    shipped: OnnxEncoder, reference: Encoder, side: TextSide
) -> None:
    texts = [text for text in MIXED if text != "。"]
    cosines = (shipped.raw(texts, side) * reference.encode(texts, side)).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.98
