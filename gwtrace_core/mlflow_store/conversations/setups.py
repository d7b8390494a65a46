"""Set-ups of lanes as tags of the experiment: one tag each, so that none overwrites another."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from gwtrace_core.lanes.link import read_link, write_link
from gwtrace_core.mlflow_store.conversations.comparisons import SavedSetup
from gwtrace_core.mlflow_store.format.turn_json import as_dict
from gwtrace_core.values.errors import SettingsError, TrackingError
from gwtrace_core.values.request import Lane
from gwtrace_core.values.unicode_text import clean_json

PREFIX = "gwtrace.setup."
MOST_CHARS = 20_000
"""Of a tag of an experiment, in MLflow's own store and through its server."""


def setups(client: Any, experiment_id: str) -> tuple[SavedSetup, ...]:
    """See `TraceStore.setups`. Raises MLflow's exceptions."""
    tags: dict[str, str] = client.get_experiment(experiment_id).tags
    found = [_setup(value) for key, value in tags.items() if key.startswith(PREFIX)]
    kept = [each for each in found if each is not None]
    return tuple(sorted(kept, key=lambda each: each.name.casefold()))


def save_setup(
    client: Any, experiment_id: str, name: str, lanes: tuple[Lane, ...], user: str
) -> None:
    """See `TraceStore.save_setup`. Raises MLflow's exceptions and TrackingError (too long)."""
    value = json.dumps(
        {"name": name, "lanes": write_link(lanes), "saved_by": user}, ensure_ascii=False
    )
    if len(value) > MOST_CHARS:
        raise TrackingError(
            f"The set-up {name!r} is too long to be saved: {len(value):,} of {MOST_CHARS:,} "
            "characters.",
            hint="Shorten the system prompts, or keep the address of the page instead.",
        )
    client.set_experiment_tag(experiment_id, _key(name), value)


def delete_setup(client: Any, experiment_id: str, name: str) -> None:
    """See `TraceStore.delete_setup`. Raises MLflow's exceptions."""
    tags: dict[str, str] = client.get_experiment(experiment_id).tags
    if _key(name) in tags:
        client.delete_experiment_tag(experiment_id, _key(name))


def _key(name: str) -> str:
    # A tag's name takes few characters, a person's words any.
    return PREFIX + hashlib.sha256(name.casefold().encode()).hexdigest()[:24]


def _setup(value: str) -> SavedSetup | None:
    try:
        stored = as_dict(clean_json(json.loads(value)))
        name = stored.get("name")
        if not isinstance(name, str) or not name:
            return None
        saved_by = str(stored.get("saved_by") or "")
        try:
            lanes = read_link(str(stored.get("lanes") or ""))
        except SettingsError:
            lanes = ()
        return SavedSetup(name=name, lanes=lanes, saved_by=saved_by)
    except ValueError:
        return None
