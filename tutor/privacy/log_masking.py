"""Log lines without personal data."""

from __future__ import annotations

import logging

from tutor.privacy.masking import masked


class MaskingFormatter(logging.Formatter):
    """Formats as usual and masks the whole line, with its traceback: an error of a database tells what it stored."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text without personal data and invisible characters."""
        return masked(super().format(record)).text
