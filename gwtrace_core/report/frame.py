"""What the files of comparisons, chats and batches have in common: head, code, where it is from."""

from __future__ import annotations

from collections.abc import Iterable

from gwtrace_core.report.html import Html, element, fragment
from gwtrace_core.report.lanes import omitted_prompts
from gwtrace_core.report.page import about
from gwtrace_core.report.redaction import Redactor, Section
from gwtrace_core.report.tables import code_of_lanes
from gwtrace_core.report.values import ReportInput
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.uris import masked_uri


def redactor_of(comparison: ReportInput, *, prompts: Iterable[str]) -> Redactor:
    """Masks every key that is known, and of `prompts` those that are to be left out."""
    secrets: list[Secret] = list(comparison.secrets)
    secrets += [turn.target.connection.api_key for turn in comparison.turns]
    omitted = omitted_prompts(comparison, prompts)
    if not comparison.parts.user_name and "@" in comparison.user:
        omitted.append((comparison.user, "user name"))
    return Redactor(secrets=secrets, private_paths=comparison.private_paths, omitted=omitted)


def header(
    comparison: ReportInput,
    redactor: Redactor,
    *,
    facts: Iterable[str],
    places: Iterable[tuple[str, str]],
) -> Html:
    """Title, facts behind the date, the way to each place, and what is simulated."""
    turns = comparison.turns
    names = sorted({turn.name for turn in turns if turn.target.connection.is_simulated})
    told = [f"{comparison.made_at.day} {comparison.made_at:%B %Y, %H:%M %Z}".strip(), *facts]
    if comparison.parts.user_name and comparison.user:
        told.append(f"by {redactor.text(Section.SETTINGS, comparison.user)}")
    is_all = len(names) == len({turn.name for turn in turns})
    who = "All answers" if is_all else f"The answers of lane {', '.join(names)}"
    banner = element(
        "p",
        element("strong", "Simulated. "),
        f"{who} come from gwtrace's demo gateway, not from a model: the words and figures show "
        "how things look, not how good anything is.",
        class_="simulated-banner",
        role="note",
    )
    ways = [*places, *([("#code", "Code")] if comparison.parts.code else [])]
    ways.append(("#about", "About this file"))
    return element(
        "header",
        element("h1", redactor.text(Section.SETTINGS, comparison.title)),
        element("p", " · ".join(told), class_="lead"),
        element("nav", *[element("a", words, href=place) for place, words in ways]),
        banner if names else "",
        class_="page",
    )


def code_section(comparison: ReportInput, redactor: Redactor) -> Html:
    """Each lane's last call as a script, unless code is to be left out."""
    if not comparison.parts.code:
        return fragment()
    return element(
        "section",
        element("h2", "Code"),
        element(
            "p",
            "Each lane's call as a script by the same SDK path. "
            "A real key comes from the environment.",
            class_="lead",
        ),
        code_of_lanes(comparison, redactor),
        id="code",
    )


def about_section(comparison: ReportInput, redactor: Redactor) -> Html:
    """Ids, where the traces are kept, and versions."""
    kept_in = masked_uri(comparison.tracking.tracking_uri or "")
    return about(
        [
            ("Made", comparison.made_at.isoformat(timespec="seconds")),
            ("Comparison", comparison.comparison_id),
            ("Session", comparison.session_id),
            ("Traces kept in", kept_in or "MLflow's default store"),
            ("Experiment", comparison.tracking.experiment_name),
            *((f"Version of {name}", version) for name, version in comparison.versions),
        ],
        redactor,
    )
