"""What visitors may type on the connections page, by who reaches the app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from pages.ui.connections.visitor import is_from_outside, is_listened_to_from_outside
from tests.pages.conftest import Pages, texts


@pytest.mark.parametrize(
    ("headers", "ip_address", "is_outside"),
    [
        ({}, None, False),
        ({"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}, None, False),
        ({"host": "localhost:8501", "origin": "http://localhost:8501"}, None, False),
        ({"host": "[::1]:8501"}, None, False),
        ({"host": "127.0.0.1:8501"}, "127.0.0.2", False),
        ({"host": "127.0.0.1:8501"}, "10.0.0.9", True),
        ({"host": "gwtrace.example.org"}, None, True),
        ({"host": "10.0.0.5:8501"}, None, True),
        ({"host": "127.0.0.1:8501", "origin": "https://gwtrace.example.org"}, None, True),
        ({"host": "127.0.0.1:8501", "origin": "http://[bad"}, None, True),
        ({"host": "127.0.0.1:8501", "x-forwarded-for": "203.0.113.7"}, None, True),
        ({"host": "127.0.0.1:8501", "x-forwarded-for": "127.0.0.1"}, None, True),
        ({"host": "127.0.0.1:8501", "forwarded": "for=203.0.113.7"}, None, True),
    ],
)
def test_a_visitor_from_outside_is_told_from_the_owner_of_the_machine(
    headers: dict[str, str], ip_address: str | None, is_outside: bool
) -> None:
    assert is_from_outside(headers, ip_address) is is_outside


def test_an_app_that_listens_on_more_than_loopback_is_open() -> None:
    closed = ("127.0.0.1", "localhost", "::1")
    opened = ("", "0.0.0.0", "::", "0", "::ffff:0.0.0.0", "10.0.0.5", "a.test")
    found = {each: is_listened_to_from_outside(each) for each in (*closed, *opened)}
    assert found == {**dict.fromkeys(closed, False), **dict.fromkeys(opened, True)}


@pytest.fixture
def server_address() -> Iterator[None]:
    """Streamlit's own setting as it was, whatever the test makes of it."""
    before = config.get_option("server.address")
    yield
    config.set_option("server.address", before)


def type_connection(app: AppTest, base_url: str) -> AppTest:
    app.selectbox(key="connections.key.what").set_value("OpenAI-compatible server")
    app.text_input(key="connections.key.base_url").set_value(base_url)
    [submit] = [button for button in app.button if button.label == "Use for this session"]
    return submit.click().run()


@pytest.mark.usefixtures("server_address")
@pytest.mark.parametrize("address", [None, "0.0.0.0", "::"])
def test_a_private_address_is_refused_in_an_app_that_others_reach(
    pages: Pages, address: str | None
) -> None:
    config.set_option("server.address", address)
    app = type_connection(pages.start("connections.py"), "http://127.0.0.1:9/v1")
    [refused] = app.error
    assert refused.value.replace("\\", "") == (
        "127.0.0.1 is a private address, and this app is open to others.  \n*Only whoever runs "
        "the app may allow it: GWTRACE_ALLOW_PRIVATE_HOSTS=true, or the host's name.*"
    )
    assert "Custom server, typed" not in texts(app)


@pytest.mark.usefixtures("server_address")
def test_on_ones_own_machine_any_address_may_be_typed(pages: Pages) -> None:
    config.set_option("server.address", "127.0.0.1")
    app = type_connection(pages.start("connections.py"), "http://127.0.0.1:9/v1")
    assert not app.error and not app.exception
    assert "Custom server, typed" in texts(app)


@pytest.mark.usefixtures("server_address")
def test_the_operators_word_stands_on_ones_own_machine_too(pages: Pages) -> None:
    config.set_option("server.address", "127.0.0.1")
    app = pages.start("connections.py", GWTRACE_ALLOW_PRIVATE_HOSTS="false")
    [refused] = type_connection(app, "http://127.0.0.1:9/v1").error
    assert "private address" in refused.value


def test_the_form_is_not_drawn_where_typed_connections_are_off(pages: Pages) -> None:
    app = pages.start("connections.py", GWTRACE_TYPED_CONNECTIONS="off")
    assert not app.exception
    assert "connections.key.key" not in [box.key for box in app.text_input]
    assert "A key for this browser session" not in [each.value for each in app.subheader]
    assert "A key for this browser session" not in texts(app)
    assert "Demo gateway" in texts(app)
