"""Tables everything else agrees on: kinds of postings, industries (GB/T 4754-2017) and regions (GB/T 2260)."""

from matcher.taxonomy.fields import Field, FieldType
from matcher.taxonomy.industries import (
    all_industry_classes,
    hightech_labels,
    industry_classes,
    industry_code,
    industry_covers,
    industry_distance,
    industry_name,
    industry_path,
)
from matcher.taxonomy.kinds import Kind, candidate_kinds, kind_of, kinds
from matcher.taxonomy.regions import find_region, region_code, region_covers, region_distance, region_name

__all__ = [
    "Field",
    "FieldType",
    "Kind",
    "all_industry_classes",
    "candidate_kinds",
    "find_region",
    "hightech_labels",
    "industry_classes",
    "industry_code",
    "industry_covers",
    "industry_distance",
    "industry_name",
    "industry_path",
    "kind_of",
    "kinds",
    "region_code",
    "region_covers",
    "region_distance",
    "region_name",
]
