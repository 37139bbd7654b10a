"""Whoever produces turns can be seen to live, and to be gone."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tutor.errors import ConfigurationError
from tutor.turns.owner import Owner

_OTHER = """
import sys
from pathlib import Path
from tutor.turns.owner import Owner
owner = Owner(Path(sys.argv[1]))
print(owner.name, flush=True)
sys.stdin.read()
"""


def files(data_dir: Path) -> set[str]:
    return {path.name for path in (data_dir / "owners").iterdir()}


def test_an_owner_lives_until_its_process_is_killed(tmp_path: Path) -> None:
    me = Owner(tmp_path)
    command = [sys.executable, "-c", _OTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            name = other.stdout.readline().strip()
            assert not me.is_dead(name)
            me.forget_dead(set())
            assert files(tmp_path) == {f"{me.name}.lock", f"{name}.lock"}
        finally:
            other.send_signal(signal.SIGKILL)
        other.wait()
    assert me.is_dead(name)
    me.forget_dead({name})
    assert me.is_dead(name)
    me.forget_dead(set())
    assert files(tmp_path) == {f"{me.name}.lock"}
    me.close()
    assert files(tmp_path) == set()


def test_two_owners_in_one_process_see_each_other_live(tmp_path: Path) -> None:
    first, second = Owner(tmp_path), Owner(tmp_path)
    assert first.name != second.name
    assert not first.is_dead(second.name)
    assert not first.is_dead(first.name)
    second.close(holds_turns=True)
    assert first.is_dead(second.name)
    first.close()


def test_nothing_is_said_about_an_owner_on_another_machine(tmp_path: Path) -> None:
    me = Owner(tmp_path)
    assert not me.is_dead("owner_elsewhere")
    me.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "owners").write_text("")
    with pytest.raises(ConfigurationError, match="TUTOR_DATA_DIR"):
        Owner(tmp_path)
