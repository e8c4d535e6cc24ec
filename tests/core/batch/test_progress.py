"""What a batch tells while it runs."""

import errno
import io

import pytest

from core.batch.progress import draw_bar, show_tally
from core.batch.run_batch import Tally


def test_the_bar_counts_all_rows_also_those_that_were_done_before():
    tally = Tally(n_rows=1200, n_kept=200, n_done=398)
    tally.failures = [None, None]
    assert draw_bar(tally) == "[########--------] 600 of 1,200 rows, 50%, 2 failed"
    assert draw_bar(Tally(n_rows=15)) == "[----------------] 0 of 15 rows, 0%"
    assert draw_bar(Tally(n_rows=15, n_kept=15)) == "[################] 15 of 15 rows, 100%"


def test_a_log_has_a_line_a_minute():
    now, stream = [0.0], io.StringIO()
    tally = Tally(n_rows=100, n_kept=40)
    with show_tally(stream, lambda: now[0]) as tell:
        for second in range(150):
            now[0], tally.n_done = float(second), second // 5
            tell(tally)
    assert stream.getvalue() == (
        "52 of 100 rows, 52%, about 4 min left\n64 of 100 rows, 64%, about 3 min left\n"
    )


def test_a_terminal_has_a_bar():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with show_tally(stream) as tell:
        tell(Tally(n_rows=2))
        tell(Tally(n_rows=2, n_kept=1))
        tell(Tally(n_rows=2, n_kept=1))
    assert stream.getvalue().count("\r") == 4 and "[########--------] 1 of 2 rows, 50%" in stream.getvalue()


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_or_a_log_that_takes_nothing_any_more_stops_no_batch_and_takes_no_place_of_a_stop(
    is_terminal,
):
    class Closed(io.StringIO):
        def isatty(self):
            return is_terminal

        def write(self, text):
            raise OSError(errno.EIO, "Input/output error")

    now = iter(range(0, 10_000, 100))
    with pytest.raises(KeyboardInterrupt), show_tally(Closed(), lambda: float(next(now))) as tell:
        tell(Tally(n_rows=2))
        tell(Tally(n_rows=2, n_done=1))
        raise KeyboardInterrupt
