from pathlib import Path

import pytest

from matcher.domain import Verdict
from tests.matcher.quantity.snippets import Snippet, load, main, outcome, score

DEV = Path("tests/data/conditions/dev.jsonl")
CASES = Path(__file__).parent / "cases.jsonl"
PRECISION, RECALL = 0.97, 0.80


@pytest.fixture(scope="module", name="dev")
def _dev() -> list[tuple[Verdict, Snippet]]:
    return [(outcome(each.request, each.offer), each) for each in load(DEV)]


@pytest.mark.parametrize("wanted", [Verdict.MET, Verdict.UNMET])
def test_the_open_snippets_are_read_well(dev: list[tuple[Verdict, Snippet]], wanted: Verdict) -> None:
    found = score(((said, each.outcome) for said, each in dev), wanted)
    assert found.precision >= PRECISION
    assert found.recall >= RECALL


def test_no_type_is_read_badly(dev: list[tuple[Verdict, Snippet]]) -> None:
    for kind in {each.type for _, each in dev}:
        pairs = [(said, each.outcome) for said, each in dev if each.type == kind]
        for wanted in (Verdict.MET, Verdict.UNMET):
            assert score(pairs, wanted).recall >= 0.6, kind


@pytest.mark.parametrize("case", load(CASES), ids=lambda case: case.id)
def test_named_conditions_in_many_wordings(case: Snippet) -> None:
    assert outcome(case.request, case.offer) is case.outcome


def test_score_counts_said_true_and_right() -> None:
    met, unmet = Verdict.MET, Verdict.UNMET
    found = score([(met, met), (met, unmet), (unmet, met), (met, met)], met)
    assert (found.precision, found.recall) == (2 / 3, 2 / 3)


def test_score_of_an_outcome_never_said_is_whole() -> None:
    assert score([(Verdict.UNKNOWN, Verdict.UNKNOWN)], Verdict.MET).precision == 1.0


def test_the_command_line_lists_types_and_misses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(
        '{"id": "a", "type": "等级", "request": "须IP67。", "offer": "防护等级IP65。", "outcome": "满足"}\n',
        encoding="utf-8",
    )
    main([str(file)])
    printed = capsys.readouterr().out
    assert "等级" in printed
    assert "a 等级 读作不满足 应为满足" in printed
