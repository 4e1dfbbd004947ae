"""Made archives repeat themselves as much as was asked for, whatever their size, and every report of them is read."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

import contenders
import growth
import texts
from archive import measure, reports
from command import Watched, watched
from spinelink import component, lexicon
from spinelink.analysis import Batch, Extraction
from spinelink.records import Report
from spinelink.stages import ingest
from spinelink.tabulate import Shown


@pytest.fixture(scope="module", params=[False, True], ids=["full", "brief"])
def any_archive(request: pytest.FixtureRequest) -> tuple[reports.Archive, list[reports.Record]]:
    """An archive of full or of brief reports, and the 2,000 that it has written."""
    made = reports.Archive(brief=request.param)
    return made, list(islice(made.records(), 2000))


def test_half_of_the_sentences_repeat_as_stated(any_archive: tuple[reports.Archive, list[reports.Record]]) -> None:
    found = measure.repetition(record["text"] for record in any_archive[1])
    assert found.share == pytest.approx(reports.REPETITION, abs=0.01)


@pytest.mark.parametrize("asked", [0.0, 0.25, 0.8])
def test_repetition_is_what_was_asked_for(asked: float) -> None:
    found = measure.repetition(reports.texts(150, asked))
    assert found.share == pytest.approx(asked, abs=0.02)


def test_there_are_new_sentences_for_a_million_reports(
    any_archive: tuple[reports.Archive, list[reports.Record]],
) -> None:
    made, records = any_archive
    for (label, needed), stock in made.stocks.items():
        room = sum(template.room for template in stock.templates)
        said = sum(template.room - template.left for template in stock.templates)
        assert said * 1_000_000 / len(records) < room, (label, needed[0][0])


def test_no_sentence_is_new_twice() -> None:
    template = reports.Template(("%s %s of %s", (("mild", "severe"), ("bulge", "cyst"), ("L1", "L2", "L3"))), 0.7)
    said = [template.new() for _ in range(template.room)]
    assert (len(set(said)), template.left) == (12, 0)


def test_what_is_held_for_repeats_is_bounded() -> None:
    made = reports.Archive(repetition=0.0)
    list(islice(made.records(), 300))
    assert max(len(stock.held) for stock in made.stocks.values()) == reports.HELD


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, packed: bool) -> None:
    def written(name: str, seed: int) -> list[tuple[str, bytes]]:
        reports.write(tmp_path / name, reports.Archive(seed=seed), 40, files=3, packed=packed)
        return [(file.name, file.read_bytes()) for file in sorted((tmp_path / name).iterdir())]

    first = written("first", 5)
    assert len(first) == 3
    assert written("again", 5) == first
    assert written("other", 6) != first


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_every_record_is_read(tmp_path: Path, packed: bool) -> None:
    characters = reports.write(tmp_path, reports.Archive(), 100, files=3, packed=packed)
    read = list(ingest.read(ingest.plan([tmp_path], ingest.IngestOptions())))
    kept = [record for record in read if isinstance(record, Report)]
    assert (len(read), len({report.report_id for report in kept})) == (100, 100)
    assert sum(len(report.text) for report in kept) == characters
    assert all(
        report.patient_id and report.study_date and report.order_date and report.exam and report.age and report.sex
        for report in kept
    )


@pytest.mark.parametrize(
    ("brief", "characters", "findings"),
    [(False, (2800, 3400), (30, 60)), (True, (180, 280), (1, 4))],
    ids=["full", "brief"],
)
def test_reports_are_as_long_as_stated_and_full_of_findings(
    brief: bool, characters: tuple[int, int], findings: tuple[int, int]
) -> None:
    made = reports.Archive(brief=brief)
    written = [record["text"] for record in islice(made.records(), 40)]
    batch = Batch(0, tuple(Report(str(n), text, "archive", n) for n, text in enumerate(written)))
    tables = Extraction(lexicon.shipped(), Shown()).start()(batch).tables
    assert characters[0] <= sum(map(len, written)) / 40 <= characters[1]
    assert findings[0] <= tables["findings"].num_rows / 40 <= findings[1]
    assert tables["rejects"].num_rows == 0
    # "Burning pain" says where it is in a full report only, by the sentence that follows.
    assert len(set(tables["symptoms"]["report_id"].to_pylist())) >= (38 if brief else 40)


def test_matchers_that_are_compared_look_for_our_terms(tmp_path: Path) -> None:
    ours = {(rule.literal, rule.category) for rule in component.target_rules(lexicon.shipped())}
    texts.write_targets(tmp_path)
    by_finding = contenders.by_finding(contenders.targets(tmp_path))
    assert {(words, name) for name, terms in by_finding.items() for words in terms} == ours
    assert {(words, name) for name, terms in contenders.FIVE.items() for words in terms} < ours


def test_texts_that_differ_are_gold_reports_and_made_ones() -> None:
    chosen = texts.distinct(120)
    assert len(set(chosen)) == 120
    assert set(texts.gold()) < set(chosen)


def test_time_in_proportion_has_a_slope_of_one() -> None:
    steps = [growth.Step(n, 0, 0, Watched(n / 500, 0, (), 0), Watched(1, 0, (), 0)) for n in (10, 100, 1000)]
    assert growth.slope(steps) == pytest.approx(1)


@pytest.mark.skipif(sys.platform != "linux", reason="memory of other processes is read from /proc")
def test_a_command_is_watched() -> None:
    taken = watched("--version")
    assert (taken.seconds > 0, taken.memory > 5, taken.workers, taken.read > 100_000) == (True, True, (), True)
