"""What libraries log holds no key and no password."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from gwtrace_core.settings.logs import keep_out_of_logs
from gwtrace_core.values.masking import Masker
from gwtrace_core.values.secret import MASK, Secret

KEY = "pylf_v1_canary_0123456789"
URI = "postgresql://ada:canary-pw@h/db?token=canary-token"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler writes that knows nothing of us."""
    before = logging.getLogRecordFactory()
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    logger = logging.getLogger("tests.canary")
    logger.addHandler(handler)
    keep_out_of_logs([Secret("an-older-key-0123")], uris=["http://h?x=older"])
    keep_out_of_logs([Secret(KEY)], uris=[URI])
    yield text
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_a_message_and_its_arguments_are_masked(written: io.StringIO) -> None:
    logger = logging.getLogger("tests.canary")
    logger.warning("Cannot reach %s with %s: canary-token", URI, KEY)
    logger.warning("%d of %s", 3, {"key": KEY})
    assert written.getvalue() == (
        f"Cannot reach postgresql://ada:{MASK}@h/db?token={MASK} with {MASK}: {MASK}\n"
        f"3 of {{'key': '{MASK}'}}\n"
    )


def test_an_exception_is_masked_with_its_causes(written: io.StringIO) -> None:
    try:
        try:
            raise ValueError(f"bad {KEY}")
        except ValueError as exc:
            raise RuntimeError(f"cannot open {URI}") from exc
    except RuntimeError:
        logging.getLogger("tests.canary").exception("It failed.")
    told = written.getvalue()
    assert f"ValueError: bad {MASK}" in told
    assert f"RuntimeError: cannot open postgresql://ada:{MASK}@h/db?token={MASK}" in told
    assert KEY not in told and "canary-token" not in told and "canary-pw" not in told


def test_what_needs_no_mask_is_logged_as_it_is(written: io.StringIO) -> None:
    with pytest.raises(LookupError) as caught:
        raise LookupError("nothing to hide")
    logger = logging.getLogger("tests.canary")
    record = logger.makeRecord(
        "x", 30, "f", 1, "%s is %d", ("a", 1), (caught.type, caught.value, None)
    )
    assert (record.msg, record.args) == ("%s is %d", ("a", 1))
    assert record.exc_info is not None and record.exc_text is None


def test_a_key_that_a_session_typed_is_masked_while_it_is_in_use(written: io.StringIO) -> None:
    typed = Secret("sk-typed-canary-0123456789")
    masker = Masker([typed])
    logging.getLogger("tests.canary").warning("refused %s", typed.reveal())
    assert written.getvalue() == f"refused {MASK}\n"
    assert not masker.is_empty
