"""Every key and password that this session can know: what no file that it takes along may hold."""

from __future__ import annotations

from gwtrace_core.values.masking import secrets_of
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.uris import secrets_in
from pages.ui.session.services import connections, services


def list_known_secrets() -> tuple[Secret, ...]:
    """Those of the process, and those that were typed."""
    tracking = services().tracking
    found = [*tracking.protected, *secrets_in(tracking.config.uri)]
    for connection in connections():
        found += secrets_of(connection)
    return tuple(found)
