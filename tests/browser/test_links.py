"""Which links of a model's text a browser draws as links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.running_app import RunApp
from tests.browser.support import REPOSITORY, SLOW_MS
from tests.link_texts import WEB

pytestmark = pytest.mark.browser

HARNESS = Path(__file__).parent / "harness" / "links_app.py"
# Streamlit gives every heading a link to itself.
_ADDRESSES = """keys => keys.map(key =>
    [...document.querySelectorAll(`.st-key-${key} a[href]`)]
        .filter(link => !link.closest('[data-testid=stHeaderActionElements]'))
        .map(link => link.getAttribute('href')))"""
# The last: a footnote's number, and its way back.
_KEPT = re.compile(r"https?://|mailto:|#user-content-fn", re.IGNORECASE)


def test_only_the_web_and_mail_addresses_are_links_however_they_are_written(
    run_app: RunApp, open_page: OpenPage
) -> None:
    app = run_app(HARNESS, cwd=REPOSITORY)
    page = open_page(app.url)
    expect(page.locator(".st-key-web a[href]")).to_have_count(3 * len(WEB), timeout=SLOW_MS)
    keys = ["foreign", "disguised", "inside", "web"]
    foreign, disguised, inside, web = page.evaluate(_ADDRESSES, keys)
    assert [url for url in (*foreign, *disguised) if not _KEPT.match(url)] == []
    assert inside == []
    assert [url.lower() for url in web] == [url.lower() for url in WEB] * 3
