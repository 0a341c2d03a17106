"""Where shipped data and models live, in a wheel and in a checkout alike."""

from importlib.resources import files
from pathlib import Path

from matcher.errors import MatcherError

_PACKAGED = Path(str(files("matcher"))) / "_assets"
_CHECKOUT = Path(__file__).resolve().parent.parent


def asset(*parts: str) -> Path:
    """Return the path of a shipped file or folder, e.g. `asset("data", "taxonomy", "kinds.toml")`.

    :raises MatcherError: `asset_missing` when neither the installed package nor the checkout has it.
    """
    for root in (_PACKAGED, _CHECKOUT):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise MatcherError("asset_missing", f"安装不完整：缺少 {'/'.join(parts)}，请重新安装 rongtong")
