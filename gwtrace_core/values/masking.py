"""Finds keys in texts, in one piece or in many, and masks them. Pure.

A server may echo the key that it was sent: as it is, as JSON, HTML or a URL write it, as hex, or as
base64 with whatever stands before and behind it. And it may send it letter by letter, so that no
piece is a key. So every form of every key is a word of one automaton (Aho and Corasick's), which
reads each letter once and knows at any time how much of the end of the text may be the beginning
of a key. A stream holds back just that much.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus
from weakref import WeakKeyDictionary

from gwtrace_core.values.connection import Connection
from gwtrace_core.values.secret import MASK, SHORTEST_SECRET_CHARS, Secret, is_maskable
from gwtrace_core.values.uris import secrets_in

_SHORTEST_HALF_CHARS = 16
"""From here on, the first half of a key counts as the key: an answer may have been cut there. Less
could be what all keys of a provider begin with."""
_ALIKE_CHARS = 4
"""What begins with so many letters of a key is held back to its end, even where it goes on unlike
the key: else the time at which a letter is shown would tell whether it was right, and somebody who
has the model write guesses could read a key that he does not have letter by letter."""


class Masker:
    """Masks a fixed set of secrets. Safe to share: it holds no state of any text."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = frozenset(secret for secret in secrets if secret)
        words = _words_of(self._secrets)
        self._sets: tuple[_Words, ...] = (words,) if words.heads else ()

    def also(self, secrets: Iterable[Secret]) -> Masker:
        """One that masks these as well; itself when it knows them all. What it has learnt of its
        own secrets is not learnt again."""
        more = Masker(frozenset(secrets) - self._secrets)
        if not more._sets:
            return self
        more._secrets |= self._secrets
        more._sets += self._sets
        return more

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be masked."""
        return not self._sets

    def text(self, text: str) -> str:
        """`text` with every key masked; the very same object when there is none."""
        return self.counted(text)[0]

    def counted(self, text: str) -> tuple[str, int]:
        """The same, and how many keys there were."""
        count = 0
        for words in self._sets:
            if words.may_be_in(text):
                parts = list(_found_in(text, words))
                text = _told(parts)
                count += sum(is_key for _, is_key in parts)
        return text, count

    def texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """A mapping with its values masked."""
        return {key: self.text(value) for key, value in texts.items()}

    def finds(self, pieces: Sequence[str]) -> bool:
        """Whether there may be a key in the pieces of one text."""
        joined = "".join(pieces)
        return any(words.may_be_in(joined) for words in self._sets)

    def pieces(self, pieces: Sequence[str]) -> list[str]:
        """The pieces of one text, masked across them: a key leaves its mask where it began."""
        masked = list(pieces)
        for words in self._sets:
            if words.may_be_in("".join(masked)):
                masked = _masked_pieces(masked, words)
        return masked

    def stream(self) -> MaskedStream:
        """A stream of one text's pieces."""
        return MaskedStream(self._sets)


class MaskedStream:
    """One text that comes in pieces. What is told of it, joined, is the text with keys masked."""

    def __init__(self, sets: Iterable[_Words]) -> None:
        self._searches = [_Search(words) for words in sets]

    def take(self, piece: str) -> str:
        """What may be told by now: all of it but what may be the beginning of a key."""
        for search in self._searches:
            piece = _told(search.take(piece))
        return piece

    def rest(self) -> str:
        """What was held back; no more of this text will come."""
        text = ""
        for search in self._searches:
            text = _told([*search.take(text), *search.rest()])
        return text


def without_keys_in_use(text: str) -> str:
    """`text` without the key of any connection that this process still has, typed ones too."""
    with _learning:
        known = tuple(_learnt.values())
    for words in known:
        if words.may_be_in(text):
            text = _told(_found_in(text, words))
    return text


def secrets_of(connection: Connection) -> tuple[Secret, ...]:
    """What must not be told of a connection: its key, and what its base URL hides."""
    return (connection.api_key, *secrets_in(connection.base_url))


