"""What of a URI is shown, in whatever text it stands."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.values.secret import MASK
from gwtrace_core.values.uris import address_of, masked_message, masked_uri, secrets_in

SHOWN = {
    # Nothing to hide.
    "http://localhost:5000/team@x/": "http://localhost:5000/team@x/",
    "http://h:5000/#/experiments/1": "http://h:5000/#/experiments/1",
    "sqlite:////tmp/a@b.db": "sqlite:////tmp/a@b.db",
    "sqlite:///x.db?mode=ro&cache=shared&uri=true": "sqlite:///x.db?mode=ro&cache=shared&uri=true",
    "postgresql://gwtrace@h/db?sslmode=require": "postgresql://gwtrace@h/db?sslmode=require",
    "file:///srv/mlruns": "file:///srv/mlruns",
    "http://[::1": "http://[::1",
    "databricks": "databricks",
    "": "",
    # User info.
    "http://ada:pw@host:5000/x": f"http://ada:{MASK}@host:5000/x",
    "postgresql://ada:p%40w@host/db": f"postgresql://ada:{MASK}@host/db",
    "mysql+pymysql://ada:a@b:c@host/db": f"mysql+pymysql://ada:{MASK}@host/db",
    "https://ghp_0123456789abcdef@host/x": f"https://{MASK}@host/x",
    "https://t0ken0123:@host/x": f"https://{MASK}:@host/x",
    "https://:pw@host/x": f"https://:{MASK}@host/x",
    # As nobody ought to write it.
    "postgresql://ada:p/w@host/db": f"postgresql://ada:{MASK}@host/db",
    "postgresql://ada:p?w@host/db": f"postgresql://ada:{MASK}@host/db",
    "postgresql://ada:p#w@host/db": f"postgresql://ada:{MASK}@host/db",
    # Query and fragment.
    "http://h?token=T": f"http://h?token={MASK}",
    "http://h/x?T0ken": f"http://h/x?{MASK}",
    "http://h/#access_token=T": f"http://h/#access_token={MASK}",
    "postgresql:///db?user=u&password=P": f"postgresql:///db?user={MASK}&password={MASK}",
    "postgresql://h/db?PASS%57ORD=P": f"postgresql://h/db?PASS%57ORD={MASK}",
    "postgresql://h/db?TimeOut=5&pass=P;x=Q": f"postgresql://h/db?TimeOut=5&pass={MASK};x={MASK}",
    "http://h/?timeout=http://u:p@h/": f"http://h/?timeout={MASK}",
    "mssql+pyodbc:///?odbc_connect=PWD%3Dx": f"mssql+pyodbc:///?odbc_connect={MASK}",
    "mssql://h;user=a;password=b": f"mssql://h;user={MASK};password={MASK}",
    "localhost:5000/?key=K": f"localhost:5000/?key={MASK}",
}


@pytest.mark.parametrize("uri", SHOWN)
def test_a_uri_is_shown_without_what_it_may_hide(uri: str) -> None:
    assert masked_uri(uri) == SHOWN[uri]
    assert masked_uri(masked_uri(uri)) == SHOWN[uri]


@given(
    password=st.text(st.characters(exclude_characters="@/?#;&%", codec="utf-8"), min_size=1).map(
        "canary".__add__
    ),
    name=st.from_regex(r"[a-z_]{1,12}", fullmatch=True).map("token_".__add__),
    is_quoted=st.booleans(),
)
def test_no_password_is_shown_and_each_is_known_as_written_and_as_meant(
    password: str, name: str, is_quoted: bool
) -> None:
    written = quote(password, safe="") if is_quoted else password
    uri = f"postgresql://ada:{written}@h/db?sslmode=require&{name}={written}"
    assert masked_uri(uri) == f"postgresql://ada:{MASK}@h/db?sslmode=require&{name}={MASK}"
    assert {written, password} <= {secret.reveal() for secret in secrets_in(uri)}


URI = "postgresql://ada:canary-p%40ss@h/db?token=canary-token&sslmode=require"
MESSAGES = {
    f"Cannot open {URI}.": f"Cannot open postgresql://ada:{MASK}@h/db?token={MASK}&sslmode=require.",
    f"('{URI}', 5)": f"('postgresql://ada:{MASK}@h/db?token={MASK}&sslmode=require', 5)",
    f"to {quote(URI, safe='')}": f"to postgresql://ada:{MASK}@h/db?token={MASK}&sslmode=require",
    "Max retries exceeded with url: /api?token=abc&timeout=3 (Caused by …)": (
        f"Max retries exceeded with url: /api?token={MASK}&timeout=3 (Caused by …)"
    ),
    "invalid dsn: host=h password=abc user=u": f"invalid dsn: host=h password={MASK} user=u",
    "password='a b', host='h'": f"password={MASK}, host='h'",
    'Authorization: Bearer abc, "api_key": "x"': f'Authorization: Bearer {MASK}, "api_key": {MASK}',
    "Port could not be cast to integer value as 'canary-p@ss'": (
        f"Port could not be cast to integer value as '{MASK}'"
    ),
    "could not connect with canary-token": f"could not connect with {MASK}",
    'FATAL: password authentication failed for user "ada"': (
        'FATAL: password authentication failed for user "ada"'
    ),
}  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES)
def test_a_librarys_message_is_told_without_what_the_uri_hides(message: str) -> None:
    masked = masked_message(message, URI)
    assert masked == MESSAGES[message]
    assert masked_message(masked, URI) == masked


def test_a_short_password_is_looked_for_as_a_word_only() -> None:
    uri = "postgresql://ada:pass@h/db"
    assert masked_message("pass is no password; bypass", uri) == f"{MASK} is no password; bypass"


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("http://ada:pw@h:5000/x/?token=T#y", "http://h:5000/x/"),
        ("http://h:5000", "http://h:5000"),
    ],
)
def test_a_link_leads_to_the_host_without_what_the_uri_hides(uri: str, address: str) -> None:
    assert address_of(uri) == address


@pytest.mark.parametrize(
    ("uri", "secrets"),
    [
        ("postgresql:///db?host=/var/run/pg&dbname=production&password=P%40", {"P%40", "P@"}),
        ("http://h/#documentation", set[str]()),
        ("http://h/?x=abcdef0123456789", {"abcdef0123456789"}),
        ("http://gwtrace@h/", set[str]()),
    ],
)
def test_only_passwords_and_tokens_are_looked_for_in_other_texts(
    uri: str, secrets: set[str]
) -> None:
    assert {secret.reveal() for secret in secrets_in(uri)} == secrets
