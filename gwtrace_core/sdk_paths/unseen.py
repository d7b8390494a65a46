"""Names what comes with an answer and is not shown: pictures, sound, the provider's own tools."""

from __future__ import annotations

from dataclasses import dataclass, field

_PARTS = {
    "image": "a picture",
    "image_url": "a picture",
    "output_image": "a picture",
    "image_generation_call": "a picture",
    "audio": "audio",
    "input_audio": "audio",
    "output_audio": "audio",
    "video": "a video",
    "video_url": "a video",
    "document": "a document",
    "file": "a file",
    "redacted_thinking": "reasoning that the provider hides",
    "compaction": "a summary of the conversation by the provider",
}
_TOOLS = {
    "web_search": "a web search by the provider",
    "web_fetch": "a page that the provider read",
    "code_execution": "code that the provider ran",
    "bash_code_execution": "code that the provider ran",
    "text_editor_code_execution": "a file that the provider edited",
    "code_interpreter": "code that the provider ran",
    "file_search": "a file search by the provider",
    "tool_search": "a tool search by the provider",
    "google_search": "a web search by the provider",
    "image_generation": "a picture",
}


@dataclass(slots=True, kw_only=True)
class Unseen:
    """The words so far, each kind once."""

    _words: dict[str, None] = field(default_factory=dict[str, None])

    @property
    def words(self) -> tuple[str, ...]:
        """In the order in which they came."""
        return tuple(self._words)

    def add_part(self, kind: object) -> None:
        """A part of the answer, by its type on the wire."""
        name = _short(kind)
        self._words[_PARTS.get(name, f"a part of type {name}")] = None

    def add_tool(self, name: object) -> None:
        """A tool that is not ours, by its name or by the type of its call."""
        found = _short(name)
        plain = found.removesuffix("_call").removesuffix("_preview")
        self._words[_TOOLS.get(plain, f"a call of {found}, which is not one of these tools")] = None


def _short(name: object) -> str:
    return str(name or "unknown").strip()[:60]
