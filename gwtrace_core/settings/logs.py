"""Keeps keys and passwords out of the log, whichever library writes it.

A failure that a library logs quotes addresses and answers. A filter would have to sit on every
handler that anybody adds, so records are masked where they are made.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from typing import Any

from gwtrace_core.values.masking import Masker, without_keys_in_use
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.uris import masked_message


def keep_out_of_logs(secrets: Iterable[Secret], *, uris: Iterable[str] = ()) -> None:
    """From now on, in the whole process: these, and the keys of connections that were called.
    Called again, the newest secrets count."""
    before = logging.getLogRecordFactory()
    make = before.make if isinstance(before, _MaskedRecords) else before
    logging.setLogRecordFactory(_MaskedRecords(make, Masker(secrets), tuple(uris)))


class _MaskedRecords:
    def __init__(self, make: Any, masker: Masker, uris: tuple[str, ...]) -> None:
        self.make = make
        self._masker = masker
        self._uris = uris

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self.make(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # Whoever handles it says what is wrong with its arguments.
            return record
        if (masked := self._mask(message)) != message:
            record.msg, record.args = masked, ()
        if record.exc_info and record.exc_info[1] is not None:
            told = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
            if (masked := self._mask(told)) != told:
                # Handlers write this in place of the exception.
                record.exc_text, record.exc_info = masked, None
        return record

    def _mask(self, text: str) -> str:
        return without_keys_in_use(self._masker.text(masked_message(text, *self._uris)))
