from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.settings.settings import (
    VARIABLES,
    Settings,
    SettingsProblem,
    make_demo_connection,
)
from gwtrace_core.settings.typed_connections import read_typed_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.errors import SettingsError
from gwtrace_core.values.secret import Secret

KEY = "PYDANTIC_AI_GATEWAY_API_KEY"
URL = "PYDANTIC_AI_GATEWAY_BASE_URL"
TRACKING = "MLFLOW_TRACKING_URI"
US_KEY = "pylf_v1_us_CANARY0123456789"
US = "https://gateway-us.pydantic.dev/proxy"


def read(env: Mapping[str, str], **secrets: str) -> Settings:
    return Settings.from_env(env, secrets=secrets)


def test_with_nothing_set_there_are_only_defaults() -> None:
    assert Settings.from_env({}) == Settings(
        connections=(),
        tracking_uri=None,
        experiment_name="Pydantic AI Gateway",
        user="local",
        problems=(),
        sources={},
    )


def test_a_key_with_a_region_is_enough() -> None:
    made = read({KEY: US_KEY})
    assert made.connections == (
        Connection(
            id="gateway",
            kind=ConnectionKind.GATEWAY,
            label="Pydantic AI Gateway",
            base_url=US,
            api_key=Secret(US_KEY),
            key_source=f"environment variable {KEY}",
            base_url_source="the region that the key names",
        ),
    )
    assert made.problems == ()


def test_the_older_names_are_read_and_the_newer_win() -> None:
    [older] = read({"PAIG_API_KEY": "paig_x", "PAIG_BASE_URL": US}).connections
    assert (older.base_url, older.key_source) == (US, "environment variable PAIG_API_KEY")
    both = read({KEY: US_KEY, "PAIG_API_KEY": "paig_other"})
    assert both.connections[0].api_key == Secret(US_KEY)
    [problem] = both.problems
    assert (problem.severity, problem.message) == (
        "warning",
        f"{KEY} and PAIG_API_KEY hold different keys; the first is used.",
    )
    assert read({KEY: US_KEY, "PAIG_API_KEY": US_KEY}).problems == ()


def test_the_environment_wins_over_the_secrets_and_each_source_is_told() -> None:
    made = read(
        {KEY: US_KEY, "OPENAI_API_KEY": "  "},
        **{KEY: "other", "OPENAI_API_KEY": "sk-x", "MLFLOW_EXPERIMENT_NAME": "Mine"},
    )
    assert [each.key_source for each in made.connections] == [
        f"environment variable {KEY}",
        "Streamlit secret OPENAI_API_KEY",
    ]
    assert made.experiment_source == "Streamlit secret MLFLOW_EXPERIMENT_NAME"
    assert made.sources == {
        KEY: f"environment variable {KEY}",
        "OPENAI_API_KEY": "Streamlit secret OPENAI_API_KEY",
        "MLFLOW_EXPERIMENT_NAME": "Streamlit secret MLFLOW_EXPERIMENT_NAME",
    }


def test_everything_at_once() -> None:
    made = read(
        {
            KEY: "self-hosted-key",
            URL: "http://localhost:8787/proxy/",
            "GWTRACE_CUSTOM_BASE_URL": "http://localhost:11434/v1",
            "GWTRACE_CUSTOM_LABEL": "Ollama",
            "OPENAI_API_KEY": "sk-1",
            "ANTHROPIC_API_KEY": "sk-2",
            "GROQ_API_KEY": "gsk-3",
            "GOOGLE_API_KEY": "AIza-4",
            "MLFLOW_TRACKING_URI": "http://localhost:5000",
            "MLFLOW_EXPERIMENT_NAME": "Mine",
            "GWTRACE_USER": "ada",
            "GWTRACE_DEMO_PACE": " 0.5 ",
        }
    )
    assert made.problems == ()
    assert [(each.id, each.base_url, each.label) for each in made.connections] == [
        ("gateway", "http://localhost:8787/proxy", "Pydantic AI Gateway"),
        ("custom", "http://localhost:11434/v1", "Ollama"),
        ("direct-openai", "https://api.openai.com", "OpenAI, direct"),
        ("direct-anthropic", "https://api.anthropic.com", "Anthropic, direct"),
        ("direct-groq", "https://api.groq.com", "Groq, direct"),
        (
            "direct-google-vertex",
            "https://generativelanguage.googleapis.com",
            "Google, direct",
        ),
    ]
    assert made.connections[1].api_key == Secret("")
    assert (made.tracking_uri, made.experiment_name, made.user) == (
        "http://localhost:5000",
        "Mine",
        "ada",
    )
    assert made.demo_pace == 0.5
    assert made.connection("custom") is made.connections[1]
    assert made.connection("nope") is None


