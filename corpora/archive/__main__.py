"""Write an archive and say how much it repeats itself: `PYTHONPATH=corpora python -m archive FOLDER`."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from archive.measure import repetition
from archive.reports import REPETITION, SEED, Archive, write


def main() -> None:
    """Write the files; print what was asked for, and what is measured on the first reports."""
    parser = argparse.ArgumentParser(prog="archive", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write the files of JSON lines")
    parser.add_argument("--reports", type=int, default=10_000, help="how many reports")
    parser.add_argument("--repetition", type=float, default=REPETITION, help="the share of sentences that repeat")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed gives the same bytes")
    parser.add_argument("--files", type=int, default=4, help="into how many files")
    parser.add_argument("--brief", action="store_true", help="a request and a conclusion of one point each, no more")
    parser.add_argument("--gzip", action="store_true", help="gzip the files")
    parser.add_argument("--measured", type=int, default=2_000, help="on how many reports repetition is measured")
    options = parser.parse_args()

    def archive() -> Archive:
        return Archive(options.repetition, options.seed, brief=options.brief)

    characters = write(options.folder, archive(), options.reports, options.files, packed=options.gzip)
    print(f"{options.reports:,} reports, {characters:,} characters")
    measured = islice(archive().records(), min(options.measured, options.reports))
    first = repetition(record["text"] for record in measured)
    print(
        f"repetition: {options.repetition:.1%} asked for, {first.share:.1%} measured on {first.sentences:,} sentences "
        f"of the first {first.reports:,} reports"
    )


if __name__ == "__main__":
    main()
