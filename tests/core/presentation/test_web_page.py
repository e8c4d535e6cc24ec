"""Web page: its policy fits what it holds, no text of a visitor becomes markup, and it stays small."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.presentation.embedding import write_embed_code
from core.presentation.page_sound import choose_sound
from core.presentation.page_table import write_table
from core.presentation.presentation import Presentation, ShownPoint, SpokenCaption, Voice
from core.presentation.web_page import write_page

from .samples import ARABIC, HOSTILE, present_lines


class Elements(HTMLParser):
    """Names of all elements, all attributes, and the text of scripts and style sheets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.within = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        self.within = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within in self.raw:
            self.raw[self.within][-1] += data


def with_words(words: str) -> Presentation:
    """A presentation that holds the same words wherever it has some."""
    plain = present_lines([[1.0, 2.0, np.nan]], names=(words,), title=words, duration_sec=0.3)
    point = ShownPoint(onset_sec=0.0, duration_sec=0.1, label=words, value=1.0, kind="point")
    return dataclasses.replace(
        plain,
        subtitle=words,
        source=words,
        license=words,
        language=words,
        captions_language=words,
        mapping=(words,),
        voices=(Voice(name=words, unit=words),),
        points=(point,),
        captions=(SpokenCaption(onset_sec=0.0, duration_sec=0.1, text=words),),
        columns=((words, (words,)), ("b", (words,))),
    )


def read_facts(page: str) -> dict[str, Any]:
    found = re.search(r'id="facts">([A-Za-z0-9+/=]*)</script>', page)
    assert found is not None
    facts: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1]), -zlib.MAX_WBITS))
    return facts


PLAIN = Elements(write_page(with_words("a")))


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_the_policy_allows_the_page_s_own_script_and_style_and_nothing_else(theme) -> None:
    page = write_page(with_words("a"), theme)
    elements = Elements(page)
    policy = next(
        value for name, value in elements.attributes if name == "content" and "default-src" in str(value)
    )
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy).split(";"))
    assert rules["default-src"] == "'none'" and "connect-src" not in rules
    for kind in ("script", "style"):
        hashed = base64.b64encode(hashlib.sha256(elements.raw[kind][-1].encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{hashed}'"
    assert ("prefers-color-scheme" in elements.raw["style"][0]) is (theme == "auto")
    # The policy blocks attributes of style and of events; none may be needed.
    assert not [name for name, _ in elements.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:|#)", page)


@given(words=st.text(max_size=40) | st.sampled_from([HOSTILE, ARABIC, "{script}", "\ud800", "</script><!--"]))
@settings(max_examples=40, deadline=None)
def test_no_words_become_markup(words: str) -> None:
    page = write_page(with_words(words))
    assert page.encode()
    elements = Elements(page)
    assert set(elements.names) <= set(PLAIN.names) | {"tspan"}
    for name in ("script", "style", "audio", "source", "iframe", "img", "meta", "link"):
        assert elements.names.count(name) == PLAIN.names.count(name), name
    assert elements.raw["script"][1] == PLAIN.raw["script"][1]
    assert elements.raw["style"] == PLAIN.raw["style"]
    assert len(elements.raw["title"][0]) <= 300


def test_long_words_are_cut_everywhere() -> None:
    facts = read_facts(write_page(with_words("W" * 5_000)))
    header = facts["header"]
    texts = [
        header["title"],
        header["points"][0]["label"],
        *header["voices"],
        header["captions"]["list"][0][2],
    ]
    assert {len(text) for text in texts} == {300}


def test_each_size_of_the_drawing_knows_its_way_and_ids_are_apart() -> None:
    page = write_page(with_words("a"))
    (line,) = read_facts(page)["drawings"]
    assert [size["id"] for size in line["sizes"]] == ["line-large", "line-middle", "line-small"]
    for size in line["sizes"]:
        assert size["segments"] and len(size["marks"]) == 2 and size["dots"] is True
        assert all(0 <= x <= size["width"] for segment in size["segments"] for x in segment[2:4])
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "#" not in "".join(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]+)"', page)), "colors are named"


def test_a_drawing_of_many_dots_comes_in_two_sizes() -> None:
    page = write_page(present_lines([np.sin(np.arange(2_000.0))], duration_sec=0.5))
    assert [size["id"] for size in read_facts(page)["drawings"][0]["sizes"]] == ["line-large", "line-small"]
    assert 'class="drawing large wide" id="line-large"' in page


def test_a_small_sound_is_exact_and_a_large_one_comes_in_two_files() -> None:
    small = choose_sound(FlacSound.of(Audio(np.zeros(800, np.float32), 8_000)))
    assert [source.media_type for source in small.sources] == ["audio/flac"]
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 300_000)).astype(np.float32)
    large = choose_sound(FlacSound.of(Audio(noise, 44_100)))
    assert [source.media_type for source in large.sources] == ["audio/ogg; codecs=opus", "audio/mp4"]
    assert large.sources[0].data[:4] == b"OggS" and large.sources[1].data[4:8] == b"ftyp"
    assert sum(len(source.data) for source in large.sources) < 0.2 * noise.size * 2


def test_a_large_table_is_cut_and_says_so() -> None:
    cells = tuple(f"{i}" for i in range(20_000))
    table = write_table((("a", cells), ("b", cells)))
    assert len(table) < 210_000
    written = table.count("<tr>") - 1
    assert f"The first {written:,} of 20,000 rows." in table
    assert "rows." not in write_table((("a", cells[:100]),))
    for_paper, _, rest = write_table((("a", cells[:900]),)).partition('<tbody class="on-screen">')
    assert for_paper.count("<td>") == 500 and rest.count("<td>") == 400
    assert "Printed: the first 500 of 900 rows." in rest
    assert "The first 100 of 500 columns." in write_table(tuple((name, ("1",)) for name in cells[:500]))


def test_another_theme_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, light, dark, not 'blue'"):
        write_page(with_words("a"), "blue")  # type: ignore[arg-type]


def test_the_line_that_embeds_a_page_quotes_what_it_is_given() -> None:
    line = write_embed_code('a".html', "</iframe><script>")
    assert Elements(line).names == ["iframe"]
    assert 'src="a%22.html"' in line and 'sandbox="allow-scripts"' in line
