"""The manual is fresh, its links lead somewhere, its example is what the tool gives, and its steps can be walked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest

import spinelink
from spinelink import schemas
from spinelink.cli import cli
from spinelink.errors import SpinelinkError

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("corpora/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")
STEP = re.compile(r"<!-- step: (\w+) ([\w.]+)(?: ([^\n]+?))? -->\n```\w+\n(.*?)```", re.DOTALL)
TITLE = "MRI LUMBAR SPINE\n\n"


def spinelink_command(*arguments: str | Path, **environment: str) -> str:
    """Return what the command line prints, run in a process of its own."""
    command = [sys.executable, "-m", "spinelink", *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_on(text: str, folder: Path, *options: str | Path, **environment: str) -> Path:
    """Return the tables of one report."""
    (folder / "example.txt").write_text(text, encoding="utf-8")
    out = folder / "tables"
    spinelink_command("run", folder / "example.txt", "--out", out, "--quiet", *options, **environment)
    return out


def section(page: str, title: str) -> str:
    """Return what stands under a title of CONTRIBUTING.md."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, f"CONTRIBUTING.md has no {title!r}"
    return found[1]


def steps(kind: str) -> list[tuple[str, str, str]]:
    """Return the steps of one kind that CONTRIBUTING.md writes out: file, where in it, what to add."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = [(file, place, text) for its_kind, file, place, text in STEP.findall(page) if its_kind == kind]
    assert found
    return found


def row_of(lines: str) -> dict[str, str]:
    """Return the row of a step that adds one, by column."""
    names, cells = (line.split("\t") for line in lines.splitlines())
    return dict(zip(names, cells, strict=True))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target for target in LINK.findall(text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_generated_parts_are_fresh() -> None:
    """Every page but that of the evaluation, which takes minutes: `make check` has it."""
    generated = [page for page in PAGES if "<!-- generated: " in page.read_text(encoding="utf-8")]
    pages = [str(page.relative_to(ROOT)) for page in generated if page.name != "evaluation.md"]
    assert len(pages) > 5
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check", *pages]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(ROOT.glob("corpora/*/gold.jsonl")), ids=lambda path: path.parent.name)
def test_every_gold_set_is_measured_in_the_manual(path: Path) -> None:
    page = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    found = re.search(rf"^### corpora/{path.parent.name}\n(.*?)```\n", page, re.DOTALL | re.MULTILINE)
    assert found
    assert f"; {len(path.read_text(encoding='utf-8').splitlines())} reports." in found[1]


@pytest.mark.parametrize("name", list(schemas.tables()))
def test_every_table_is_in_the_manual(name: str) -> None:
    assert f"\n## {name}\n" in (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_and_is_in_the_manual(name: str) -> None:
    assert cli.commands[name].get_short_help_str()
    assert all(p.help for p in cli.commands[name].params if isinstance(p, click.Option))
    assert f"\n## spinelink {name}\n" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", SpinelinkError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_exit_code_is_in_the_manual(kind: type[SpinelinkError]) -> None:
    assert re.search(rf"^ +{kind.exit_code} +\w", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), re.MULTILINE)


def readme_example() -> tuple[str, list[dict[str, str]]]:
    """Return the README's report and its rows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    report = re.search(r"<!-- example: report -->\n```text\n(.*?)```", readme, re.DOTALL)
    table = re.search(r"<!-- generated: example -->\n(.*?)<!-- end -->", readme, re.DOTALL)
    assert report
    assert table
    head, _, *lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table[1].splitlines()]
    return report[1], [dict(zip(head, cells, strict=True)) for cells in lines]


def test_readme_rows_are_what_the_tool_gives(tmp_path: Path) -> None:
    report, rows = readme_example()
    assert rows
    findings = spinelink.read(run_on(report, tmp_path), "findings")
    given = [
        {name: " ".join(str(value).split()) for name, value in zip(rows[0], row, strict=True)}
        for row in findings[list(rows[0])].itertuples(index=False)
    ]
    assert given == rows


def test_readme_rows_quote_the_report() -> None:
    report, rows = readme_example()
    assert all(row["evidence"] in " ".join(report.split()) for row in rows)


