"""Samples of a SoundFont, read from its file when a zone asks for them; compressed ones (SF3) are decoded then.

SF3 is SF2 with each sample as an Ogg Vorbis stream of its own: the header's start and end are bytes in the sample
chunk, the loop counts from the beginning of the sample. Of a font of 40 MB a piece needs a few dozen samples; the
last ones that were used stay in memory, and no worker ever holds the whole font.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError

Samples = NDArray[np.int16]

CACHE_BYTES = 32 * 1024 * 1024
"""Of all fonts of a process; the piano of the largest font takes 20 MB for four octaves of one loudness, and 25 MB for a
piece: with less, each render of one decodes all of it anew."""

MAX_FRAMES = 1 << 24
"""Of one compressed sample: six minutes. A few bytes of Vorbis can hold hours of silence."""

DECODE_SEC_A_FRAME = 50e-9  # measured processor seconds
_GRANULE = slice(6, 14)  # where an Ogg page says how many frames there are up to its end


class _SampleCache:
    """Least-recently-used cache of samples of all fonts."""

    def __init__(self) -> None:
        self._samples: OrderedDict[object, Samples] = OrderedDict()
        self._n_bytes, self._most_bytes = 0, CACHE_BYTES
        self._lock = threading.Lock()

    def get(self, key: object) -> Samples | None:
        """The samples called `key`, if they are still here."""
        with self._lock:
            if key in self._samples:
                self._samples.move_to_end(key)
            return self._samples.get(key)

    def keep(self, key: object, samples: Samples) -> None:
        """Keep `samples`; the ones that were used longest ago make room."""
        with self._lock:
            self._samples.setdefault(key, samples)
            self._n_bytes = sum(kept.nbytes for kept in self._samples.values())
            while self._n_bytes > self._most_bytes and len(self._samples) > 1:
                self._n_bytes -= self._samples.popitem(last=False)[1].nbytes

    def allow(self, n_bytes: int) -> None:
        """Keep up to so many bytes, if that is more than before: in a process that serves one person."""
        self._most_bytes = max(self._most_bytes, n_bytes)

    def clear(self) -> None:
        """Empty the cache."""
        with self._lock:
            self._samples.clear()


CACHE = _SampleCache()


class SampleFile:
    """The sample chunk of a font file.

    Parameters
    ----------
    key : tuple
        Path, time of change and size of the file: what it was when its tables were read.
    begin, end : int
        Where the chunk lies in the file, in bytes.
    """

    def __init__(self, key: tuple[str, int, int], begin: int, end: int) -> None:
        self.key = key
        self.begin = begin
        self.n_bytes = end - begin

    @property
    def n_frames(self) -> int:
        """Frames of 16 bits in the chunk; of no use where they are compressed."""
        return self.n_bytes // 2

    def read(self, start: int, end: int) -> Samples:
        """Frames from `start` to `end` of an uncompressed chunk."""
        key = (self.key, start, end)
        samples = CACHE.get(key)
        if samples is None:
            samples = np.frombuffer(self._bytes(2 * start, 2 * end), dtype="<i2").astype(np.int16, copy=False)
            CACHE.keep(key, samples)
        return samples

    def count_frames(self, first: int, last: int) -> int:
        """Length of the Vorbis stream between two bytes of the chunk, from its last page; 0 where there is none."""
        with self._opened() as file:
            # The last page of a stream begins within 64 KB of its end.
            begin = max(first, last - 65_600)
            file.seek(self.begin + begin)
            data = file.read(max(last - begin, 0))
        page = data.rfind(b"OggS")
        if page < 0 or len(data) < page + _GRANULE.stop:
            return 0
        n = int.from_bytes(data[page + _GRANULE.start : page + _GRANULE.stop], "little", signed=True)
        return min(max(n, 0), MAX_FRAMES)

    def decode(self, first: int, last: int, n: int) -> Samples:
        """Decode the Vorbis stream between two bytes of the chunk into exactly `n` frames.

        Raises
        ------
        InputError
            If the stream is damaged.
        """
        key = (self.key, first, last, n)
        samples = CACHE.get(key)
        if samples is not None:
            return samples
        import soundfile  # not needed where the font is not compressed

        try:
            with soundfile.SoundFile(io.BytesIO(self._bytes(first, last))) as stream:
                decoded = stream.read(n, dtype="int16", always_2d=True)[:, 0]
        except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
            raise InputError("The SoundFont is damaged: a sample cannot be decoded.") from error
        samples = np.zeros(n, dtype=np.int16)
        samples[: len(decoded)] = decoded
        CACHE.keep(key, samples)
        return samples

    def is_decoded(self, first: int, last: int, n: int) -> bool:
        """Whether `decode` has its result at hand."""
        return CACHE.get((self.key, first, last, n)) is not None

    def _bytes(self, first: int, last: int) -> bytes:
        with self._opened() as file:
            file.seek(self.begin + first)
            data = file.read(max(last - first, 0))
        if len(data) != last - first:
            raise InputError("The SoundFont was changed or cut off while it was in use. Choose it again.")
        return data

    def _opened(self) -> io.BufferedReader:
        path, mtime_ns, n_bytes = self.key
        try:
            file = Path(path).open("rb")  # noqa: SIM115  # the callers close it
            status = Path(path).stat()
        except OSError as error:
            raise InputError("The SoundFont could not be opened. Choose the file again.") from error
        if (status.st_mtime_ns, status.st_size) != (mtime_ns, n_bytes):
            file.close()
            raise InputError("The SoundFont was changed while it was in use. Try again.")
        return file
