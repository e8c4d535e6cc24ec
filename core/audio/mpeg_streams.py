"""MP3 files put together from several: tags between their frames, and frame counts that are wrong."""

from __future__ import annotations

import re

from core.files.signatures import count_mpeg_frames, mpeg_frame_bytes

_TAG = re.compile(rb"ID3[\2-\4]\0[\0-\xf0][\0-\x7f]{4}")
# The first frame of many files holds no sound but the number of those that follow.
_COUNT = re.compile(rb"\xff[\xe2-\xfd].{2}\0{9,34}(?:Xing|Info)\0{3}(.)(.{4})", re.DOTALL)
_ZEROS = re.compile(rb"\0+")
_SEARCHED_BYTES = 64 * 1024
_SYNC = re.compile(rb"\xff[\xe2-\xfd]")
_MAX_GAPS = 100
_TOLERANCE = 0.02


def mend_mpeg(data: bytes) -> bytes:
    """Make one stream of MPEG audio of a file that holds several, as by joining files end to end.

    Decoders stop at a tag between frames, or after as many frames as the first one announces.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    bytes
        Without tags behind the first one, and with the number of frames that there are; mostly `data` itself.

    Examples
    --------
    >>> mend_mpeg(b"ID3" + bytes(100)) == b"ID3" + bytes(100)
    True
    """
    begin = _tag_end(data, 0) if _TAG.match(data) else 0
    # Several tags in a row are one span; those within it end where it does.
    spans = [
        (tag.start(), end)
        for tag in _TAG.finditer(data, max(1, begin))
        if (end := _tag_end(data, tag.start()))
    ]
    pieces, at = [], 0
    for start, end in spans:
        if start >= at:
            pieces.append(data[at:start])
            at = end
    joined = b"".join([*pieces, data[at:]]) if pieces else data
    return _correct_count(joined, begin)


def _tag_end(data: bytes, at: int) -> int:
    """Where the frames behind a tag, or several, begin; 0 where none do: then it is bytes of a picture or a sound."""
    while _TAG.match(data, at):
        sevens = data[at + 6 : at + 10]
        at += 10 + (sevens[0] << 21 | sevens[1] << 14 | sevens[2] << 7 | sevens[3])
        zeros = _ZEROS.match(data, at)
        at = zeros.end() if zeros else at
    return at if count_mpeg_frames(data, at, most=2) == 2 else 0


def _correct_count(data: bytes, begin: int) -> bytes:
    found = _COUNT.search(data, begin, begin + _SEARCHED_BYTES)
    if found is None or not found[1][0] & 1:
        return data
    after = found.start() + mpeg_frame_bytes(found[0][:4])
    announced = int.from_bytes(found[2], "big")
    counted = _count_over_gaps(data, after)
    if abs(announced - counted) <= 2 + _TOLERANCE * counted:
        return data
    # Without any count, libsndfile would guess from the first frame's bit rate, wrongly where the rate varies.
    return data[: found.start(2)] + counted.to_bytes(4, "big") + data[found.end(2) :]


def _count_over_gaps(data: bytes, at: int) -> int:
    """The number of frames up to the end, some bytes of something else between them."""
    n_frames = n_gaps = 0
    while n_gaps <= _MAX_GAPS:
        while n_bytes := mpeg_frame_bytes(data[at : at + 4]):
            at += n_bytes
            n_frames += 1
        n_gaps += 1
        places = (found.start() for found in _SYNC.finditer(data, at, at + _SEARCHED_BYTES))
        at = next((place for place in places if count_mpeg_frames(data, place, most=2) == 2), -1)
        if at < 0:
            break
    return n_frames
