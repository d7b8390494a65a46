"""A key is masked in whatever form it comes, and wherever the text that holds it was cut."""

from __future__ import annotations

import base64
import gc
import html
import json
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.values import masking
from gwtrace_core.values.connection import Connection, ConnectionKind
from gwtrace_core.values.masking import Masker, forms_of, secrets_of, secrets_of_environment
from gwtrace_core.values.secret import MASK, Secret

KEY = "pylf_v1_canary/+0123456789"
ODD_KEY = "canary \"key\" of-<the>\\'connection/é'"
KEYS = [KEY, ODD_KEY]
MASKER = Masker([Secret(key) for key in KEYS])

WORDS = st.sampled_from(["", " ", "s", "pylf", "pylf_v1_", "canary", "c", KEY[:10], KEY[3:], "\n"])
TEXTS = st.lists(
    WORDS
    | st.sampled_from(sorted({form for key in KEYS for form in forms_of(key)}))
    | st.text(max_size=8),
    max_size=8,
).map("".join)


@st.composite
def cut_texts(draw: st.DrawFn) -> list[str]:
    """A text in pieces, empty ones among them."""
    text = draw(TEXTS)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    edges = [0, *cuts, len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def in_base64(lead: str, key: str, *, is_url_safe: bool) -> str:
    encode = base64.urlsafe_b64encode if is_url_safe else base64.b64encode
    return encode(f"{lead}{key}".encode()).decode()


FORMS = {
    "as it is": lambda key: key,
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON with its own letters": lambda key: json.dumps(key, ensure_ascii=False)[1:-1],
    "JSON with slashes masked": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "JSON within JSON": lambda key: json.dumps(json.dumps(key)[1:-1])[1:-1],
    "Python": lambda key: repr(key)[1:-1],
    "a URL": lambda key: quote(key, safe=""),
    "a path": lambda key: quote(key),
    "a form": lambda key: quote_plus(key),
    "a URL in small letters": lambda key: (
        "%".join(part[:2].lower() + part[2:] if n else part
                 for n, part in enumerate(quote(key, safe="").split("%")))
    ),
    "HTML": html.escape,
    "hex": lambda key: key.encode().hex(),
    "large hex": lambda key: key.encode().hex().upper(),
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_masked_in_every_form_that_programs_write(form: str, key: str) -> None:
    assert MASKER.text(f"It is {FORMS[form](key)}!") == f"It is {MASK}!"


@pytest.mark.parametrize("is_url_safe", [False, True])
@pytest.mark.parametrize("lead", ["", "u", "ab", "user:", "Bearer ", "x-api-key: "])
@pytest.mark.parametrize("tail", ["", "\n", "ab", ' and "more"'])
def test_a_key_in_base64_is_masked_whatever_stands_around_it(
    lead: str, tail: str, is_url_safe: bool
) -> None:
    for key in KEYS:
        text = in_base64(lead, key + tail, is_url_safe=is_url_safe)
        masked = MASKER.text(f"Basic {text.rstrip('=')}; {text}")
        assert masked.count(MASK) == 2
        # What is left of it around the mask decodes to nothing of the key but half a letter.
        assert all(key[n : n + 4] not in masked for n in range(len(key) - 3))
        for left in masked.removeprefix("Basic ").replace("; ", MASK).split(MASK):
            decoded = base64.urlsafe_b64decode(left[: len(left) // 4 * 4].translate(
                str.maketrans("+/", "-_")))  # fmt: skip
            assert key.encode()[:3] not in decoded and key.encode()[-3:] not in decoded


@given(pieces=cut_texts())
def test_pieces_joined_are_the_masked_whole_wherever_it_was_cut(pieces: list[str]) -> None:
    stream = MASKER.stream()
    told = "".join([*map(stream.take, pieces), stream.rest()])
    assert told == MASKER.text("".join(pieces))
    assert "".join(MASKER.pieces(pieces)) == told
    assert not any(form in told for key in KEYS for form in forms_of(key))


@given(pieces=cut_texts())
def test_no_more_is_held_back_than_a_key_is_long_and_only_what_may_begin_one(
    pieces: list[str],
) -> None:
    forms = {form for key in KEYS for form in forms_of(key)}
    longest = max(map(len, forms))
    stream, taken, told = MASKER.stream(), "", ""
    for piece in pieces:
        taken += piece
        told += stream.take(piece)
        if MASKER.text(taken) == taken:
            held = taken[len(told) :]
            assert len(held) < longest
            assert not held or any(form.startswith(held[:4]) for form in forms)


def test_an_ordinary_answer_is_not_held_back() -> None:
    stream = MASKER.stream()
    pieces = ["The ", "gateway", " streams", " it,", " word ", "by ", "word."]
    assert [stream.take(piece) for piece in pieces] == pieces
    assert stream.rest() == ""


def test_a_wrong_letter_is_told_no_sooner_than_a_right_one() -> None:
    """Else whoever has a model write guesses could tell by the time which of them was right."""
    for after in range(4, 16):
        right, wrong = MASKER.stream(), MASKER.stream()
        assert right.take(KEY[:after]) == wrong.take(KEY[:after])
        assert right.take(KEY[after]) == wrong.take("Z")


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pieces_that_are_kept_leave_the_mask_where_the_key_began(size: int) -> None:
    text = f"ab{KEY}cd"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    masked = MASKER.pieces(pieces)
    assert len(masked) == len(pieces)
    assert "".join(masked) == f"ab{MASK}cd"
    assert MASK in masked[2 // size]


def test_a_key_that_was_cut_behind_its_first_half_is_masked_as_well() -> None:
    assert MASKER.text(f"It is {KEY[:20]}") == f"It is {MASK}"
    assert MASKER.text(f"It is {KEY[:20]}… (more)") == f"It is {MASK}… (more)"
    assert MASKER.text(f"It begins with {KEY[:8]}") == f"It begins with {KEY[:8]}"


def test_of_two_keys_that_begin_alike_the_longer_is_masked_whole() -> None:
    masker = Masker([Secret("sk-test-1"), Secret("sk-test-12345"), Secret("test-1234")])
    assert masker.text("sk-test-1 sk-test-12345 xtest-1234") == f"{MASK} {MASK} x{MASK}"
    assert masker.text("sk-test-12 sk-test-1") == f"{MASK}2 {MASK}"


def test_what_has_no_key_is_the_very_same_text() -> None:
    text = "Nothing in here but pylf_v1_ and the like."
    assert MASKER.text(text) is text
    assert Masker([]).text(text) is text
    assert Masker([Secret("demo"), Secret("")]).text("a demo") == "a demo"


def test_a_connection_hides_its_key_and_what_its_base_url_hides() -> None:
    connection = Connection(
        id="custom",
        kind=ConnectionKind.CUSTOM,
        label="Custom",
        base_url="https://ada:canary-p%40ss@h.example.com/v1?token=canary-token",
        api_key=Secret(KEY),
    )
    hidden = {secret.reveal() for secret in secrets_of(connection)}
    assert hidden == {KEY, "canary-p%40ss", "canary-p@ss", "canary-token"}
    masker = Masker(secrets_of(connection))
    assert masker.text("canary-p@ss, canary-token") == f"{MASK}, {MASK}"


def test_what_was_learnt_of_a_key_is_forgotten_with_it() -> None:
    secret = Secret("a-key-of-one-session-alone")
    before = len(masking._learnt)  # pyright: ignore[reportPrivateUsage]  # what it is about
    masker = Masker([secret])
    assert Masker([Secret("a-key-of-one-session-alone")]).text(secret.reveal()) == MASK
    assert len(masking._learnt) == before + 1  # pyright: ignore[reportPrivateUsage]
    del masker, secret
    gc.collect()
    assert len(masking._learnt) == before  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("value", ["demo", "postgres", "anything", "lm-studio", "not-needed"])
def test_a_word_that_stands_in_place_of_a_key_is_no_secret(value: str) -> None:
    masker = Masker([Secret(value)])
    assert masker.is_empty
    assert masker.stream().take(f"It is {value}") == f"It is {value}"


def test_the_environments_keys_and_passwords_are_known_by_their_names() -> None:
    env = {
        "OPENAI_API_KEY": "sk-canary-0123456789",
        "MLFLOW_TRACKING_TOKEN": "canary-token-1",
        "MLFLOW_TRACKING_PASSWORD": "canary-pass-1",
        "AWS_SECRET_ACCESS_KEY": "canary/aws+1",
        "TLS_KEY": "/etc/ssl/private.key",
        "HTTPS_PROXY": "http://ada:canary-proxy-1@h:3128",
        "KEYBOARD": "qwerty-layout-1",
        "PS1": "see http://h?password=not-this-1",
    }
    assert {secret.reveal() for secret in secrets_of_environment(env)} == {
        "sk-canary-0123456789",
        "canary-token-1",
        "canary-pass-1",
        "canary/aws+1",
        "canary-proxy-1",
    }
