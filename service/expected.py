"""What a writer expects of the record it is about to change: RFC 9110's `If-Match` and `If-None-Match`."""

import re
from dataclasses import dataclass

from matcher.errors import MatcherError

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a header; `every` stands for `*`. A weak tag names a version, but not byte for byte."""

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    every: bool = False

    @classmethod
    def parse(cls, header: str) -> "Tags":
        """Return the tags of a header.

        :raises MatcherError: `bad_etag`.
        """
        if header.strip() == "*":
            return cls(every=True)
        found = [_TAG.fullmatch(part) for part in header.split(",")]
        if None in found:
            raise MatcherError("bad_etag", 'If-Match 与 If-None-Match 应为 * 或读取时返回的 ETag，含双引号，如 "1f0c"')
        tags = [one.groups() for one in found if one]
        return cls(frozenset(tag for weak, tag in tags if not weak), frozenset(tag for weak, tag in tags if weak))

    def name(self, version: str) -> bool:
        """Return whether they name a version, weakly compared."""
        return self.every or version in self.strong | self.weak


@dataclass(frozen=True, slots=True)
class Expected:
    """The version that a record must have, and those that it must not have, for a write to be made."""

    match: Tags | None = None
    none_match: Tags | None = None

    def check(self, version: str | None) -> None:
        """Check the version of the record as it is now, None where there is none.

        :raises MatcherError: `precondition_failed`.
        """
        if self.match is not None and (version is None or not (self.match.every or version in self.match.strong)):
            raise MatcherError("precondition_failed", "记录已被他人修改或删除（If-Match 不符）：请重新读取后再改")
        if self.none_match is not None and version is not None and self.none_match.name(version):
            raise MatcherError(
                "precondition_failed", "记录已存在（If-None-Match 不符）：请改用另一个编号，或读取后更新"
            )


ANY = Expected()
"""Nothing is expected: the write is made whatever there is."""
