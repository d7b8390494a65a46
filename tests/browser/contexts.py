"""Browser contexts that are used again, emptied: a new one would fetch all of Streamlit anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page

Scheme = Literal["light", "dark"]

_TIMEOUT_MS = 15_000
_KEPT = "cookies,local_storage,indexeddb,cache_storage,service_workers,file_systems"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How a page is to be shown."""

    width: int = 1280
    height: int = 800
    scheme: Scheme = "light"
    touch: bool = False
    reduced_motion: bool = False


@dataclass(slots=True)
class Contexts:
    """Contexts of one browser. One is in one hand at a time, and holds nothing of who had it."""

    browser: Browser
    _idle: dict[bool, list[BrowserContext]] = field(
        default_factory=dict[bool, list[BrowserContext]]
    )
    """By whether one has a touch screen, which alone a page cannot be given later."""

    def take(self, *, has_touch: bool = False) -> BrowserContext:
        """One that nobody else has, without pages."""
        if idle := self._idle.get(has_touch):
            return idle.pop()
        context = self.browser.new_context(has_touch=has_touch)
        context.set_default_timeout(_TIMEOUT_MS)
        return context

    def give_back(self, context: BrowserContext, *, has_touch: bool = False) -> None:
        """Close its pages and take back all that a test can change in it, but for scripts that it
        has added to every page."""
        if context.is_closed():
            return
        context.set_offline(False)
        context.unroute_all(behavior="ignoreErrors")
        context.clear_permissions()
        page = context.pages[0] if context.pages else context.new_page()
        # Of every address. Playwright's own way visits each in a page, which takes as long as is
        # won here.
        context.new_cdp_session(page).send(
            "Storage.clearDataForOrigin", {"origin": "*", "storageTypes": _KEPT}
        )
        for page in context.pages:
            page.close()
        self._idle.setdefault(has_touch, []).append(context)

    def close(self) -> None:
        """Close those that nobody has."""
        for contexts in self._idle.values():
            for context in contexts:
                context.close()


def open_blank(context: BrowserContext, looks: Looks) -> Page:
    """A page that looks like that."""
    page = context.new_page()
    show_as(page, looks)
    return page


def show_as(page: Page, looks: Looks) -> None:
    """Have a page look like that from now on."""
    page.set_viewport_size({"width": looks.width, "height": looks.height})
    page.emulate_media(
        color_scheme=looks.scheme,
        reduced_motion="reduce" if looks.reduced_motion else "no-preference",
    )
