"""Regions: GB/T 2260 codes from codes, names and addresses, and how two regions lie to each other."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from matcher.assets import asset
from matcher.errors import MatcherError

# Rows that group the real divisions below them; they are no place of their own.
_VIRTUAL = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_PEOPLES = (
    "蒙古族|回族|藏族|维吾尔族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|"
    "东乡族|纳西族|景颇族|柯尔克孜族|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|普米族|塔吉克族|怒族|保安族|裕固族|独龙族|"
    "鄂伦春族|鄂温克族|各族|维吾尔|哈萨克|蒙古|柯尔克孜|塔吉克|锡伯"
)
_AUTONOMOUS = re.compile(rf"(?<=..)(?:{_PEOPLES})*(?:自治区|自治州|自治县|自治旗)$")
_SUFFIX = re.compile(r"(?<=..)(?:特别行政区|地区|林区|矿区|特区|新区|省|市|区|县|盟|旗)$")
_MUNICIPALITIES = ("11", "12", "31", "50")
_NOISE = re.compile(r"[\s,，、/\\|·\-—>:：()（）【】\[\]]+")
_LEAD = re.compile(r"^(?:注册地址|经营地址|办公地址|通讯地址|地址|住所|位于|中华人民共和国|中国)+")
# A short name before these is part of a street's name: 北京路, 朝阳大街, 南京西路.
_STREET = re.compile(r"[东南西北中]?[一二三四五六七八九十]?(?:大?路|大?街|大?道|巷|弄|胡同|桥|国际|饭店|大酒店)")


@dataclass(frozen=True, slots=True)
class _Table:
    names: Mapping[str, str]
    full: Mapping[str, str]
    steps: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    lengths: Mapping[str, tuple[int, ...]]
    exact: Mapping[str, None]


@lru_cache(maxsize=1)
def _table() -> _Table:
    rows = {row["code"]: row for row in _rows("regions.csv")}
    real = {code: row["name"] for code, row in rows.items() if row["name"] not in _VIRTUAL}
    steps = {code: _climb(code, rows) for code in rows}
    words: dict[str, list[str]] = {}
    for code, name in real.items():
        for word in dict.fromkeys((name, _short(name))):
            words.setdefault(word, []).append(code)
    aliases = {row["alias"]: row["code"] for row in _rows("region_aliases.csv")}
    for alias, code in aliases.items():
        words.setdefault(alias, []).append(code)
    lengths: dict[str, set[int]] = {}
    for word in words:
        lengths.setdefault(word[:2], set()).add(len(word))
    return _Table(
        names=real,
        full={code: "".join(real[step] for step in path) for code, path in steps.items()},
        steps=steps,
        words={word: tuple(codes) for word, codes in words.items()},
        lengths={head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()},
        exact=dict.fromkeys((*real.values(), *aliases)),
    )


def _rows(name: str) -> list[dict[str, str]]:
    with asset("data", "taxonomy", name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _climb(code: str, rows: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    above = _climb(rows[code]["parent"], rows) if rows[code]["parent"] else ()
    return above if rows[code]["name"] in _VIRTUAL else (*above, code)


def _short(name: str) -> str:
    plain = _AUTONOMOUS.sub("", name)
    return plain if plain != name else _SUFFIX.sub("", name)


def region_code(text: str) -> str:
    """Return the six-digit code of a code (two or four digits stand for the whole), a name, a path or an address.

    The codes that only group others, such as 110100 市辖区, give their province.

    :raises MatcherError: `unknown_region` or `ambiguous_region`, both with `suggestions`.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _by_code(plain) if plain.isascii() else _places(plain)
    if len(found) == 1:
        return found[0]
    if found:
        options = [f"{region_name(code)}（{code}）" for code in found[:5]]
        raise MatcherError(
            "ambiguous_region", f"地区“{text}”有歧义，请写明是：{'、'.join(options)}", suggestions=options
        )
    options = _nearest(plain)
    raise MatcherError(
        "unknown_region",
        f"没有地区“{text}”，请填 GB/T 2260 代码（如 110108）或名称；相近的有：{'、'.join(options) or '无'}",
        suggestions=options,
    )