def secrets_of_environment(env: Mapping[str, str]) -> tuple[Secret, ...]:
    """What the environment's variables hide, by their names: keys, tokens and passwords, of whom
    ever, and what stands in addresses."""
    found: list[Secret] = []
    for name, value in env.items():
        text = value.strip()
        if _TELLING_NAME.search(name) and not _IS_PATH.match(text):
            found.append(Secret(text))
        elif re.fullmatch(r"\S+://\S+", text):
            found += secrets_in(text)
    return tuple(found)


_TELLING_NAME = re.compile(r"(?i)(?:^|_)(?:api_?key|key|token|password|passwd|secret|secret_key)$")
_IS_PATH = re.compile(r"[/~.]|[A-Za-z]:\\")
"""Where a key is kept is no secret, and names a folder that answers may well speak of."""


def forms_of(value: str) -> frozenset[str]:
    """`value` as text, JSON, JSON within JSON, Python, HTML, URLs, hex and base64 write it."""
    if not value:
        return frozenset()
    plain, ascii_ = (json.dumps(value, ensure_ascii=way)[1:-1] for way in (False, True))
    nested = {json.dumps(form, ensure_ascii=False)[1:-1] for form in (plain, ascii_)}
    slashed = {form.replace("/", "\\/") for form in (plain, ascii_)}
    python = {repr(value)[1:-1], value.replace("\\", "\\\\")}
    raw = value.encode("utf-8", "replace")
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="+/=:@")}
    quoted |= {_with_small_escapes(form) for form in quoted}
    markup = {html.escape(value), html.escape(value, quote=False)}
    encoded = {raw.hex(), raw.hex().upper(), *_base64_cores(raw)}
    return frozenset({value, plain, ascii_, *nested, *slashed, *python, *quoted, *markup, *encoded})


def _with_small_escapes(quoted: str) -> str:
    """`%2f` for `%2F`."""
    first, *others = quoted.split("%")
    return "%".join([first, *(other[:2].lower() + other[2:] for other in others)])


