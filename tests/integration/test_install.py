"""How locked packages are installed, and what is said where they can not be."""

import zipfile
from pathlib import Path

import pytest

from infra import install

DIGEST = "0" * 64


def test_a_failure_is_shown_in_full_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"no-such-package==1.0 --hash=sha256:{DIGEST}\n")

    with pytest.raises(SystemExit) as told:
        install.install("sample", tmp_path / "environment", locks=[lock])

    assert "ERROR: No matching distribution found for no-such-package==1.0" in str(told.value)
    assert f"{install.LOGS / 'install-sample.log'}" in str(told.value)
    assert "pip config list" in str(told.value)
    assert capsys.readouterr().out == "sample    installing …\n"


def test_what_has_no_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with zipfile.ZipFile(tmp_path / "sample-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("sample-1.0.dist-info/METADATA", "Name: sample\nVersion: 1.0\n")
        wheel.writestr("sample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    lock = tmp_path / "requirements.txt"
    lock.write_text("sample==1.0\n")

    with pytest.raises(SystemExit, match="--require-hashes mode"):
        install.install("sample", tmp_path / "environment", locks=[lock])


def test_a_step_is_told_by_whole_lines(capsys: pytest.CaptureFixture[str]):
    with install.step("pages", "fetching"):
        before = capsys.readouterr().out

    assert before == "pages     fetching …\n"
    assert capsys.readouterr().out == "pages     ready after 0 s\n"
