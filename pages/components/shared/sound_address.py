"""Media URLs: a sound or a script gets an address from which the browser fetches it once and then caches it.

What lies behind an address never changes: the whole content's SHA-256 is part of it.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any, NamedTuple

import soundfile
from streamlit import runtime

from core.audio.flac import FlacSound

# First bytes and media type of what every browser's decodeAudioData takes and soundfile can describe.
_SOUNDS = {b"fLaC": "audio/flac", b"RIFF": "audio/wav"}


class SentSound(NamedTuple):
    """Description of a sound in a component's message.

    Attributes
    ----------
    header : dict or None
        ``id`` (the SHA-256 of the file), ``url`` (None: the file is in the message), ``small`` (address of the same
        sound as Opus, to be tried first; None where there is none), ``sr`` (Hz), ``channels``, ``frames``; None where
        the bytes are no FLAC or WAV file.
    inline : bytes
        The file where it has no address, else nothing.
    """

    header: dict[str, Any] | None
    inline: bytes


def send_sound(sound: FlacSound | bytes, *, key: str) -> SentSound:
    """Publish a sound under a media URL, if there is a server, and describe it.

    Parameters
    ----------
    sound : FlacSound or bytes
        Bytes are a FLAC or WAV file, told apart by its first bytes; each run computes their SHA-256 anew.
    key : str
        Key of the component that plays it.

    Examples
    --------
    >>> send_sound(b"RIFF and no more", key="k")
    SentSound(header=None, inline=b'')
    """
    if isinstance(sound, bytes):
        form = _describe(sound)
        if form is None:
            return SentSound(None, b"")
        data, small, sha256 = sound, b"", hashlib.sha256(sound).hexdigest()
    else:
        data, small, sha256 = sound.data, sound.small, sound.sha256
        form = {"sr": sound.sr, "channels": sound.n_channels, "frames": sound.n_samples}
    url = serve_file(data, _SOUNDS[data[:4]], key=key, sha256=sha256)
    smaller = (
        serve_file(small, "audio/ogg", key=f"{key}.small", sha256=hashlib.sha256(small).hexdigest())
        if small
        else None
    )
    return SentSound({"id": sha256, "url": url, "small": smaller, **form}, b"" if url else data)


def serve_file(data: bytes, media_type: str, *, key: str, sha256: str) -> str | None:
    """Serve bytes by Streamlit's media route until a run of the session no longer requests them.

    Parameters
    ----------
    data : bytes
    media_type : str
        "audio/flac", "text/javascript".
    key : str
        What it is for; one file a key and session.
    sha256 : str
        Of all of ``data``. Streamlit's own fingerprint of more than 1 MiB is made of head, middle and tail: without
        this part two sounds that differ elsewhere would share an address, and a visitor would hear another's.

    Returns
    -------
    str or None
        A path below the app's own address, such as "/media/8f…"; None outside of a server.
    """
    if not runtime.exists():
        return None
    return runtime.get_instance().media_file_mgr.add(
        data, media_type, f"sonoscope.{key}", file_name=f"{sha256}.{media_type.rpartition('/')[2]}"
    )


def _describe(data: bytes) -> dict[str, int] | None:
    if data[:4] not in _SOUNDS:
        return None
    try:
        info = soundfile.info(io.BytesIO(data))
    except soundfile.LibsndfileError:
        return None
    if info.frames < 1:
        return None
    return {"sr": int(info.samplerate), "channels": int(info.channels), "frames": int(info.frames)}
