"""Uploads: a visitor's photo or voice stays in memory, also while it arrives."""

from __future__ import annotations

from core import limits


def keep_uploads_in_memory() -> None:
    """Let the web server hold a whole upload in memory while it arrives.

    Starlette, which Streamlit serves with, moves parts over 1 MB to a temporary file; photographs are larger than
    that. Streamlit itself keeps uploads in memory. The largest upload is bounded by ``server.maxUploadSize``.
    """
    from starlette.formparsers import MultiPartParser

    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, limits.MAX_AUDIO_BYTES)