def find_region(address: str) -> str | None:
    """Return the code of the deepest region an address names; None when it names none or is ambiguous."""
    plain = unicodedata.normalize("NFKC", address).strip()
    found = _by_code(plain) if plain.isascii() else _places(plain)
    return found[0] if len(found) == 1 else None


def _by_code(text: str) -> tuple[str, ...]:
    path = _table().steps.get(text.ljust(6, "0")) if text.isdigit() and len(text) in (2, 4, 6) else None
    return path[-1:] if path else ()


@lru_cache(maxsize=16384)
def _places(text: str) -> tuple[str, ...]:
    plain = _LEAD.sub("", _NOISE.sub("", text))
    found = _parse(plain, 0, None)[1] or _inside(plain)
    return _dominant(found)


def _inside(text: str) -> tuple[str, ...]:
    """Return the places of the first full name inside a text that does not start with one."""
    for start in range(1, len(text) - 1):
        if any(word in _table().exact for word, _ in _words_at(text, start)):
            return _parse(text, start, None)[1]
    return ()


def _parse(text: str, start: int, within: tuple[str, ...] | None) -> tuple[int, tuple[str, ...]]:
    """Return the end and the places of a chain of names, each inside the one before, from `start` on.

    The longest name that another follows is taken (济南 + 市中区, not 济南市), else the longest.
    """
    best: tuple[int, tuple[str, ...]] = (start, within or ())
    for word, codes in _words_at(text, start):
        inner = codes if within is None else tuple(code for code in codes if _inside_any(code, within))
        if inner:
            end = start + len(word)
            parsed = _parse(text, end, inner)
            if parsed[0] > end:
                return parsed
            best = max(best, parsed, key=lambda found: found[0])
    return best


def _words_at(text: str, start: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    table = _table()
    for length in table.lengths.get(text[start : start + 2], ()):
        word = text[start : start + length]
        codes = table.words.get(word)
        if codes and (word in table.exact or not _STREET.match(text, start + length)):
            yield word, codes


def _inside_any(code: str, outer: tuple[str, ...]) -> bool:
    return any(code != other and other in _table().steps[code] for other in outer)


def _dominant(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one place a name is understood as, if any: a province, or a city, before smaller namesakes.

    A district of a municipality ranks with cities, so that 朝阳 stays ambiguous.
    """
    if len(codes) < 2:
        return codes
    ranks = [_rank(code) for code in codes]
    top = [code for code, rank in zip(codes, ranks, strict=True) if rank == min(ranks)]
    return (top[0],) if len(top) == 1 and top[0].endswith("00") else codes


def _rank(code: str) -> int:
    if code.endswith("0000"):
        return 0
    return 1 if code.endswith("00") or code.startswith(_MUNICIPALITIES) else 2


def _nearest(text: str) -> list[str]:
    best = process.extract(text, _table().exact.keys(), scorer=fuzz.ratio, limit=3, score_cutoff=40)
    codes = dict.fromkeys(code for word, _, _ in best for code in _table().words[word])
    return [f"{region_name(code)}（{code}）" for code in codes][:3]


def region_name(code: str) -> str:
    """Return the full name of a code, from the province down (北京市海淀区).

    :raises MatcherError: `unknown_region`.
    """
    return _table().full[_known(code)]


def _known(code: str) -> str:
    return code if code in _table().names else region_code(code)


def region_covers(wanted: str, code: str) -> bool:
    """Return whether the six-digit `code` lies in `wanted`: 110000 ⊃ 110108, and 110100 (市辖区) ⊃ 110108 as well."""
    prefix = wanted[:2] if wanted[2:] == "0000" else wanted[:4] if wanted[4:] == "00" else wanted
    return code.startswith(prefix)


@lru_cache(maxsize=65536)
def region_distance(a: str, b: str) -> int | None:
    """Return how many levels the deeper of two codes is below their common ancestor, 0 (same) to 2; None: none.

    :raises MatcherError: `unknown_region`.
    """
    first, second = (_table().steps[_known(code)] for code in (a, b))
    shared = sum(1 for x, y in zip(first, second, strict=False) if x == y)
    return max(len(first), len(second)) - shared if shared else None
