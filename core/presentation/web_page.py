"""Web page of a presentation: one HTML file with picture, sound, player, words and data that asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, get_args

from core.errors import keep_printable, plural
from core.player.browser_files import (
    BASE_STYLE,
    CONTROLS_SCRIPT,
    PLAYBACK_STYLE,
    PLAYER_MARKUP,
    PLAYER_SCRIPTS,
    read_files,
    shorten_source,
)
from core.presentation.drawing import draw
from core.presentation.letters import write_font_faces
from core.presentation.page_sound import PageSound, choose_sound
from core.presentation.page_table import write_table
from core.presentation.page_ways import list_way
from core.presentation.player_header import View, describe_player
from core.presentation.presentation import (
    ChartPicture,
    Drawing,
    Picture,
    Presentation,
    RollPicture,
    ScorePicture,
)
from core.presentation.themes import DARK, LIGHT, PageTheme, Theme

_HERE = Path(__file__).parent
# Of visitors' own words nothing longer is shown in one place.
_MAX_LETTERS = 300
# A longer title is written smaller.
_LONG_TITLE = 80
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

# A drawing knows its colors by name: one SVG serves light, dark and paper.
_NAMED_COLORS = Theme(
    name="light",
    background="var(--st-background-color)",
    surface="var(--st-secondary-background-color)",
    text="var(--st-text-color)",
    muted="var(--st-muted-color)",
    border="var(--st-border-color)",
    accent="var(--st-primary-color)",
    voices=tuple(f"var(--voice-{i})" for i in range(len(LIGHT.voices))),
)


@dataclass(frozen=True, kw_only=True)
class _Size:
    """A drawing for some widths of the window; web_page.css shows one."""

    name: str
    width: int
    panel_height: int
    text_px: float
    is_wide: bool = False


_SIZES = (
    _Size(name="large", width=960, panel_height=380, text_px=14.0),
    _Size(name="middle", width=680, panel_height=340, text_px=13.0),
    _Size(name="small", width=370, panel_height=280, text_px=12.0),
)
# From so many dots on, where each drawing has 100 kB, the large one stands in for the middle one.
_MANY_DOTS = 1_500
# Of the height of one panel, for each further one.
_FURTHER_PANEL = 0.45
# A score is as wide as the page and as high as it then is.
_LEAST_SCORE_PX = 80


def write_page(presentation: Presentation, theme: PageTheme = "auto") -> str:
    """Write one HTML document that works from a double click.

    It holds the first picture and every score as SVG, the sound, the app's player with keyboard and announcements, the
    words and the data as a table. Its Content-Security-Policy allows its own script and style sheet, by their hashes, and
    nothing else: no request leaves it. Without scripts, picture, words, data and the browser's own controls for the sound
    remain.

    Parameters
    ----------
    presentation : Presentation
        Text in it may hold anything; it is escaped, and cut after 300 characters.
    theme : {"auto", "light", "dark"}
        "auto" is light or dark as the reader's system is. Paper is always light.

    Returns
    -------
    str
        To be written as UTF-8.

    Raises
    ------
    ValueError
        If the theme is another.

    Examples
    --------
    >>> import numpy as np
    >>> from core.audio.flac import FlacSound
    >>> from core.audio.waveform import Audio
    >>> from core.presentation.presentation import Presentation, WaveformPicture
    >>> sound = FlacSound.of(Audio(np.zeros(800, np.float32), 8000))
    >>> page = write_page(Presentation(title="<b>", sound=sound, pictures=(WaveformPicture(),)))
    >>> page[:15], "<title>&lt;b&gt;</title>" in page, "http-equiv" in page
    ('<!DOCTYPE html>', True, True)
    """
    if theme not in get_args(PageTheme):
        raise ValueError(f"theme must be one of {', '.join(get_args(PageTheme))}, not {theme!r}.")
    title = _keep_short(presentation.title) or "Sonoscope"
    pictures = {_name_view(picture): picture for picture in reversed(presentation.pictures)}
    with ThreadPoolExecutor(max_workers=1) as pool:
        encoding = pool.submit(choose_sound, presentation.sound)  # which needs no Python meanwhile
        drawn = {
            view: [(size, _draw(presentation, picture, size)) for size in _choose_sizes(picture)]
            for view, picture in reversed(pictures.items())
            if picture is presentation.pictures[0] or isinstance(picture, ScorePicture)
        }
        script = _write_script()
        style = _write_style(theme)
        sound = encoding.result()
    return (
        (_HERE / "web_page.html")
        .read_text(encoding="utf-8")
        .format(
            policy=_write_policy(script, style),
            schemes="light dark" if theme == "auto" else theme,
            title=escape(title),
            summary=escape(_keep_short(presentation.subtitle)),
            subtitle=_paragraph(presentation.subtitle, presentation.language),
            lang=_write_language(presentation.language),
            length=' class="long"' if len(title) > _LONG_TITLE else "",
            style=style,
            player=PLAYER_MARKUP.read_text(encoding="utf-8"),
            drawings="".join(_place(view, size, one) for view, sizes in drawn.items() for size, one in sizes),
            described=escape(_describe(drawn)),
            sources="".join(source.to_html() for source in sound.sources),
            sections=_write_sections(presentation),
            credits=_write_credits(presentation),
            facts=_pack(_list_facts(presentation, title, drawn, sound)),
            script=script,
        )
    )


def _keep_short(text: str) -> str:
    text = keep_printable(text).strip()
    return text if len(text) <= _MAX_LETTERS else f"{text[: _MAX_LETTERS - 1]}…"


def _name_view(picture: Picture) -> View:
    """The player's view that a picture stands for."""
    if isinstance(picture, ChartPicture):
        return "line"
    if isinstance(picture, RollPicture):
        return "roll"
    return "score" if isinstance(picture, ScorePicture) else "waveform"


