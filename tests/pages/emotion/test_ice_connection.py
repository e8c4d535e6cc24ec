"""ICE servers from the secrets, and the reason why live video does not connect."""

import logging

import pytest
import streamlit as st

from pages.components.emotion import texts
from pages.components.emotion.ice_connection import find_kinds, has_relay, ice_servers

RELAY = {"urls": ["turn:turn.example.org:3478?transport=udp"], "username": "app", "credential": "secret"}


def give(monkeypatch: pytest.MonkeyPatch, servers: object) -> None:
    monkeypatch.setattr(st, "secrets", {"ice_servers": servers})


def test_no_server_is_asked_for_the_live_camera_unless_the_secrets_name_one(monkeypatch):
    assert ice_servers() == []
    monkeypatch.setattr(st, "secrets", {})
    assert ice_servers() == []


def test_a_turn_server_of_the_secrets_goes_to_browser_and_server_with_nothing_else_of_its_entry(monkeypatch):
    give(monkeypatch, [{"urls": "stun:stun.example.org:3478"}, {**RELAY, "note": "paid until June"}])
    assert ice_servers() == [{"urls": "stun:stun.example.org:3478"}, RELAY]
    assert has_relay(ice_servers()) and not has_relay(ice_servers()[:1])


@pytest.mark.parametrize(
    ("server", "trouble"),
    [
        ({"url": "stun:stun.example.org"}, "urls is missing"),
        ("stun:stun.example.org", "urls is missing"),
        ({"urls": "https://turn.example.org"}, "urls must be like"),
        ({"urls": 3478}, "urls must be like"),
        ({"urls": "turn:turn.example.org", "username": "app"}, "needs username and credential"),
        ({**RELAY, "credential": ""}, "needs username and credential"),
    ],
)
def test_an_entry_that_cannot_work_is_left_out_and_the_log_says_why_without_its_secrets(
    monkeypatch, caplog, server, trouble
):
    give(monkeypatch, [server, RELAY])
    with caplog.at_level(logging.WARNING, logger="sonoscope.live_camera"):
        assert ice_servers() == [RELAY]
    assert trouble in caplog.text and "entry 1" in caplog.text
    assert "app" not in caplog.text


def test_servers_that_are_no_list_are_left_out(monkeypatch, caplog):
    give(monkeypatch, dict(RELAY))
    with caplog.at_level(logging.WARNING, logger="sonoscope.live_camera"):
        assert ice_servers() == []
    assert "[[ice_servers]]" in caplog.text


def test_the_reason_names_what_each_end_offered_and_what_is_missing():
    host, relay = frozenset({"host", "srflx"}), frozenset({"host", "relay"})
    said = texts.describe_no_connection(host, frozenset({"host"}), has_relay=False)
    assert "browser offered local addresses (host) and public addresses (server-reflexive)" in said
    assert "this server has none" in said
    for browser, server, cause in (
        (host, host, "refused its user name and password"),
        (host, relay, "did not answer your browser"),
        (relay, host, "did not answer this server"),
        (relay, relay, "answered both"),
    ):
        assert cause in texts.describe_no_connection(browser, server, has_relay=True)
    assert "offered nothing" in texts.describe_no_connection(frozenset(), host, has_relay=False)


def test_candidates_are_told_apart_by_their_kind():
    described = "candidate:1 1 udp 2113937151 a.local 50000 typ host generation 0 ... raddr 0.0.0.0 typ srflx"
    assert find_kinds(described) == {"host", "srflx"}
    assert find_kinds("m=video 9 UDP/TLS/RTP/SAVPF 96 a=setup:actpass mytyp hosting") == frozenset()
