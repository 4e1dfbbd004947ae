"""Where the work of a run happens; an engine knows nothing of spines.

An engine is given work and batches. Work travels to each worker once and is started there; what `start` returns is then
called for each batch. Results come back in the order of the batches, whatever the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")
BatchIn = TypeVar("BatchIn", contravariant=True)
ResultOut = TypeVar("ResultOut", covariant=True)


class Work(Protocol[BatchIn, ResultOut]):
    """What is done to each batch: a small value that can be pickled."""

    def start(self) -> Callable[[BatchIn], ResultOut]:
        """Return the function of a batch; whatever is dear to build is built here, once in each worker."""
        ...


class Engine(Protocol):
    """A way to run work over batches."""

    def map(self, work: Work[Batch, Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """Yield the result of each batch, in order, with a bounded number of batches under way."""
        ...
