"""Settings, read once from the environment and from Streamlit's secrets.

The only reader of the environment. A wrong value is named, with what would be right, and never
keeps the app from starting; a secret's value is shown nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gwtrace_core.demo_gateway.common.faults import DEMO_KEY, FAULT_KEYS
from gwtrace_core.settings.reader import DIRECT_VARIABLES, SettingsProblem, SettingsReader
from gwtrace_core.values.connection import Connection, ConnectionKind
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.hosts import Reach
from gwtrace_core.values.secret import Secret

__all__ = [
    "VARIABLES",
    "Settings",
    "SettingsProblem",
    "Variable",
    "is_demo_connection",
    "make_demo_connection",
]

DEFAULT_EXPERIMENT = "Pydantic AI Gateway"
DEFAULT_USER = "local"
MOST_DEMO_PACE = 10.0
TYPED_IDS = "typed-"
"""What the ids of typed connections begin with, and no others."""
_DEMO_KEYS = (DEMO_KEY, *(each.key for each in FAULT_KEYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One setting, for the tables in the app and in docs/settings.md."""

    name: str
    purpose: str
    default: str = ""
    is_secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable(
        name="PYDANTIC_AI_GATEWAY_API_KEY",
        purpose="Key of the Pydantic AI Gateway. PAIG_API_KEY is read too.",
        is_secret=True,
    ),
    Variable(
        name="PYDANTIC_AI_GATEWAY_BASE_URL",
        purpose="The gateway's root, mostly ending in /proxy. PAIG_BASE_URL is read too.",
        default="the host of the region that the key names",
    ),
    Variable(
        name="MLFLOW_TRACKING_URI",
        purpose="Where traces are kept: an MLflow server or a database.",
        default="sqlite:///mlflow.db in the working directory",
    ),
    Variable(
        name="MLFLOW_EXPERIMENT_NAME",
        purpose="The MLflow experiment that traces are filed under.",
        default=DEFAULT_EXPERIMENT,
    ),
    Variable(
        name="OPENAI_API_KEY", purpose="For calls to OpenAI without a gateway.", is_secret=True
    ),
    Variable(
        name="ANTHROPIC_API_KEY",
        purpose="For calls to Anthropic without a gateway.",
        is_secret=True,
    ),
    Variable(name="GROQ_API_KEY", purpose="For calls to Groq without a gateway.", is_secret=True),
    Variable(
        name="GOOGLE_API_KEY", purpose="For calls to Google without a gateway.", is_secret=True
    ),
    Variable(
        name="GWTRACE_CUSTOM_BASE_URL",
        purpose="A server of your own: a self-hosted gateway, MLflow's, Ollama, llama.cpp, vLLM.",
    ),
    Variable(
        name="GWTRACE_CUSTOM_API",
        purpose="What that server speaks: openai, anthropic or gateway.",
        default="openai",
    ),
    Variable(
        name="GWTRACE_CUSTOM_API_KEY",
        purpose="The key for that server, if it wants one.",
        is_secret=True,
    ),
    Variable(
        name="GWTRACE_CUSTOM_LABEL",
        purpose="That server's name on screen.",
        default="Custom server",
    ),
    Variable(
        name="GWTRACE_TYPED_CONNECTIONS",
        purpose="Whether visitors may type keys and base URLs of their own: on or off.",
        default="on",
    ),
    Variable(
        name="GWTRACE_ALLOW_PRIVATE_HOSTS",
        purpose="Private addresses behind base URLs that visitors type: true, false, or a list of "
        "hosts and networks.",
        default="true on a machine of one's own, false for an app that others reach",
    ),
    Variable(
        name="GWTRACE_DEMO_PACE",
        purpose="How long the demo gateway takes, beside real models: 0.5 for half as long, 0 for "
        "no waits.",
        default="1",
    ),
    Variable(
        name="GWTRACE_USER",
        purpose="Whom traces and verdicts are filed under when nobody is signed in.",
        default=DEFAULT_USER,
    ),
)

