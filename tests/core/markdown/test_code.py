"""Code in colours: the text stays, and only what is harmless is coloured."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pygments.lexers import find_lexer_class_by_name

from gwtrace_core.markdown import code as code_module
from gwtrace_core.markdown.code import MOST_CHARS, colour_code

LANGUAGES = sorted(code_module._LANGUAGES)  # pyright: ignore[reportPrivateUsage]
PIECES = [  # what strings, comments and other languages begin with
    '"',
    "'",
    '"""',
    "/*",
    "//",
    "#",
    "<",
    ">",
    "</",
    "<?php",
    "{{",
    "${",
    "`",
    "\\",
    "(",
    "{",
]


def test_each_kind_of_token_has_its_class_and_the_rest_has_none() -> None:
    code = "@wrap\ndef add(a, b):\n    return a + 1.5 if a is None else 'x'  # <sum>\n"
    assert colour_code(code, "Python") == (
        '<span class="code-name">@wrap</span>\n'
        '<span class="code-keyword">def</span> <span class="code-name">add</span>(a, b):\n'
        '    <span class="code-keyword">return</span> a + <span class="code-number">1.5</span> '
        '<span class="code-keyword">if</span> a <span class="code-keyword">is</span> '
        '<span class="code-number">None</span> <span class="code-keyword">else</span> '
        '<span class="code-string">&#39;x&#39;</span>  '
        '<span class="code-comment"># &lt;sum&gt;</span>\n'
    )


@pytest.mark.parametrize("language", ["", "nosuchlanguage", "smithy", "text", "<b>", "python '"])
def test_code_of_a_language_that_is_not_coloured_is_only_escaped(language: str) -> None:
    assert colour_code("if <b>: 1", language) == "if &lt;b&gt;: 1"


def test_long_code_is_only_escaped() -> None:
    code = f"1 # {'x' * (MOST_CHARS - 4)}"
    assert "code-number" in colour_code(code, "python")
    assert colour_code(f"{code}x", "python") == f"{code}x"


def test_every_language_of_the_list_is_known() -> None:
    assert [name for name in LANGUAGES if find_lexer_class_by_name(name) is None] == []


@given(
    language=st.sampled_from(LANGUAGES),
    code=st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join),
)
@example(language="php", code="\n\n<?php echo '<b>'; ?>\n\n")
@settings(deadline=None, max_examples=100)
def test_colours_change_no_character(language: str, code: str) -> None:
    # As they are in a fence: with one sort of line end, and no mark of the byte order before them.
    code = re.sub(r"\r\n?|\ufeff", "\n", code)
    html = colour_code(code, language)
    assert unescape(re.sub(r'<span class="code-[a-z]+">|</span>', "", html)) == code
