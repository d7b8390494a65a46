"""What a base URL must look like for each use, and what a wrong one should have been. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from gwtrace_core.gateway.providers import REGIONAL_HOSTS, RETIRED_HOST
from gwtrace_core.values.hosts import is_loopback_host


class UrlUse(StrEnum):
    """What the base URL is given to."""

    GATEWAY = "gateway"
    """The root that routes hang on, `…/proxy`."""
    OPENAI = "openai"
    """The OpenAI SDK."""
    ANTHROPIC = "anthropic"
    """The Anthropic SDK, which appends `/v1/messages` itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a value; `message` continues a sentence that begins with its name."""

    message: str
    hint: str
    is_error: bool = True
    """False: it may work, or it was put right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUrl:
    """A base URL as it can be used, and what is wrong with it."""

    url: str
    """Without trailing slash; empty when it cannot be used."""
    findings: tuple[Finding, ...] = ()


_ENDPOINTS = re.compile(
    r"/(v1/)?(chat/completions|completions|messages|responses|embeddings|models)$"
)
_OPENAI_ROUTES = ("openai", "openai-chat", "openai-responses", "chat", "responses")
_ROUTE_AT_END = re.compile(rf"/({'|'.join(_OPENAI_ROUTES)}|anthropic|groq|groq/openai)$")


def check_base_url(text: str, use: UrlUse) -> CheckedUrl:
    """The URL to use and everything that is wrong with `text`. Never shows a password in it."""
    url = text.strip().strip("\"'").strip().rstrip("/")
    finding = _form_finding(url, use)
    if finding is None:
        finding = _host_finding(urlsplit(url), use)
    if finding is None and right_base_url(url, use) != url:
        finding = Finding(message=_path_message(url, use), hint=_advice(url, use))
    if finding is not None:
        return CheckedUrl(url="", findings=(finding,))
    return CheckedUrl(url=url, findings=_warnings(urlsplit(url), use))


def right_base_url(url: str, use: UrlUse) -> str:
    """What `url` should most likely have been; `url` itself when nothing speaks against it."""
    base = url.rstrip("/")
    match use:
        case UrlUse.GATEWAY:
            return _right_gateway_root(base)
        case UrlUse.OPENAI:
            return _right_for_openai(base)
        case UrlUse.ANTHROPIC:
            return _right_for_anthropic(base)


def _right_gateway_root(base: str) -> str:
    root, proxy, rest = base.partition("/proxy")
    if proxy and (not rest or rest.startswith("/")):
        return f"{root}/proxy"
    root = _ROUTE_AT_END.sub("", _without_endpoint(base).removesuffix("/v1"))
    host = urlsplit(root).hostname or ""
    if root != base or (host.endswith(".pydantic.dev") and not urlsplit(root).path):
        return f"{root}/proxy"
    # A self-hosted gateway may do without the prefix.
    return base


def _advised(url: str, use: UrlUse) -> str:
    """What to use in place of `url`, which is wrong in some way: a gateway's root has /proxy."""
    right = right_base_url(url, use)
    if use is UrlUse.GATEWAY and not right.endswith("/proxy"):
        return f"{right}/proxy"
    return right


def _advice(url: str, use: UrlUse) -> str:
    """What to use in place of `url`, which is wrong in some way; not every gateway has /proxy."""
    advised = _advised(url, use)
    host = urlsplit(url).hostname or ""
    if use is UrlUse.GATEWAY and "/proxy" not in url and not host.endswith(".pydantic.dev"):
        root = advised.removesuffix("/proxy")
        return f"Use {advised}, or {root} for a self-hosted gateway without that prefix"
    return f"Use {advised}"


def _right_for_openai(base: str) -> str:
    base = _without_endpoint(base)
    root, proxy, rest = base.partition("/proxy")
    route = rest.strip("/").partition("/")[0]
    if proxy and (not rest or rest.startswith("/")):
        suffix = {"groq": "/openai/v1", "anthropic": "/v1"}.get(route)
        if suffix is not None:
            return f"{root}/proxy/{route}{suffix}"
        if not route or route in _OPENAI_ROUTES:
            return f"{root}/proxy/{route or 'openai'}"
    while base.endswith("/v1/v1"):
        base = base.removesuffix("/v1")
    return base


