"""The demo set as shipped: well formed, varied, free of real contacts and dates, and the judged set drawn from it."""

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache
from itertools import combinations
from typing import Any, TypeAlias

from matcher.assets import asset
from matcher.domain import Enterprise, Operator, Party, Posting, PostingKind, SizeClass, Status, Visibility
from matcher.evaluate import load_set
from matcher.taxonomy import (
    Field,
    FieldType,
    candidate_kinds,
    industry_code,
    industry_covers,
    kinds,
    region_code,
    region_covers,
    region_name,
)

Row: TypeAlias = dict[str, Any]

BEIJING = "110000"
DISTRICTS = 16
DOC_KINDS = {"capability", "idle_capacity", "idle_resource", "ip"}
QUERY_KINDS = {"need", "scenario", "capacity_need", "procurement"}
ENTERPRISE_KEYS = {field.name for field in fields(Enterprise)} - {"uscc"}
POSTING_KEYS = {field.name for field in fields(Posting)}
WINDOW_KEYS = {"from", "until", "recurs", "amount", "unit", "min_order", "price"}
DATE_KEYS = {"valid_from", "valid_until", "issued", "expires", "from", "until"}

OFFSET = re.compile(r"[+-]\d+d")
IN_TEXT = re.compile(r"\{([+-]\d+)([dm])\}((?:底|之|以)?[前后]|内|)")
ABSOLUTE = re.compile(r"20(?:2[1-9]|[3-9]\d)(?:\s*年|[-/.]\d{1,2}[-/.月])")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[-—) ]\d{7,8}(?!\d)|(?<!\d)[48]00-?\d{3}-?\d{4}(?!\d)")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}")

NUMBERS = {FieldType.NUMBER, FieldType.MONEY, FieldType.PERCENT}


