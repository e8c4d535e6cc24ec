"""Components: the message of header and bytes, and what the player puts into it."""

import hashlib
import json
import struct
from typing import Any

import pytest

from core.presentation.presentation import ShownPoint
from pages.components.shared import component
from pages.components.shared.component import hash_parts, pack_message
from pages.components.shared.player.player import ChartLink, pack_player
from pages.components.shared.sound_address import SentSound


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and bytes, as the browser reads them."""
    (length,) = struct.unpack("<I", message[:4])
    return json.loads(message[4 : 4 + length]), message[4 + length :]


def test_a_message_comes_back_as_it_was():
    header = {"title": "é </script>", "n": [1, None, 0.5]}
    assert unpack(pack_message(header, b"ab", b"", b"\0c")) == (header, b"ab\0c")
    with pytest.raises(ValueError, match="Out of range"):
        pack_message({"n": float("nan")})


def test_a_large_message_says_where_it_is_and_a_small_one_is_itself(monkeypatch):
    served: dict[str, bytes] = {}

    def serve(data: bytes, media_type: str, *, key: str, sha256: str) -> str:
        assert sha256 == hashlib.sha256(data).hexdigest()
        served["/media/x"] = data
        return "/media/x"

    small, large = pack_message({"n": 1}, bytes(1_000)), pack_message({"n": 1}, bytes(20_000))
    assert component._send_message(large, "k") == large, "without a server there is no address"
    monkeypatch.setattr(component, "serve_file", serve)
    assert component._send_message(small, "k") == small and not served
    assert unpack(component._send_message(large, "k")) == ({"address": "/media/x"}, b"")
    assert served["/media/x"] == large


def test_an_id_is_equal_where_all_parts_are():
    assert hash_parts(b"a", [1, "x"]) == hash_parts(b"a", [1, "x"])
    assert len({hash_parts(*parts) for parts in ((b"a", 1), (b"b", 1), (b"a", 2), (b"a",))}) == 4


def test_the_message_holds_header_and_sound_and_knows_what_changed():
    def packed(sound: bytes = b"sound", label: str = "</script>\ud800") -> bytes:
        point = ShownPoint(onset_sec=0, duration_sec=1, label=label, value=float("nan"), kind="gap")
        chart = ChartLink(container_key="a chart.1", times_sec=[0, 1], x=[0, 1e12])
        return pack_player(
            SentSound({"id": sound.hex()}, sound),
            title="t",
            views=("roll", "line"),
            notes=(),
            points=[point],
            line=(),
            charts=[chart],
            voice_names=(),
        )

    def header(content: bytes) -> dict[str, Any]:
        return unpack(content)[0]

    content = packed()
    assert content.endswith(b"sound")
    assert header(content)["points"][0]["value"] is None
    assert header(content)["views"] == ["line"], "a roll without notes is left out"
    assert header(content)["charts"][0]["selector"] == ".st-key-a-chart-1 .js-plotly-plot"
    assert packed() == content
    other, renamed = packed(b"other"), packed(label="x")
    assert header(other)["id"] == header(content)["id"] != header(renamed)["id"]
    assert header(renamed)["sound"] == header(content)["sound"] != header(other)["sound"]
    with pytest.raises(ValueError, match="never fall"):
        ChartLink(container_key="c", times_sec=[1, 0], x=[0, 1])
    with pytest.raises(ValueError, match="got 1 and 2"):
        ChartLink(container_key="c", times_sec=[1], x=[0, 1])
