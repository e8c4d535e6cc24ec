"""What Python and the browser tell each other about the scenes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from core.audioviz.sound_measures import PARAMETERS
from pages.components.shared.sound_address import SentSound
from pages.components.viz.scenes import scenes
from pages.components.viz.scenes.scenes import PALETTES, SCENE_NAMES, pack_scenes, read_choice
from tests.pages.shared.test_component import unpack

FOLDER = Path(scenes.__file__).parent
GIVEN = {
    "scene": "bars",
    "palette": "ember",
    "limiter": True,
    "latency_ms": 0,
    "aspect": "16:9",
    "caption": "",
}


def test_the_message_holds_header_parameters_and_sound():
    params = np.array([[np.nan, 2, -1, *[0.5] * 7]] * 3)
    sound, other = (SentSound({"id": word.hex()}, word) for word in (b"sound", b"other"))
    header, rest = unpack(pack_scenes(params, 20.0, sound, title="</script>", given=GIVEN))
    values = np.frombuffer(rest[:-5], "<u2").reshape(3, 10) / 65_535
    assert rest.endswith(b"sound") and header["n"] == 3 and header["rate"] == 20.0
    assert np.abs(values[0] - [0, 1, 0, *[0.5] * 7]).max() <= 0.5 / 65_535
    exchanged, _ = unpack(pack_scenes(params, 20.0, other, title="</script>", given=GIVEN))
    assert exchanged["id"] == header["id"] and exchanged["sound"] != header["sound"]
    renamed, _ = unpack(pack_scenes(params, 20.0, sound, title="t", given=GIVEN))
    assert renamed["id"] != header["id"] and renamed["sound"] == header["sound"]
    microphone, _ = unpack(pack_scenes(np.zeros((0, 10)), 20.0, None, title="t", given=GIVEN))
    assert microphone["sound"] is None and not microphone["has_sound"]
    for bad in ({"params": np.zeros((3, 9))}, {"rate_hz": 0.0}, {"given": {**GIVEN, "scene": "sea"}}):
        with pytest.raises(ValueError, match=r"must|unknown"):
            pack_scenes(
                **{"params": params, "rate_hz": 20.0, "sound": None, "title": "t", "given": GIVEN, **bad}
            )


def test_what_a_browser_sends_is_believed_only_where_it_makes_sense():
    key = json.dumps(GIVEN, sort_keys=True)
    good = {
        "scene": "storm",
        "palette": "ocean",
        "limiter": False,
        "latency_ms": -40,
        "aspect": "9:16",
        "caption": "Night",
        "given": key,
    }
    assert read_choice(good, GIVEN) == {k: good[k] for k in GIVEN}
    bad = {
        "scene": "sea",
        "palette": 3,
        "limiter": "no",
        "latency_ms": 1e9,
        "aspect": "4:3",
        "caption": 5,
        "given": key,
    }
    assert len(read_choice({**good, "caption": "long\n" * 99}, GIVEN)["caption"]) <= 80
    for sent in (None, 7, bad, {**good, "given": "another"}):
        assert read_choice(sent, GIVEN) == GIVEN


def test_the_browser_knows_the_same_scenes_palettes_and_parameters():
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))

    def words(name: str) -> list[str]:
        found = re.search(rf"const {name} = [\[{{](.*?)[\]}}];", scripts)
        assert found is not None, name
        return re.findall(r"[a-z]+", found[1])

    assert words("SCENES") == list(SCENE_NAMES)
    assert words("PALETTES") == list(PALETTES)
    assert words("PARAMETERS") == list(PARAMETERS)
