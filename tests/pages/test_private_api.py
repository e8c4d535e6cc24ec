"""Private parts of Streamlit, plotly and Starlette that the pages lean on: the only list of them.

Their makers may change them without a word. Each test looks into the packages that are installed and fails with a
sentence that says what broke and where in the pages it is used.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime import pages_manager
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.query_params import QueryParams
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from pages.components.shared.component import container_selector

STREAMLIT = Path(st.__file__).parent
SHARED = "pages/components/shared"
CHART_PLAYHEAD = f"{SHARED}/player/player_chart.js"


@cache
def browser_script(name: str) -> str:
    """The part of Streamlit's own page whose file begins with a name; minified, so only property names are left."""
    found = sorted((STREAMLIT / "static/static/js").glob(f"{name}.*.js"))
    assert found, (
        f"Streamlit {st.__version__} has no script {name}.*.js any more: look where its content went, and "
        "point tests/pages/test_private_api.py there."
    )
    return "\n".join(path.read_text(encoding="utf-8") for path in found)


@pytest.mark.parametrize(
    ("names", "used_for"),
    [
        ("_fullLayout _size", "where the axes of a drawn chart lie; without it no playhead runs over charts"),
        (
            "_offset _length",
            "where an axis begins and how long it is; the playhead stands in the wrong place",
        ),
        (
            "l2p d2p d2c",
            "from a value on an axis to pixels and back; the playhead and a click on a chart fail",
        ),
        (
            "_ev",
            "plotly's event emitter, by which a chart that was drawn afresh is noticed; clicks are lost",
        ),
        (
            "plotly_click plotly_afterplot plotly_relayout",
            "events of a chart; a click on it no longer seeks the sound",
        ),
        ("svg-container js-plotly-plot", "class names by which charts are found, also in component.py"),
    ],
)
def test_plotly_still_has(names: str, used_for: str) -> None:
    script = browser_script("PlotlyChart")
    missing = [name for name in names.split() if name not in script]
    assert not missing, f"plotly lost {', '.join(missing)}, used in {CHART_PLAYHEAD} for {used_for}."


@pytest.mark.parametrize(
    ("names", "used_for"),
    [
        ("parentElement setStateValue", f"what a component's script is called with ({SHARED}/component.js)"),
        ("default export", f"a component's script exports one function ({SHARED}/component.js)"),
        (
            "attachShadow",
            "a shadow root of its own for each component: our style sheets would touch the page's",
        ),
    ],
)
def test_components_are_still_mounted_with(names: str, used_for: str) -> None:
    script = browser_script("BidiComponent")
    missing = [name for name in (names.split() if "default" not in names else [names]) if name not in script]
    assert not missing, f"Streamlit's components lost {', '.join(missing)}: {used_for}."


def test_bytes_reach_a_component_as_they_are_and_its_state_comes_back_under_its_key() -> None:
    def draw() -> None:
        """One component that gets bytes."""
        import streamlit as st

        mount = st.components.v2.component("private_api", html="<p></p>", js="export default () => {};")
        mount(key="probe", data=b"\x03\x00\x00\x00{}!", on_value_change=lambda: None)

    at = AppTest.from_function(draw).run()
    (sent,) = at.get("bidi_component")
    assert sent.proto.bytes == b"\x03\x00\x00\x00{}!", (
        "st.components.v2 no longer sends bytes whole: pack_message in component.py relies on it."
    )
    at.session_state["probe"] = {"value": {"version": 1}}
    assert at.run().session_state["probe"]["value"] == {"version": 1}, (
        "A component's state is no longer in the session under its key, as component_state.py reads it."
    )


THEME = """
textColor backgroundColor secondaryBackgroundColor primaryColor linkColor borderColor baseRadius
chartCategoricalColors headingFont
"""


@pytest.mark.parametrize("name", THEME.split())
def test_the_theme_is_still_given_to_components_as_css_variables(name: str) -> None:
    script = browser_script("BidiComponent")
    assert name in script and "`--st`" in script, (
        f"Components no longer get the theme's {name} as a CSS variable --st-...: base.css and player_draw.js use it."
    )


def test_a_keyed_container_is_still_named_by_its_key() -> None:
    said = (
        "Streamlit names a keyed container's class otherwise than container_selector in component.py does: playheads "
        "find no charts, and the folk page's hidden letters are seen."
    )
    assert "`st-key-`+e.trim().replaceAll(/[^a-zA-Z0-9_-]/g,`-`)" in browser_script("index"), said
    assert container_selector(" a chart.1 ") == ".st-key-a-chart-1", said


def test_uploads_are_still_spooled_by_starlettes_class_attribute() -> None:
    said = (
        "Starlette no longer spools uploads by MultiPartParser.spool_max_size: shared/uploads.py keeps photographs and "
        "voices out of temporary files by it."
    )
    assert isinstance(getattr(MultiPartParser, "spool_max_size", None), int), said
    assert "self.spool_max_size" in inspect.getsource(MultiPartParser), said


def test_the_older_kind_of_app_is_still_recognized_by_its_folder() -> None:
    source = inspect.getsource(pages_manager) + inspect.getsource(script_runner)
    assert "uses_pages_directory" in source and '"pages"' in source, (
        "Streamlit has changed how it takes a folder pages/ for an app of its older kind: see whether run_app_first in "
        "shared/page.py is still needed, and whether a shared link opens on a server that has just started."
    )
    assert "uses_pages_directory = False" in inspect.getsource(st.navigation), (
        "st.navigation no longer ends the older kind of app: run_app_first in shared/page.py relies on it."
    )


@pytest.mark.parametrize(
    ("function", "parameter", "used_for"),
    [
        (st.selectbox, "bind", "the choices of every page in its address (shared/controls.py)"),
        (st.expander, "on_change", "what costs something is drawn only while its expander is open (page.py)"),
        (st.download_button, "on_click", "a click on a download does not rerun the page (downloads.py)"),
        (st.image, "alt", "pictures that are read out (home.py, folk/result.py)"),
        (st.plotly_chart, "alt", "charts that are read out (every page)"),
        (st.file_uploader, "max_upload_size", "limits of uploads by page (sound_input.py)"),
    ],
)
def test_young_parameters_of_streamlit_are_still_there(
    function: Callable[..., object], parameter: str, used_for: str
) -> None:
    assert parameter in inspect.signature(function).parameters, (
        f"{function.__name__} lost its parameter {parameter}: {used_for}."
    )


def test_the_address_can_still_be_completed() -> None:
    said = "Streamlit has changed how it binds widgets to the address: see complete_address in shared/address.py."
    for name in ("get_widget_metadata", "get_widget_value"):
        assert callable(getattr(SessionState, name, None)), said
    for name in ("has_param", "set_corrected_value"):
        assert callable(getattr(QueryParams, name, None)), said
    assert "_bindings_by_param" in inspect.getsource(QueryParams), said
    assert "is_history_navigation" in inspect.getsource(ScriptRunContext), said


def test_streamlit_webrtc_keeps_the_answer_of_the_server_and_names_the_state_of_its_component():
    component = importlib.import_module("streamlit_webrtc.component")
    said = "pages/components/emotion/live_camera.py tells by it which addresses each end offered in vain"
    assert "_sdp_answer_json" in component.WebRtcStreamerContext.__annotations__, said
    assert component.generate_frontend_component_key("emotion.live").startswith("emotion.live"), said
