"""The package installs as a set that works, and the wheel holds what it must and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import spinelink

PYTHONS = ("3.11", "3.12", "3.13")
CODE = ("*.py", "*.sql", "*.tsv", "py.typed")


def requirements(root: Path, python: str) -> dict[str, Requirement]:
    """Return the dependencies that hold on this Python by their canonical names."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [Requirement(line) for line in project["dependencies"]]
    held = [r for r in wanted if r.marker is None or r.marker.evaluate({"python_version": python})]
    named: dict[str, Requirement] = {canonicalize_name(r.name): r for r in held}
    assert len(named) == len(held), "two bounds of one dependency hold at once"
    return named


@pytest.mark.parametrize(
    ("python", "name", "release", "allowed"),
    [
        pytest.param("3.11", "spacy", "3.7.5", True, id="3.11-spacy-3.7"),
        pytest.param("3.11", "spacy", "3.8.18", False, id="3.11-not-spacy-3.8"),
        pytest.param("3.11", "numpy", "1.26.4", True, id="3.11-numpy-1"),
        pytest.param("3.11", "numpy", "2.5.5", False, id="3.11-not-numpy-2"),
        pytest.param("3.11", "pyarrow", "25.0.1", True, id="3.11-pyarrow-25"),
        pytest.param("3.11", "pyarrow", "26.0.1", False, id="3.11-not-pyarrow-26"),
        pytest.param("3.12", "spacy", "3.8.18", True, id="3.12-spacy-3.8"),
        pytest.param("3.12", "spacy", "3.7.5", False, id="3.12-not-spacy-3.7"),
        pytest.param("3.12", "numpy", "1.26.4", False, id="3.12-not-numpy-1"),
        pytest.param("3.12", "pyarrow", "26.0.1", True, id="3.12-pyarrow-26"),
        pytest.param("3.13", "spacy", "3.8.18", True, id="3.13-spacy-3.8"),
        pytest.param("3.13", "numpy", "2.5.5", True, id="3.13-numpy-2"),
        pytest.param("3.13", "numpy", "1.26.4", False, id="3.13-not-numpy-1"),
    ],
)
def test_markers_leave_only_a_set_that_works(root: Path, python: str, name: str, release: str, allowed: bool) -> None:
    assert requirements(root, python)[name].specifier.contains(release) is allowed


@pytest.mark.parametrize("python", PYTHONS)
def test_constraints_are_names_and_versions_within_the_bounds(root: Path, python: str) -> None:
    lines = (root / "constraints" / f"py{python.replace('.', '')}.txt").read_text(encoding="utf-8").splitlines()
    pins = [re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)", line) for line in lines if not line.startswith("#")]
    assert pins
    assert all(pins), "a line that is no name==version"
    pinned: dict[str, str] = {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}
    for name, wanted in requirements(root, python).items():
        assert wanted.specifier.contains(pinned[name]), f"{name} {pinned[name]} is outside {wanted.specifier}"


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the checkout in which words of one site and an editor's leavings lie about."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(root / name, copy / name)
    for name in ("pipeline", "lexicons"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "local", "*.swp"))
    (copy / "lexicons" / "local").mkdir()
    (copy / "lexicons" / "local" / "findings.tsv").write_text("words of one site\n")
    (copy / "lexicons" / "clinic.local.tsv").write_text("words of one site\n")
    (copy / "lexicons" / ".findings.tsv.swp").write_text("an editor's leavings\n")
    out = copy / "out"
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(out),
        str(copy),
    ]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    (built,) = out.glob("*.whl")
    return built


def test_wheel_holds_the_package_and_the_lexicons_and_nothing_else(root: Path, wheel: Path) -> None:
    package, lexicons = root / "pipeline" / "spinelink", root / "lexicons"
    code = {f"spinelink/{p.relative_to(package).as_posix()}" for pattern in CODE for p in package.rglob(pattern)}
    words = {f"spinelink/lexicons/{p.relative_to(lexicons).as_posix()}" for p in lexicons.rglob("*.*") if p.is_file()}
    words = {name for name in words if "/local/" not in name and ".local." not in name and not name.endswith(".swp")}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert "spinelink/lexicons/lexicons.yaml" in held
    assert held == code | words


def test_lexicons_load_from_a_zipped_wheel(wheel: Path, tmp_path: Path) -> None:
    code = "from spinelink import lexicon; print(lexicon.root(), len(lexicon.load().rows))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(wheel)}, cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    place, files = done.stdout.split()
    assert wheel.name in place
    assert int(files) > 0


def test_source_root_is_no_package(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import pipeline"], cwd=tmp_path, capture_output=True, text=True)
    assert "ModuleNotFoundError" in done.stderr


def test_version_is_that_of_the_installed_package() -> None:
    assert spinelink.__version__ == version("spinelink")


@pytest.mark.parametrize("name", ["medspacy", "spacy", "pyspark", "pandas"])
def test_import_brings_no_engine_and_no_pipeline(name: str, tmp_path: Path) -> None:
    code = f"import sys, spinelink; sys.exit({name!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path).returncode == 0


def test_warnings_still_show_after_the_import(tmp_path: Path) -> None:
    code = "import spinelink, warnings; warnings.warn('still heard')"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert "still heard" in done.stderr


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what make does, as if nobody had called this suite by make."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=root, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_make_says_what_to_install_where_no_python_serves(root: Path, tmp_path: Path) -> None:
    done = make(root, "setup", "PYTHON=no-such-python", f"VENV={tmp_path / 'venv'}")
    assert done.returncode != 0
    assert "None of these is a Python from 3.11 to 3.13 with venv and ensurepip: no-such-python." in done.stderr
    assert "python3-venv" in done.stderr


def test_every_target_has_its_line_of_help(root: Path) -> None:
    declared = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared
    done = make(root, "help")
    assert [line.split()[1] for line in done.stdout.splitlines()] == declared[1].split()


def test_ci_runs_the_commands_that_the_readme_names(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^(make \w+)", (root / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert commands == ["make check", "make test"]
    assert all(command in readme for command in ["make run", *commands])