def _base64_cores(raw: bytes) -> Iterator[str]:
    """The letters that are the same whatever stands before and behind, for each of the three
    places in a group of three at which the value may begin."""
    for lead in range(3):
        whole = base64.b64encode(bytes(lead) + raw + bytes(2)).decode()
        # A letter is six bits; the first and the last may hold bits of a neighbour.
        core = whole[-(-lead * 8 // 6) : (lead + len(raw)) * 8 // 6]
        yield core
        yield core.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


@dataclass(slots=True, eq=False)
class _State:
    """What has been read is the beginning of a word, `depth` letters of it."""

    depth: int
    next: dict[str, _State] = field(default_factory=dict[str, "_State"])
    is_word: bool = False
    """Whether it is a word, or enough of one."""
    shorter: _State | None = None
    """The longest shorter end of what was read that begins a word too; None at the root."""
    found: int = 0
    """Letters of the longest word that ends here."""


class _Words:
    """The automaton. Built in time linear in the letters of its words."""

    def __init__(self, words: Iterable[str]) -> None:
        self.root = _State(depth=0)
        self.letters: set[str] = set()
        self.longest = 0
        heads: set[str] = set()
        for word in words:
            self.letters.update(word)
            self.longest = max(self.longest, len(word))
            enough = min(len(word), max(_SHORTEST_HALF_CHARS, (len(word) + 1) // 2))
            heads.add(word[:enough])
            state = self.root
            for letter in word:
                state = state.next.setdefault(letter, _State(depth=state.depth + 1))
                state.is_word = state.is_word or state.depth >= enough
        self.heads = tuple(heads)
        self._link()

    def may_be_in(self, text: str) -> bool:
        """Quick; False for a text that has none of the words."""
        return any(head in text for head in self.heads)

    def _link(self) -> None:
        waiting = [self.root]
        for state in waiting:
            shorter = state.shorter
            state.found = state.depth if state.is_word else shorter.found if shorter else 0
            for letter, longer in state.next.items():
                longer.shorter = self.root if shorter is None else self.step(shorter, letter)
                waiting.append(longer)

    def step(self, state: _State, letter: str) -> _State:
        """The state after one letter more."""
        while (following := state.next.get(letter)) is None:
            if state.shorter is None:
                return state
            state = state.shorter
        return following


_learnt: WeakKeyDictionary[Secret, _Words] = WeakKeyDictionary()
"""Of single keys, which every turn on a connection needs again; gone when the key is."""
_learning = threading.Lock()


def _words_of(secrets: Collection[Secret]) -> _Words:
    lone = next(iter(secrets)) if len(secrets) == 1 else None
    if lone is not None:
        with _learning:
            known = _learnt.get(lone)
        if known is not None:
            return known
    values = {secret.reveal() for secret in secrets}
    forms = {form for value in values if is_maskable(value) for form in forms_of(value)}
    words = _Words(form for form in forms if len(form) >= SHORTEST_SECRET_CHARS)
    if lone is not None:
        with _learning:
            _learnt[lone] = words
    return words


class _Search:
    """Reads a text and parts it into what is a key and what is not: leftmost, then longest."""

    def __init__(self, words: _Words) -> None:
        self._words = words
        self._state = words.root
        self._held = ""
        self._found: tuple[int, int] | None = None
        """A key within what is held, that may turn out to be the beginning of a longer one."""
        self._alike: int | None = None
        """Where in what is held a word begins that begins like a key."""

    def take(self, piece: str) -> list[tuple[str, bool]]:
        parts: list[tuple[str, bool]] = []
        root, step = self._words.root, self._words.step
        text, state, found = self._held + piece, self._state, self._found
        told, at, end, alike = 0, len(self._held), len(text), self._alike
        while at < end:
            letter = text[at]
            at += 1
            if alike is not None and not (letter.isalnum() or letter in self._words.letters):
                alike = None
            following = state.next.get(letter)
            if following is None:
                # Where most letters of most texts end.
                if state.shorter is None:
                    continue
                following = step(state.shorter, letter)
            state = following
            if alike is None and state.depth >= _ALIKE_CHARS:
                alike = at - state.depth
            if state.found and (found is None or at - state.found <= found[0]):
                found = (at - state.found, at)
            # Nothing that begins where the key began, or before it, can come any more.
            if found and (at - state.depth > found[0] or not state.next):
                parts += [(text[told : found[0]], False), (text[found[0] : found[1]], True)]
                # What was read beyond the key is read again: another may begin in it.
                told = at = found[1]
                state, found, alike = root, None, None
        keep = at - state.depth
        if alike is not None and at - alike < self._words.longest:
            keep = min(keep, alike)
        else:
            alike = None
        parts.append((text[told:keep], False))
        self._held, self._state = text[keep:], state
        self._found = None if found is None else (found[0] - keep, found[1] - keep)
        self._alike = None if alike is None else alike - keep
        return parts

    def rest(self) -> list[tuple[str, bool]]:
        parts: list[tuple[str, bool]] = []
        while self._found is not None:
            start, end = self._found
            text = self._held
            parts += [(text[:start], False), (text[start:end], True)]
            self._held, self._state, self._found, self._alike = "", self._words.root, None, None
            parts += self.take(text[end:])
        parts.append((self._held, False))
        self._held, self._state = "", self._words.root
        return parts


def _told(parts: Iterable[tuple[str, bool]]) -> str:
    return "".join(MASK if is_key else part for part, is_key in parts)


def _masked_pieces(pieces: Sequence[str], words: _Words) -> list[str]:
    masked: list[list[str]] = [[] for _ in pieces]
    index, room = 0, len(pieces[0])
    for part, is_key in _found_in("".join(pieces), words):
        is_told = False
        while part:
            while not room:
                index += 1
                room = len(pieces[index])
            here, part = part[:room], part[room:]
            room -= len(here)
            if not is_key:
                masked[index].append(here)
            elif not is_told:
                is_told = True
                masked[index].append(MASK)
    return ["".join(texts) for texts in masked]


def _found_in(text: str, words: _Words) -> Iterator[tuple[str, bool]]:
    search = _Search(words)
    yield from search.take(text)
    yield from search.rest()
