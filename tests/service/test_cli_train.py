"""rongtong train: what it writes, what it says, when it installs, and what an installed ranker does."""

import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from matcher.domain import PostingKind
from matcher.learn import ranker_text
from matcher.outcomes import DismissalReason, OutcomeStage
from matcher.rank import LinearRanker, load_ranker, prior
from service.auth import local_admin
from service.config import load_settings
from service.runtime import open_store
from service.store import NewOutcome, Shown, ShownItem
from tests.service.cli import Rongtong, rongtong, sheet
from tests.stub_encoder import StubEncoder

__all__ = ["rongtong", "sheet"]

WHO = local_admin("default")
ENCODER = StubEncoder().fingerprint
WORKS = ("五轴加工", "冷链配送", "模具设计", "电池回收", "法律咨询", "零件焊接")


def judged(folder: Path, *, right: bool) -> Path:
    """Write a judged set in which the same words are wanted, or, to mislead the prior, the other ones."""
    folder.mkdir()
    docs = {f"d{n:02}": f"{work}服务{'甲乙丙丁'[n % 4]}" for n, work in enumerate(WORKS * 4)}
    queries = {f"q{n}": f"寻求{work}" for n, work in enumerate(WORKS)}
    for name, rows in (("docs", docs), ("queries", queries)):
        lines = "".join(json.dumps({"id": id_, "text": text}, ensure_ascii=False) + "\n" for id_, text in rows.items())
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    grades = [
        f"{query}\t{doc}\t{4 if (wanted.removeprefix('寻求') in text) == right else 1}\n"
        for query, wanted in queries.items()
        for doc, text in docs.items()
    ]
    (folder / "qrels.tsv").write_text("".join(grades), encoding="utf-8")
    return folder


def tell(lists: int, *, by: str, noise: float = 0.3) -> None:
    """Put lists and outcomes into the store in which a feature says what is wanted."""
    chance = np.random.default_rng(0)
    store = open_store(load_settings())
    store.identity.ensure_tenant(WHO, WHO.tenant)
    for n in range(lists):
        wanted = chance.random(8) < 0.4
        items = tuple(
            ShownItem(
                rank=rank,
                posting_id=f"p{rank}",
                enterprise_id=f"e{rank}",
                score=0.5,
                features={by: float(good + noise * chance.normal()), "title": float(chance.normal())},
            )
            for rank, good in enumerate(wanted, start=1)
        )
        asked = {"posting_id": None, "enterprise_id": None, "kind": PostingKind.NEED, "query_hash": f"h{n}"}
        about = {
            "as_of": date(2026, 3, 1),
            "created_at": datetime(2026, 3, 1, tzinfo=UTC),
            "versions": {"encoder": ENCODER},
        }
        shown = Shown(id=f"l{n}", tenant=WHO.tenant, organisation=None, user="u", items=items, **asked, **about)  # type: ignore[arg-type]
        store.feedback.record_shown(WHO, [shown])
        for item, good in zip(items, wanted, strict=True):
            stage = OutcomeStage.SHORTLISTED if good else OutcomeStage.DISMISSED
            reason = None if good else DismissalReason.IRRELEVANT
            new = NewOutcome(posting_id=item.posting_id, stage=stage, reason=reason, list_id=shown.id)
            store.feedback.record_outcome(WHO, new)
    store.close()


def put(path: Path, *, encoder: str = ENCODER, **weights: float) -> bytes:
    """Install a ranker of these weights; return the file's content."""
    made = LinearRanker("before", -1.0, weights, calibrated=False)
    path.parent.mkdir(exist_ok=True)
    path.write_text(ranker_text(made, {}, encoder=encoder), encoding="utf-8")
    return path.read_bytes()


