"""Embedding: the line of HTML that puts an exported page into another page or a notebook."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from core.errors import keep_printable

# Player, chart and the first words; the rest scrolls.
_HEIGHT_PX = 760
_MAX_LETTERS = 300


def write_embed_code(file_name: str, title: str) -> str:
    """Write an ``<iframe>`` for an exported page that lies beside the page it is put into.

    The frame lets the exported page run its own script and nothing else: it reads no cookies of the site around it, opens no
    windows and sends no forms.

    Parameters
    ----------
    file_name : str
        Such as "co2.html".
    title : str
        What a screen reader calls the frame.

    Returns
    -------
    str

    Examples
    --------
    >>> print(write_embed_code("sea ice.html", 'Sea "ice"'))
    <iframe src="sea%20ice.html" title="Sea &quot;ice&quot;" width="100%" height="760" sandbox="allow-scripts" loading="lazy" style="border: 0"></iframe>
    """
    address = quote(keep_printable(file_name).lstrip("/\\"))
    return _write_frame(f'src="{address}"', title)


def embed_document(document: str, title: str) -> str:
    """Write an ``<iframe>`` that holds an exported page whole, for a notebook's cell.

    Parameters
    ----------
    document : str
        As `core.presentation.web_page.write_page` gives it.
    title : str
        What a screen reader calls the frame.

    Examples
    --------
    >>> embed_document("<p>", "Sea ice")[:40]
    '<iframe srcdoc="&lt;p&gt;" title="Sea ic'
    """
    return _write_frame(f'srcdoc="{escape(document)}"', title)


def _write_frame(content: str, title: str) -> str:
    name = escape(keep_printable(title).strip()[:_MAX_LETTERS] or "Sonoscope")
    return (
        f'<iframe {content} title="{name}" width="100%" height="{_HEIGHT_PX}" sandbox="allow-scripts" '
        'loading="lazy" style="border: 0"></iframe>'
    )
