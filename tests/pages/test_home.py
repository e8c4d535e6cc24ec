"""Home page: it plays, and every page and example is one click away."""

from core.sonify.examples import EXAMPLES
from pages.components.home import texts
from pages.components.home.tools import PICTURES, TOOLS, find_picture
from pages.components.shared.play_next import _WISH
from tests.pages.conftest import errors, forbid_jobs, open_app

MAX_PICTURE_BYTES = 40_000


def test_home_offers_every_page_three_examples_and_an_upload():
    at = open_app()
    assert errors(at) == []
    assert {button.key for button in at.button} == {
        "home.own",
        *(f"home.{tool.key}" for tool in TOOLS),
        *(f"home.{name}" for name in texts.PLAY_EXAMPLE),
    }
    assert len(at.get("file_uploader")) == 1
    assert set(texts.PLAY_EXAMPLE) <= set(EXAMPLES)


def test_another_look_at_home_makes_nothing_and_each_mode_is_made_once(monkeypatch):
    at = open_app()
    at.segmented_control(key="home.mode").set_value("melody").run()
    assert errors(at) == []
    forbid_jobs(monkeypatch)
    at.segmented_control(key="home.mode").set_value("direct").run()
    assert errors(at) == []


def test_a_click_on_home_opens_the_example_and_asks_its_player_to_play():
    at = open_app()
    at.button(key="home.elnino").click().run()
    assert errors(at) == []
    assert at.title[0].value == "Sonify Data"
    assert at.selectbox(key="sonify.example").value == EXAMPLES["elnino"].title
    assert at.session_state[_WISH][0] == "sonify.player"


def test_pictures_are_small_and_none_is_missing_or_left_over():
    paths = set(PICTURES.iterdir())
    assert all(path.stat().st_size <= MAX_PICTURE_BYTES for path in paths)
    used = {find_picture(tool.key, theme) for tool in TOOLS for theme in ("light", "dark")}
    assert used == paths
    assert {path.suffix for path in paths} <= {".png", ".jpg"}


def test_a_file_given_on_home_is_read_on_sonify_data():
    at = open_app()
    table = b"day,sales\n2024-01-01,3\n2024-01-02,5\n2024-01-03,4\n"
    at.get("file_uploader")[0].set_value([("sales.csv", table, "text/csv")]).run()
    assert errors(at) == []
    assert at.title[0].value == "Sonify Data"
    assert at.session_state[_WISH][0] == "sonify.player"
    assert any("sales.csv" in told.value for told in (*at.caption, *at.markdown))
