"""Measure what parts of a table cost by their size and their compression, and write it into docs/profile.md.

    python bench/parts.py [--reports 2000] [--page docs/profile.md]

The tables of made reports of full length are cut into parts of some sizes and written with each of some compressions,
as a run writes them; then the findings of all parts are read into pandas. Times are of the processor, the least of a
few.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from archive.reports import Archive
from spinelink import lexicon, schemas
from spinelink.analysis import Batch, Extraction
from spinelink.records import Report
from spinelink.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "profile.md"
MARKED = re.compile(r"(<!-- measured: parts -->\n).*?(<!-- end -->)", re.DOTALL)
SIZES = (100, 500, 1000, 2000)
COMPRESSIONS: Mapping[str, dict[str, Any]] = {
    "none": {"compression": "none"},
    "snappy": {"compression": "snappy"},
    "lz4": {"compression": "lz4"},
    "zstd, level 1 (Arrow's own)": {"compression": "zstd"},
    "zstd, level 9": {"compression": "zstd", "compression_level": 9},
}
CHOSEN = "zstd, level 1 (Arrow's own)"
BATCH = 50
TIMES = 5

Tables = Mapping[str, pa.Table]


def tables_of(reports: int) -> list[Tables]:
    """Return the tables of the first reports of an archive, batch by batch."""
    work = Extraction(lexicon.shipped(), Settings().shown).start()
    records = (
        Report(record["report_id"], record["text"], "archive", place)
        for place, record in enumerate(islice(Archive().records(), reports))
    )
    return [work(Batch(0, batch)).tables for batch in iter(lambda: tuple(islice(records, BATCH)), ())]


def parts_of(batches: Sequence[Tables], size: int) -> list[Tables]:
    """Return the tables in parts of so many reports."""
    step = size // BATCH
    cut = (batches[first : first + step] for first in range(0, len(batches), step))
    return [{name: schemas.join([batch[name] for batch in part], name) for name in schemas.tables()} for part in cut]


def written(folder: Path, parts: Sequence[Tables], options: Mapping[str, Any]) -> None:
    """Write the parts of every table, a file each with one row group."""
    for place, part in enumerate(parts):
        for name, table in part.items():
            pq.write_table(table, folder / f"{name}-{place}", row_group_size=max(1, table.num_rows), **options)


def findings_of(folder: Path) -> int:
    """Read the findings of all parts into pandas and return how many they are."""
    parts = [pq.read_table(file, partitioning=None) for file in sorted(folder.glob("findings-*"))]
    return len(schemas.join(parts, "findings").to_pandas())


def least(work: Callable[[], Any]) -> float:
    """Return the least time of the processor that some work takes, in seconds."""
    took = []
    for _ in range(TIMES):
        start = process_time()
        work()
        took.append(process_time() - start)
    return min(took)


def line(batches: Sequence[Tables], reports: int, size: int, name: str) -> str:
    """Return the line of one size and one compression."""
    parts = parts_of(batches, size)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write = least(lambda: written(folder, parts, COMPRESSIONS[name]))
        read = least(lambda: findings_of(folder))
        bytes_written = sum(file.stat().st_size for file in folder.iterdir())
    cells = (
        f"{size:,}",
        name,
        f"{bytes_written / reports:,.0f}",
        f"{1000 * write / reports:.2f}",
        f"{1000 * read:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def table(reports: int) -> str:
    """Return what was measured, as Markdown."""
    batches = tables_of(reports)
    kinds = [(size, CHOSEN) for size in SIZES if size <= reports]
    kinds += [(1000, name) for name in COMPRESSIONS if name != CHOSEN and reports >= 1000]
    head = "| reports a part | compression | bytes a report | ms to write a report | ms to read all findings |"
    rows = [line(batches, reports, size, name) for size, name in kinds]
    return "\n".join([head, "| ---: | --- | ---: | ---: | ---: |", *rows])


def main() -> None:
    """Measure, print, and write the page's part."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reports", type=int, default=2000)
    options.add_argument("--page", type=Path, default=PAGE)
    asked = options.parse_args()
    told = f"{asked.reports:,} made reports of full length.\n\n{table(asked.reports)}\n"
    print(told)
    asked.page.write_text(
        MARKED.sub(lambda match: f"{match[1]}{told}{match[2]}", asked.page.read_text("utf-8")), "utf-8"
    )


if __name__ == "__main__":
    main()
