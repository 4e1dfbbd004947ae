"""Errors that a user can act on: each has one line of text and an exit code."""

from __future__ import annotations


class SpinelinkError(Exception):
    """Base of every error shown as one line, without a traceback; `exit_code` is what the command line returns."""

    exit_code = 1


class SettingError(SpinelinkError):
    """An option or a combination of options that cannot work."""

    exit_code = 10


class LexiconError(SpinelinkError):
    """A lexicon file that breaks its declared form; the message lists every fault with file and line."""

    exit_code = 11


class InputError(SpinelinkError):
    """An input that is missing, empty or in no known form."""

    exit_code = 12


class SchemaError(SpinelinkError):
    """A table that does not agree with its declaration; the message names table and column."""

    exit_code = 13


class OutputError(SpinelinkError):
    """An output folder that cannot be written, is in use, or holds another run."""

    exit_code = 14


class EvaluationError(SpinelinkError):
    """Gold or run that cannot be compared, or figures below the floor that was asked for."""

    exit_code = 15


class EngineError(SpinelinkError):
    """An engine that is not installed or a worker that died."""

    exit_code = 16