def _choose_sizes(picture: Picture) -> tuple[_Size, ...]:
    n_dots = sum(len(series.note_x) for series in picture.series) if isinstance(picture, ChartPicture) else 0
    if n_dots <= _MANY_DOTS:
        return _SIZES
    large, _, small = _SIZES
    return replace(large, is_wide=True), small


def _draw(presentation: Presentation, picture: Picture, size: _Size) -> Drawing:
    n_panels = len(picture.panel_titles) if isinstance(picture, ChartPicture) else 1
    height = round(size.panel_height * (1 + _FURTHER_PANEL * (n_panels - 1)))
    if isinstance(picture, ScorePicture):
        height = _LEAST_SCORE_PX
    return draw(
        presentation, picture, size.width, height, _NAMED_COLORS, is_titled=False, text_px=size.text_px
    )


def _name_element(view: str, size: _Size) -> str:
    return f"{view}-{size.name}"


def _place(view: str, size: _Size, drawing: Drawing) -> str:
    """The drawing in an element of its own, its ids apart from those of the others."""
    name = _name_element(view, size)
    svg = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{name}.", drawing.svg)
    label = escape(_keep_short(drawing.description) or "Picture of the sound")
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    wide = " wide" if size.is_wide else ""
    return f'<div class="drawing {size.name}{wide}" id="{name}">{svg}</div>\n'


def _describe(drawn: dict[View, list[tuple[_Size, Drawing]]]) -> str:
    return keep_printable(" ".join(sizes[0][1].description for sizes in drawn.values())).strip()


def _write_script() -> str:
    return shorten_source(read_files([CONTROLS_SCRIPT, *PLAYER_SCRIPTS, _HERE / "web_page.js"]))


def _write_style(theme: PageTheme) -> str:
    colors = {"light": _write_colors(LIGHT), "dark": _write_colors(DARK)}
    sheets = [f":root{{{colors['light' if theme == 'auto' else theme]}}}"]
    if theme == "auto":
        sheets.append(f"@media (prefers-color-scheme: dark){{:root{{{colors['dark']}}}}}")
    sheets.append(f"@media print{{:root{{{colors['light']}--st-background-color:#fff;}}}}")
    sheets.append(write_font_faces())
    files = [BASE_STYLE, PLAYBACK_STYLE, PLAYER_MARKUP.with_suffix(".css"), _HERE / "web_page.css"]
    return "\n".join([*sheets, shorten_source(read_files(files))])


