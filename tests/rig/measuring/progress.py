"""A progress bar on standard error; a line now and then where that is no terminal."""

from __future__ import annotations

import sys
import time

_WIDTH_CHARACTERS = 40
#: Without a terminal: how often a line is written.
_LINE_EVERY_S = 10.0


class ProgressBar:
    """How much of a known total is done."""

    def __init__(self, label: str, total_count: int) -> None:
        """Begin; nothing is shown yet."""
        self._label = label
        self._total_count = total_count
        self._began_s = time.monotonic()
        self._line_s = self._began_s
        self._live = sys.stderr.isatty()

    def show(self, done_count: int) -> None:
        """Show how much is done."""
        text = self._text(done_count)
        if self._live:
            sys.stderr.write(f"\r{text}")
            sys.stderr.flush()
        elif time.monotonic() - self._line_s >= _LINE_EVERY_S:
            self._line_s = time.monotonic()
            sys.stderr.write(f"{text}\n")

    def end(self, done_count: int) -> None:
        """Show the last state and leave the line."""
        sys.stderr.write(f"{chr(13) if self._live else ''}{self._text(done_count)}\n")

    def _text(self, done_count: int) -> str:
        filled = _WIDTH_CHARACTERS * done_count // max(1, self._total_count)
        bar = "█" * filled + "░" * (_WIDTH_CHARACTERS - filled)
        elapsed_s = time.monotonic() - self._began_s
        return f"{self._label} {bar} {done_count}/{self._total_count} {elapsed_s:5.1f} s"
