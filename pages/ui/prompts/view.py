"""One prompt: its versions, and of the chosen one everything that is known."""

from __future__ import annotations

import streamlit as st

from gwtrace_core.prompts.files import prompt_to_json, version_to_text
from gwtrace_core.prompts.registry import SUGGESTED_ALIASES, PromptHistory, PromptVersion
from gwtrace_core.prompts.template import as_one_text, variables_of
from gwtrace_core.values.errors import TrackingError
from gwtrace_core.values.text import plural
from pages.ui.components.answer_diff import answer_diff
from pages.ui.components.opened_here import opened_here
from pages.ui.components.prompt_text import prompt_text
from pages.ui.draw.messages import show_error
from pages.ui.draw.model_text import plain_label
from pages.ui.prompts.edit import draw_delete_prompt_dialog, draw_draft_dialog, try_change
from pages.ui.prompts.list import moment_text, tag_badges
from pages.ui.prompts.scores import draw_version_scores
from pages.ui.prompts.state import PromptsState, make_draft
from pages.ui.prompts.use import draw_use_form
from pages.ui.session.kept import recall
from pages.ui.session.services import services

_TABS = ("Template", "Use", "Difference", "Traces", "History")


def draw_prompt(name: str) -> None:
    """Draw it; the address keeps the version."""
    opened_here(name)
    st.button(
        "All prompts",
        icon=":material/arrow_back:",
        key="prompts.all",
        type="tertiary",
        on_click=_show_list,
    )
    try:
        with st.spinner("Asking MLflow"):
            history = services().prompts.read_history(name)
    except TrackingError as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:", key="prompts.reread")
        return
    if history is None or not history.versions:
        with st.container(border=True):
            st.markdown("**No such prompt**")
            st.caption(
                f"MLflow has no prompt {plain_label(name, limit=120)} with a version. It may have "
                "been deleted, or it is kept on another tracking server."
            )
        return
    version = _pick_version(history)
    _draw_about(history, version)
    tab = st.segmented_control(
        "Show",
        _TABS,
        default=recall(PromptsState).tab,
        required=True,
        key="prompts.tab",
        label_visibility="collapsed",
    )
    recall(PromptsState).tab = tab or _TABS[0]
    key = f"prompts.{version.name}.{version.version}"
    match recall(PromptsState).tab:
        case "Use":
            draw_use_form(version, key=key)
        case "Difference":
            _draw_difference(history, version)
        case "Traces":
            draw_version_scores(history, version)
        case "History":
            _draw_history(history)
        case _:
            prompt_text(version.template, key=f"{key}.template")


def _show_list() -> None:
    st.query_params.clear()


def _pick_version(history: PromptHistory) -> PromptVersion:
    """The row with the name, the version and what one can do with the prompt."""
    asked = st.query_params.get("version")
    chosen = None if asked is None else history.version(int(asked))
    chosen = chosen or history.versions[0]
    numbers = [each.version for each in history.versions]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {plain_label(history.summary.name, limit=120)}", width="content")
        if history.summary.tags:
            st.markdown(tag_badges(dict(history.summary.tags)), width="content")
        number = st.selectbox(
            "Version",
            numbers,
            index=numbers.index(chosen.version),
            format_func=lambda each: _version_label(history, each),
            # Of its own for each address: a new version is then shown at once.
            key=f"prompts.version.{history.summary.name}.{chosen.version}.{len(numbers)}",
            label_visibility="collapsed",
            width=300,
        )
        if number != chosen.version:
            st.query_params["version"] = str(number)
            st.rerun()
        st.space("stretch")
        wants_version = st.button(
            "New version", icon=":material/add:", key="prompts.add", type="primary"
        )
        _draw_export_menu(history, chosen)
        wants_delete = st.button(
            "",
            icon=":material/delete:",
            key="prompts.delete",
            type="tertiary",
            help="Delete the prompt with all its versions",
        )
    if wants_version:
        recall(PromptsState).draft = make_draft(chosen)
        draw_draft_dialog()
    if wants_delete:
        draw_delete_prompt_dialog(history.summary.name, None)
    return chosen


def _version_label(history: PromptHistory, number: int) -> str:
    version = history.version(number)
    if version is None:
        return f"v{number}"
    parts = [f"v{number}", *version.aliases, version.commit_message]
    return " · ".join(part for part in parts if part)[:80]


def _draw_export_menu(history: PromptHistory, version: PromptVersion) -> None:
    name = history.summary.name
    with st.popover("Export", icon=":material/download:", key="prompts.export", width="content"):
        st.download_button(
            f"All {plural(len(history.versions), 'version')} (JSON)",
            lambda: prompt_to_json(history),
            file_name=f"{name}.json",
            mime="application/json",
            key="prompts.export.json",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            f"Version {version.version} (text)",
            lambda: version_to_text(version),
            file_name=f"{name}-v{version.version}.txt",
            mime="text/plain",
            key="prompts.export.text",
            on_click="ignore",
            width="stretch",
        )


