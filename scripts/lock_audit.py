"""The dependencies that ship: pinned, needed, freely licensed and without known vulnerabilities. Run by scripts/audit."""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parent / "requirements.lock"
COPYLEFT = re.compile(r"(?<!L)GPL|AGPL|Affero|SSPL|(?<!Lesser )General Public", re.IGNORECASE)
# Read as: the package, and why its licence lets us ship it.
ALLOWED: dict[str, str] = {}
_SECONDS = 30


def pinned() -> dict[str, str]:
    """Return the version of every package in the lock; a line that pins none ends the audit."""
    found: dict[str, str] = {}
    for line in LOCK.read_text(encoding="utf-8").split():
        name, exact, version = line.partition("==")
        if not exact:
            sys.exit(f"锁定文件里的 {line} 没有写死版本")
        found[canonicalize_name(name)] = version
    return found


def needed(name: str, extras: tuple[str, ...] = ()) -> dict[str, Distribution]:
    """Return what a package needs on this machine, itself included, by name."""
    found: dict[str, Distribution] = {}
    waiting = [(name, extras)]
    seen = set(waiting)
    while waiting:
        package, wanted = waiting.pop()
        try:
            found[canonicalize_name(package)] = one = distribution(package)
        except PackageNotFoundError:
            continue
        for more in _requirements(one, wanted):
            if more not in seen:
                seen.add(more)
                waiting.append(more)
    return found


def _requirements(one: Distribution, extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for text in one.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield str(canonicalize_name(requirement.name)), tuple(sorted(requirement.extras))


def licence(one: Distribution) -> str:
    """Return the licence that a package states, on one line."""
    told = one.metadata
    classes = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier", []) if line.startswith("License ::")]
    plain = [line for name in ("License-Expression", "License") for line in told.get_all(name, [])]
    stated = "、".join(classes) or next(iter(plain), "未写明")
    return " ".join(str(stated).split())[:80]


def vulnerabilities(name: str, version: str) -> list[str] | None:
    """Return the advisories on a version that are not withdrawn; None when PyPI does not tell."""
    try:
        with urllib.request.urlopen(f"https://pypi.org/pypi/{name}/{version}/json", timeout=_SECONDS) as answer:
            told = json.load(answer)
    except (urllib.error.URLError, TimeoutError, ValueError):
        return None
    open_ones = [one for one in told.get("vulnerabilities", ()) if not one.get("withdrawn")]
    return [f"{one['id']}，修复于 {'、'.join(one['fixed_in']) or '尚无'}" for one in open_ones]


def main() -> int:
    """Print the licences and what is wrong; return 1 when anything is."""
    lock = pinned()
    ships = needed("rongtong")
    ships.pop("rongtong")
    everything = needed("rongtong", ("test", "train"))
    wrong = [f"{name} 不在锁定文件里" for name in sorted(ships.keys() - lock.keys())]
    wrong += [f"锁定文件里的 {name} 没有用到" for name in sorted(lock.keys() - everything.keys())]
    wrong += [
        f"{name} 装的是 {one.version}，锁定的是 {lock[name]}"
        for name, one in sorted(ships.items())
        if name in lock and one.version != lock[name]
    ]
    for name, one in sorted(ships.items()):
        print(f"{name:22} {one.version:14} {licence(one)}")
        if COPYLEFT.search(licence(one)) and name not in ALLOWED:
            wrong.append(f"{name} 的许可是 {licence(one)}，不能随附")
    with ThreadPoolExecutor(8) as pool:
        asked = sorted(ships.keys() & lock.keys())
        told = dict(zip(asked, pool.map(lambda name: vulnerabilities(name, lock[name]), asked), strict=True))
    wrong += [f"{name}：{line}" for name, lines in told.items() for line in lines or ()]
    if silent := [name for name, lines in told.items() if lines is None]:
        wrong.append(f"问不到 {len(silent)} 个包的漏洞公告（{'、'.join(silent[:3])}……），这一项没有查")
    print(f"随附 {len(ships)} 个包，问题 {len(wrong)} 处", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
