"""Builds a wheel whose stages are compiled by mypyc, where SPINELINK_COMPILE=1 asks for it.

    SPINELINK_COMPILE=1 pip install .

The sources stay what they are: a compiled wheel holds them and, beside each, the module made of it. It reads the same
and writes the same tables, in about half the time. It needs a C compiler and some minutes; without the variable nothing
here runs, and an editable install is never compiled.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASKED = os.environ.get("SPINELINK_COMPILE") == "1"
COMPILED = ("alternatives.py", "conditions.py", "families.py", "layout.py", "phrases.py", "levels", "stages")
"""Where the time of a run goes: what reads, and what it stands on; input is read elsewhere, by libraries."""
LEFT = ("stages/ingest",)
NEEDS = ("mypy>=1.15,<3", "setuptools>=77", "types-PyYAML>=6.0.12")


class CompiledHook(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what compiling needs beyond the builder, nothing where it is not asked for."""
        return list(NEEDS) if ASKED else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the modules, and have them put beside their sources."""
        if not ASKED or version == "editable":
            return
        built = Path(tempfile.mkdtemp(prefix="spinelink-compiled-"))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        compile_into(built, Path(self.root) / "pipeline")
        for module in sorted(built.rglob("*.so")):
            build_data["force_include"][str(module)] = str(module.relative_to(built))


def sources(root: Path) -> list[str]:
    """Return the modules that are compiled, as paths from the source root, which is where the compiler stands."""
    package = root / "spinelink"
    found = [file for name in COMPILED for file in _files(package / name)]
    left = tuple(package / name for name in LEFT)
    return sorted(str(file.relative_to(root)) for file in found if not any(map(file.is_relative_to, left)))


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else list(place.rglob("*.py"))


def compile_into(built: Path, root: Path) -> None:
    """Compile the package under `root` and put the modules into the folder `built`."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    before, arguments = Path.cwd(), sys.argv
    os.chdir(root)
    os.environ["MYPYPATH"] = str(root)
    sys.argv = sys.argv[:1]
    try:
        modules = mypycify(
            ["--ignore-missing-imports", *sources(root)],
            opt_level="2", debug_level="0", multi_file=True, group_name="spinelink", target_dir=str(built / "c"),
        )  # fmt: skip
        command = build_ext(Distribution({"name": "spinelink", "ext_modules": modules}))
        command.build_lib, command.build_temp, command.parallel = str(built), str(built / "c"), os.cpu_count()
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(before)
        sys.argv = arguments
