"""Dialogs that change the registry: a new prompt or version, a file read in, a deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, get_args

import streamlit as st

from gwtrace_core.prompts.files import PromptFile, read_prompt_file
from gwtrace_core.prompts.template import (
    Template,
    find_odd_braces,
    has_control_flow,
    variables_of,
)
from gwtrace_core.values.errors import FileRefused, RequestRefused, TrackingError
from gwtrace_core.values.text import plural
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.prompts.state import Draft, DraftMessage, Kind, PromptsState
from pages.ui.session.kept import recall
from pages.ui.session.services import current_user, services

_ROLES = ("system", "user", "assistant")
_KINDS: dict[Kind, str] = {"text": "Text", "chat": "Chat"}


@st.dialog("Write a prompt", width="large", icon=":material/edit_note:")
def draw_draft_dialog() -> None:
    """Write the first version of a prompt, or the next."""
    draft = recall(PromptsState).draft
    key = f"prompts.draft.{draft.draft_id}"
    name = draft.name or st.text_input(
        "Name", key=f"{key}.name", placeholder="support-answer", help="Letters, digits, . _ and -"
    )
    if draft.name:
        st.caption(f"The next version of **{plain_label(draft.name, limit=120)}**")
    picked = st.segmented_control(
        "Kind",
        get_args(Kind),
        default=draft.kind,
        required=True,
        format_func=lambda kind: _KINDS[kind],
        key=f"{key}.kind",
        help="A chat prompt has several messages with roles.",
    )
    draft.kind = cast(Kind, picked or "text")
    _edit_template(draft, key)
    _draw_variables(draft.template)
    message = st.text_input(
        "Commit message", key=f"{key}.message", placeholder="What is different, and why"
    )
    problem = st.container()
    if st.button("Save", type="primary", key=f"{key}.save", icon=":material/save:"):
        with problem:
            _save(draft, name or "", message or "")


def _edit_template(draft: Draft, key: str) -> None:
    if draft.kind == "text":
        draft.text = (
            st.text_area(
                "Text",
                value=draft.text,
                key=f"{key}.text",
                height=190,
                placeholder="You answer customers of {{company}}. Be {{tone}}.",
            )
            or ""
        )
        return
    for place, message in enumerate(draft.messages, start=1):
        _edit_message(draft, message, place, key)
    if st.button("Message", icon=":material/add:", key=f"{key}.add", type="tertiary"):
        draft.messages.append(DraftMessage(role="user"))
        st.rerun(scope="fragment")


def _edit_message(draft: Draft, message: DraftMessage, place: int, key: str) -> None:
    name = f"{key}.{message.message_id}"
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            roles = _ROLES if message.role in _ROLES else (message.role, *_ROLES)
            message.role = st.selectbox(
                f"Role of message {place}",
                roles,
                index=roles.index(message.role),
                key=f"{name}.role",
                label_visibility="collapsed",
                width=160,
            )
            st.space("stretch")
            if st.button(
                "",
                icon=":material/close:",
                key=f"{name}.remove",
                type="tertiary",
                help=f"Remove message {place}",
                disabled=len(draft.messages) == 1,
            ):
                draft.messages.remove(message)
                st.rerun(scope="fragment")
        message.text = (
            st.text_area(
                f"Text of message {place}",
                value=message.text,
                key=f"{name}.text",
                height=110,
                label_visibility="collapsed",
            )
            or ""
        )


def _draw_variables(template: Template) -> None:
    names = variables_of(template)
    if names:
        st.caption("Variables: " + ", ".join(f"`{name}`" for name in names))
    else:
        st.caption("No variables yet: write one as `{{name}}`.")
    odd = find_odd_braces(template)
    if odd:
        st.warning(
            f"Not a variable, sent as it is: {', '.join(plain_label(each) for each in odd[:5])}",
            icon=":material/data_object:",
        )
    if has_control_flow(template):
        st.warning(
            "It holds Jinja2 statements: MLflow renders them, gwtrace does not send such prompts.",
            icon=":material/code_off:",
        )


def _save(draft: Draft, name: str, message: str) -> None:
    registry = services().prompts
    store = registry.add_version if draft.name else registry.create
    try:
        with st.spinner("Storing"):
            made = store(name, draft.template, author=current_user(), commit_message=message)
    except (RequestRefused, TrackingError) as error:
        show_error(error)
        return
    st.query_params.from_dict({"prompt": made.name, "version": str(made.version)})
    st.toast(f"Version {made.version} stored.", icon=":material/save:")
    st.rerun()


@st.dialog("Import a prompt", icon=":material/upload_file:")
def draw_import_dialog() -> None:
    """Read a file, say what is in it, and store it."""
    st.caption(
        "JSON as it is exported here with every version, or a text file with one: "
        "with a head as exported, or nothing but the prompt."
    )
    file = st.file_uploader(
        "File", type=["json", "txt", "md"], key="prompts.import.file", label_visibility="collapsed"
    )
    if file is None:
        return
    try:
        found = read_prompt_file(file.name, file.getvalue())
        known = services().prompts.read_history(found.name)
    except (FileRefused, TrackingError) as error:
        show_error(error)
        return
    versions = plural(len(found.versions), "version")
    name = plain_label(found.name, limit=120)
    if known is None:
        st.markdown(f"**{name}** with {versions}: a new prompt.")
    else:
        st.markdown(
            f"**{name}** is here already: {versions} will be added after "
            f"v{known.summary.latest_version}. Nothing is replaced, but aliases of the file move."
        )
    if st.button(f"Import {versions}", type="primary", key="prompts.import.go"):
        _import(found)


def _import(found: PromptFile) -> None:
    registry = services().prompts
    stored = 0
    try:
        with st.spinner("Storing"):
            for version in found.versions:
                made = registry.add_version(
                    found.name,
                    version.template,
                    author=version.author or current_user(),
                    commit_message=version.commit_message,
                    tags=version.tags,
                )
                stored += 1
                for alias in version.aliases:
                    registry.set_alias(found.name, alias, made.version)
            for key, value in found.tags.items():
                registry.set_tag(found.name, key, value)
    except (RequestRefused, TrackingError) as error:
        show_error(error)
        total = len(found.versions)
        st.caption(f"{stored} of {plural(total, 'version')} had been stored; they stay.")
        return
    st.query_params.from_dict({"prompt": found.name})
    st.toast(f"{plural(stored, 'version')} imported.", icon=":material/upload_file:")
    st.rerun()


@st.dialog("Delete", icon=":material/delete:")
def draw_delete_prompt_dialog(name: str, version: int | None) -> None:
    """Ask, and delete a version or the whole prompt."""
    what = f"**{plain_label(name, limit=120)}**"
    if version is None:
        st.markdown(f"{what} with all its versions will be deleted from MLflow, for everybody.")
    else:
        st.markdown(f"Version {version} of {what} will be deleted from MLflow, for everybody.")
    st.caption("This cannot be undone. Traces that were made with it stay.")
    with st.container(horizontal=True):
        confirmed = st.button("Delete", type="primary", key="prompts.delete.confirm")
        if st.button("Keep", key="prompts.delete.keep"):
            st.rerun()
    if confirmed and try_change(lambda: services().prompts.delete(name, version=version)):
        st.query_params.pop("version", None)
        if version is None:
            st.query_params.pop("prompt", None)
        st.rerun()


def try_change(change: Callable[[], None]) -> bool:
    """Make a change; False when it failed, which is shown."""
    try:
        change()
    except (RequestRefused, TrackingError) as error:
        show_error(error)
        return False
    return True
