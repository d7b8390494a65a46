"""Reads single settings and notes what is wrong with them; `settings` is its user."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.gateway.base_urls import Finding, UrlUse, check_base_url
from gwtrace_core.gateway.keys import base_url_of_region, check_key
from gwtrace_core.gateway.providers import PROVIDER_LABELS, REGIONAL_HOSTS
from gwtrace_core.gateway.routes import DIRECT_HOSTS
from gwtrace_core.settings.tracking_uri import check_tracking_uri
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider
from gwtrace_core.values.hosts import EVERYWHERE, INTERNET_ONLY, Reach, read_reach
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.uris import masked_uris

DIRECT_VARIABLES: Mapping[Provider, str] = {
    Provider.OPENAI: "OPENAI_API_KEY",
    Provider.ANTHROPIC: "ANTHROPIC_API_KEY",
    Provider.GROQ: "GROQ_API_KEY",
    Provider.GOOGLE: "GOOGLE_API_KEY",
}
_KEY = ("PYDANTIC_AI_GATEWAY_API_KEY", "PAIG_API_KEY")
_BASE_URL = ("PYDANTIC_AI_GATEWAY_BASE_URL", "PAIG_BASE_URL")
_MAX_NAME_CHARS = 200
_SWITCH = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsProblem:
    """Something wrong with a setting; a secret's value is never part of it."""

    name: str
    message: str
    """A whole sentence that begins with the setting's name."""
    hint: str
    severity: Literal["error", "warning"]
    """`error`: the setting is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    name: str
    text: str
    source: str


class SettingsReader:
    """The environment over the secrets, and the problems found so far."""

    def __init__(self, env: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._env = env
        self._secrets = secrets
        self.problems: list[SettingsProblem] = []
        self.gateway_base_url = ""
        """Known once `gateway` was read; also set where there is a base URL without a key."""

    def source(self, name: str) -> str:
        """Where a variable that is set was read, in words."""
        found = self._find_first((name,))
        return found.source if found else "default"

    def text(self, name: str) -> str:
        """A one-line text, empty when it is not set or cannot be used."""
        found = self._find_first((name,))
        if found is None:
            return ""
        text = found.text.strip()
        if not text.isprintable() or len(text) > _MAX_NAME_CHARS:
            self._note(
                name,
                Finding(
                    message="holds control characters or is too long.",
                    hint=f"Use one line of at most {_MAX_NAME_CHARS} characters.",
                ),
            )
            return ""
        return text

    def tracking_uri(self) -> str | None:
        """`MLFLOW_TRACKING_URI`, None when it is not set or cannot be used."""
        found = self._find_first(("MLFLOW_TRACKING_URI",))
        if found is None:
            return None
        uri = found.text.strip().strip("\"'").strip()
        finding = check_tracking_uri(uri)
        if finding is None:
            return uri
        self._note(found.name, finding)
        return None

    def gateway(self) -> Iterator[Connection]:
        """The Pydantic AI Gateway, when it is configured well enough to be called."""
        key = self._read_key(_KEY, for_gateway=True)
        url = self._find_first(_BASE_URL)
        if key is None:
            if url is not None and self._find_first(_KEY) is None:
                message = "is set, but there is no key for it."
                hint = f"Set {_KEY[0]}, or type a key on the connections page where it takes keys."
                self._note(url.name, Finding(message=message, hint=hint, is_error=False))
                self.gateway_base_url = self._read_url(url, UrlUse.GATEWAY)
            return
        found, secret = key
        base_url, source = self._read_gateway_base_url(found, secret, url)
        self.gateway_base_url = base_url
        if base_url:
            yield Connection(
                id="gateway",
                kind=ConnectionKind.GATEWAY,
                label="Pydantic AI Gateway",
                base_url=base_url,
                api_key=secret,
                key_source=found.source,
                base_url_source=source,
            )

    def custom(self) -> Iterator[Connection]:
        """The custom server, when its base URL can be used."""
        found = self._find_first(("GWTRACE_CUSTOM_BASE_URL",))
        if found is None:
            return
        use = self._read_custom_use()
        base_url = self._read_url(found, use) if use else ""
        key = self._read_key(("GWTRACE_CUSTOM_API_KEY",), for_gateway=use is UrlUse.GATEWAY)
        is_key_broken = key is None and self._find_first(("GWTRACE_CUSTOM_API_KEY",)) is not None
        if use is None or not base_url or is_key_broken:
            return
        yield make_custom_connection(
            id="custom",
            label=self.text("GWTRACE_CUSTOM_LABEL") or "Custom server",
            use=use,
            base_url=base_url,
            api_key=key[1] if key else Secret(""),
            key_source=key[0].source if key else "no key",
            base_url_source=found.source,
        )

    def direct(self, provider: Provider) -> Iterator[Connection]:
        """The provider itself, when there is a key for it."""
        key = self._read_key((DIRECT_VARIABLES[provider],), for_gateway=False)
        if key is None:
            return
        found, secret = key
        label = PROVIDER_LABELS[provider]
        if re.match(r"pylf_v\d+_|paig_", secret.reveal()):
            message = f"holds a gateway key, which is not sent to {label}."
            self._note(found.name, Finding(message=message, hint=f"Set it as {_KEY[0]}."))
            return
        yield make_direct_connection(provider, secret, id=f"direct-{provider}", source=found.source)

    def private_hosts(self) -> Reach | None:
        """Where a typed base URL may lead; None when nothing is set that can be used."""
        name = "GWTRACE_ALLOW_PRIVATE_HOSTS"
        if self._find_first((name,)) is None:
            return None
        text = self.text(name)
        is_allowed = _SWITCH.get(text.lower())
        if is_allowed is not None:
            return EVERYWHERE if is_allowed else INTERNET_ONLY
        try:
            return read_reach(text)
        except ValueError as exc:
            hint = "Use true, false, or hosts and networks such as ollama.internal, 10.1.0.0/16."
            self._note(name, Finding(message=f"is not understood: {exc}.", hint=hint))
            # Whoever set it wanted a limit, or to lift one: the safe side is the limit.
            return INTERNET_ONLY

    def is_on(self, name: str, *, default: bool) -> bool:
        """A switch. What is not understood is off: nothing opens by a slip of the pen."""
        if self._find_first((name,)) is None:
            return default
        text = self.text(name)
        found = _SWITCH.get(text.lower())
        if found is None:
            hint = "Use on or off; until then it is off."
            self._note(name, Finding(message=f"is {text[:40]!r}, which is neither.", hint=hint))
        return bool(found)

    def factor(self, name: str, *, most: float) -> float:
        """A number from 0 to `most`; 1 when it is not set or cannot be used."""
        text = self.text(name)
        if not text:
            return 1.0
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if 0 <= number <= most:
            return number
        self._note(
            name,
            Finding(
                message=f"is {text[:40]!r}, which cannot be used.",
                hint=f"Use a number from 0 to {most:g}, such as 0.5; until then it is 1.",
            ),
        )
        return 1.0

    def sources(self, *names: str) -> dict[str, str]:
        """For each of the variables that is set: where it was read."""
        return {name: found.source for name in names if (found := self._find_first((name,)))}

    def _read_gateway_base_url(
        self, found: _Found, key: Secret, url: _Found | None
    ) -> tuple[str, str]:
        if url is not None:
            return self._read_url(url, UrlUse.GATEWAY), url.source
        base_url = base_url_of_region(key)
        if base_url is not None:
            return base_url, "the region that the key names"
        examples = " or ".join(f"https://{host}/proxy" for host in REGIONAL_HOSTS)
        message = "names no region, so that the gateway's host is not known."
        self._note(found.name, Finding(message=message, hint=f"Set {_BASE_URL[0]}: {examples}"))
        return "", ""

    def _read_custom_use(self) -> UrlUse | None:
        text = self.text("GWTRACE_CUSTOM_API").lower() or UrlUse.OPENAI.value
        if text in set(UrlUse):
            return UrlUse(text)
        self._note(
            "GWTRACE_CUSTOM_API",
            Finding(
                message=f"is {text[:40]!r}, which is not known.",
                hint="Use openai, anthropic or gateway.",
            ),
        )
        return None

    def _read_url(self, found: _Found, use: UrlUse) -> str:
        checked = check_base_url(found.text, use)
        for finding in checked.findings:
            self._note(found.name, finding)
        return checked.url

    def _read_key(
        self, names: tuple[str, ...], *, for_gateway: bool
    ) -> tuple[_Found, Secret] | None:
        all_found = [found for name in names if (found := self._find_first((name,)))]
        if not all_found:
            return None
        found = all_found[0]
        if any(other.text.strip() != found.text.strip() for other in all_found[1:]):
            message = f"and {all_found[1].name} hold different keys; the first is used."
            finding = Finding(message=message, hint="Remove one of them.", is_error=False)
            self._note(found.name, finding)
        checked = check_key(found.text, for_gateway=for_gateway)
        for finding in checked.findings:
            self._note(found.name, finding)
        return (found, checked.key) if checked.key else None

    def _find_first(self, names: tuple[str, ...]) -> _Found | None:
        for name in names:
            for values, source in (
                (self._env, f"environment variable {name}"),
                (self._secrets, f"Streamlit secret {name}"),
            ):
                text = values.get(name, "")
                if text.strip():
                    return _Found(name=name, text=text, source=source)
        return None

    def _note(self, name: str, finding: Finding) -> None:
        self.problems.append(
            SettingsProblem(
                name=name,
                message=f"{name} {masked_uris(finding.message)}",
                hint=masked_uris(finding.hint),
                severity="error" if finding.is_error else "warning",
            )
        )


def make_custom_connection(
    *,
    id: str,
    label: str,
    use: UrlUse,
    base_url: str,
    api_key: Secret,
    key_source: str,
    base_url_source: str,
    reach: Reach = EVERYWHERE,
) -> Connection:
    """A server of one's own: a whole gateway, or one that speaks one provider's API."""
    providers = {UrlUse.OPENAI: Provider.OPENAI, UrlUse.ANTHROPIC: Provider.ANTHROPIC}
    return Connection(
        id=id,
        kind=ConnectionKind.GATEWAY if use is UrlUse.GATEWAY else ConnectionKind.CUSTOM,
        label=label,
        base_url=base_url,
        api_key=api_key,
        provider=providers.get(use),
        key_source=key_source,
        base_url_source=base_url_source,
        reach=reach,
    )


def make_direct_connection(provider: Provider, key: Secret, *, id: str, source: str) -> Connection:
    """The provider itself; its key goes to its own host and nowhere else."""
    return Connection(
        id=id,
        kind=ConnectionKind.DIRECT,
        label=f"{PROVIDER_LABELS[provider]}, direct",
        base_url=DIRECT_HOSTS[provider],
        api_key=key,
        provider=provider,
        key_source=source,
        base_url_source="built in",
    )
