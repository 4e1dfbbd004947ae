"""What every test may use: the folders of the checkout, golden files, the facts of a text, and finished runs."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import spinelink
from spinelink import lexicon
from spinelink.analysis import analyse, compile_rules
from spinelink.records import Report
from spinelink.settings import IngestOptions, Settings

ROOT = Path(__file__).resolve().parents[1]

# Examples are the same on every machine, and a slow machine fails nothing.
settings.register_profile(
    "spinelink", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("spinelink")


def pytest_configure() -> None:
    """Take interrupts even where the suite was started in the background, whose programs ignore them: tests send some."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden files anew."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def demo() -> Path:
    """The demo corpus."""
    return ROOT / "corpora" / "demo"


@pytest.fixture(scope="session")
def gold() -> Path:
    """The gold corpus."""
    return ROOT / "corpora" / "gold"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A function that compares a text with the golden file of this name, or writes it with --rewrite-golden."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--rewrite-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"{path.name} is missing: make golden"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs: make golden, then read the diff"

    return compare


@pytest.fixture(scope="session")
def facts() -> Callable[[str], set[str]]:
    """What the stages make of a report's text: its facts, as type@level:side:severity:assertion[:change]."""
    rules = compile_rules(lexicon.shipped())

    def facts_of(text: str) -> set[str]:
        findings = analyse(Report("report", text, "report.txt", 0, exam="MRI spine"), rules).findings
        return {
            ":".join(
                (
                    f"{finding.mention.finding_type}@{finding.level}",
                    finding.mention.side,
                    finding.mention.severity,
                    finding.mention.assertion,
                    *([finding.mention.change] if finding.mention.change else []),
                )
            )
            for finding in findings
        }

    return facts_of


@pytest.fixture(scope="session")
def archive(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """A finished run of the demo corpus and of tests/exports, in several parts, with report text or without."""
    made: dict[bool, Path] = {}

    def run_of(text: bool) -> Path:
        if text not in made:
            made[text] = tmp_path_factory.mktemp("archive") / "tables"
            given = ROOT / "tests" / "exports"
            settings = Settings(
                text=text, shard_size=16, codes=str(given / "codes.csv"), ingest=IngestOptions(keep=("ward",))
            )
            spinelink.run([demo, given / "reports.jsonl"], made[text], settings)
        return made[text]

    return run_of