@pytest.mark.parametrize(
    ("api", "kind", "provider", "url"),
    [
        ("openai", ConnectionKind.CUSTOM, Provider.OPENAI, "http://localhost:1/v1"),
        ("Anthropic", ConnectionKind.CUSTOM, Provider.ANTHROPIC, "http://localhost:1"),
        ("gateway", ConnectionKind.GATEWAY, None, "http://localhost:1/proxy"),
    ],
)
def test_a_custom_server_speaks_what_it_is_said_to(
    api: str, kind: ConnectionKind, provider: Provider | None, url: str
) -> None:
    made = read(
        {
            "GWTRACE_CUSTOM_BASE_URL": url,
            "GWTRACE_CUSTOM_API": api,
            "GWTRACE_CUSTOM_API_KEY": "own-key",
        }
    )
    [connection] = made.connections
    assert (connection.kind, connection.provider, connection.base_url) == (kind, provider, url)
    assert connection.key_source == "environment variable GWTRACE_CUSTOM_API_KEY"


CANARY = "CANARY0123456789"


@pytest.mark.parametrize(
    ("env", "name", "says", "hint", "severity"),
    [
        ({KEY: "paig_x"}, KEY, "names no region", US, "error"),
        ({URL: US}, URL, "there is no key", KEY, "warning"),
        ({KEY: US_KEY, URL: "https://gateway.pydantic.dev/proxy"}, URL, "shut down", US, "error"),
        ({KEY: US_KEY, URL: f"{US}/openai"}, URL, "routes are appended", US, "error"),
        ({KEY: US_KEY, URL: "https://gateway-us.pydantic.dev"}, URL, "lacks /proxy", US, "error"),
        ({KEY: US_KEY, URL: "http://10.0.0.1/proxy"}, URL, "unprotected", "https", "warning"),
        ({KEY: US_KEY, URL: "https://gw.example.com"}, URL, "lacks /proxy", "/proxy", "warning"),
        ({KEY: US_KEY, URL: f"https://u:{CANARY}@gw/proxy"}, URL, "password", "own", "error"),
        ({KEY: f"{US_KEY}\n"}, KEY, "white space around", "without", "warning"),
        ({KEY: f"'{US_KEY}'"}, KEY, "quotes around", "without", "warning"),
        ({KEY: f"{US_KEY} {US_KEY}"}, KEY, "white space or characters", "Paste", "error"),
        ({KEY: US_KEY * 10}, KEY, "270 characters", "Paste", "error"),
        ({"OPENAI_API_KEY": US_KEY}, "OPENAI_API_KEY", "a gateway key", KEY, "error"),
        (
            {"GWTRACE_CUSTOM_BASE_URL": "http://localhost:1/v1", "GWTRACE_CUSTOM_API": "soap"},
            "GWTRACE_CUSTOM_API",
            "'soap'",
            "openai, anthropic or gateway",
            "error",
        ),
        ({TRACKING: "localhost:5000"}, TRACKING, "http://", "", "error"),
        ({TRACKING: "htp://x"}, TRACKING, "begins with htp:", "", "error"),
        ({TRACKING: "sqlite://x.db"}, TRACKING, "slashes", "///x.db", "error"),
        ({TRACKING: "mlflow.db"}, TRACKING, "folder", "sqlite:///", "error"),
        ({TRACKING: "mlflow.example.com"}, TRACKING, "host", "http://", "error"),
        ({TRACKING: "http://"}, TRACKING, "no host", "", "error"),
        (
            {TRACKING: f"http://u:{CANARY}@h"},
            TRACKING,
            "password",
            "MLFLOW_TRACKING_USERNAME",
            "error",
        ),
        ({TRACKING: "postgresql:x"}, TRACKING, "lacks //", "", "error"),
        ({TRACKING: "a\0b"}, TRACKING, "control", "", "error"),
        ({"MLFLOW_EXPERIMENT_NAME": "a\nb"}, "MLFLOW_EXPERIMENT_NAME", "control", "", "error"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_would_be_right(
    env: dict[str, str], name: str, says: str, hint: str, severity: str
) -> None:
    made = read(env)
    [problem] = made.problems
    assert (problem.name, problem.severity) == (name, severity)
    assert problem.message.startswith(f"{name} ") and problem.message.endswith(".")
    assert says in problem.message and hint in problem.hint and problem.hint
    assert CANARY not in repr(made)
    is_about_a_connection = not name.startswith("MLFLOW")
    if severity == "error" and is_about_a_connection:
        assert made.connections == ()
    if not is_about_a_connection:
        assert (made.tracking_uri, made.experiment_name) == (None, "Pydantic AI Gateway")


@pytest.mark.parametrize("text", ["fast", "-1", "10.5", "nan", "inf", "1,5"])
def test_a_pace_that_cannot_be_used_is_named_and_leaves_the_demo_as_it_is(text: str) -> None:
    made = read({"GWTRACE_DEMO_PACE": text})
    assert made.demo_pace == 1
    assert made.problems == (
        SettingsProblem(
            name="GWTRACE_DEMO_PACE",
            message=f"GWTRACE_DEMO_PACE is {text!r}, which cannot be used.",
            hint="Use a number from 0 to 10, such as 0.5; until then it is 1.",
            severity="error",
        ),
    )


@pytest.mark.parametrize("text", ["0", "10", "1e-1"])
def test_the_pace_goes_from_no_waits_to_ten_times_as_long(text: str) -> None:
    made = read({"GWTRACE_DEMO_PACE": text})
    assert (made.demo_pace, made.problems) == (float(text), ())


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:5000",
        "https://mlflow.example.com/prefix",
        "sqlite:///mlflow.db",
        "sqlite:////var/mlflow.db",
        "postgresql://db/mlflow",
        "postgresql+psycopg2://me@db/mlflow",
        "mysql+pymysql://db/mlflow",
        "mssql+pyodbc://db/mlflow",
    ],
)
def test_every_server_and_every_database_is_taken(uri: str) -> None:
    made = read({TRACKING: uri})
    assert (made.tracking_uri, made.problems, made.tracking_problem) == (uri, (), None)


NO_FOLDER = "MLFLOW_TRACKING_URI names a folder, and MLflow no longer records into folders."
NO_DATABRICKS = (
    "MLFLOW_TRACKING_URI names Databricks, which keeps traces in tables that gwtrace neither "
    "writes nor reads."
)


@pytest.mark.parametrize(
    ("uri", "message", "instead"),
    [
        ("file:///var/my%20runs", NO_FOLDER, "sqlite:////var/my runs/mlflow.db"),
        ("file:mlruns", NO_FOLDER, "sqlite:///mlruns/mlflow.db"),
        ("./mlruns", NO_FOLDER, "sqlite:///./mlruns/mlflow.db"),
        ("/var/mlruns/", NO_FOLDER, "sqlite:////var/mlruns/mlflow.db"),
        ("/", NO_FOLDER, "sqlite:////mlflow.db"),
        ("mlruns", NO_FOLDER, "sqlite:///mlruns/mlflow.db"),
        ("C:\\mlruns", NO_FOLDER, "sqlite:///C:\\mlruns/mlflow.db"),
        ("databricks", NO_DATABRICKS, "http://localhost:5000"),
        ("databricks://profile", NO_DATABRICKS, "http://localhost:5000"),
        ("databricks-uc", NO_DATABRICKS, "http://localhost:5000"),
        ("uc:https://host", NO_DATABRICKS, "http://localhost:5000"),
    ],
)
def test_a_store_that_cannot_be_recorded_to_is_refused_with_what_to_set_instead(
    uri: str, message: str, instead: str
) -> None:
    problem = read({TRACKING: uri}).tracking_problem
    assert problem is not None
    assert problem.message == message
    assert instead in problem.hint


@pytest.mark.parametrize("name", [TRACKING, "MLFLOW_EXPERIMENT_NAME"])
def test_where_to_record_that_is_not_understood_is_no_leave_to_record_elsewhere(name: str) -> None:
    assert read({}).tracking_problem is None
    made = read({name: "no\nsuch"})
    assert made.tracking_problem is not None
    assert made.problems == (made.tracking_problem,)


def test_a_database_password_is_kept_out_of_the_repr() -> None:
    made = read({TRACKING: f"postgresql://me:{CANARY}@db/mlflow"})
    assert CANARY not in repr(made) and made.problems == ()


@given(env=st.dictionaries(st.sampled_from([each.name for each in VARIABLES]), st.text()))
def test_no_environment_keeps_the_app_from_starting(env: dict[str, str]) -> None:
    made = Settings.from_env(env)
    assert all(isinstance(problem, SettingsProblem) for problem in made.problems)


def test_every_variable_is_in_the_table_once() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(set(names)) == len(names)
    secret = {variable.name for variable in VARIABLES if variable.is_secret}
    assert secret == {name for name in names if name.endswith("_KEY")}


def typed(kind: ConnectionKind, **given: object) -> Connection:
    defaults: dict[str, object] = {
        "base_url": "",
        "api_key": "",
        "provider": None,
        "settings": Settings(),
        "is_open_to_others": False,
    }
    return read_typed_connection(kind=kind, **{**defaults, **given})  # pyright: ignore[reportArgumentType] - a test's options


def test_a_typed_key_goes_to_its_region_or_to_the_configured_gateway() -> None:
    configured = read({KEY: "configured-key", URL: "https://gw.example.com/proxy"})
    regional = typed(ConnectionKind.GATEWAY, api_key=US_KEY, settings=configured)
    assert (regional.base_url, regional.key_source) == (US, "typed for this session")
    other = typed(ConnectionKind.GATEWAY, api_key="own", settings=configured)
    assert (other.base_url, other.api_key) == ("https://gw.example.com/proxy", Secret("own"))
    keyless = read({URL: "https://gw.example.com/proxy"})
    assert keyless.connections == ()
    assert typed(ConnectionKind.GATEWAY, api_key="own", settings=keyless) == other


def test_a_typed_base_url_never_gets_a_configured_key() -> None:
    configured = read({KEY: US_KEY, "OPENAI_API_KEY": "sk-configured"})
    evil = "https://evil.example.com"
    with pytest.raises(SettingsError, match="The key is empty"):
        typed(ConnectionKind.GATEWAY, base_url=f"{evil}/proxy", settings=configured)
    with pytest.raises(SettingsError, match="own host only"):
        typed(
            ConnectionKind.DIRECT,
            base_url=evil,
            api_key="sk",
            provider=Provider.OPENAI,
            settings=configured,
        )
    custom = typed(ConnectionKind.CUSTOM, base_url=f"{evil}/v1", settings=configured)
    assert custom.api_key == Secret("")


@pytest.mark.parametrize(
    ("kind", "given", "name"),
    [
        (ConnectionKind.GATEWAY, {"api_key": "no-region"}, "base_url"),
        (ConnectionKind.GATEWAY, {"api_key": "k", "base_url": f"{US}/openai"}, "base_url"),
        (ConnectionKind.GATEWAY, {"api_key": "two words"}, "api_key"),
        (ConnectionKind.CUSTOM, {}, "base_url"),
        (ConnectionKind.DIRECT, {"api_key": "k"}, "provider"),
        (ConnectionKind.DIRECT, {"api_key": "k", "provider": Provider.BEDROCK}, "provider"),
        (ConnectionKind.DIRECT, {"provider": Provider.GROQ}, "api_key"),
        (ConnectionKind.DEMO, {"base_url": "http://127.0.0.1:1/proxy", "api_key": "sk"}, "api_key"),
    ],
)
def test_what_is_typed_wrongly_is_named(
    kind: ConnectionKind, given: dict[str, object], name: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        typed(kind, **given)
    assert caught.value.name == name and caught.value.hint
    assert "two words" not in str(caught.value)


def test_the_demo_takes_its_own_keys() -> None:
    base_url = "http://127.0.0.1:1/proxy"
    assert make_demo_connection(base_url).id == "demo"
    expired = typed(ConnectionKind.DEMO, base_url=base_url, api_key="demo-expired")
    assert (expired.id, expired.is_simulated) == ("demo-expired", True)


def test_no_key_can_be_seen_in_settings_connections_or_errors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    canaries = {
        name: f"CANARY-{name.lower()}"
        for name in (KEY, "GWTRACE_CUSTOM_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY",
                     "GROQ_API_KEY", "GOOGLE_API_KEY")
    }  # fmt: skip
    made = read({**canaries, URL: US, "GWTRACE_CUSTOM_BASE_URL": "http://localhost:1/v1"})
    assert len(made.connections) == len(canaries)
    with pytest.raises(SettingsError) as caught:
        typed(ConnectionKind.GATEWAY, api_key="CANARY with blanks")
    for thing in (made, *made.connections, caught.value):
        logging.getLogger("test").warning("%s %r", thing, thing)
        caplog.messages.append(f"{thing} {thing!r}")
    assert "CANARY" not in caplog.text and "CANARY" not in "".join(caplog.messages)
    for thing in (made, *made.connections):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(thing)
