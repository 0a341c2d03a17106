"""The check-up of what is derived: the encoder, the ranker fitted on it, and the index built with it."""

import os
from collections import Counter
from collections.abc import Mapping

import numpy as np

from matcher.assets import asset
from matcher.encoder import Encoder, TextSide, load_encoder
from matcher.errors import MatcherError
from matcher.index.base import VectorIndex
from matcher.index.corpus import Corpus
from matcher.index.exact import ExactIndex
from matcher.index.flat import FaissIndex
from matcher.index.snapshot import load_snapshot
from service.config import Settings
from service.runtime import index_folder, open_ranker
from service.store.inspect import Followed
from service.usecases.finding import Finding, broken, look, well

_ASKED = "寻求钛合金薄壁件五轴精密加工"
_NEAR, _FAR = "承接钛合金零件五轴加工", "提供冷链仓储与城市配送"
# The first numbers of the bundled encoder's vector of what is asked; other processors round a little otherwise.
_EXPECTED = (-0.0906, -0.0353, -0.0754, 0.0632, 0.0265, -0.0994, -0.0437, 0.0001)
_TOLERANCE = 0.02
_LENGTH = 1e-3


def check_encoder(settings: Settings) -> tuple[Encoder | None, Finding]:
    """Return the encoder, if it loads, and whether it puts texts where it should."""
    try:
        threads = settings.threads or os.cpu_count()
        encoder = load_encoder(settings.encoder or None, default=asset("models", "default"), threads=threads)
        asked = encoder.encode([_ASKED], side=TextSide.QUERY)[0]
        near, far = encoder.encode([_NEAR, _FAR], side=TextSide.PASSAGE)
    except MatcherError as error:
        return None, broken("编码器", error.message, "重新安装，或检查 RONGTONG_ENCODER")
    said = f"{encoder.name}，{encoder.dimension} 维"
    if not np.isfinite(asked).all() or abs(float(np.linalg.norm(asked)) - 1) > _LENGTH:
        return None, broken("编码器", f"{said}；自检向量不是单位长度", "重新安装；仍如此则换一台机器核对")
    drift = float(np.abs(asked[: len(_EXPECTED)] - _EXPECTED).max())
    if not settings.encoder and drift > _TOLERANCE:
        return encoder, broken("编码器", f"{said}；自检向量与应有的相差 {drift:.3f}", "重新安装 onnxruntime 与本程序")
    if float(asked @ near) <= float(asked @ far):
        return encoder, broken("编码器", f"{said}；分不出相近与不相近的文字", "换回随附模型")
    return encoder, well("编码器", f"{said}；自检通过")


def check_ranker(settings: Settings, encoder: Encoder | None) -> Finding:
    """Return whether the ranker in force was fitted on the encoder in force."""
    if encoder is None:
        return look("排序模型", "编码器不可用，没有检查", "先解决编码器")
    try:
        ranker = open_ranker(settings, encoder.fingerprint)
    except MatcherError as error:
        return broken("排序模型", error.message, "重新训练，或删去该文件改用随附的")
    return well("排序模型", f"本部署训练的 {ranker.name}，与编码器相符" if ranker else "随附的，未用本地结果训练")


def check_index(settings: Settings, encoder: Encoder | None, store: Followed) -> Finding:
    """Return whether the saved index is whole, of this store, current, and holds what the store holds."""
    folder = index_folder(settings)
    if encoder is None:
        return look("索引", "编码器不可用，没有检查", "先解决编码器")
    if not folder.is_dir():
        return look("索引", "还没有保存过", "服务启动时自动建立，或 rongtong reindex")
    vectors: type[VectorIndex] = FaissIndex if settings.index == "faiss" else ExactIndex
    try:
        index = load_snapshot(folder, encoder, origin=store.origin, vectors=vectors)
    except MatcherError as error:
        return look("索引", error.message, "服务启动时自动重建，或 rongtong reindex")
    if index.seq > store.seq:
        return broken("索引", f"索引到 {index.seq}，数据库只到 {store.seq}（数据库被还原过）", "rongtong reindex")
    if index.seq < store.seq:
        said = f"保存的索引到 {index.seq}，数据库到 {store.seq}，差 {store.seq - index.seq}"
        return well("索引", f"{said}；下次启动自动补齐")
    if odd := _differing(_held(index.corpus), store.postings):
        return broken("索引", f"与数据库的条目数不符：{odd}", "rongtong reindex")
    return well("索引", f"完好，到 {index.seq}，{sum(store.postings.values())} 条与数据库一致")


def _held(corpus: Corpus) -> Mapping[str, int]:
    return Counter(corpus.key(int(row))[0] for row in np.flatnonzero(corpus.rows["alive"]))


def _differing(held: Mapping[str, int], wanted: Mapping[str, int]) -> str:
    odd = [tenant for tenant in sorted({*held, *wanted}) if held.get(tenant, 0) != wanted.get(tenant, 0)]
    return "、".join(f"{tenant} 索引 {held.get(tenant, 0)}、数据库 {wanted.get(tenant, 0)}" for tenant in odd[:5])
