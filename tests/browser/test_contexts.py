"""What the tests of this folder rest on: nobody finds in a browser what another test left there."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.contexts import Contexts

pytestmark = pytest.mark.browser

KEPT = "[document.cookie, localStorage.getItem('a'), sessionStorage.getItem('a')]"


def blank(context: BrowserContext, port: int) -> Page:
    """An empty page at that address, without a server."""
    url = f"http://127.0.0.1:{port}/"
    context.route(url, lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page = context.new_page()
    page.goto(url)
    return page


def test_a_context_is_used_again_and_holds_nothing_of_its_last_user(contexts: Contexts) -> None:
    context = contexts.take()
    for port in (1, 2):
        page = blank(context, port)
        page.evaluate("document.cookie = 'a=1'; localStorage.a = sessionStorage.a = '1'")
        assert page.evaluate(KEPT) == ["a=1", "1", "1"]
    context.grant_permissions(["clipboard-read"])
    context.set_offline(True)
    other = contexts.take()
    assert other is not context
    other.close()
    contexts.give_back(context)
    assert context.pages == []

    again = contexts.take()
    assert again is context
    for port in (1, 2):
        page = blank(again, port)
        assert page.evaluate(KEPT) == ["", None, None]
        assert page.evaluate("navigator.onLine") is True
        asked = "navigator.permissions.query({name: 'clipboard-read'}).then(each => each.state)"
        assert page.evaluate(asked) != "granted"
    again.close()


def test_a_context_that_was_closed_is_not_given_to_anybody(contexts: Contexts) -> None:
    context = contexts.take()
    context.close()
    contexts.give_back(context)
    other = contexts.take()
    assert other is not context
    other.close()