def _draw_about(history: PromptHistory, version: PromptVersion) -> None:
    """Message, author, time, aliases and tags of the version, and where to change them."""
    message = plain_label(version.commit_message, limit=400) or ":gray[No commit message]"
    by = f"by {plain_label(version.author, limit=60)}" if version.author else ""
    words = " · ".join(word for word in (by, moment_text(version.created_ms)) if word)
    st.markdown(f"{message}  \n:gray[:small[{words}]]" if words else message)
    aliases = " ".join(f":violet-badge[{plain_label(alias)}]" for alias in version.aliases)
    badges = " ".join(part for part in (aliases, tag_badges(dict(version.tags))) if part)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if badges:
            st.markdown(badges, width="content")
        _draw_aliases(history, version)
        _draw_tags(history, version)


def _draw_aliases(history: PromptHistory, version: PromptVersion) -> None:
    name, key = version.name, f"prompts.alias.{version.name}.{version.version}"
    with st.popover("Aliases", icon=":material/label:", type="tertiary", key=f"{key}.menu"):
        for alias in version.aliases:
            if st.button(
                f"Remove {plain_label(alias)}", icon=":material/close:", key=f"{key}.x.{alias}"
            ) and try_change(lambda alias=alias: services().prompts.delete_alias(name, alias)):
                st.rerun()
        others = [*history.summary.aliases, *SUGGESTED_ALIASES]
        options = [each for each in dict.fromkeys(others) if each not in version.aliases]
        alias = st.selectbox(
            "Have an alias stand for this version",
            options,
            index=None,
            accept_new_options=True,
            placeholder="Pick or type one",
            key=f"{key}.new",
        )
        stands_for = history.summary.aliases.get(alias or "")
        if stands_for is not None:
            st.caption(f"It moves here from v{stands_for}.")
        if (
            st.button("Set", key=f"{key}.set", type="primary", disabled=not alias)
            and alias
            and try_change(lambda: services().prompts.set_alias(name, alias, version.version))
        ):
            st.rerun()


def _draw_tags(history: PromptHistory, version: PromptVersion) -> None:
    name, key = version.name, f"prompts.tag.{version.name}.{version.version}"
    with st.popover("Tags", icon=":material/sell:", type="tertiary", key=f"{key}.menu"):
        of_all = st.segmented_control(
            "Of",
            [False, True],
            default=False,
            required=True,
            format_func=lambda each: "The whole prompt" if each else f"v{version.version}",
            key=f"{key}.of",
        )
        tags, number = version.tags, version.version
        if of_all:
            tags, number = history.summary.tags, None
        for tag in tags:
            if st.button(
                f"Remove {plain_label(tag)}", icon=":material/close:", key=f"{key}.x.{number}.{tag}"
            ) and try_change(
                lambda tag=tag: services().prompts.delete_tag(name, tag, version=number)
            ):
                st.rerun()
        tag = st.text_input("Tag", key=f"{key}.name", placeholder="reviewed")
        value = st.text_input("Value", key=f"{key}.value", placeholder="yes")
        if st.button("Set", key=f"{key}.set", type="primary", disabled=not tag) and try_change(
            lambda: services().prompts.set_tag(name, tag, value, version=number)
        ):
            st.rerun()


def _draw_difference(history: PromptHistory, version: PromptVersion) -> None:
    others = [each.version for each in history.versions if each.version != version.version]
    if not others:
        st.caption("There is one version so far: nothing to hold it against.")
        return
    before = [number for number in others if number < version.version]
    other = st.selectbox(
        "Against",
        others,
        index=others.index(before[0]) if before else 0,
        format_func=lambda each: _version_label(history, each),
        key=f"prompts.against.{version.name}.{version.version}",
        width=360,
    )
    base = history.version(other)
    if base is None:
        return
    # The older one is always on the left.
    left, right = sorted((base, version), key=lambda each: each.version)
    answer_diff(
        as_one_text(left.template),
        as_one_text(right.template),
        left_label=f"v{left.version}",
        right_label=f"v{right.version}",
        key=f"prompts.diff.{left.name}.{left.version}.{right.version}",
    )
    gone = set(variables_of(left.template)) - set(variables_of(right.template))
    new = set(variables_of(right.template)) - set(variables_of(left.template))
    changes = [f"`{name}` is new" for name in sorted(new)]
    changes += [f"`{name}` is gone" for name in sorted(gone)]
    if changes:
        st.caption(f"Variables: {', '.join(changes)}.")


def _draw_history(history: PromptHistory) -> None:
    for version in history.versions:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            with st.container():
                aliases = " ".join(f":violet-badge[{plain_label(a)}]" for a in version.aliases)
                said = plain_label(version.commit_message, limit=200) or ":gray[No message]"
                st.markdown(f"**v{version.version}** {said} {aliases}")
                words = (plain_label(version.author, limit=60), moment_text(version.created_ms))
                st.caption(" · ".join(word for word in words if word))
            st.button(
                "Show",
                key=f"prompts.show.{version.version}",
                on_click=_show,
                args=(version.version,),
            )
            if len(history.versions) > 1 and st.button(
                "",
                icon=":material/delete:",
                key=f"prompts.delete.{version.version}",
                type="tertiary",
                help=f"Delete version {version.version}",
            ):
                draw_delete_prompt_dialog(version.name, version.version)


def _show(version: int) -> None:
    st.query_params["version"] = str(version)
    recall(PromptsState).tab = _TABS[0]
    st.session_state.pop("prompts.tab", None)