def _right_for_anthropic(base: str) -> str:
    base = _without_endpoint(base)
    root, proxy, rest = base.partition("/proxy")
    route = rest.strip("/").partition("/")[0]
    if proxy and (not route or route in _OPENAI_ROUTES):
        return f"{root}/proxy/anthropic"
    while base.endswith("/v1"):
        base = base.removesuffix("/v1")
    return base


def _without_endpoint(base: str) -> str:
    # `/proxy/chat` and `/proxy/responses` are routes, not endpoints.
    match = _ENDPOINTS.search(base)
    if match is None or base[: match.start()].endswith("/proxy"):
        return base
    return base[: match.start()] + ("/v1" if match[1] else "")


def _form_finding(url: str, use: UrlUse) -> Finding | None:
    """What makes `url` no URL that a path can be appended to."""
    example = f"For example https://{REGIONAL_HOSTS[0]}/proxy"
    if any(character.isspace() or not character.isprintable() for character in url):
        return Finding(message="has white space inside.", hint="Remove it.")
    if not url:
        return Finding(message="is empty.", hint=example)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Finding(message="is not a URL.", hint=example)
    if parts.username is not None or parts.password is not None:
        return Finding(
            message="has a user name or password in it.",
            hint="Take it out: a key goes into its own variable.",
        )
    if parts.scheme not in ("http", "https"):
        hint = example
        if re.match(r"[\w.-]+(:\d+)?(/|$)", url):
            is_local = is_loopback_host(re.split("[:/]", url)[0])
            scheme = "http" if is_local else "https"
            hint = _advice(f"{scheme}://{url}", use)
        return Finding(message="does not start with https:// or http://.", hint=hint)
    if not host:
        return Finding(message="names no host.", hint=example)
    if parts.query or parts.fragment:
        return Finding(
            message="has a query or fragment (? or #), behind which no path can be appended.",
            hint=_advice(f"{parts.scheme}://{parts.netloc}{parts.path}", use),
        )
    return None


def _host_finding(parts: SplitResult, use: UrlUse) -> Finding | None:
    host = parts.hostname or ""
    if host == RETIRED_HOST:
        return Finding(
            message=f"names {RETIRED_HOST}, which was shut down on 13 April 2026.",
            hint="Use your region's host: "
            + " or ".join(f"https://{regional}/proxy" for regional in REGIONAL_HOSTS),
        )
    if parts.scheme == "http" and host.endswith(".pydantic.dev"):
        return Finding(
            message="starts with http://, which would send the key unprotected.",
            hint=f"Use {_advised(f'https://{parts.netloc}{parts.path}', use)}",
        )
    return None


def _path_message(url: str, use: UrlUse) -> str:
    path = urlsplit(url).path or "/"
    if _ENDPOINTS.search(path) and not path.endswith(("/proxy/chat", "/proxy/responses")):
        return f"ends in {path}, which is an endpoint: the SDK appends that itself."
    if use is UrlUse.GATEWAY:
        if "/proxy/" in path:
            return f"ends in {path}: routes are appended to /proxy."
        if path.endswith("/v1"):
            return "ends in /v1, which is not part of a gateway's root."
        if route := _ROUTE_AT_END.search(path):
            return f"ends in {route[0]}: that is a route, and no part of a gateway's root."
        return "lacks /proxy, on which the gateway's routes hang."
    if path.endswith("/v1"):
        return "ends in /v1, which would then come twice."
    return f"leads to {path}, which does not serve this API."


def _warnings(parts: SplitResult, use: UrlUse) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    host = parts.hostname or ""
    if parts.scheme == "http" and not is_loopback_host(host):
        findings.append(
            Finding(
                message=f"sends the key unprotected: http:// to {host}.",
                hint="Use https:// unless the network between is your own.",
                is_error=False,
            )
        )
    if use is UrlUse.GATEWAY and not re.search(r"/proxy$", parts.path):
        findings.append(
            Finding(
                message="lacks /proxy: right only for a self-hosted gateway without that prefix.",
                hint=f"Otherwise use {parts.scheme}://{parts.netloc}{parts.path}/proxy",
                is_error=False,
            )
        )
    if use is UrlUse.OPENAI and not parts.path:
        findings.append(
            Finding(
                message="has no path: most OpenAI-compatible servers have their API under /v1.",
                hint=f"Probably {parts.scheme}://{parts.netloc}/v1",
                is_error=False,
            )
        )
    return tuple(findings)
