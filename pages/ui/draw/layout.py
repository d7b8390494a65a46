"""Panes that fill the window, a board of lanes, what a narrow window makes of them; links."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_FALLBACK_HEIGHT_PX = 560
_CHROME_HEIGHT = "20.2rem"
"""Navigation, status line, picker and message box together."""
NARROW_PX = 640
"""Up to this width Streamlit puts columns below each other."""

# Streamlit's heights are pixels; only the browser knows the window's. `.st-key-*` classes are its
# public names for keyed containers.
_PANE_STYLE = f"""<style>
div:has(> .st-key-pane-left), div:has(> .st-key-pane-right) {{
  flex-basis: calc(100dvh - {_CHROME_HEIGHT}) !important;
  height: calc(100dvh - {_CHROME_HEIGHT}) !important;
  min-height: 16rem;
}}
@media (max-width: {NARROW_PX}px) {{
  div:has(> .st-key-pane-left), div:has(> .st-key-pane-right) {{
    flex-basis: auto !important;
    height: auto !important;
  }}
  [class*="st-key-chat-question"] {{ scroll-margin-top: 5.2rem; }}
  /* Room for an answer below its question, which has been scrolled to the top. */
  .st-key-pane-right {{ min-height: calc(100dvh - 16rem); }}
}}
</style>"""

# Streamlit darkens the primary colour by a quarter for these, whatever the ground: on a dark one
# that is hardly to be seen, and no option of the theme goes for it.
_BUTTON_STYLE = """
button[kind="tertiary"][aria-expanded="true"], button[kind="tertiary"]:active { color: inherit; }
"""
# One below the other, a lane's five inputs would take the whole window of a phone.
_LANE_ROW_STYLE = f"""
@media (max-width: {NARROW_PX}px) {{
  [class*="st-key-lane-row"] [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {{
    display: grid; grid-template-columns: 1fr 1fr; gap: 0.6rem 0.75rem;
  }}
  [class*="st-key-lane-row"] [data-testid="stColumn"] {{ min-width: 0; width: auto; }}
  .st-key-chat-menu {{ width: 50%; margin: -3.4rem 0 0 auto; }}
}}
"""


def draw_common_styles() -> None:
    """Have buttons without a box be read while what they open is open; fold a lane's row."""
    st.html(f"<style>{_BUTTON_STYLE}{_LANE_ROW_STYLE}</style>")


# Streamlit marks only the page that is open, and no page can be another's part. It names the links
# so since it has them; should it stop, nothing is marked.
_CURRENT_STYLE = """<style>
:is([data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"])[href$="/{path}"] {{
  background-color: rgb(152 168 205 / 25%);
}}
:is([data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"])[href$="/{path}"] p {{
  font-weight: 600;
}}
</style>"""


def mark_in_navigation(path: str) -> None:
    """Have the navigation show a page that is not in it as a part of the one at `path`."""
    st.html(_CURRENT_STYLE.format(path=path))


def open_panes() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The conversation's pane, which follows its newest line, and the trace's."""
    st.html(_PANE_STYLE)
    left, right = st.columns([1.12, 1], gap="medium")
    conversation = left.container(
        height=_FALLBACK_HEIGHT_PX, border=False, key="pane-left", autoscroll=True
    )
    trace = right.container(
        height=_FALLBACK_HEIGHT_PX, border=False, key="pane-right", autoscroll=False
    )
    return conversation, trace


_LANE_WIDTH_REM = 20
_PHONE_GAP_REM = 0.75
_PEEK_REM = 1.4
"""What is seen of the next lane on a phone, so that one knows that there is one."""
_BOARD_STYLE = """<style>
/* Relative, or the hidden labels of icons in lanes out of sight would widen the page. */
.st-key-compare-board {{
  position: relative; overflow: auto hidden; scroll-snap-type: x proximity;
  container-type: inline-size;
}}
.st-key-compare-board > div {{ min-width: {wide}rem; }}
/* They are of all lanes, and stay in sight with any of them: as wide as the board is seen. */
:is([class*="st-key-compare-question"], [class*="st-key-compare-vote-row"],
  .st-key-compare-beginning) {{
  position: sticky; left: 0; width: 100cqw; max-width: 100cqw; scroll-margin-top: 4.2rem;
}}
:is([class*="st-key-compare-asked-"], [class*="st-key-compare-asking-"]) {{
  display: block; max-height: 32dvh; overflow-y: auto;
}}
[class*="st-key-compare-voted"] {{ scroll-margin-top: 9rem; }}
[class*="st-key-compare-cell"] {{ scroll-snap-align: start; }}
/* A row that could scroll by itself would take the cells' places to snap to from the board. */
.st-key-compare-board [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {{
  overflow: visible;
}}
[class*="st-key-compare-cell"] table {{ display: block; overflow-x: auto; }}
[class*="st-key-compare-name"] {{ min-height: 2.9rem; }}
[class*="st-key-compare-name"] p, [class*="st-key-compare-lane-name"] p {{
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}}
[class*="st-key-compare-name"] > div:first-child, [class*="st-key-compare-lane-name"],
[class*="st-key-compare-lane-name"] > div {{ min-width: 0; flex-shrink: 1; }}
/* The list of a box that is still moving closes under the click. */
[class*="st-key-compare-cell-head"] details {{ height: auto !important; }}
/* Lists to choose from are read from the left. */
:is([class*="st-key-compare-history-"], [class*="st-key-compare-setups-apply"]) button {{
  justify-content: flex-start; text-align: left;
}}
[class*="st-key-compare-repeats-"] {{ min-height: 7.6rem; }}
/* Answers do not get old, and fading hundreds of elements takes longer than what is waited for. */
.st-key-compare-board [data-stale="true"] {{ opacity: 1 !important; transition: none !important; }}
/* The browser does not paint what is out of sight: within a box that scrolls, every code block and
table of earlier answers costs each frame of a growing one. Heights are kept once they are known. */
[class*="st-key-compare-row-"] {{
  content-visibility: auto; contain-intrinsic-block-size: auto 40rem;
}}
/* Room for the answers below a question that has been scrolled to the top. */
[class*="st-key-compare-row-"]:has([class*="st-key-compare-asking-"]) {{
  min-height: calc(100dvh - 11rem);
}}
@media (max-width: 640px) {{
  .st-key-compare-board {{ scroll-snap-type: x mandatory; }}
  .st-key-compare-board > div {{ min-width: calc({count} * (100% - {peek}rem) - {gap}rem); }}
  .st-key-compare-board [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {{
    gap: {gap}rem;
  }}
}}
</style>"""


# Else the page gets shorter with a shorter view, and takes the switch away from under the mouse.
_VIEWS_STYLE = """<style>
.st-key-compare-views { min-height: calc(100dvh - 9rem); }
</style>"""


def open_board(lane_count: int) -> DeltaGenerator:
    """The container of all rows of lanes: one horizontal scroll for all of them together.

    A lane never gets narrower than is readable; on a phone there is one lane per swipe, and the
    edge of the next. A row whose answers are on their way, as its question's key says, takes the
    window's height from the start.
    """
    style = _BOARD_STYLE.format(
        wide=_LANE_WIDTH_REM * lane_count, count=lane_count, gap=_PHONE_GAP_REM, peek=_PEEK_REM
    )
    st.html(style)
    return st.container(key="compare-board")


def open_views_below() -> DeltaGenerator:
    """The container of the switch of views and what is chosen there: the switch stays in place."""
    views = st.container(key="compare-views")
    views.html(_VIEWS_STYLE)
    return views
