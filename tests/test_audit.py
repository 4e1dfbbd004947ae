"""spinelink audit: its counts add up, its range is honest, small counts are hidden, and what cannot be audited says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spinelink
from spinelink import auditing, lexicon, store, vocabulary
from spinelink.auditing.cells import Key, Tally
from spinelink.auditing.counting import CLASSES
from spinelink.auditing.export import export
from spinelink.errors import OutputError, SettingError
from spinelink.records import Analysis, Finding, Indication, LevelMention, Match, Mention, Report, Study, Symptom
from spinelink.stages import appropriateness
from spinelink.tabulate import Shown, tabulate
from spinelink.totals import Totals, count

INSUFFICIENT, AVOIDABLE, DEPENDENT = "insufficient_information", "potentially_avoidable", "policy_dependent"
RULES = appropriateness.compile_rules(lexicon.shipped())
Make = Callable[..., Path]


def pain(days: int | None, kind: str = "low_back_pain", **more: Any) -> Symptom:
    source = None if days is None else "counted"
    times = {"duration_days": days, "duration_max_days": days, "duration_source": source}
    return Symptom("symptom", kind, **{"assertion": "present", "rule_id": "SYM-1", **times, **more})


def weak(kind: str) -> Symptom:
    return Symptom("red_flag", kind, "present", "RFL-1", tier="W")


AVOIDED = (pain(21),)
UNTIMED = (pain(None),)
RADICULAR = (pain(21, "sciatica"),)
PERSISTS = (pain(120), Symptom("care", "conservative_care_failed", "present", "CAR-1"))
FEVER = (pain(21), Symptom("red_flag", "fever", "present", "RFL-1", tier="S"))
WEAK = (pain(21), weak("diabetes"))


def finding(kind: str, level: str, assertion: str = "present") -> Finding:
    mention = Mention(0, kind, assertion, 0, 4, "FND-1", LevelMention(0, 2, (level,), "disc", "single", "LVL-1"))
    return Finding(mention, 0, level, "disc", "stated", "LVL-1", "lumbar", 0, "findings", 0, 4, 0, 4)


FRACTURE = finding("vertebral_fracture", "L1")
BULGE = finding("disc_bulge", "L4-L5")


def request(
    name: str,
    symptoms: Sequence[Symptom] = AVOIDED,
    *,
    age: int | None = 44,
    regions: Sequence[str] = ("lumbar",),
    modality: str = "MR",
    findings: Sequence[Finding] = (),
    match: str = "cannot_judge",
    rules: appropriateness.AppropriatenessRules = RULES,
    **report: Any,
) -> Analysis:
    """Return the analysis of a report whose request says this, made by hand."""
    read = Report(name, "text", "reports.csv", 0, age=age, **report)
    study = Study("MRI", modality, tuple(regions), "none", True, None, ())
    asked = Indication(tuple(symptoms), "free_text")
    matched = Match(status=match, best=(None,) * len(symptoms))
    audit = appropriateness.audit_of(read, (), study, findings, asked, matched, rules)
    return Analysis(read, (), tuple(findings), (), (), study, indication=asked, match=matched, audit=audit)


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """A function that makes a finished run of these shards."""

    def make(*shards: Sequence[Analysis], people: bool = True, name: str = "run") -> Path:
        folder = tmp_path / name
        with store.opened(folder, {"settings": {}}, fingerprint="f" * 64, overwrite=False) as run:
            whole = Totals()
            shown = Shown(people=people)
            for number, outcomes in enumerate(shards):
                tables = tabulate(outcomes, shown)
                totals = count(outcomes, tables)
                run.write_shard(number, [tables], totals)
                whole.add(totals)
            run.finish(len(shards), whole, {})
        return folder

    return make


def many(number: int, prefix: str, symptoms: Sequence[Symptom], **more: Any) -> list[Analysis]:
    return [request(f"{prefix}-{place}", symptoms, **more) for place in range(number)]


def mixed() -> list[Analysis]:
    """Return 20 avoidable, 30 insufficient, 4 radicular, 15 persistent and 3 requests with fever, and 5 out of scope."""
    return [
        *many(20, "a", AVOIDED, site="north", sex="F"),
        *many(30, "b", UNTIMED, site="south", sex="M"),
        *many(4, "c", RADICULAR, site="north", sex="M"),
        *many(15, "d", PERSISTS, site="south", sex="F"),
        *many(3, "e", FEVER, site="north", sex="F"),
        *many(5, "f", AVOIDED, regions=["cervical"], site="north"),
    ]


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process of its own, as users do."""
    return subprocess.run(
        [sys.executable, "-m", "spinelink", *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip


def by_name(frame: pd.DataFrame, label: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a frame by one of its labels."""
    return {row[label]: {str(name): value for name, value in row.items()} for row in frame.to_dict("records")}


def test_rates_are_a_range_over_all_in_scope(made: Make) -> None:
    rates = by_name(spinelink.audit(made(mixed()))["rates"], "policy")
    lenient = rates["lenient, 42 days"]
    assert (lenient["in_scope"], lenient[INSUFFICIENT], lenient[AVOIDABLE], lenient[DEPENDENT]) == (72, 30, 20, 4)
    assert lenient["insufficient_share"] == pytest.approx(30 / 72)
    assert lenient["avoidable_low"] == pytest.approx(20 / 72)
    assert lenient["avoidable_high"] == pytest.approx(50 / 72)
    assert lenient["policy_dependent_share"] == pytest.approx(4 / 72)
    strict = rates["strict, 42 days"]
    assert (strict[INSUFFICIENT], strict[AVOIDABLE], strict[DEPENDENT]) == (45, 24, 0)
    assert set(rates) == {"lenient, 42 days", "strict, 42 days", "lenient, 28 days", "lenient, 30 days"}


@pytest.mark.parametrize(
    ("policy", "threshold", "avoidable", "view"),
    [
        pytest.param("lenient", None, 20, "lenient, 42 days", id="lenient"),
        pytest.param("strict", None, 24, "strict, 42 days", id="strict"),
        pytest.param("lenient", 14, 0, "lenient, 14 days", id="lower-threshold"),
        pytest.param("strict", 21, 0, "strict, 21 days", id="strict-and-lower"),
    ],
)
def test_policy_and_threshold(made: Make, policy: str, threshold: int | None, avoidable: int, view: str) -> None:
    frames = spinelink.audit(made(mixed()), policy=policy, threshold_days=threshold)
    assert by_name(frames["classes"], "class")[AVOIDABLE]["requests"] == avoidable
    assert by_name(frames["rates"], "policy")[view][AVOIDABLE] == avoidable


def test_the_class_that_says_least_comes_first(made: Make) -> None:
    frames = spinelink.audit(made(mixed()))
    assert next(iter(frames["classes"]["class"])) == INSUFFICIENT
    assert set(frames["classes"]["class"]) == set(vocabulary.AUDIT_CLASSES) - {"out_of_scope"}


def test_counts_add_up(made: Make) -> None:
    frames = spinelink.audit(made(mixed()[::2], mixed()[1::2][:0], []), by=["site", "sex", "age_band"])
    scope = by_name(frames["scope"], "scope")
    assert scope["all"]["reports"] == sum(row["reports"] for name, row in scope.items() if name != "all")
    in_scope = scope["in scope"]["reports"] + scope["in scope, age unknown"]["reports"]
    classes = by_name(frames["classes"], "class")
    assert sum(row["requests"] for row in classes.values()) == in_scope
    for name in ("site", "sex", "age_band"):
        groups = frames[f"by_{name}"]
        assert groups["in_scope"].sum() == in_scope
        assert {c: groups[c].sum() for c in CLASSES} == {c: classes[c]["requests"] for c in CLASSES}
        assert (groups[list(CLASSES)].sum(axis=1) == groups["in_scope"]).all()
    assert frames["reasons"]["requests"].sum() == in_scope
    concordance = frames["concordance"]
    for match in ("match_status", "match_root", "match_axial"):
        rows = concordance[concordance["match"] == match].set_index("class")
        assert rows.drop(columns="match").sum(axis=1).to_dict() == {c: classes[c]["requests"] for c in CLASSES}


def test_scope_says_why(made: Make) -> None:
    run = made(
        [
            *many(2, "a", AVOIDED),
            request("b", age=None),
            *many(3, "c", AVOIDED, regions=["cervical"]),
            request("d", modality="CT"),
            request("e", age=12),
        ]
    )
    told = {name: row["reports"] for name, row in by_name(spinelink.audit(run)["scope"], "scope").items()}
    assert told == {"in scope": 2, "in scope, age unknown": 1, "region": 3, "modality": 1, "age": 1, "all": 8}


def test_groups(made: Make) -> None:
    run = made(
        [
            request("a", age=29, study_date=date(2024, 5, 2), requester="Dr A"),
            request("b", age=18, study_date=date(2023, 12, 2), requester="Dr B"),
            request("c", age=85, requester="Dr A"),
            request("d", age=None, study_date=date(2024, 5, 30)),
        ]
    )
    frames = spinelink.audit(run, by=["month", "age_band", "requester", "candidate", "regions", "exam"])
    counts = {
        name: dict(zip(f.iloc[:, 0], f["in_scope"], strict=True)) for name, f in frames.items() if name[:3] == "by_"
    }
    assert list(counts["by_month"].items()) == [("2023-12", 1), ("2024-05", 2), ("not told", 1)]
    assert counts["by_age_band"] == {"18 to 29": 2, "80 and over": 1, "not told": 1}
    assert counts["by_requester"] == {"Dr A": 2, "Dr B": 1, "not told": 1}
    assert counts["by_candidate"] == {"not told": 4}
    assert counts["by_regions"] == {"lumbar": 4}
    assert counts["by_exam"] == {"MRI": 4}


def test_default_groups_leave_out_what_no_report_tells(made: Make) -> None:
    audited = auditing.audit(made(many(3, "a", AVOIDED, site="north"), people=False))
    assert audited.passed_over == ("requester", "setting", "month", "sex")
    assert {table.name for table in audited.tables if table.name.startswith("by_")} == {"by_site", "by_age_band"}


def test_age_as_a_flag_and_not(made: Make) -> None:
    frames = spinelink.audit(made([*many(3, "old", WEAK, age=70), *many(2, "young", WEAK, age=40)]))
    with_age, without = frames["age_flag"].to_dict("records")
    assert (with_age["indicated_red_flag"], with_age[AVOIDABLE]) == (3, 2)
    assert (without["indicated_red_flag"], without[AVOIDABLE]) == (0, 5)


def test_yields_count_avoidable_requests_with_a_finding_to_act_on(made: Make) -> None:
    frames = spinelink.audit(
        made([*many(3, "a", AVOIDED, findings=[FRACTURE, BULGE]), *many(7, "b", AVOIDED, findings=[BULGE])])
    )
    row = by_name(frames["yields"], "class")[AVOIDABLE]
    assert (row["requests"], row["with_actionable_finding"], row["share"]) == (10, 3, pytest.approx(0.3))
    assert 0.10 < row["share_from"] < 0.11 < 0.60 < row["share_to"] < 0.61
    assert by_name(frames["yields"], "class")[DEPENDENT]["share"] is None
    assert frames["actionable_findings"].to_dict("records") == [{"finding_type": "vertebral_fracture", "requests": 3}]
    assert frames["incidental_findings"].to_dict("records") == [{"finding_type": "disc_bulge", "requests": 10}]


def test_concordance_by_class(made: Make) -> None:
    run = made([*many(2, "a", AVOIDED, match="concordant"), request("b", PERSISTS, match="discordant")])
    rows = spinelink.audit(run)["concordance"].set_index(["match", "class"])
    assert rows.loc[("match_status", AVOIDABLE), "concordant"] == 2
    assert rows.loc[("match_status", "indicated_persistent"), "discordant"] == 1
    assert rows.loc[("match_root", AVOIDABLE), "not judged"] == 2


def test_reasons_and_flags(made: Make) -> None:
    frames = spinelink.audit(made(mixed()))
    reasons = by_name(frames["reasons"], "rule")
    assert reasons["IMG-05c"]["requests"] == 30
    assert reasons["IMG-05c"]["class"] == INSUFFICIENT
    assert all(reasons[rule]["meaning"] for rule in reasons)
    assert frames["red_flags"].to_dict("records")[0]["requests"] == 3
    assert by_name(frames["sublabels"], "sublabel")["radicular_under_6w"]["requests"] == 4


def test_early_imaging_is_of_those_that_state_a_duration(made: Make) -> None:
    (row,) = spinelink.audit(made(mixed()))["early_imaging"].to_dict("records")
    assert (row["early_imaging_stated"], row["duration_told"], row["duration_not_told"]) == (27, 42, 30)
    assert row["share"] == pytest.approx(27 / 42)


def test_repeats_of_a_patient_over_all_parts(made: Make) -> None:
    first = date(2023, 1, 10)

    def visit(name: str, patient: str | None, days: int, **more: Any) -> Analysis:
        return request(name, patient_id=patient, study_date=first + timedelta(days), **more)

    new = (pain(21, trajectory="new"),)
    run = made(
        [visit("a1", "A", 0), visit("b1", "B", 0), visit("n1", None, 0), visit("c1", "C", 0, regions=["cervical"])],
        [visit("a2", "A", 200), visit("b2", "B", 366), visit("n2", None, 5), visit("c2", "C", 9)],
        [visit("a3", "A", 210, symptoms=new), visit("a4", "A", 210)],
    )
    (row,) = spinelink.audit(run)["repeats"].to_dict("records")
    assert (row["studies_dated"], row["again_new_symptom_told"], row["again_no_new_symptom_told"]) == (7, 1, 1)


def test_no_repeats_without_patients(made: Make) -> None:
    assert "repeats" not in spinelink.audit(made(mixed()))


def small(*keys: tuple[Key, int]) -> Tally:
    return Tally(Counter(dict(keys)))


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        pytest.param({"a": 20, "b": 30, "c": 0}, "", id="nothing-small"),
        pytest.param({"a": 20, "b": 30, "c": 4}, "ac", id="the-next-is-hidden-too"),
        pytest.param({"a": 20, "b": 5, "c": 4}, "bc", id="two-hide-one-another"),
        pytest.param({"a": 11, "b": 0, "c": 0}, "", id="eleven-is-not-small"),
        pytest.param({"a": 4, "b": 0, "c": 0}, "at", id="a-small-total"),
        pytest.param({"a": 10, "b": 1, "c": 0}, "ab", id="a-total-that-may-stand"),
    ],
)
def test_small_counts_and_what_gives_them_away(counts: dict[str, int], hidden: str) -> None:
    tally = Tally(Counter({(name,): number for name, number in counts.items()}))
    tally.counts[("t",)] = sum(counts.values())
    tally.bind("sum", ("t",), [(name,) for name in counts])
    assert tally.hidden(11) == {(name,) for name in hidden}
    assert tally.hidden(0) == frozenset()
    assert tally.hidden(1) == frozenset()


@given(
    st.lists(st.lists(st.integers(0, 40) | st.just(0), min_size=3, max_size=3), min_size=1, max_size=5),
    st.integers(0, 15),
)
def test_no_sum_gives_a_hidden_count_away(rows: list[list[int]], least: int) -> None:
    tally = Tally()
    places = [(r, c) for r, row in enumerate(rows) for c in range(len(row))]
    for r, c in places:
        tally.counts["cell", str(r), str(c)] = rows[r][c]
    for r, row in enumerate(rows):
        tally.counts["row", str(r)] = sum(row)
        tally.bind("row", ("row", str(r)), [("cell", str(r), str(c)) for c in range(3)])
    for c in range(3):
        tally.counts["column", str(c)] = sum(row[c] for row in rows)
        tally.bind("column", ("column", str(c)), [("cell", str(r), str(c)) for r in range(len(rows))])
    tally.counts["all",] = sum(map(sum, rows))
    tally.bind("rows", ("all",), [("row", str(r)) for r in range(len(rows))])
    tally.bind("columns", ("all",), [("column", str(c)) for c in range(3)])
    hidden = tally.hidden(least)
    assert {key for key, number in tally.counts.items() if 0 < number < least} <= hidden
    for cells in tally.sums.values():
        assert sum(key in hidden for key in cells) != 1


def test_hidden_counts_hide_their_shares(made: Make) -> None:
    frames = spinelink.audit(made(mixed()), by=["site"], min_cell=11)
    classes = by_name(frames["classes"], "class")
    assert classes["indicated_red_flag"]["requests"] is None
    assert classes["indicated_red_flag"]["share"] is None
    assert classes[DEPENDENT]["requests"] is None
    assert classes[INSUFFICIENT]["requests"] == 30
    for frame in frames.values():
        numbers = frame.select_dtypes("Int64")
        assert not ((numbers > 0) & (numbers < 11)).fillna(False).to_numpy().any()


@pytest.mark.parametrize(
    ("arguments", "least"),
    [
        pytest.param((), 11, id="eleven-by-itself"),
        pytest.param(("--min-cell", "5"), 5, id="five"),
        pytest.param(("--min-cell", "0"), 0, id="none"),
    ],
)
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_files_hide_small_counts(
    made: Make, tmp_path: Path, arguments: Sequence[str], least: int, file_format: str
) -> None:
    out = tmp_path / "audit"
    done = command("audit", made(mixed()), "--out", out, "--format", file_format, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    said = f"counts from 1 to {least - 1} hidden" if least else "no count hidden"
    assert done.stdout.rstrip().endswith(said)
    about = json.loads((out / "about.json").read_text())
    assert (about["min_cell"], about["classes"], about["policy_id"]) == (least, "lenient, 42 days", "spinelink-1")
    files = sorted(out.glob(f"*.{file_format}"))
    assert {file.stem for file in files} == set(about["tables"])
    frames = [pd.read_csv(file) if file_format == "csv" else pd.read_parquet(file) for file in files]
    counts = pd.Series(
        [value for frame in frames for value in frame.select_dtypes("number").to_numpy().ravel()]
    ).dropna()
    whole = counts[(counts >= 1) & (counts % 1 == 0)]
    assert whole[whole > 1].min() >= max(least, 2)
    assert (least == 0) == bool((whole.between(2, 4)).any())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param((), "No small count is hidden here.", id="printed"),
        pytest.param(("--min-cell", "11"), "Counts from 1 to 10", id="printed-hidden"),
    ],
)
def test_the_output_says_whether_counts_are_hidden(made: Make, arguments: Sequence[str], told: str) -> None:
    assert told in command("audit", made(mixed()), *arguments).stdout


def test_what_is_printed(made: Make) -> None:
    done = command("audit", made(mixed()))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "77 reports; requests for MRI of the adult lumbar spine, in scope: 72"
    assert "\x1b" not in done.stdout
    titles = ["Scope", "Rates by policy and threshold", "Classes (lenient, 42 days)", "By site", "By sex"]
    places = [lines.index(title) for title in titles if title in lines]
    assert places == sorted(places)
    assert len(places) == len(titles)
    assert not {"HEDIS", "OP-8"} & set(done.stdout.replace(",", " ").split())


def test_long_tables_are_cut_where_printed(made: Make, tmp_path: Path) -> None:
    run = made([request(f"r{n}", site=f"site-{n:02d}") for n in range(20)])
    done = command("audit", run, "--by", "site", "--out", tmp_path / "audit", "--format", "csv", "--min-cell", "0")
    assert "5 more rows: export them with --out" in done.stdout
    assert len(pd.read_csv(tmp_path / "audit" / "by_site.csv")) == 20


@pytest.mark.parametrize(
    "shards",
    [
        pytest.param([], id="no-shard"),
        pytest.param([[]], id="empty-shard"),
        pytest.param([many(3, "a", ())], id="no-symptoms"),
        pytest.param([many(3, "a", AVOIDED, regions=["cervical"])], id="all-out-of-scope"),
    ],
)
def test_runs_with_little_in_them(made: Make, tmp_path: Path, shards: list[list[Analysis]]) -> None:
    done = command("audit", made(*shards), "--out", tmp_path / "audit", "--min-cell", "0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].startswith(f"{sum(map(len, shards))} reports;")
    assert pd.read_parquet(tmp_path / "audit" / "rates.parquet")["in_scope"].notna().all()


def test_a_small_run_is_hidden_altogether(made: Make, tmp_path: Path) -> None:
    files = export(auditing.audit(made(many(3, "a", AVOIDED))), tmp_path / "audit", "csv", 11)
    about = json.loads(files[-1].read_text())
    assert (about["reports"], about["in_scope"]) == (None, None)
    assert pd.read_csv(tmp_path / "audit" / "rates.csv")["in_scope"].isna().all()


def unfinished(path: Path) -> Path:
    with store.opened(path, {"settings": {}}, fingerprint="f" * 64, overwrite=False):
        pass
    return path


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param((), 14, "holds no run of spinelink", id="no-run"),
        pytest.param(("--policy", "kind"), 2, "'kind'", id="policy"),
        pytest.param(("--threshold-days", "0"), 2, "0", id="threshold"),
        pytest.param(("--min-cell", "-1"), 2, "-1", id="min-cell"),
        pytest.param(("--by", "mood"), 10, "no column 'mood' to group by", id="column"),
        pytest.param(("--by", "report_id"), 10, "no column 'report_id' to group by", id="id"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: Sequence[str], code: int, told: str) -> None:
    done = command("audit", tmp_path / "nowhere", *arguments)
    assert done.returncode == code
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (1 if code > 2 else 4)


def test_an_unfinished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not finished"):
        spinelink.audit(unfinished(tmp_path / "run"))


def test_tables_that_are_broken_are_refused(made: Make) -> None:
    run = made(mixed())
    (run / "audit" / "part-00000.parquet").write_bytes(b"no table")
    with pytest.raises(OutputError, match=r"part-00000\.parquet: cannot be read"):
        spinelink.audit(run)


def test_a_run_is_never_written_into(made: Make, tmp_path: Path) -> None:
    run = made(mixed())
    with pytest.raises(SettingError, match="holds a run"):
        export(auditing.audit(run), run, "csv", 11)


def test_a_folder_that_cannot_be_written(made: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        export(auditing.audit(made(mixed())), tmp_path / "file" / "audit", "csv", 11)


@pytest.mark.parametrize(
    ("policy", "threshold", "told"), [("kind", None, "no policy 'kind'"), ("strict", 0, "a threshold of 0 days")]
)
def test_options_that_cannot_work(made: Make, policy: str, threshold: int | None, told: str) -> None:
    with pytest.raises(SettingError, match=told):
        spinelink.audit(made(mixed()), policy=policy, threshold_days=threshold)


def test_a_run_of_other_rules_needs_its_lexicons(made: Make, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.mkdir()
    shipped = lexicon.root() / "policy.tsv"
    head, *rows = shipped.read_text(encoding="utf-8").splitlines()
    changed = [row.replace("\t2\tnone\t", "\t1\t1\t") for row in rows if "weak_flags_needed" in row]
    changed += [row.replace("spinelink-1", "north-4") for row in rows if "spinelink-1" in row]
    (words / "policy.tsv").write_text("\n".join([head, *changed]) + "\n", encoding="utf-8")
    other = appropriateness.compile_rules(lexicon.load(words))
    run = made(many(3, "a", WEAK, rules=other))
    with pytest.raises(SettingError, match=r"other rules \(policy north-4\).*give the --lexicons"):
        spinelink.audit(run)
    classes = by_name(spinelink.audit(run, lexicons=words)["classes"], "class")
    assert classes["indicated_red_flag"]["requests"] == 3


def test_every_frame_has_counts_and_shares_of_declared_types(made: Make) -> None:
    for frame in spinelink.audit(made(mixed())).values():
        assert {str(dtype) for dtype in frame.dtypes} <= {"string", "Int64", "Float64"}
        shares = frame.select_dtypes("Float64")
        assert ((shares >= 0) & (shares <= 1)).fillna(True).to_numpy().all()


def test_audit_of_a_real_run(demo: Path, tmp_path: Path) -> None:
    assert command("run", demo, "--out", tmp_path / "run", "--quiet").returncode == 0
    done = command("audit", tmp_path / "run")
    assert (done.returncode, done.stderr) == (0, "")
    reports = len(spinelink.read(tmp_path / "run", "reports"))
    assert done.stdout.startswith(f"{reports} reports;")


CHOICES = st.sampled_from((AVOIDED, UNTIMED, RADICULAR, PERSISTS, FEVER, WEAK))


@settings(max_examples=15)
@given(st.lists(st.tuples(CHOICES, st.sampled_from(("north", "south", None)), st.integers(30, 70)), max_size=40))
def test_printed_and_hidden_counts_agree(
    tmp_path_factory: pytest.TempPathFactory, requests: list[tuple[Sequence[Symptom], str | None, int]]
) -> None:
    """A count that is shown is the true one, and of each group's classes none or at least two counts are hidden."""
    outcomes = [request(f"r{n}", said, site=site, age=age) for n, (said, site, age) in enumerate(requests)]
    folder = tmp_path_factory.mktemp("runs") / "run"
    with store.opened(folder, {"settings": {}}, fingerprint="f" * 64, overwrite=False) as run:
        tables = tabulate(outcomes, Shown())
        totals = count(outcomes, tables)
        run.write_shard(0, [tables], totals)
        run.finish(1, totals, {})
    audited = auditing.audit(folder, by=["site", "age_band"])
    true, hidden = audited.frames(), audited.frames(audited.hidden(6))
    for name, frame in hidden.items():
        numbers = frame.select_dtypes("Int64")
        assert (numbers.isna() | (numbers == true[name][numbers.columns])).to_numpy().all()
    for name in ("by_site", "by_age_band"):
        cells = hidden[name][["in_scope", *CLASSES]].isna().sum(axis=1)
        assert not (cells == 1).any()