def question_of_the_readme() -> str:
    """Return the block of the README that answers a question of an audit, its mark and fences with it."""
    found = re.search(
        r"<!-- example: question -->\n```python\n.*?```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert found
    return found[0]


@pytest.mark.parametrize("page", ["README.md", "docs/running.md"])
def test_python_of_the_manual_runs(page: str, tmp_path: Path) -> None:
    report, _ = readme_example()
    run_on(report, tmp_path)
    written = (ROOT / page).read_text(encoding="utf-8").replace(question_of_the_readme(), "")
    (code,) = re.findall(r"```python\n(.*?)```", written, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"L4-L5 +(moderate|present)", done.stdout)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows of the steps "term" and "heading" in a folder, checked and tested as the steps say."""
    folder = tmp_path_factory.mktemp("words")
    for step in ("term", "heading"):
        ((file, _, lines),) = steps(step)
        (folder / file).write_text(lines, encoding="utf-8")
    for check in ("check", "test"):
        spinelink_command("lexicons", check, "--lexicons", folder)
    return folder


def test_add_a_term(words: Path, tmp_path: Path) -> None:
    ((_, _, lines),) = steps("term")
    row = row_of(lines)
    before = spinelink.read(run_on(TITLE + row["example"], tmp_path), "findings")
    assert row["id"] not in list(before.rule_id)
    after = spinelink.read(run_on(TITLE + row["example"], tmp_path, "--overwrite", "--lexicons", words), "findings")
    assert (row["id"], row["value"], "L4-L5") in list(zip(after.rule_id, after.finding_type, after.level, strict=True))


def test_add_a_heading(words: Path, tmp_path: Path) -> None:
    ((_, _, lines),) = steps("heading")
    row = row_of(lines)
    report = f"{TITLE}Indication: Low back pain.\n\n{row['example']}\n"
    for options, known in [((), False), (("--overwrite", "--lexicons", words), True)]:
        sections = spinelink.read(run_on(report, tmp_path, *options), "sections")
        headed = sections[sections.heading.str.lower().str.startswith(row["term"])]
        assert list(headed.known_heading) == [known]
        assert not known or list(headed.category) == [row["category"]]


def test_add_a_finding_type(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    for name in ("pipeline", "lexicons"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (_, place, line), (file, _, lines) = steps("type")
    vocabulary = copy / "pipeline" / "spinelink" / "vocabulary.py"
    code = vocabulary.read_text(encoding="utf-8")
    assert code.count(f"{place}\n") == 1
    vocabulary.write_text(code.replace(f"{place}\n", f"{place}\n{line}"), encoding="utf-8")
    row = row_of(lines)
    table = copy / "lexicons" / file
    columns = table.read_text(encoding="utf-8").splitlines()[0].split("\t")
    with table.open("a", encoding="utf-8") as words:
        words.write("\t".join(row.get(column, "true") for column in columns) + "\n")
    out = run_on(TITLE + row["example"], tmp_path, PYTHONPATH=str(copy / "pipeline"))
    findings = pd.read_parquet(out / "findings")  # the package that is installed does not know the type
    assert (row["value"], "L4-L5", row["id"]) in list(
        zip(findings.finding_type, findings.level, findings.rule_id, strict=True)
    )


@pytest.mark.parametrize("title", ["The house", "Add a term", "Add a heading", "Add a finding type", "Add a stage"])
def test_files_and_names_of_the_steps_exist(title: str) -> None:
    text = section((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), title)
    for path in re.findall(r"`((?:pipeline|lexicons|corpora|docs)/[\w./]+)`", text):
        assert (ROOT / path.replace("NAME", "statements")).exists(), path
    for file in re.findall(r"(?<![/\w])(\w+\.py)\b", text):
        assert any((ROOT / "pipeline" / "spinelink").rglob(file)), file


def test_the_drawn_layers_are_the_checked_ones() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    checked = [layer.split(" | ") for contract in contracts for layer in contract.get("layers", [])]
    text = section((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), "The house")
    drawn = re.search(r"^    (cli >.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    assert drawn
    assert [[name.strip() for name in layer.split(",")] for layer in drawn[1].split(">")] == checked


def test_the_question_of_the_readme_is_answered_in_five_lines(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = question_of_the_readme().strip().splitlines()[2:-1]
    assert len(lines) == 5
    spinelink.run(demo, tmp_path / "tables")
    exec("\n".join(lines).replace("out/demo", str(tmp_path / "tables")), {"spinelink": spinelink})
    told = capsys.readouterr().out.split()
    reports, actionable = int(told[0]), int(told[-1])
    assert 0 < actionable <= reports < 32


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param("spinelink.vocabulary", "FINDING_GROUPS", id="groups-of-findings"),
        pytest.param("spinelink.schemas", "SCHEMA_VERSION", id="version-of-the-schemas"),
        pytest.param("spinelink.lexicon", "ROW_TYPES", id="files-of-the-lexicon"),
        pytest.param("spinelink.records", "Analysis", id="what-the-stages-give"),
        pytest.param("spinelink.analysis", "Rules", id="rules-of-the-stages"),
        pytest.param("spinelink.analysis", "compile_rules", id="compiling-the-rules"),
        pytest.param("spinelink.analysis", "analyse", id="order-of-the-stages"),
        pytest.param("spinelink.stages.statements", "compile_rules", id="rules-of-a-small-stage"),
    ],
)
def test_names_in_the_steps_exist(module: str, name: str) -> None:
    assert f"`{name}" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    value: Any = getattr(import_module(module), name)
    assert value
