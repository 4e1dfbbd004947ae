"""Fuzzes readers and analysis with atheris: `python -m fuzzing --minutes 10`, half of it for each.

The inputs that broke an invariant are kept, one file each, in the folder of `--crashes`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGETS = ("readers", "analysis")
INSTRUMENTED = {"readers": "spinelink.stages.ingest", "analysis": "spinelink"}
"""What tells a target's fuzzer where it has been; it makes that part ten times slower."""
_LONGEST = 4096


def seeds(target: str) -> Iterator[bytes]:
    """Yield the seeds of a target, from the corpora; of readers the first byte says which."""
    from fuzzing.invariants import endings

    known = endings()
    for path in sorted((ROOT / "corpora").rglob("*")):
        if not path.is_file():
            continue
        if target == "readers" and (fits := [n for n, ending in enumerate(known) if path.name.endswith(ending)]):
            yield bytes([fits[0]]) + path.read_bytes()[: _LONGEST - 1]
        elif path.name == "reports.jsonl":
            for line in path.read_text("utf-8").splitlines():
                yield str(json.loads(line).get("text", "")).encode()[:_LONGEST]


def one_input(target: str, folder: Path, crashes: Path) -> Callable[[bytes], None]:
    """Return the function that is given inputs; a new kind of crash is written down and fuzzing goes on."""
    from fuzzing.invariants import check_reader, check_text, endings

    known, seen = endings(), set[str]()

    def check(data: bytes) -> None:
        if target == "analysis":
            check_text(data.decode("utf-8", "replace").replace("\0", " ") or " ")
        elif data:
            check_reader(data[1:], known[data[0] % len(known)], folder)

    def run(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__}-{Path(place.filename).stem}-{place.lineno}"
            if kind not in seen:
                seen.add(kind)
                name = f"{target}-{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
                (crashes / name).write_bytes(data)
                print(f"found: {name}", file=sys.stderr, flush=True)

    return run


def fuzz(target: str, seconds: int, crashes: Path) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=[INSTRUMENTED[target]]):
        from fuzzing.invariants import rules

        rules()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for seed in seeds(target):
            (corpus / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-rss_limit_mb=4096", "-timeout=60"]
        options = [*limits, "-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={crashes}/{target}-"]
        atheris.Setup([sys.argv[0], *options, str(corpus)], one_input(target, Path(folder), crashes))
        atheris.Fuzz()


def main() -> int:
    """Fuzz every target for its share of the time; return 1 where something was found."""
    options = argparse.ArgumentParser(prog="fuzzing", description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--crashes", type=Path, default=Path("build/fuzz/crashes"))
    options.add_argument("--target", choices=TARGETS)
    given = options.parse_args()
    given.crashes.mkdir(parents=True, exist_ok=True)
    seconds = max(1, round(given.minutes * 60 / len(TARGETS)))
    if given.target:
        fuzz(given.target, seconds, given.crashes)
        return 0
    began = time.time()
    for target in TARGETS:
        command = [sys.executable, "-m", "fuzzing", "--target", target, "--minutes", str(given.minutes)]
        done = subprocess.run([*command, "--crashes", str(given.crashes)], stderr=subprocess.PIPE, text=True)
        told = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line or "found:" in line]
        print(f"{target}: ended with {done.returncode}\n" + "\n".join(told or done.stderr.splitlines()[-15:]))
    found = sorted(path.name for path in given.crashes.iterdir() if path.stat().st_mtime >= began)
    print(f"found: {len(found)}; each is a file in {given.crashes}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
