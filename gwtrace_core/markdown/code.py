"""Code in the colours of its language."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import (
    get_lexer_by_name,  # pyright: ignore[reportUnknownVariableType]  # its options
)
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

MOST_CHARS = 5_000
"""Of a block of code; a longer one stays plain.

Most lexers search the rest of the text again at each token: the time grows with the square of the
length in a text that was made for it, such as a thousand open brackets, and a model chooses both
the language and the text.
"""

# Pygments knows hundreds. Not here are the rare ones, some of which take endless time, and C#,
# which takes three seconds for a block of the length above that was made for it; the slowest here
# takes one.
_LANGUAGES = frozenset({
    "bash", "c", "c++", "cpp", "css", "diff", "docker", "dockerfile", "go", "golang", "graphql",
    "hcl", "html", "http", "ini", "java", "javascript", "js", "json", "jsx", "kotlin", "lua",
    "make", "makefile", "markdown", "md", "php", "powershell", "proto", "protobuf", "py", "py3",
    "pycon", "python", "python3", "r", "rb", "rs", "ruby", "rust", "scala", "sh", "shell",
    "sql", "swift", "terraform", "tf", "toml", "ts", "tsx", "typescript", "xml", "yaml",
    "yml", "zsh",
})  # fmt: skip

# The first that a token is part of. Names and punctuation have no class: they are most of a code,
# and a file would grow by each.
_CLASSES = (
    (Comment, "comment"),
    (String, "string"),
    (Number, "number"),
    (Keyword.Constant, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Name.Tag, "keyword"),
    (Name.Builtin, "name"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (Name.Decorator, "name"),
    (Name.Attribute, "name"),
    (Generic.Deleted, "deleted"),
    (Generic.Inserted, "inserted"),
    (Generic.Heading, "comment"),
)


def colour_code(code: str, language: str) -> Markup:
    """`code` with elements around what has a colour: `<span class="code-keyword">`.

    Escaped only where the language is not known or the code is long. `language` as it stands
    behind a fence, such as `python`.
    """
    name = language.lower()
    if name not in _LANGUAGES or len(code) > MOST_CHARS:
        return escape(code)
    # A lexer strips and adds lines unless it is told not to.
    lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    return Markup("").join(_colour_tokens(lexer, code))


def _colour_tokens(lexer: Lexer, code: str) -> Iterator[Markup]:
    classed = (
        (next((name for parent, name in _CLASSES if kind in parent), ""), text)
        for kind, text in lexer.get_tokens(code)
    )
    for name, group in groupby(classed, key=itemgetter(0)):
        text = escape("".join(text for _, text in group))
        yield Markup('<span class="code-{}">{}</span>').format(name, text) if name else text
