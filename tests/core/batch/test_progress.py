"""What a batch tells while it runs."""

import io

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
