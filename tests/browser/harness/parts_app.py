"""Long reasoning and a long answer as they grow, beside the same text drawn at once."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gwtrace_core.values.reply import ReasoningBlock, Reply, TextBlock
from pages.ui.draw.model_text import model_markdown
from pages.ui.turn.reply import ReplyPainter

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


def paint_growing(place: DeltaGenerator, kind: type[TextBlock | ReasoningBlock]) -> None:
    """All at once, but piece by piece, as when a model writes it."""
    painter = ReplyPainter(place)
    for end in range(PIECE_CHARS, len(TEXT), PIECE_CHARS):
        painter.paint(Reply(blocks=(kind(text=TEXT[:end]),)))
    painter.finish(Reply(status="finished", blocks=(kind(text=TEXT),)))


answer, thought, whole = st.columns(3)
paint_growing(answer.container(key="answer"), TextBlock)
paint_growing(thought.container(key="thought"), ReasoningBlock)
whole.container(key="whole").markdown(model_markdown(TEXT))
