"""The engine of one machine: this process, or a pool of worker processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from typing import Any

from spinelink.cores import forbid_core_files
from spinelink.engines import Batch, Result, Work
from spinelink.errors import EngineError

_GOES_ON = "finished shards are kept, and the same command goes on from there; try fewer --workers"
_AHEAD = 3
"""Batches under way for each worker: one at work, one waiting, one done and not yet fetched."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Work on this machine with `workers` processes; one worker is this process itself."""

    workers: int = 1

    def map(self, work: Work[Batch, Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """Yield the result of each batch, in order; EngineError where a worker process dies or memory runs out."""
        return _here(work, batches) if self.workers == 1 else self._pooled(work, batches)

    def _pooled(self, work: Work[Batch, Result], batches: Iterable[Batch]) -> Iterator[Result]:
        context = multiprocessing.get_context("spawn")
        leash, held = context.Pipe(duplex=False)
        packed = _Packed(work)
        as_read: Any = packed  # a worker that starts has the work itself in its place
        pool = ProcessPoolExecutor(self.workers, context, initializer=_settle, initargs=(as_read, leash))
        under_way: deque[Future[Any]] = deque()
        try:
            for batch in batches:
                under_way.append(_submitted(pool, batch))
                if len(under_way) == _AHEAD * self.workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BaseException as error:
            # A pool that breaks while it starts a worker never ends that one, and would wait for it for ever.
            held.close()
            if isinstance(error, BrokenProcessPool):
                raise EngineError(f"a worker process died (memory may have run out): {_GOES_ON}") from None
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            held.close()
            leash.close()
            packed.close()


def _here(work: Work[Batch, Result], batches: Iterable[Batch]) -> Iterator[Result]:
    """Yield the results that this process makes."""
    function = work.start()
    gc.freeze()  # what is compiled is no garbage: the collector need not go through it again and again
    try:
        yield from map(function, batches)
    finally:
        gc.unfreeze()


class _Packed:
    """Work in a file without a name, from which a worker that starts reads it.

    What is sent to a starting worker must fit into a pipe: its parent writes for ever to one that died before reading.
    """

    def __init__(self, work: Work[Any, Any]) -> None:
        self._file = tempfile.TemporaryFile()
        pickle.dump(work, self._file)
        self._file.flush()

    def close(self) -> None:
        """Give the file up, when no worker starts any more."""
        self._file.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, (reduction.DupFd(self._file.fileno()),)


def _unpacked(duplicate: Any) -> Work[Any, Any]:
    """Return the work; in a worker, the arguments of its start."""
    descriptor = duplicate.detach()
    try:
        work: Work[Any, Any] = pickle.loads(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    finally:
        os.close(descriptor)
    return work


def _submitted(pool: ProcessPoolExecutor, batch: Any) -> Future[Any]:
    try:
        with _interrupts_held():  # a worker that starts now inherits this and leaves Ctrl-C to its parent
            return pool.submit(_call, batch)
    except OSError as error:
        raise EngineError(f"no worker process could be started ({type(error).__name__}): {_GOES_ON}") from None


@contextmanager
def _interrupts_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_work: Work[Any, Any] | None = None
_function: Callable[[Any], Any] | None = None


def _settle(work: Work[Any, Any], leash: Connection[Any, Any]) -> None:
    """Make this process a worker: Ctrl-C is its parent's to answer; it ends with that and leaves no core file."""
    global _work
    _work = work
    forbid_core_files()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(leash,), daemon=True).start()


def _follow(leash: Connection[Any, Any]) -> None:
    parent = multiprocessing.parent_process()
    wait([leash] if parent is None else [leash, parent.sentinel])
    os._exit(1)


def _call(batch: Any) -> Any:
    global _function
    if _function is None:
        assert _work is not None, "a worker is settled before its first batch"
        _function = _work.start()
        gc.freeze()
    return _function(batch)
