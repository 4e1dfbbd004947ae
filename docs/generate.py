"""Write the generated parts of the manual, those between `<!-- generated: ... -->` marks, or say which are stale."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import exported
import rules
import yaml

from spinelink import lexicon, read, schemas
from spinelink.alternatives import expand
from spinelink.cli import cli as command
from spinelink.evaluate import evaluate, outcomes, render, render_vignettes

if TYPE_CHECKING:
    from perturbations.measure import Share

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "corpora"))
WIDTH = 100
LEAST_OF_A_GROUP = 20
MARK = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
EXAMPLE = re.compile(r"<!-- example: report -->\n```text\n(.*?)```", re.DOTALL)
EXAMPLE_COLUMNS = ("finding_type", "level", "side", "severity", "assertion", "section", "evidence")


def tables(_: Path | None) -> str:
    """Return the data dictionary."""
    return schemas.markdown()


def commands(_: Path | None) -> str:
    """Return the help of every command."""
    return "\n".join(_help_of(command, "spinelink", None))


def _help_of(one: click.Command, name: str, parent: click.Context | None) -> list[str]:
    width = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(one, info_name=name, parent=parent, **{**one.context_settings, **width})
    text = "\n".join(line.rstrip() for line in one.get_help(context).splitlines())
    lines = [f"## {context.command_path}", "", "```text", text, "```", ""]
    for child, its_command in sorted(one.commands.items()) if isinstance(one, click.Group) else []:
        lines += _help_of(its_command, child, context)
    return lines


def lexicons(_: Path | None) -> str:
    """Return the files of the lexicon with their columns and sizes."""
    declared = yaml.safe_load((lexicon.root() / "lexicons.yaml").read_text(encoding="utf-8"))["files"]
    lines = ["| file | what it holds | columns | rows | spellings |", "| --- | --- | --- | --- | --- |"]
    for name, rows in lexicon.shipped().rows.items():
        columns = ", ".join(f"`{column}`" for column in lexicon.columns_of(lexicon.ROW_TYPES[name])[:-1])
        spellings = sum(len(expand(row.term)) for row in rows if isinstance(row, lexicon.Worded)) or ""
        lines.append(f"| `{name}.tsv` | {declared[name]} | {columns} | {len(rows)} | {spellings} |")
    return "\n".join(lines)


def forms(_: Path | None) -> str:
    """Return the forms that the rows of each file of terms have."""
    lines = ["| file | forms |", "| --- | --- |"]
    for name, rows in lexicon.shipped().rows.items():
        used = sorted({form for row in rows for form in re.split(r"[ |]", getattr(row, "form", "")) if form})
        if used:
            lines.append(f"| `{name}.tsv` | {', '.join(f'`{form}`' for form in used)} |")
    return "\n".join(lines)


def columns(_: Path | None) -> str:
    """Return the usual names of input columns by what they fill."""
    names: dict[str, list[str]] = {}
    for row in lexicon.shipped().phrases("columns"):
        if "=" not in row.term:
            names.setdefault(row.field, []).append(f"`{row.term}`")
    lines = ["| fills | usual names |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {field} | {', '.join(usual)} |" for field, usual in names.items())])


def gold(_: Path | None) -> str:
    """Return the figures on every gold set that is shipped, each under its name."""
    folders = sorted(path.parent for path in (ROOT / "corpora").glob("*/gold.jsonl"))
    sets = [folder for folder in folders if (folder / "reports.jsonl").is_file()]
    heads = [f"### corpora/{folder.name}\n\n[What it is](../corpora/{folder.name}/README.md); " for folder in sets]
    return "\n\n".join(head + _evaluation(folder) for head, folder in zip(heads, sets, strict=True))


def vignettes(_: Path | None) -> str:
    """Return how many expectations of every shipped set of vignettes are met, each under its name."""
    files = sorted((ROOT / "corpora").glob("*/vignettes.jsonl"))
    heads = [f"### corpora/{f.parent.name}\n\n[What it is](../corpora/{f.parent.name}/README.md); " for f in files]
    return "\n\n".join(head + _met(file) for head, file in zip(heads, files, strict=True))


def development_vignettes(folder: Path | None) -> str | None:
    """Return the same of vignettes that are not shipped, None where they are not at hand."""
    files = [folder / f"{name}.jsonl" for name in ("links", "audit")] if folder else []
    return "\n\n".join(f"{file.stem}: {_met(file)}" for file in files if file.is_file()) or None


def _met(file: Path) -> str:
    with tempfile.TemporaryDirectory() as out:
        _spinelink("run", str(file), "--out", out, "--overwrite", "--quiet")
        found = outcomes(file, Path(out))
    count = len({outcome.report_id for outcome in found})
    return f"{count} vignettes.\n\n```text\n{render_vignettes(found).rstrip()}\n```"


def development(folder: Path | None) -> str | None:
    """Return the figures on a gold set that is not shipped, None where it is not at hand."""
    return _evaluation(folder) if folder else None


def _evaluation(folder: Path) -> str:
    """Return how many reports a gold set has, and its figures."""
    with tempfile.TemporaryDirectory() as out:
        _spinelink("run", str(folder / "reports.jsonl"), "--out", out, "--overwrite", "--quiet")
        found = evaluate(folder / "gold.jsonl", Path(out))
    figures = render(found, by=("type", "source"), least=LEAST_OF_A_GROUP)
    return f"{found.reports} reports.\n\n```text\n{figures.rstrip()}\n```"


def discrepancies(_: Path | None) -> str:
    """Return by kind how many planted discrepancies are found, and what is found that was not planted."""
    folder = ROOT / "corpora" / "discrepancies"
    planted = {(one["report_id"], one["kind"]) for one in _lines(folder / "planted.jsonl")}
    alarms = {alarm[:2] for alarm in _alarms(folder / "reports.jsonl")[0]}
    lines = ["| kind | planted | found | false alarms |", "| --- | --- | --- | --- |"]
    for kind in (*_kinds(), "all"):
        ours, theirs = ({one for one in found if kind in (one[1], "all")} for found in (planted, alarms))
        lines.append(f"| {kind} | {len(ours)} | {len(ours & theirs)} | {len(theirs - ours)} |")
    return "\n".join(lines)


def exchanges(_: Path | None) -> str:
    """Return how often one word exchanged in an impression of the shipped gold set gives an alarm of its own."""
    from discrepancies import exchanges as exchanged

    path = ROOT / "corpora" / "gold" / "reports.jsonl"
    reports = {one["report_id"]: one for one in _lines(path)}
    before, impressions = _alarms(path)
    known = {report_id: {alarm[1:] for alarm in before if alarm[0] == report_id} for report_id in reports}
    made = []
    for report_id, start, end in impressions:
        text = reports[report_id]["text"]
        made += [(report_id, kind, text[:start] + new + text[end:]) for kind, new in exchanged(text[start:end])]
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "reports.jsonl")
        rows = [{**reports[one], "report_id": str(n), "text": text} for n, (one, _, text) in enumerate(made)]
        given.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        after = _alarms(given)[0]
    new = {
        (int(one), kind) for one, *alarm in after for kind in alarm[:1] if tuple(alarm) not in known[made[int(one)][0]]
    }
    lines = ["| exchanged | times | an alarm of that kind | any new alarm |", "| --- | --- | --- | --- |"]
    for kind in dict.fromkeys(kind for _, kind, _ in made):
        of_kind = [n for n, one in enumerate(made) if one[1] == kind]
        same, some = sum((n, kind) in new for n in of_kind), sum(any(n == one for one, _ in new) for n in of_kind)
        lines.append(f"| {kind} | {len(of_kind)} | {same} | {some} |")
    return "\n".join(lines)


def development_alarms(folder: Path | None) -> str | None:
    """Return how many discrepancies are found in a gold set that is not shipped, None where it is not at hand."""
    if folder is None:
        return None
    alarms, impressions = _alarms(folder / "reports.jsonl")
    lines = ["| kind | alarms |", "| --- | --- |"]
    lines += [f"| {kind} | {sum(alarm[1] == kind for alarm in alarms)} |" for kind in _kinds()]
    return "\n".join([*lines, f"| reports with an impression | {len({one for one, _, _ in impressions})} |"])


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _kinds() -> tuple[str, ...]:
    return next(column.values for column in schemas.table("discrepancies").columns if column.name == "kind")


def _alarms(reports: Path) -> tuple[list[tuple[str, str, str]], list[tuple[str, int, int]]]:
    """Return report, kind and detail of each discrepancy; and report, start and end of each impression."""
    with tempfile.TemporaryDirectory() as out:
        _spinelink("run", str(reports), "--out", out, "--overwrite", "--quiet")
        rows, sections = read(out, "discrepancies"), read(out, "sections")
    impressions = sections[sections["category"] == "impression"]
    return (
        list(zip(rows["report_id"], rows["kind"], rows["detail"], strict=True)),
        list(zip(impressions["report_id"], impressions["start"], impressions["end"], strict=True)),
    )


def perturbations(_: Path | None) -> str:
    """Return the shares of facts that stay what they must be on the gold set that is shipped, and on made sentences."""
    from perturbations.known import made_reports

    return _shares(_lines(ROOT / "corpora" / "gold" / "reports.jsonl"), made_reports())


def perturbed_development(folder: Path | None) -> str | None:
    """Return them on a gold set that is not shipped, None where it is not at hand."""
    return _shares(_lines(folder / "reports.jsonl"), []) if folder else None


def _shares(records: list[dict[str, Any]], made: list[dict[str, str]]) -> str:
    """Return the table of perturbations: those that may change nothing, then those whose effect is known."""
    from perturbations.known import KNOWN
    from perturbations.measure import pooled, share_of
    from perturbations.same import SAME

    kept = [share_of(name, records, change) for name, change in SAME.items()]
    turned = [share_of(name, records, one.change, one.expected) for name, one in KNOWN.items()]
    turned += [share_of(f"{n}, made sentences", made, one.change, one.expected) for n, one in KNOWN.items() if made]
    lines = ["| written another way | reports changed | facts | lost | gained | share |", "| --- |" + " ---: |" * 5]
    lines += [_share_row(share) for share in kept]
    lines += [
        f"| **all of these** | | | | | **{pooled(kept):.4f}** |",
        "",
        lines[0].replace("written another way", "changed"),
    ]
    return "\n".join([*lines, lines[1], *(_share_row(share) for share in turned)])


def _share_row(share: Share) -> str:
    changed = f"{len(share.lost)} | {len(share.gained)} | {share.share:.4f}"
    return f"| {share.name} | {share.reports} | {share.due} | {changed} |"


def _spinelink(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "spinelink", *arguments],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, "COLUMNS": str(WIDTH)},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"spinelink {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def example(_: Path | None) -> str:
    """Return the rows of the README's report."""
    report = EXAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    if report is None:
        sys.exit("README.md: no example report")
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder, "example.txt"), Path(folder, "tables")
        given.write_text(report[1], encoding="utf-8")
        _spinelink("run", str(given), "--out", str(out), "--quiet")
        rows = read(out, "findings")[list(EXAMPLE_COLUMNS)].itertuples(index=False)
        lines = [f"| {' | '.join(' '.join(str(value).split()) for value in row)} |" for row in rows]
    head = f"| {' | '.join(EXAMPLE_COLUMNS)} |"
    return "\n".join([head, "|" + " --- |" * len(EXAMPLE_COLUMNS), *lines])


