"""The form of a new evaluation.

A page of its own: what it starts is another page, which the browser shows from its top.
"""

from __future__ import annotations

from pages.ui.draw.layout import mark_in_navigation
from pages.ui.evaluate.new import draw_new_evaluation

mark_in_navigation("evaluate")
draw_new_evaluation()
