"""Whatever stands in an address, the page is drawn, and says what it could not read."""

from __future__ import annotations

import ast
import base64
import json
import zlib
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from gwtrace_core.lanes.link import read_link
from pages.ui.frame.address import PARAMETERS, is_readable
from tests.pages.conftest import MAIN, Pages, texts
from tests.seeded_traces import Seeded

PAGES = MAIN.parent
FILES = {"": "chat.py", **{page: f"{page}.py" for page in PARAMETERS if page}}

GARBAGE = (
    "x",
    "-1",
    "٣",
    "9" * 400,
    "9007199254740991",
    "\x00\n\u202e\ufffd",
    "../../etc <script>alert(1)</script> **b** $x$ :red[a] ` '; DROP TABLE t -- %s {0} {{x}} 🤖",
    "tr-" + "0" * 32,
    "a" * 100_000,
)


def link(value: object) -> str:
    packed = zlib.compress(json.dumps(value).encode())
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


LANE = {
    "connection_id": "demo",
    "provider": "openai",
    "sdk_path": "openai-chat",
    "route": "openai",
    "model": "gpt-6.1-sol",
}
LINKS = (
    link([]),
    link([{}]),
    link([LANE] * 9),
    link([{**LANE, "route": "../x?y#z", "model": "\x00<b>", "connection_id": "direct-☃"}]),
    link([{**LANE, "tools": ["rm -rf", ""], "parameters": {"temperature": 1e300}}]),
    link([{**LANE, "provider": "openai", "sdk_path": "anthropic-messages"}]),
    link([{**LANE, "system_prompt": "\ud83d {{x}}", "prompt": {"name": "", "version": -1}}]),
)


@pytest.fixture(scope="module")
def open_address(seeded: Seeded) -> Iterator[Callable[[str, dict[str, str]], AppTest]]:
    """Sessions of the app at any address, on services that the module shares."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(seeded.directory)
        pages = Pages(patch)
        pages.start(wait=True)

        def open_one(page: str, params: dict[str, str]) -> AppTest:
            app = AppTest.from_file(MAIN, default_timeout=60)
            for name, value in params.items():
                app.query_params[name] = value
            return app.switch_page(str(PAGES / FILES[page])).run()

        yield open_one
        pages.close()


def groups(page: str) -> Iterator[tuple[str, ...]]:
    """The parameters that a page may read together: those of a trace keep it from the list."""
    names = [*PARAMETERS[page]]
    for alone in (("trace", "span"), ("left", "right"), ("evaluation",), ("comparison",), ("new",)):
        if alone[0] in names:
            yield alone
            names = [name for name in names if name not in alone]
    if names:
        yield tuple(names)


def tried(page: str, group: tuple[str, ...]) -> list[str]:
    """What a page reads, all of it on the page that reads most and half elsewhere; and one
    text that it does not read: they all go the same way."""
    read = [text for text in GARBAGE if any(is_readable(page, name, text) for name in group)]
    unread = [text for text in GARBAGE if text not in read]
    return [*(read if page == "traces" else read[1::2]), *unread[:1]]


@pytest.mark.parametrize("page", PARAMETERS)
def test_garbage_in_an_address_leaves_the_page_usable(
    open_address: Callable[[str, dict[str, str]], AppTest], page: str
) -> None:
    for group in groups(page):
        for garbage in tried(page, group):
            app = open_address(page, dict.fromkeys(group, garbage))
            assert [each.message for each in app.exception] == [], (group, garbage[:80])


def test_garbage_beside_what_is_there_leaves_it_shown(
    open_address: Callable[[str, dict[str, str]], AppTest], seeded: Seeded
) -> None:
    trace_id = next(iter(seeded.ids.values()))
    for garbage in GARBAGE[:5]:
        app = open_address("traces", {"trace": trace_id, "span": garbage})
        assert ([*app.exception], "No such trace" in texts(app)) == ([], False)


@pytest.mark.parametrize("lanes", LINKS)
def test_a_made_up_set_up_of_lanes_leaves_the_page_usable(
    open_address: Callable[[str, dict[str, str]], AppTest], lanes: str
) -> None:
    app = open_address("compare", {"lanes": lanes})
    assert [each.message for each in app.exception] == []
    app = app.run()
    assert [each.message for each in app.exception] == []


def test_what_was_no_value_is_named_once_and_leaves_the_address(
    open_address: Callable[[str, dict[str, str]], AppTest],
) -> None:
    wrong = {"path": "openai", "provider": "x", "status": "fine", "max_tokens": "-1"}
    app = open_address("traces", {**wrong, "model": "gpt-6.1-sol", "order": "oldest"})
    assert [each.value for each in app.error] == [
        "The address sets status, path, provider, max_tokens to something that is no such value.  "
        "\n*The page is shown without it.*"
    ]
    assert dict(app.query_params) == {"model": "gpt-6.1-sol", "order": "oldest"}
    app.button(key="traces.clear").click().run()
    assert [each.value for each in app.run().error] == []


def test_a_broken_link_is_named_and_the_default_lanes_are_shown(
    open_address: Callable[[str, dict[str, str]], AppTest],
) -> None:
    app = open_address("compare", {"lanes": "eNq1zjEOwj", "runs": "99", "distinct": "yes"})
    assert [each.value for each in app.error] == [
        "The address holds a set-up of lanes that cannot be read.  \n"
        "*It may have been cut when it was copied. The default set-up is shown instead.*  \n"
        "The address sets runs, distinct to something that is no such value.  \n"
        "*The page is shown without it.*"
    ]
    assert len(read_link(app.query_params["lanes"])) == 2
    assert [*app.query_params] == ["lanes"]


def test_every_parameter_that_a_page_reads_is_one_that_is_checked() -> None:
    """By their names: `st.query_params.get("…")`, `…["…"]` and `"…" in …`."""
    known = {name for checks in PARAMETERS.values() for name in checks}
    read: set[str] = set()
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case (
                    ast.Call(
                        func=ast.Attribute(
                            value=ast.Attribute(attr="query_params"), attr="get" | "pop"
                        ),
                        args=[ast.Constant(value=str(name)), *_],
                    )
                    | ast.Subscript(
                        value=ast.Attribute(attr="query_params"),
                        slice=ast.Constant(value=str(name)),
                    )
                    | ast.Compare(
                        left=ast.Constant(value=str(name)),
                        comparators=[ast.Attribute(attr="query_params")],
                    )
                ):
                    read.add(name)
                case _:
                    pass
    assert {"session", "lanes", "version"} <= read <= known
