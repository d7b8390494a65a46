"""A long answer as it grows, beside the same text drawn at once."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.running.reply import Reply, TextBlock
from pages.ui.model_text import model_markdown
from pages.ui.reply_view import ReplyPainter

SECTION = """\
## Section {number}

A paragraph about number {number}, with `code`, a [source][1] and the words that follow it.

### What is smaller

- one point of a list
- another point

A paragraph after a list.

1. first

2. second, after a blank line

**Bold** words after it.

| a | b |
|---|---|
| 1 | 2 |

A paragraph after a table, and then a quote.

> Quoted words.

Code comes next.

```python
print("one")

print("two")
```

What follows code.

---

$$
x = 1

y = 2
$$

"""
TEXT = "".join(SECTION.format(number=number) for number in range(12))
TEXT += "[1]: https://example.org/source\n"
PIECE_CHARS = 60

grown, whole = st.columns(2)
painter = ReplyPainter(grown.container(key="grown"))
for end in range(PIECE_CHARS, len(TEXT), PIECE_CHARS):
    painter.paint(Reply(status="running", blocks=(TextBlock(text=TEXT[:end]),)))
painter.finish(Reply(status="finished", blocks=(TextBlock(text=TEXT),)))
whole.container(key="whole").markdown(model_markdown(TEXT))
