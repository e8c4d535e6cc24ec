"""The Folk page in a real Chromium: from the settings to files that hold the tune that was heard."""

import re
import warnings
from itertools import pairwise

import pytest
from defusedxml import ElementTree
from playwright.sync_api import expect

from core.music import midi
from core.music.tune import TICKS, Tune
from core.music.tune_files import read_tune, to_musicxml
from tests.browser.conftest import (
    COMPONENTS,
    download,
    grave_findings,
    phone_overflow,
    rerun,
    wait_until_done,
)

pytestmark = pytest.mark.browser
SHORT = "folk.bars=8&folk.count=2"


def choose(page, label: str, option: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("combobox", name=re.compile(f"{label}$")).click()
    page.get_by_role("option", name=option, exact=True).click()


def read_by_music21(musicxml: bytes) -> dict:
    """What a reader that knows nothing of this app finds in a file."""
    # Its modules warn of their own future when they are imported.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import music21

        part = music21.converter.parseData(musicxml.decode(), format="musicxml").parts[0]
        notes = [
            (float(note.offset), float(note.quarterLength), None if note.isRest else note.pitch.midi)
            for note in part.stripTies().flatten().notesAndRests
            if "ChordSymbol" not in note.classes
        ]
        chords = [
            (
                float(chord.offset),
                chord.root().name.replace("-", "b"),
                sorted({p.pitchClass for p in chord.pitches}),
            )
            for chord in part.flatten().getElementsByClass("ChordSymbol")
        ]
        key = part.recurse().getElementsByClass("Key").first()
        time = part.recurse().getElementsByClass("TimeSignature").first()
        measures = list(part.getElementsByClass("Measure"))
        return {
            "notes": notes,
            "chords": chords,
            "key": (key.tonic.name.replace("-", "b"), key.mode),
            "meter": time.ratioString,
            "bars": [(float(measure.offset), float(measure.duration.quarterLength)) for measure in measures],
        }


def as_music21_sees(tune: Tune) -> dict:
    edges = [*sorted({0, *tune.bars}), tune.length_tick]
    return {
        "notes": [
            (event.onset_tick / TICKS, event.duration_tick / TICKS, event.pitch) for event in tune.events
        ],
        "chords": [
            (chord.onset_tick / TICKS, chord.root, sorted(set(chord.pitch_classes))) for chord in tune.chords
        ],
        "key": (tune.keys[0].tonic, tune.keys[0].mode),
        "meter": tune.meters[0].meter,
        "bars": [(begin / TICKS, (end - begin) / TICKS) for begin, end in pairwise(edges)],
    }


def test_music21_reads_pickups_ties_triplets_and_rests_as_we_write_them():
    text = b"X:1\nM:6/8\nL:1/8\nK:Bbdor\nF | B2 c (3ded c | d3- d2 z | f6 | B3 z2 |]\n"
    tune, _ = read_tune(text, "tune.abc")
    assert read_by_music21(to_musicxml(tune).encode()) == as_music21_sees(tune)


def test_from_the_settings_to_a_musicxml_that_is_the_tune_in_the_midi_file(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?folk.bars=8")
    wait_until_done(page)
    choose(page, "Key", "D")
    page.wait_for_url(re.compile("folk.key=D"))
    choose(page, "Time signature", "6/8")
    page.wait_for_url(re.compile("folk.meter=6"))
    page.get_by_text("8 bars in D major, 6/8").first.wait_for()
    with rerun(page):
        page.get_by_role("button", name="New version").click()
    page.wait_for_url(re.compile("folk.seed="))
    with rerun(page):
        page.locator("label").get_by_text("2", exact=True).click()
    page.get_by_text("Variant 2: 8 bars in D major, 6/8").first.wait_for()
    wait_until_done(page)
    assert page.get_by_role("img", name=re.compile("^Score of variant [123]:", re.I)).count() == 3
    heard = midi.from_bytes(download(page, "MIDI"))
    written = download(page, "MusicXML")
    tune, said = read_tune(written, "tune.musicxml")
    assert said == []
    assert (tune.keys[0].tonic, tune.meters[0].meter, len(tune.bars)) == ("D", "6/8", 8)
    assert tune.pitches == [note.pitch for note in heard.instruments[0].notes]
    assert read_tune(download(page, "Kern"), "tune.krn")[0].events == tune.events
    assert read_tune(download(page, "ABC"), "tune.abc")[0].events == tune.events
    assert download(page, "Score (SVG)").startswith(b"<svg")
    assert read_by_music21(written) == as_music21_sees(tune)


def test_kept_bars_and_a_typed_beginning_are_in_the_link(visit, app_url):
    page = visit.open(
        f"{app_url}/folk_generator?folk.bars=8&folk.count=1&folk.keep=8&folk.abc=G2+A2+B2+c2+%7C%0Ad4+d4"
    )
    wait_until_done(page)
    first, _ = read_tune(download(page, "Kern"), "tune.krn")
    assert first.pitches[:6] == [67, 69, 71, 72, 74, 74]
    with rerun(page):
        page.get_by_role("button", name="New version").click()
    page.wait_for_url(re.compile("folk.rest_seed="))
    wait_until_done(page)
    tune, _ = read_tune(download(page, "Kern"), "tune.krn")
    assert tune != first and tune.pitches[-1] == first.pitches[-1]
    again = visit.open(page.url)
    wait_until_done(again)
    assert read_tune(download(again, "Kern"), "tune.krn")[0] == tune


def test_bars_clicked_in_the_score_are_kept_and_the_title_is_in_the_files(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?{SHORT}&folk.pickup=1&folk.title=The+Red+Hen")
    wait_until_done(page)
    first, _ = read_tune(download(page, "Kern"), "tune.krn")
    page.locator("summary").get_by_text("Keep bars, rewrite the rest").click()
    with rerun(page):
        page.locator(".st-key-folk-pick label").first.click()
    bars = page.locator(COMPONENTS).first.locator(".measure")
    assert bars.count() == 9
    # The pickup goes with the first bar; a second click lets go of it.
    for n in (0, 1, 3, 8):
        box = bars.nth(n).bounding_box()
        with rerun(page):
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_text("Selected: bars 3, 8").wait_for()
    with rerun(page):
        page.get_by_role("button", name="Rewrite the other bars").click()
    page.wait_for_url(re.compile("folk.keep=3"))
    wait_until_done(page)
    written = download(page, "MusicXML")
    assert b"The Red Hen" in written and b"The Red Hen" in download(page, "MIDI")
    tune, _ = read_tune(download(page, "Kern"), "tune.krn")
    for n in (2, 7):
        kept, before = (
            [(e.onset_tick, e.duration_tick, e.pitch) for e in one.events if one.bar_of(e.onset_tick) == n]
            for one in (tune, first)
        )
        assert kept == before
    assert tune != first


@pytest.mark.parametrize("scheme", ["dark"])  # pages in both: test_every_page
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(visit, app_url, scheme):
    page = visit.open(
        f"{app_url}/folk_generator?{SHORT}&folk.begin=Keys+on+screen&folk.keep=2", color_scheme=scheme
    )
    wait_until_done(page)
    for opened in ("Keep bars, rewrite the rest", "Advanced", "Model details"):
        page.locator("summary").get_by_text(opened).click()
    page.get_by_text("Training data").first.wait_for()
    assert grave_findings(page) == []
    assert phone_overflow(page) == 0


# The sheet as it was drawn in the frame that is on the screen, beside the time that the playhead showed in it.
SEEN = """(host) => new Promise((resolve) => requestAnimationFrame(() => {
  const root = host.shadowRoot;
  const notes = [...root.querySelectorAll('.paper g.note')];
  const frame = root.querySelector('.frame');
  const box = frame.getBoundingClientRect();
  const lit = root.querySelectorAll('.paper .sounding');
  const head = lit[0]?.querySelector('.notehead').getBoundingClientRect();
  resolve({
    time: Number(root.querySelector('.playhead').dataset.time), lit: [...lit].map((note) => notes.indexOf(note)),
    framed: Boolean(head) && box.left < head.left && box.right > head.right && box.top < head.top && box.bottom > head.bottom,
    shown: !frame.hidden, top: box.top, bottom: box.bottom, border: getComputedStyle(frame).borderTopWidth,
  });
}))"""


def written_notes(musicxml: bytes, tempo_qpm: float) -> list[tuple[float, float]]:
    """Begin and end, seconds, of every note sign of a MusicXML file, read without the app."""
    place, found = 0.0, []
    for note in ElementTree.fromstring(musicxml).iter("note"):
        length = int(note.findtext("duration")) / 480 * 60 / tempo_qpm
        if note.find("pitch") is not None:
            found.append((place, place + length))
        place += length
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_note_that_sounds_is_framed_in_the_score(visit, app_url, scheme, width):
    page = visit.open(
        f"{app_url}/folk_generator?{SHORT}&folk.tempo=97&folk.abc=D2+%7C+G2+G2+B2+d2",
        color_scheme=scheme,
        width=width,
    )
    wait_until_done(page)
    notes = written_notes(download(page, "MusicXML"), 97)
    host = page.locator(COMPONENTS).first
    paper = host.locator(".paper")
    assert paper.get_attribute("aria-label").startswith("Score of Variant 1: 8 bars in G major")
    assert paper.locator("g.note").count() == len(notes)
    assert host.evaluate(SEEN)["lit"] == []
    host.locator(".play").click()
    for moment in (0.2, 1.9, 4.1):
        page.wait_for_function(
            "([host, t]) => Number(host.shadowRoot.querySelector('.playhead').dataset.time) >= t",
            arg=[host.element_handle(), moment],
        )
        seen = host.evaluate(SEEN)
        sounding = [n for n, (begin, end) in enumerate(notes) if begin - 0.001 <= seen["time"] < end - 0.001]
        assert seen["lit"] == sounding, f"at {seen['time']}"
        if sounding:
            assert seen["framed"] and seen["shown"] and float(seen["border"].removesuffix("px")) >= 1
    host.locator(".play").click()
    # A click on a note, and one beside it, go to its beginning.
    for n, aside in ((len(notes) - 2, 0), (3, 25)):
        paper.locator("g.note").nth(n).locator(".notehead").scroll_into_view_if_needed()
        box = paper.locator("g.note").nth(n).locator(".notehead").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + aside)
        page.wait_for_function(
            "([host, n]) => [...host.shadowRoot.querySelectorAll('.paper g.note')][n].matches('.sounding')",
            arg=[host.element_handle(), n],
        )
        seen = host.evaluate(SEEN)
        assert seen["lit"] == [n] and seen["time"] == pytest.approx(notes[n][0], abs=0.002)
    # Back at the start nothing is left behind when another tune comes.
    with rerun(page):
        page.locator("label").get_by_text("2", exact=True).click()
    page.get_by_text("Variant 2: 8 bars").first.wait_for()
    assert host.evaluate(SEEN)["lit"] == []


def test_the_line_that_sounds_comes_into_view_unless_the_visitor_reads_elsewhere(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?folk.bars=24&folk.count=1&folk.tempo=300", height=420)
    wait_until_done(page)
    host = page.locator(COMPONENTS).first
    first = host.locator(".paper g.system").first
    last = host.locator(".paper g.system").last

    head = host.locator(".paper g.note").first.locator(".notehead")
    on_line = """([host, last]) => {
      const lines = [...host.shadowRoot.querySelectorAll('.paper g.system')];
      const line = host.shadowRoot.querySelector('.sounding')?.closest('.system');
      return line && lines.indexOf(line) >= (last ? lines.length - 1 : 2);
    }"""
    # The first line at the lower edge, the others below it.
    head.evaluate("(head) => head.scrollIntoView({block: 'end'})")
    box = head.bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    assert first.bounding_box()["y"] < 420 < last.bounding_box()["y"]
    host.locator("audio").evaluate("(audio) => audio.play()")
    page.wait_for_function(on_line, arg=[host.element_handle(), True])
    page.wait_for_timeout(500)  # It is scrolled to smoothly.
    seen = host.evaluate(SEEN)
    assert seen["top"] >= 0 and seen["bottom"] <= 420
    host.locator("audio").evaluate("(audio) => { audio.pause(); audio.currentTime = 0; }")
    page.get_by_role("heading", name="Download", exact=True).scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    before = page.evaluate(scrolled)
    host.locator("audio").evaluate("(audio) => audio.play()")
    page.wait_for_function(on_line, arg=[host.element_handle(), False])
    assert page.evaluate(scrolled) == before


def test_kept_bars_stand_in_a_frame_and_the_pdf_holds_the_score(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?{SHORT}&folk.keep=2&folk.keep=3")
    wait_until_done(page)
    host = page.locator(COMPONENTS).first
    expect(host.locator(".paper rect.tint")).to_have_count(1)
    assert page.get_by_text("Framed bars are kept").is_visible()
    pdf = download(page, "Score (PDF)")
    assert pdf.startswith(b"%PDF-") and pdf.count(b"/Type /Page\n") == 1 and b"Folk tune in G major" in pdf


def test_a_plan_of_phrases_is_in_the_link_and_a_wrong_one_gets_its_sentence(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?{SHORT}&folk.phrases=a+plan+of+my+own&folk.plan=A3+A3+B2")
    wait_until_done(page)
    tune, _ = read_tune(download(page, "Kern"), "tune.krn")
    bar = tune.meters[0].bar_tick
    # The pickup of the next phrase, or a rest, may follow in the same bar.
    assert [-(-event.end_tick // bar) for event in tune.events if event.ends_phrase] == [3, 6, 8]
    page.get_by_test_id("stSidebar").locator("summary").get_by_text("Advanced").click()
    plan = page.get_by_role("textbox", name="Phrase plan")
    plan.fill("4+5")
    plan.press("Enter")
    page.get_by_text("make 9 bars, but the tune has 8").wait_for()


def test_a_beginning_on_keys_becomes_letters_in_the_link(visit, app_url):
    page = visit.open(f"{app_url}/folk_generator?{SHORT}&folk.begin=Keys+on+screen&folk.meter=3%2F4")
    wait_until_done(page)
    keys = page.locator(".st-key-folk-keys")
    for pitch in (67, 71, 74):
        keys.locator(f"[data-pitch='{pitch}']").click()
    # The keyboard tells the page what was played when nothing has been played for a third of a second.
    page.wait_for_timeout(1_500)
    page.get_by_text("The tune starts with 1 bar of your notes, in G major, 3/4").wait_for()
    wait_until_done(page)
    with rerun(page):
        page.get_by_role("button", name="Edit as text (ABC)").click()
    page.wait_for_url(re.compile("folk.abc="))
    wait_until_done(page)
    tune, _ = read_tune(download(page, "Kern"), "tune.krn")
    assert tune.pitches[:3] == [67, 71, 74]
    again = visit.open(page.url)
    wait_until_done(again)
    assert read_tune(download(again, "Kern"), "tune.krn")[0] == tune
