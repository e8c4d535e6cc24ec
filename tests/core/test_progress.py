"""The time left is told by the speed of late, so that a machine that grows busy is believed."""

from core.progress import tell_time_left


def test_the_time_left_follows_a_machine_that_slows_down():
    now, told = [0.0], []
    tell = tell_time_left(lambda _, stage: told.append(stage), "Making this video", clock=lambda: now[0])
    share = 0.0
    for second in range(1, 71):  # 1 % a second, after half a minute a quarter of that
        now[0], share = float(second), share + (0.01 if second <= 30 else 0.0025)
        tell(share)
    assert told[0] == "Making this video: 1%"  # too early to tell
    assert told[9] == "Making this video: 10%, about 2 min left"
    assert told[29] == "Making this video: 30%, about 70 s left"
    assert told[69] == "Making this video: 40%, about 4 min left"
    tell(1.0)
    assert told[-1] == "Making this video: 100%"
