"""The programs that are compared, each of which answers in a process of its own: `contenders.py NAME FOLDER`.

For every line of JSON read it works on a part of some texts in the folder and answers with a line of JSON. What a
program needs is imported when it starts, because EDS-NLP has an environment of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from machine import peak_memory, versions

Work = Callable[[Sequence[str]], int]
"""Reads reports and says how many findings, targets or tokens it found."""

FIVE = {
    "disc_herniation": ["disc herniation"],
    "disc_bulge": ["disc bulge"],
    "central_canal_stenosis": ["canal stenosis"],
    "foraminal_stenosis": ["foraminal narrowing"],
    "facet_arthropathy": ["facet arthropathy"],
}
"""Five findings in one term each, the least that a matcher may be asked for."""
DENIALS = ["no", "not", "without", "negative for", "no evidence of", "absence of", "free of"]
"""What stands before a finding that is denied: EDS-NLP's own words are French."""


@dataclass(frozen=True)
class Started:
    """A contender that is ready; `anew` returns one that has read nothing yet, with what is compiled at hand."""

    work: Work
    anew: Callable[[], Work]
    versions: str


def spinelink(_: Path) -> Started:
    """Start the whole package: sections to tables, as a worker of a run does it."""
    from spinelink import __version__, lexicon
    from spinelink.analysis import Batch, Extraction
    from spinelink.records import Report
    from spinelink.tabulate import Shown

    extraction = Extraction(lexicon.shipped(), Shown())

    def anew() -> Work:
        worker = extraction.start()

        def work(texts: Sequence[str]) -> int:
            tables = worker(Batch(0, tuple(Report(str(n), text, "bench", n) for n, text in enumerate(texts)))).tables
            if tables["rejects"].num_rows:
                sys.exit("spinelink rejected a report")
            return tables["findings"].num_rows

        return work

    return Started(anew(), anew, f"spinelink {__version__}, {versions('pyarrow')}")


def spacy(_: Path) -> Started:
    """Start spaCy's tokenizer, which every pipeline of spaCy runs first."""
    import spacy

    make_doc = spacy.blank("en").make_doc

    def work(texts: Sequence[str]) -> int:
        return sum(len(make_doc(text)) for text in texts)

    return Started(work, lambda: work, versions("spacy"))


def medspacy(folder: Path) -> Started:
    """Start medSpaCy as `medspacy.load()` makes it, with our targets."""
    import medspacy

    return _matching(medspacy.load(), folder)


def medspacy_without_splitter(folder: Path) -> Started:
    """Start medSpaCy's matcher and ConText on spaCy's tokens and its rule-based sentences, with our targets."""
    import medspacy.context
    import medspacy.target_matcher  # noqa: F401
    import spacy

    nlp = spacy.blank("en")
    for name in ("sentencizer", "medspacy_target_matcher", "medspacy_context"):
        nlp.add_pipe(name)
    return _matching(nlp, folder)


def _matching(nlp: Any, folder: Path) -> Started:
    from medspacy.target_matcher import TargetRule

    nlp.get_pipe("medspacy_target_matcher").add(
        [TargetRule(literal=words, category=name) for words, name in targets(folder)]
    )
    log = sys.modules.get("loguru")
    if log is not None:
        log.logger.disable("PyRuSH")
    return _entities(nlp, versions("spacy", "medspacy", "PyRuSH"))


def edsnlp_five(_: Path) -> Started:
    """Start EDS-NLP's sentences, matcher and negation with the five findings."""
    return _eds(FIVE)


def edsnlp(folder: Path) -> Started:
    """Start EDS-NLP's sentences, matcher and negation with our targets."""
    return _eds(by_finding(targets(folder)))


def _eds(terms: dict[str, list[str]]) -> Started:
    import edsnlp

    nlp = edsnlp.blank("eds")
    nlp.add_pipe("eds.sentences")
    nlp.add_pipe("eds.matcher", config={"terms": terms, "attr": "LOWER"})
    nlp.add_pipe("eds.negation", config={"preceding": DENIALS})
    return _entities(nlp, versions("edsnlp", "spacy"))


def _entities(nlp: Any, told: str) -> Started:
    def work(texts: Sequence[str]) -> int:
        return sum(len(nlp(text).ents) for text in texts)

    return Started(work, lambda: work, told)


def targets(folder: Path) -> list[tuple[str, str]]:
    """Return the words that every matcher looks for, each with the finding that it names: our terms, spelled out."""
    return [(words, name) for words, name in json.loads((folder / "targets.json").read_text(encoding="utf-8"))]


def by_finding(targets: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the words of each finding."""
    terms: dict[str, list[str]] = {}
    for words, name in targets:
        terms.setdefault(name, []).append(words)
    return terms


CONTENDERS: dict[str, Callable[[Path], Started]] = {
    "spinelink": spinelink,
    "edsnlp-five": edsnlp_five,
    "edsnlp": edsnlp,
    "spacy": spacy,
    "medspacy": medspacy,
    "medspacy-without-splitter": medspacy_without_splitter,
}


def serve(name: str, folder: Path) -> None:
    """Start a contender, warm it up on other texts, and work on what each line read asks for."""
    answers, sys.stdout = sys.stdout, sys.stderr
    texts = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (folder / "texts").glob("*.json")}
    began = perf_counter()
    started = CONTENDERS[name](folder)
    start_up = perf_counter() - began
    started.work(texts.pop("others"))
    work = started.anew()
    print(json.dumps({"start_up": start_up, "versions": started.versions}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        part = texts[asked["texts"]][asked["part"] :: asked["parts"]]
        began, worked = perf_counter(), process_time()
        found = work(part)
        answer = {"seconds": perf_counter() - began, "worked": process_time() - worked, "found": found}
        print(json.dumps({**answer, "memory": peak_memory(os.getpid())}), file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