def test_a_judged_directory_is_learned_from_but_never_calibrates(rongtong: Rongtong, tmp_path: Path) -> None:
    folder, to = judged(tmp_path / "set", right=True), tmp_path / "ranker.json"
    ran = rongtong("train", "ranker", "--judgements", folder, "--out", to, "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["examples"], ran.json["positives"], ran.json["questions"]) == (144, 24, 6)
    for which in ("untrained", "trained"):
        assert set(ran.json[which]) == {"judged_ndcg10", "ndcg10", "ece", "reliability"}
        assert set(ran.json[which]["ece"]) == {"mean", "lo", "hi", "n"}
    assert (ran.json["calibrated"], ran.json["installed"]) == (False, False)
    written = load_ranker(to, encoder=ENCODER)
    assert written.name == ran.json["name"]
    assert written.calibrated is False
    assert json.loads(to.read_text())["trained"]["source"] == "judgements"
    first = to.read_bytes()
    assert "训练后" in rongtong("train", "ranker", "--judgements", folder, "--out", to).out
    assert to.read_bytes() == first
    assert rongtong("evaluate", folder, "--ranker", to, "--json").code == 0


def test_what_is_not_better_is_written_but_not_installed(rongtong: Rongtong, tmp_path: Path) -> None:
    folder, to = judged(tmp_path / "set", right=True), tmp_path / "ranker.json"
    ran = rongtong("train", "ranker", "--judgements", folder, "--out", to, "--install")
    assert ran.code == 1
    assert "未装入" in ran.err
    assert to.is_file()
    assert not (tmp_path / "data" / "ranker.json").exists()
    as_json = rongtong("train", "ranker", "--judgements", folder, "--out", to, "--install", "--json")
    assert (as_json.code, as_json.json["installed"]) == (1, False)
    assert "不能断定" in as_json.json["refused"]


def test_outcomes_are_learned_calibrated_installed_and_used(rongtong: Rongtong, sheet: Path, tmp_path: Path) -> None:
    assert rongtong("import", sheet).code == 0
    tell(60, by="qualified")
    to = tmp_path / "mine.json"
    ran = rongtong("train", "ranker", "--outcomes", "--out", to, "--install", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.json["source"] == "outcomes"
    assert (ran.json["calibrated"], ran.json["installed"], ran.json["better"]) == (True, True, True)
    assert ran.json["gain"]["lo"] > 0
    assert (ran.json["installed_before"], ran.json["note"]) == (None, None)
    assert ran.json["trained"]["ece"]["mean"] <= 0.1
    installed = tmp_path / "data" / "ranker.json"
    assert installed.read_bytes() == to.read_bytes()
    assert stat.S_IMODE(installed.stat().st_mode) == 0o600
    answer = rongtong("match", "--posting", "n1", "--json").json
    assert answer["versions"]["ranker"] == ran.json["name"]
    assert all(match["calibrated"] for match in answer["matches"])
    again = rongtong("train", "ranker", "--outcomes", "--out", to, "--install", "--json")
    assert (again.code, again.json["installed"]) == (0, True), "what is installed is no rival of itself"
    assert "相同" in again.json["note"]
    tell(64, by="qualified")
    more = rongtong("train", "ranker", "--outcomes", "--out", to, "--install", "--json")
    assert more.code == 0
    new = more.json["installed_before"]["gain"]["n"]
    assert 1 <= new <= 4, "on the others the installed has hindsight"
    assert f"未见过的问题只有 {new} 个" in more.json["note"]
    assert installed.read_bytes() == to.read_bytes()


def test_what_is_worse_than_the_installed_is_installed_by_force_alone(rongtong: Rongtong, tmp_path: Path) -> None:
    installed, to = tmp_path / "data" / "ranker.json", tmp_path / "mine.json"
    before = put(installed, qualified=9.0)
    tell(60, by="qualified")
    learn = ("train", "ranker", "--outcomes", "--out", to, "--install")
    ran = rongtong(*learn, "--json")
    assert (ran.code, ran.json["installed"], ran.json["better"]) == (1, False, True)
    assert ran.json["installed_before"]["name"] == "before"
    assert ran.json["installed_before"]["gain"]["hi"] < 0
    assert installed.read_bytes() == before
    told = rongtong(*learn)
    new, old = (ran.json["installed_before"][whose] for whose in ("ours", "theirs"))
    assert "未装入：比已装入的差" in told.err
    assert f"训练后 {new:.3f}，已装入的 before {old:.3f}" in told.err
    assert "--force" in told.err
    forced = rongtong(*learn, "--force")
    assert forced.code == 0
    assert "比已装入的差，按 --force 装入" in forced.out
    assert installed.read_bytes() == to.read_bytes()


def test_what_is_better_than_the_installed_takes_its_place(rongtong: Rongtong, tmp_path: Path) -> None:
    installed, to = tmp_path / "data" / "ranker.json", tmp_path / "mine.json"
    put(installed, qualified=-9.0)
    tell(60, by="qualified")
    ran = rongtong("train", "ranker", "--outcomes", "--out", to, "--install", "--json")
    assert (ran.code, ran.json["installed"]) == (0, True)
    assert ran.json["installed_before"]["gain"]["lo"] > ran.json["gain"]["lo"] > 0
    assert installed.read_bytes() == to.read_bytes()


def test_a_ranker_of_another_encoder_is_refused_until_one_of_this_takes_its_place(
    rongtong: Rongtong, sheet: Path, tmp_path: Path
) -> None:
    assert rongtong("import", sheet).code == 0
    installed, to = tmp_path / "data" / "ranker.json", tmp_path / "mine.json"
    put(installed, encoder="another", qualified=9.0)
    refused = rongtong("match", "--posting", "n1", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "ranker_encoder")
    assert "重新训练" in refused.json["error"]["message"]
    tell(60, by="qualified")
    ran = rongtong("train", "ranker", "--outcomes", "--out", to, "--install", "--json")
    assert (ran.code, ran.json["installed"], ran.json["installed_before"]) == (0, True, None)
    assert "另一编码器" in ran.json["note"]
    assert rongtong("match", "--posting", "n1", "--json").json["versions"]["ranker"] == ran.json["name"]
    put(to, encoder="another")
    elsewhere = rongtong("evaluate", judged(tmp_path / "set", right=True), "--ranker", to, "--json")
    assert elsewhere.json["error"]["code"] == "ranker_encoder"


def test_force_goes_with_install_and_the_file_into_a_folder(rongtong: Rongtong, tmp_path: Path) -> None:
    assert rongtong("train", "ranker", "--outcomes", "--out", tmp_path / "r.json", "--force").code == 2
    nowhere = rongtong("train", "ranker", "--outcomes", "--out", tmp_path / "none" / "r.json")
    assert nowhere.code == 2
    assert str(tmp_path / "none") in nowhere.err


def test_few_outcomes_do_not_calibrate(rongtong: Rongtong, tmp_path: Path) -> None:
    tell(10, by="qualified")
    ran = rongtong("train", "ranker", "--outcomes", "--out", tmp_path / "r.json", "--json")
    assert ran.code == 0
    assert ran.json["calibrated"] is False
    assert any("至少要 30" in reason for reason in ran.json["not_calibrated_because"])
    assert "未标为已校准" in rongtong("train", "ranker", "--outcomes", "--out", tmp_path / "r.json").out


def test_without_outcomes_nothing_is_learned(rongtong: Rongtong, tmp_path: Path) -> None:
    ran = rongtong("train", "ranker", "--outcomes", "--out", tmp_path / "r.json", "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "too_few_labels"
    assert "租户 default 还没有记录结果" in ran.json["error"]["message"]
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("chosen", [[], ["--outcomes", "--judgements", "x"]])
def test_one_source_is_to_be_named(rongtong: Rongtong, chosen: list[str], tmp_path: Path) -> None:
    assert rongtong("train", "ranker", *chosen, "--out", tmp_path / "r.json").code == 2


def test_a_damaged_installed_ranker_is_named(rongtong: Rongtong, sheet: Path, tmp_path: Path) -> None:
    assert rongtong("import", sheet).code == 0
    (tmp_path / "data" / "ranker.json").write_text("{broken")
    ran = rongtong("match", "--posting", "n1", "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "bad_ranker"
    assert str(tmp_path / "data" / "ranker.json") in ran.json["error"]["message"]


def test_without_one_installed_the_prior_answers(rongtong: Rongtong, sheet: Path) -> None:
    assert rongtong("import", sheet).code == 0
    assert rongtong("match", "--posting", "n1", "--json").json["versions"]["ranker"] == prior().name


def test_an_evaluation_trains_on_the_other_folds(rongtong: Rongtong, tmp_path: Path) -> None:
    folder = judged(tmp_path / "set", right=False)
    ran = rongtong("evaluate", folder, "--folds", "3", "--json")
    assert ran.code == 0, ran.err
    assert set(ran.json["trained"]) >= {"ndcg10", "judged_ndcg10", "acc1"}
    assert "训练后" in rongtong("evaluate", folder, "--folds", "3").out
    assert "trained" not in rongtong("evaluate", folder, "--json").json
