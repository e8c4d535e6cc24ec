"""Sound of an exported page: as FLAC where that is small, else as Opus, and as AAC for browsers that play no Opus."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.audio.encoding import AAC_LEAD, encode_aac, encode_opus
from core.audio.flac import FlacSound

# In the page it is a third larger, as base64.
_MAX_FLAC_BYTES = 900_000
# Heard only where Opus cannot be: Safari before 18.4, 2025.
_AAC_KBPS = 48


@dataclass(frozen=True, kw_only=True)
class SoundSource:
    """One file of the sound."""

    media_type: str
    data: bytes

    def to_html(self) -> str:
        """As a source of an audio element."""
        return f'<source type="{self.media_type}" src="data:{self.media_type.partition(";")[0]};base64,{base64.b64encode(self.data).decode()}">'


@dataclass(frozen=True, kw_only=True)
class PageSound:
    """Files of a sound, the best first, and what the player is told of them.

    Attributes
    ----------
    sources : tuple of SoundSource
    header : dict
        ``small`` and ``url`` name a source by a part of its media type.
    """

    sources: tuple[SoundSource, ...]
    header: dict[str, Any]


def choose_sound(sound: FlacSound) -> PageSound:
    """Choose how a page holds a sound.

    FLAC is played by every browser and is exact. Opus is two to six times smaller, but Safari plays it in this container
    since 18.4 only: AAC of 48 kbit/s stands in there, a third of the size of the Opus. An MP3 would be as widely played, but how
    much a browser leaves off of its beginning cannot be told from what it decodes.
    """
    header = {"sr": sound.sr, "channels": sound.n_channels, "frames": sound.n_samples, "small": None}
    if len(sound.data) <= _MAX_FLAC_BYTES:
        flac = SoundSource(media_type="audio/flac", data=sound.data)
        return PageSound(sources=(flac,), header=header | {"url": "flac"})
    y = np.atleast_2d(sound.decode().y)
    if len(y) > 2:
        y = y.mean(axis=0, keepdims=True, dtype=np.float32)
    opus = sound.small or encode_opus([y], sound.sr)
    aac = encode_aac([y], sound.sr, kbps=_AAC_KBPS)
    return PageSound(
        sources=(
            SoundSource(media_type="audio/ogg; codecs=opus", data=opus),
            SoundSource(media_type="audio/mp4", data=aac),
        ),
        header=header | {"channels": len(y), "small": "ogg", "url": "mp4", "lead_sec": AAC_LEAD / 48_000},
    )
