"""The services are ended in order, and none is left because another could not be ended."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.pages.conftest import Pages

ENDED_S = 60


def tracking_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "gwtrace-tracking"}


class Broken:
    """A service that cannot be ended, whatever the method for that is called."""

    def __getattr__(self, name: str) -> Any:
        def fail() -> None:
            raise OSError(f"{name} failed")

        return fail


def test_what_cannot_be_ended_leaves_nothing_else_running(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    of_other_tests = tracking_threads()
    pages.start()
    own = pages.services
    address = urlsplit(own.demo.connection().base_url)
    broken: Any = Broken()
    with pytest.raises(OSError, match="refuse_runs failed"):
        replace(own, hub=broken, mlflow_ui=broken).close()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "Ending the taking of new runs failed.",
        "Ending the runs under way failed.",
        "Ending MLflow's own pages failed.",
    ]
    for thread in tracking_threads() - of_other_tests:
        # Closing waits no longer for a look at MLflow than its limit; the thread ends with it.
        thread.join(ENDED_S)
    # What was closed is not begun anew.
    own.tracking.start()
    assert tracking_threads() <= of_other_tests
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname or "", address.port or 0), timeout=5)
