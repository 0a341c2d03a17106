"""The folder of a shipped encoder: settings, checksums, and what is wrong with it if it cannot be used."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matcher.encoder.base import FloatMatrix, TextSide
from matcher.errors import MatcherError

SETTINGS, MODEL, TOKENIZER = "encoder.json", "model.onnx", "tokenizer.json"
FORMAT = "rongtong-encoder/2"
REMEDY = "请重新安装 rongtong，或用 models/default/recipe/build.py 重新生成"


@dataclass(frozen=True, slots=True)
class Artefact:
    """The settings of an encoder folder whose files are whole.

    `centres` are the mean vectors of texts of each side, (dimension,): what all texts share and none is told by.
    """

    folder: Path
    name: str
    dimension: int
    max_tokens: int
    prefixes: dict[TextSide, str]
    centres: dict[TextSide, FloatMatrix]
    fingerprint: str


def is_artefact(folder: Path) -> bool:
    """Return whether the folder holds an encoder of ours, perhaps an incomplete one."""
    return (folder / SETTINGS).exists() or ((folder / MODEL).exists() and not (folder / "modules.json").exists())


def read_artefact(folder: Path) -> Artefact:
    """Return the settings, every file checked against its SHA-256.

    :raises MatcherError: `encoder_missing` (no folder), `encoder_incomplete` (a file is absent), `encoder_corrupt`
        (a file is damaged), `encoder_format` (made for another version).
    """
    if not folder.is_dir():
        raise MatcherError("encoder_missing", f"找不到编码器目录 {folder}：{REMEDY}", path=str(folder))
    for name in (SETTINGS, MODEL, TOKENIZER):
        if not (folder / name).is_file():
            raise MatcherError("encoder_incomplete", f"编码器目录 {folder} 缺少文件 {name}：{REMEDY}", file=name)
    settings = _read_settings(folder / SETTINGS)
    if settings.get("format") != FORMAT:
        message = f"编码器 {folder} 的格式是 {settings.get('format')!r}，本版本只认 {FORMAT}：{REMEDY}"
        raise MatcherError("encoder_format", message, path=str(folder))
    try:
        _check(folder, settings["sha256"])
        prefixes = {side: str(settings["prefixes"][side.value]) for side in TextSide}
        centres = {side: np.array(settings["centres"][side.value], dtype=np.float32) for side in TextSide}
        name, dimension, limit = str(settings["name"]), int(settings["dimension"]), int(settings["max_tokens"])
    except (KeyError, TypeError, ValueError) as error:
        raise _corrupt(folder / SETTINGS) from error
    if any(centre.shape != (dimension,) for centre in centres.values()):
        raise _corrupt(folder / SETTINGS)
    return Artefact(folder, name, dimension, limit, prefixes, centres, _digest(folder / SETTINGS))


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _corrupt(path) from error
    if not isinstance(settings, dict):
        raise _corrupt(path)
    return settings


def _check(folder: Path, checksums: dict[str, str]) -> None:
    for name in (MODEL, TOKENIZER):
        if _digest(folder / name) != checksums[name]:
            raise _corrupt(folder / name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _corrupt(path: Path) -> MatcherError:
    return MatcherError("encoder_corrupt", f"编码器文件 {path} 已损坏（内容与校验和不符）：{REMEDY}", file=path.name)
