"""Set-ups of lanes as tags of the experiment: one tag each, so that none overwrites another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from gwtrace_core.lanes.link import read_link, write_link
from gwtrace_core.mlflow_store.connection.ask import Questions, Store, question
from gwtrace_core.mlflow_store.format.turn_json import as_dict
from gwtrace_core.values import trace_names
from gwtrace_core.values.errors import SettingsError, TrackingError
from gwtrace_core.values.request import Lane
from gwtrace_core.values.unicode_text import clean_json

MOST_CHARS = 20_000
"""Of a tag of an experiment, in MLflow's own store and through its server."""

_LIMIT_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSetup:
    """Lanes that somebody saved under a name."""

    name: str
    lanes: tuple[Lane, ...]
    """Empty when what was stored cannot be read."""
    saved_by: str = ""


class Setups(Questions):
    """The saved set-ups of the compare page."""

    @question("list the saved set-ups", limit_s=_LIMIT_S)
    def list_setups(self, store: Store) -> tuple[SavedSetup, ...]:
        """The saved set-ups of lanes, by name."""
        tags = _read_tags(store)
        found = [
            read_saved_setup(value)
            for key, value in tags.items()
            if key.startswith(trace_names.SETUP_PREFIX)
        ]
        kept = [each for each in found if each is not None]
        return tuple(sorted(kept, key=lambda each: each.name.casefold()))

    @question("save the set-up", limit_s=_LIMIT_S)
    def save_setup(self, store: Store, name: str, lanes: tuple[Lane, ...], *, user: str) -> None:
        """Keep lanes under a name, in place of those of that name; case makes no difference.

        Raises TrackingError when they are too long for MLflow.
        """
        value = json.dumps(
            {"name": name, "lanes": write_link(lanes), "saved_by": user}, ensure_ascii=False
        )
        if len(value) > MOST_CHARS:
            raise TrackingError(
                f"The set-up {name!r} is too long to be saved: {len(value):,} of {MOST_CHARS:,} "
                "characters.",
                hint="Shorten the system prompts, or keep the address of the page instead.",
            )
        store.client.set_experiment_tag(store.experiment_id, _make_key(name), value)

    @question("delete the set-up", limit_s=_LIMIT_S)
    def delete_setup(self, store: Store, name: str) -> None:
        """Forget a saved set-up; no error when there is none of that name."""
        if _make_key(name) in _read_tags(store):
            store.client.delete_experiment_tag(store.experiment_id, _make_key(name))


def _read_tags(store: Store) -> dict[str, str]:
    return store.client.get_experiment(store.experiment_id).tags


def _make_key(name: str) -> str:
    # A tag's name takes few characters, a person's words any.
    return trace_names.SETUP_PREFIX + hashlib.sha256(name.casefold().encode()).hexdigest()[:24]


def read_saved_setup(value: str) -> SavedSetup | None:
    """A set-up out of its tag; None for what is none."""
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