def rows(name: str) -> list[Row]:
    files = sorted(asset("data", "demo").glob(f"{name}-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@lru_cache(maxsize=1)
def enterprises() -> dict[str, Row]:
    return {row["id"]: row for row in rows("enterprises")}


@lru_cache(maxsize=1)
def postings() -> dict[str, Row]:
    return {row["id"]: row for row in rows("postings")}


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    profiles = {name: row["profile"] for name, row in enterprises().items() if "profile" in row}
    return profiles | {name: row["title"] + row["detail"] for name, row in postings().items()}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def grams(text: str, size: int) -> set[str]:
    return {text[start : start + size] for start in range(len(text) - size + 1)}


def holders(size: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in texts().items():
        for gram in grams(text, size):
            found[gram].append(name)
    return found


def is_public(row: Row) -> bool:
    return (row.get("status", "published"), row.get("visibility", "public")) == ("published", "public")


def in_words(text: str) -> str:
    """Return the text as the judged set shows it: {+45d} is 45天后, {+45d}前 is 45天内."""

    def words(found: re.Match[str]) -> str:
        amount, unit, tail = int(found[1]), "天" if found[2] == "d" else "个月", found[3]
        if amount < 0:
            return f"{-amount}{unit}前{tail}"
        return f"{amount}{unit}{'内' if tail.endswith(('前', '内')) else '后'}"

    return IN_TEXT.sub(words, text)


def fits(field: Field, value: object) -> bool:
    match field.type:
        case FieldType.BOOL:
            return isinstance(value, bool)
        case FieldType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case kind if kind in NUMBERS:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case FieldType.LIST:
            return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        case FieldType.WINDOWS:
            return isinstance(value, str | list)
    return isinstance(value, str) and fits_text(field, value)


def fits_text(field: Field, value: str) -> bool:
    match field.type:
        case FieldType.ENUM:
            return value in field.options
        case FieldType.DATE:
            return bool(OFFSET.fullmatch(value))
        case FieldType.REGION:
            return bool(region_code(value))
        case FieldType.INDUSTRY:
            return bool(industry_code(value))
    return bool(value)


def test_ids_are_unique_and_refer_to_known_firms() -> None:
    assert len(rows("enterprises")) == len(enterprises())
    assert len(rows("postings")) == len(postings())
    assert len({row["name"] for row in enterprises().values()}) == len(enterprises())
    assert {row["enterprise_id"] for row in postings().values()} <= enterprises().keys()
    assert {row["parent_id"] for row in enterprises().values() if "parent_id" in row} <= enterprises().keys()


def test_keys_and_vocabulary() -> None:
    for row in enterprises().values():
        assert set(row) <= ENTERPRISE_KEYS, row["id"]
        assert row.get("declared_size", "small") in set(SizeClass) - {SizeClass.UNKNOWN}, row["id"]
    for row in postings().values():
        assert set(row) <= POSTING_KEYS, row["id"]
        assert row.get("status", "published") in set(Status), row["id"]
        assert row.get("visibility", "public") in set(Visibility), row["id"]
        assert len(row.get("keywords", ())) <= 6, row["id"]
        assert all(set(window) <= WINDOW_KEYS for window in row.get("windows", ())), row["id"]


def test_only_allowed_parties_post_a_kind() -> None:
    for row in postings().values():
        party = Party(enterprises()[row["enterprise_id"]]["party"])
        assert party in kinds()[PostingKind(row["kind"])].parties, row["id"]


def test_attributes_are_fields_of_the_kind() -> None:
    for row in postings().values():
        typed = {field.name: field for field in kinds()[PostingKind(row["kind"])].fields}
        for name, value in row.get("attributes", {}).items():
            assert name in typed, (row["id"], name)
            assert fits(typed[name], value), (row["id"], name, value)


def test_conditions_ask_for_fields_of_what_answers() -> None:
    for row in postings().values():
        answers = candidate_kinds(PostingKind(row["kind"]))
        known = {field.name for kind in answers for field in kinds()[kind].fields} | {"region", "industry"}
        for condition in row.get("conditions", ()):
            assert set(condition) <= {"name", "op", "value", "unit", "hard"}, row["id"]
            assert condition["op"] in set(Operator), row["id"]
            assert condition["name"] in known, (row["id"], condition["name"])


def test_industries_and_regions_are_canonical_codes() -> None:
    for row in [*enterprises().values(), *postings().values()]:
        if "industry" in row:
            assert industry_code(row["industry"]) == row["industry"], row["id"]
        if "region" in row:
            assert region_code(row["region"]) == row["region"], row["id"]


def dated(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from (value[key] for key in DATE_KEYS & value.keys())
        for item in value.values():
            yield from dated(item)
    elif isinstance(value, list):
        for item in value:
            yield from dated(item)


def test_dates_are_relative_to_the_day_of_loading() -> None:
    for row in [*enterprises().values(), *postings().values()]:
        assert all(isinstance(value, str) and OFFSET.fullmatch(value) for value in dated(row)), row["id"]
        for text in strings(row):
            assert not ABSOLUTE.search(text), (row["id"], text)
            assert "{" not in IN_TEXT.sub("", text), (row["id"], text)


def test_no_contacts() -> None:
    for row in [*enterprises().values(), *postings().values()]:
        for text in strings(row):
            assert not any(pattern.search(text) for pattern in (MOBILE, LANDLINE, EMAIL)), (row["id"], text)


def test_enough_of_everything() -> None:
    assert len(enterprises()) >= 200
    assert len(postings()) >= 500
    assert {row["kind"] for row in postings().values()} == set(PostingKind)
    assert {row["party"] for row in enterprises().values()} == set(Party)
    sizes = {row["declared_size"] for row in enterprises().values() if "declared_size" in row}
    assert sizes == set(SizeClass) - {SizeClass.UNKNOWN}


def test_every_beijing_district_has_firms() -> None:
    regions = {row["region"] for row in enterprises().values() if "region" in row}
    districts = {code for code in regions if code != BEIJING and region_covers(BEIJING, code)}
    assert len(districts) == DISTRICTS, sorted(region_name(code) for code in districts)


def test_every_hightech_industry_has_firms() -> None:
    table = tomllib.loads(asset("data", "taxonomy", "hightech.toml").read_text(encoding="utf-8"))
    codes = [row["industry"] for row in enterprises().values() if "industry" in row]
    assert len(table["industry"]) == 10
    for entry in table["industry"]:
        assert sum(industry_covers(entry["label"], code) for code in codes) >= 3, entry["label"]


def test_no_two_texts_are_alike() -> None:
    shared: Counter[tuple[str, str]] = Counter()
    for names in holders(5).values():
        shared.update(combinations(names, 2))
    sizes = {name: len(grams(text, 5)) for name, text in texts().items()}
    alike = [pair for pair, n in shared.items() if n > 0.5 * (sizes[pair[0]] + sizes[pair[1]] - n)]
    assert not alike


def test_no_boilerplate() -> None:
    assert not {gram: names for gram, names in holders(15).items() if len(names) > 3}


def test_judged_texts_are_the_postings() -> None:
    judged = load_set(asset("data", "demo", "judged"))
    offers = [row for row in postings().values() if row["kind"] in DOC_KINDS and is_public(row)]
    assert judged.docs == {row["id"]: in_words(f"{row['title']}。{row['detail']}") for row in offers}
    asked = [postings()[name] for name in judged.queries]
    assert all(row["kind"] in QUERY_KINDS and is_public(row) for row in asked)
    assert judged.queries == {row["id"]: (in_words(row["title"]), in_words(row["detail"])) for row in asked}


def test_judgements_are_enough_and_consistent() -> None:
    judged = load_set(asset("data", "demo", "judged"))
    assert len(judged.queries) >= 40
    assert judged.grades.keys() == judged.queries.keys()
    for query, grades in judged.grades.items():
        assert len(grades) >= 15, query
        assert grades.keys() <= judged.docs.keys(), query
        assert set(grades.values()) <= {1, 2, 3, 4}, query
    unanswered = [query for query, grades in judged.grades.items() if max(grades.values()) < 3]
    assert 4 <= len(unanswered) <= 6


def test_nobody_is_served_by_its_own_group() -> None:
    def group(posting: str) -> str:
        firm = postings()[posting]["enterprise_id"]
        while "parent_id" in enterprises()[firm]:
            firm = enterprises()[firm]["parent_id"]
        return str(firm)

    judged = load_set(asset("data", "demo", "judged"))
    assert not [(query, doc) for query, grades in judged.grades.items() for doc in grades if group(query) == group(doc)]