def _write_colors(theme: Theme) -> str:
    """The theme under the names that Streamlit gives to components."""
    named = {
        "--st-background-color": theme.background,
        "--st-secondary-background-color": theme.surface,
        "--st-text-color": theme.text,
        "--st-muted-color": theme.muted,
        "--st-border-color": theme.border,
        "--st-primary-color": theme.accent,
        "--st-link-color": theme.accent,
        "--st-chart-categorical-colors": ",".join(theme.voices),
        "color-scheme": theme.name,
        **{f"--voice-{i}": color for i, color in enumerate(theme.voices)},
    }
    return "".join(f"{name}:{value};" for name, value in named.items())


def _write_policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src 'sha256-{_hash(script)}'; style-src 'sha256-{_hash(style)}'; "
        "font-src data:; img-src data:; media-src data: blob:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _write_language(language: str) -> str:
    return f' lang="{language}"' if _LANGUAGE.fullmatch(language) and language != "en" else ""


def _paragraph(text: str, language: str = "en", before: str = "") -> str:
    """A paragraph in a direction of its own; nothing where there is no text."""
    short = _keep_short(text)
    if not short:
        return ""
    return f"<p>{before}<bdi{_write_language(language)}>{escape(short)}</bdi></p>\n"


def _write_sections(presentation: Presentation) -> str:
    sections = []
    if presentation.mapping:
        sections.append(f"<section><h2>About this sound</h2>{_write_list(presentation.mapping)}</section>\n")
    if presentation.captions:
        spoken = [caption.shown_text for caption in presentation.captions]
        language = _write_language(presentation.captions_language)
        sections.append(f"<section{language}><h2>Spoken words</h2>{_write_list(spoken)}</section>\n")
    if presentation.columns and presentation.columns[0][1]:
        n_rows, n_columns = len(presentation.columns[0][1]), len(presentation.columns)
        summary = f"Show as a table: {plural(n_rows, 'row')}, {plural(n_columns, 'column')}"
        table = write_table(presentation.columns)
        sections.append(
            f'<section class="data"><h2>Data</h2><details><summary>{summary}</summary>{table}</details></section>\n'
        )
    return "".join(sections)


def _write_list(texts: tuple[str, ...] | list[str]) -> str:
    return f"<ul>{''.join(f'<li><bdi>{escape(_keep_short(text))}</bdi></li>' for text in texts)}</ul>"


def _write_credits(presentation: Presentation) -> str:
    return _paragraph(presentation.source, before="Source: ") + _paragraph(
        presentation.license, before="License: "
    )


def _list_facts(
    presentation: Presentation,
    title: str,
    drawn: dict[View, list[tuple[_Size, Drawing]]],
    sound: PageSound,
) -> dict[str, Any]:
    """What the page's script reads."""
    voices = [f"{voice.name} ({voice.unit})" if voice.unit else voice.name for voice in presentation.voices]
    header = describe_player(
        title=title,
        views=("roll", "waveform"),
        notes=presentation.notes,
        points=presentation.points,
        point_noun=presentation.point_noun,
        voice_names=[_keep_short(name) for name in voices],
        captions=[
            replace(caption, text=_keep_short(caption.text), shown=_keep_short(caption.shown))
            for caption in presentation.captions
        ],
        captions_language=presentation.captions_language,
        are_captions_in_sound=presentation.are_captions_in_sound,
    )
    for point in header["points"]:
        point["label"] = _keep_short(point["label"])
    header["views"] = list(dict.fromkeys([*drawn, *header["views"]]))
    header |= {"id": "page", "sound": {"id": "sound", **sound.header}}
    return {
        "header": header,
        "drawings": [
            {
                "view": view,
                "sizes": [
                    list_way(_name_element(view, size), one, dots=view == "line") for size, one in sizes
                ],
            }
            for view, sizes in drawn.items()
        ],
    }


def _pack(facts: dict[str, Any]) -> str:
    """JSON, compressed, as base64: no text of a visitor can be seen as markup."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = json.dumps(facts, allow_nan=False, separators=(",", ":")).encode()
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()
