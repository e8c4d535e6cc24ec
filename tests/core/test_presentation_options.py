"""Every job that makes sound writes films, pages and pictures, and refuses a wrong ending before it begins."""

import pytest

from core.__main__ import main

JOBS = {
    "sonify": ["example:nile"],
    "folk": ["--bars", "4"],
    "emotion": ["--valence", "0.5"],
    "extrapolate": ["example:mist"],
}


@pytest.mark.parametrize("job", JOBS)
def test_a_file_with_a_wrong_ending_is_refused_before_anything_is_made(job, tmp_path, capsys):
    for option, ending in (("--film", ".mov"), ("--page", ".pdf"), ("--picture", ".gif")):
        path, report = tmp_path / f"a{ending}", tmp_path / "report.json"
        assert main([job, *JOBS[job], option, str(path), "--report", str(report)]) == 1
        assert f"Rename the file of {option}" in capsys.readouterr().err
        assert not path.exists() and not report.exists()