PARTS: dict[str, Callable[[Path | None], str | None]] = {
    "audit rules": lambda _: rules.audit_rules(),
    "policy": lambda _: rules.policy(),
    "prevalence": lambda _: rules.prevalence(),
    "correlations": lambda _: rules.correlations(),
    "definitions": lambda _: rules.definitions(),
    "tables": tables,
    "commands": commands,
    "lexicons": lexicons,
    "forms": forms,
    "columns": columns,
    "gold": gold,
    "development": development,
    "vignettes": vignettes,
    "development vignettes": development_vignettes,
    "discrepancies": discrepancies,
    "exchanges": exchanges,
    "development alarms": development_alarms,
    "perturbations": perturbations,
    "perturbed development": perturbed_development,
    "example": example,
    "views": lambda _: exported.views(),
    "labels": lambda _: exported.labels(),
    "modifiers": lambda _: exported.modifiers(),
    "components": lambda _: exported.components(),
}
PAGES = (
    "README.md", "docs/running.md", "docs/tables.md", "docs/cli.md", "docs/lexicons.md", "docs/links.md",
    "docs/audit.md", "docs/exports.md", "docs/evaluation.md",
)  # fmt: skip


def page(name: str, folder: Path | None) -> str:
    """Return a page with its generated parts as they are now."""

    def part(match: re.Match[str]) -> str:
        text = PARTS[match[2]](folder)
        return match[0] if text is None else f"{match[1]}{text.rstrip()}\n{match[3]}"

    return MARK.sub(part, (ROOT / name).read_text(encoding="utf-8"))


def main() -> int:
    """Write or check the pages named, all where none is; return how many are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", default=list(PAGES), metavar="PAGE", help=f"of {', '.join(PAGES)}")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a page is stale")
    parser.add_argument("--development", type=Path, help="folder of a further gold set: reports.jsonl and gold.jsonl")
    asked = parser.parse_args()
    stale = 0
    for name in asked.pages:
        path = ROOT / name
        now = page(name, asked.development)
        if now == path.read_text(encoding="utf-8"):
            continue
        if asked.check:
            print(f"{name} is stale: make docs")
            stale += 1
        else:
            path.write_text(now, encoding="utf-8", newline="\n")
            print(f"{name} written")
    return stale


if __name__ == "__main__":
    sys.exit(main())
