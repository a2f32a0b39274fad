"""Waiting threads sleep, unless the user says otherwise; said before torch is there."""

import subprocess
import sys

from pds.base.threads import wait_passively


def test_waiting_threads_sleep_by_default():
    environment: dict[str, str] = {}
    wait_passively(environment)
    assert environment == {"OMP_WAIT_POLICY": "PASSIVE"}


def test_what_the_user_has_set_stays():
    environment = {"OMP_WAIT_POLICY": "ACTIVE"}
    wait_passively(environment)
    assert environment == {"OMP_WAIT_POLICY": "ACTIVE"}


def test_the_command_line_says_so_before_torch_is_imported():
    code = (
        "import os, sys; from pds.cli.main import main; assert 'torch' not in sys.modules; "
        "main(['presets']); print(os.environ['OMP_WAIT_POLICY'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "PASSIVE"