_TRACKING_NAMES = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME")

_ALL_NAMES = (*(variable.name for variable in VARIABLES), "PAIG_API_KEY", "PAIG_BASE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is configured, and from where."""

    connections: tuple[Connection, ...] = ()
    """Gateway, custom server, direct providers, in this order; the demo gateway is no setting."""
    gateway_base_url: str = ""
    """The configured gateway's, even where no key is set: a typed key may go there."""
    tracking_uri: str | None = field(default=None, repr=False)
    """None: MLflow's own default. May hold a password; `TrackingConfig` shows it without."""
    tracking_uri_source: str = "default"
    tracking_problem: SettingsProblem | None = None
    """Why nothing is to be recorded: where turns shall go was set, and is not understood."""
    experiment_name: str = DEFAULT_EXPERIMENT
    experiment_source: str = "default"
    user: str = DEFAULT_USER
    takes_typed: bool = True
    """Whether visitors may type connections of their own."""
    private_hosts: Reach | None = None
    """Where a typed base URL may lead; None: it depends on who reaches the app."""
    demo_pace: float = 1.0
    """Factor for the demo gateway's waits."""
    problems: tuple[SettingsProblem, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    """For each variable that is set: where it was read, in words."""

    def connection(self, connection_id: str) -> Connection | None:
        """The configured connection of that id."""
        return next((each for each in self.connections if each.id == connection_id), None)

    @classmethod
    def from_env(
        cls, env: Mapping[str, str], *, secrets: Mapping[str, str] | None = None
    ) -> Settings:
        """Read every setting; where both have a value, the environment wins over the secrets."""
        reader = SettingsReader(env, secrets or {})
        connections = (
            *reader.gateway(),
            *reader.custom(),
            *(each for provider in DIRECT_VARIABLES for each in reader.direct(provider)),
        )
        tracking_uri = reader.tracking_uri()
        experiment_name = reader.text("MLFLOW_EXPERIMENT_NAME")
        return cls(
            connections=connections,
            gateway_base_url=reader.gateway_base_url,
            tracking_uri=tracking_uri,
            tracking_problem=next(
                (each for each in reader.problems if each.name in _TRACKING_NAMES), None
            ),
            tracking_uri_source=reader.source("MLFLOW_TRACKING_URI") if tracking_uri else "default",
            experiment_name=experiment_name or DEFAULT_EXPERIMENT,
            experiment_source=(
                reader.source("MLFLOW_EXPERIMENT_NAME") if experiment_name else "default"
            ),
            user=reader.text("GWTRACE_USER") or DEFAULT_USER,
            takes_typed=reader.is_on("GWTRACE_TYPED_CONNECTIONS", default=True),
            private_hosts=reader.private_hosts(),
            demo_pace=reader.factor("GWTRACE_DEMO_PACE", most=MOST_DEMO_PACE),
            problems=tuple(reader.problems),
            sources=reader.sources(*_ALL_NAMES),
        )


def is_demo_connection(connection_id: str) -> bool:
    """Whether the connection of that id is the demo gateway, offered here or not."""
    return connection_id in _DEMO_KEYS


def make_demo_connection(base_url: str, *, api_key: str = DEMO_KEY) -> Connection:
    """The connection to the demo gateway at `base_url`.

    Raises SettingsError for a key that is none of the demo's: a real one does not belong there.
    """
    if api_key not in _DEMO_KEYS:
        raise SettingsError(
            "The demo gateway takes none but its own keys.",
            name="api_key",
            hint=f"Its keys are: {', '.join(_DEMO_KEYS)}.",
        )
    return Connection(
        id=api_key,
        kind=ConnectionKind.DEMO,
        label="Demo gateway" if api_key == DEMO_KEY else f"Demo gateway, key {api_key}",
        base_url=base_url,
        api_key=Secret(api_key),
        key_source="built in",
        base_url_source="started with the app",
    )
