"""Core files: a process that crashes leaves none, for its memory holds report text."""

from __future__ import annotations

NO_CORE = 1
"""Bytes: smaller than any core file, and the one limit at which Linux hands no core to a program either."""


def forbid_core_files() -> None:
    """Let this process and those that it starts leave no core file, where the system has such files."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    least = NO_CORE if most == resource.RLIM_INFINITY else min(NO_CORE, most)
    resource.setrlimit(resource.RLIMIT_CORE, (least, most))
