"""ICE, by which browser and server find a way for live video: servers from the secrets, candidates, why none connected.

An end's candidates are the addresses at which it may be reached (RFC 8445): *host*, its own; *server-reflexive*, as a STUN
server sees it; *relay*, of a TURN server that passes everything on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

_LOG = logging.getLogger("sonoscope.live_camera")
_KIND = re.compile(r"\btyp (host|srflx|prflx|relay)\b")
_ADDRESS = re.compile(r"(stun|turns?):[^\s@/]+")
_KEYS = ("urls", "username", "credential")


def ice_servers() -> list[dict[str, Any]]:
    """ICE servers for WebRTC from the secrets; none by default. Those that cannot work are left out and logged."""
    try:
        given = st.secrets.get("ice_servers", [])
    except FileNotFoundError:
        return []
    if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
        _LOG.warning("ice_servers in the secrets is not a list: write [[ice_servers]] above each server")
        return []
    servers = []
    for n, server in enumerate(given, start=1):
        trouble = find_trouble(server)
        if trouble:
            _LOG.warning("ice_servers, entry %d in the secrets: %s", n, trouble)
        else:
            servers.append({key: _plain(server[key]) for key in _KEYS if key in server})
    return servers


def find_trouble(server: object) -> str:
    """What is wrong with an entry of the secrets; empty if nothing is.

    Examples
    --------
    >>> find_trouble({"urls": "turn:turn.example.org:3478"})
    'a TURN server needs username and credential'
    >>> find_trouble({"urls": "stun:stun.example.org:3478"})
    ''
    """
    if not isinstance(server, Mapping) or "urls" not in server:
        return "urls is missing"
    urls = _list_urls(server)
    if not urls or not all(isinstance(url, str) and _ADDRESS.fullmatch(url) for url in urls):
        return 'urls must be like "stun:HOST:PORT" or "turn:HOST:PORT?transport=udp"'
    signed = all(isinstance(server.get(key), str) and server[key] for key in ("username", "credential"))
    if any(url.startswith("turn") for url in urls) and not signed:
        return "a TURN server needs username and credential"
    return ""


def has_relay(servers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a TURN server is among ICE servers.

    Examples
    --------
    >>> has_relay([{"urls": ["stun:a.example.org", "turns:b.example.org:443?transport=tcp"]}])
    True
    """
    return any(str(url).startswith("turn") for server in servers for url in _list_urls(server))


def find_kinds(described: str) -> frozenset[str]:
    """Kinds of the candidates in a session description or a list of candidates.

    Examples
    --------
    >>> sorted(find_kinds("a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host a=candidate:2 1 udp 1 x 1 typ relay"))
    ['host', 'relay']
    """
    return frozenset(_KIND.findall(described))


def _list_urls(server: Mapping[str, Any]) -> list[Any]:
    urls = server["urls"]
    return [urls] if isinstance(urls, str) else list(urls) if isinstance(urls, Sequence) else []


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)
