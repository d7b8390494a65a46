"""A prompt to begin with: two versions, so that there is something to compare."""

from __future__ import annotations

from gwtrace_core.prompts.template import TextTemplate

NAME = "support-answer"
ALIAS_FIRST = "production"
ALIAS_SECOND = "challenger"

VERSIONS = (
    (
        TextTemplate(
            text="You answer customers of {{company}}. Be {{tone}}, and say so when you do not "
            "know something."
        ),
        "First version",
    ),
    (
        TextTemplate(
            text="You answer customers of {{company}}. Be {{tone}}, use at most three sentences, "
            "and say so when you do not know something.\n\n"
            "End with one question that helps to solve the problem."
        ),
        "Shorter answers that end with a question",
    ),
)
VALUES = {"company": "Lighthouse Books", "tone": "friendly and precise"}
