"""A page with nothing but trace trees, in the app's colours and fonts and without Streamlit."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from gwtrace_core.trace.columns import Axis, columns
from gwtrace_core.trace.model import Nanoseconds
from gwtrace_core.trace.tree import build_tree
from pages.ui.components.trace_tree import CSS, HTML
from tests.browser.harness.shapes import SHAPES

_HERE = Path(__file__).parent
_REPOSITORY = Path(__file__).parents[3]
_STREAMLIT_MEDIA = Path(streamlit.__file__).parent / "static" / "static" / "media"
_COLOURS = ("blue", "gray", "green", "orange", "red", "violet", "yellow")
_PAGE = """<!doctype html>
<html lang="en">
<title>Tree</title>
<link rel="icon" href="data:,">
<style>
  @font-face { font-family: "Source Sans"; src: url("/font.woff2"); font-weight: 200 900; }
  :root { --st-font: "Source Sans", sans-serif; font-size: FONT_SIZEpx; color-scheme: light dark; }
  LIGHT
  @media (prefers-color-scheme: dark) { DARK }
  body { margin: 16px; background: var(--st-background-color); }
</style>
<template id="component"><div><div>HTML</div><style>CSS</style></div></template>
<script type="module" src="/tree_alone.js"></script>
</html>
"""


def tree_app() -> Starlette:
    """Serves the page at `/`; `tree_alone.js` says how trees come on it."""

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(_page())

    async def data(request: Request) -> Response:
        return Response(_data(str(request.query_params)), media_type="application/json")

    files = {
        "/tree_alone.js": _HERE / "tree_alone.js",
        "/trace_tree.js": _REPOSITORY / "pages/ui/components/trace_tree/trace_tree.bundle.js",
        "/font.woff2": next(_STREAMLIT_MEDIA.glob("SourceSansVF-Upright*")),
    }
    return Starlette(
        routes=[
            Route("/", page),
            Route("/data", data),
            *(Route(path, _file(file)) for path, file in files.items()),
        ]
    )


def data_path(shape: str, count: int, trace_id: str, axis: Axis | None = None) -> str:
    """Where the columns of a made-up trace of `count` spans are."""
    ends = {} if axis is None else {"start": axis.start_ns, "end": axis.end_ns}
    return f"/data?{urlencode({'shape': shape, 'count': count, 'trace': trace_id, **ends})}"


@cache
def _data(query: str) -> bytes:
    asked = dict(parse_qsl(query))
    start, end = (
        Nanoseconds(int(asked[name])) if name in asked else None for name in ("start", "end")
    )
    axis = None if start is None or end is None else Axis(start_ns=start, end_ns=end)
    tree = build_tree(SHAPES[asked["shape"]](int(asked["count"]), asked["trace"]))
    return json.dumps(columns(tree, axis=axis)).encode()


def _file(path: Path) -> Any:
    async def answer(_: Request) -> FileResponse:
        return FileResponse(path)

    return answer


@cache
def _page() -> str:
    config = tomllib.loads((_REPOSITORY / ".streamlit/config.toml").read_text())["theme"]
    parts = {
        "FONT_SIZE": str(config["baseFontSize"]),
        "LIGHT": _variables({**config, **config["light"]}),
        "DARK": _variables({**config, **config["dark"]}),
        "HTML": HTML,
        "CSS": CSS,
    }
    return re.sub("|".join(parts), lambda found: parts[found.group()], _PAGE)


def _variables(theme: dict[str, Any]) -> str:
    """The theme as Streamlit gives it to components, as far as the tree asks for it."""
    named = {re.sub("([A-Z])", r"-\1", key).lower(): value for key, value in theme.items()}
    for colour in _COLOURS:
        named.setdefault(f"{colour}-text-color", f"var(--st-{colour}-color)")
        named.setdefault(
            f"{colour}-background-color", f"color-mix(in srgb, var(--st-{colour}-color) 15%, #0000)"
        )
    lines = [f"--st-{name}: {value};" for name, value in named.items() if isinstance(value, str)]
    return f":root {{ {' '.join(lines)} }}"
