from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import asdict

import pytest

from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath, Target
from gwtrace_core.values.secret import Secret

KEY = "CANARY-0123456789"


def things() -> list[object]:
    connection = Connection(
        id="gateway",
        kind=ConnectionKind.GATEWAY,
        label="Gateway",
        base_url="https://gateway.example.com/proxy",
        api_key=Secret(KEY),
    )
    target = Target(
        connection=connection,
        provider=Provider.OPENAI,
        route="openai",
        sdk_path=SdkPath.OPENAI_CHAT,
        base_url="https://gateway.example.com/proxy/openai",
    )
    return [Secret(KEY), connection, target, [connection], {"target": target}]


@pytest.mark.parametrize("thing", things(), ids=lambda thing: type(thing).__name__)
def test_a_key_cannot_be_printed_formatted_logged_or_pickled(
    thing: object, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("test").warning("%s %r", thing, thing)
    shown = f"{thing} {thing!r} {thing!s} " + caplog.text
    assert KEY not in shown and "••••" in shown
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(thing, protocol)


def test_a_key_is_no_json_and_cannot_be_copied_out() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"key": Secret(KEY)})
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(Secret(KEY))
    [_, connection, *_] = things()
    assert isinstance(connection, Connection)
    with pytest.raises(TypeError, match="not pickled"):
        asdict(connection)
    with pytest.raises(TypeError, match="__dict__"):
        vars(Secret(KEY))


def test_keys_are_compared_by_value_and_an_empty_one_is_false() -> None:
    assert Secret(KEY) == Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY), Secret("other")}) == 2
    assert Secret(KEY) and not Secret("")
    assert Secret(KEY).reveal() == KEY
