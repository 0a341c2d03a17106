"""Texts to vectors: the `Encoder` protocol, the shipped encoder, and an adapter for any other model."""

from pathlib import Path

from matcher.encoder.adapter import SentenceTransformerEncoder
from matcher.encoder.artefact import is_artefact
from matcher.encoder.base import Encoder, FloatMatrix, TextSide
from matcher.encoder.onnx import OnnxEncoder
from matcher.errors import MatcherError

__all__ = ["Encoder", "FloatMatrix", "OnnxEncoder", "SentenceTransformerEncoder", "TextSide", "load_encoder"]

PATH_STARTS = ("/", "./", "../", "~", ".\\", "..\\")


def load_encoder(spec: str | Path | None, *, default: Path, threads: int | None = None) -> Encoder:
    """Return the encoder a setting names: nothing → the artefact at `default`; a folder of ours; else, by path or by
    name in the local cache, a sentence-transformers model.

    :raises MatcherError: `encoder_missing`, `encoder_incomplete`, `encoder_corrupt`, `encoder_format`,
        `encoder_extra_missing`.
    """
    if spec is None or not str(spec).strip():
        return OnnxEncoder.load(default, threads)
    folder = Path(spec).expanduser()
    if not folder.exists() and (isinstance(spec, Path) or spec.startswith(PATH_STARTS)):
        raise MatcherError("encoder_missing", f"找不到编码器目录 {folder}：请检查 RONGTONG_ENCODER", path=str(folder))
    if not folder.exists():
        return SentenceTransformerEncoder.load(str(spec), threads=threads)
    if not folder.is_dir():
        raise MatcherError("encoder_missing", f"编码器 {folder} 不是目录：请给出模型所在的目录", path=str(folder))
    if is_artefact(folder):
        return OnnxEncoder.load(folder, threads)
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        message = f"编码器目录 {folder} 里没有模型：缺少 encoder.json 或 modules.json"
        raise MatcherError("encoder_incomplete", message, path=str(folder), file="encoder.json")
    return SentenceTransformerEncoder.load(str(folder), threads=threads)
