#!/usr/bin/env python3
"""Set up, run and check criabot with nothing but Python 3.11 or newer: `python3 dev.py` lists the commands."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, BENCH_VENV = ROOT / ".venv", ROOT / ".venv-bench"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = {VENV: ["--group", "dev"], BENCH_VENV: ["--requirement", "benchmarks/requirements.txt"]}

HELP = """\
Usage: python3 dev.py COMMAND [ARGUMENTS]

  demo     talk to a bot: customer on one side, inbox on the other (arguments go to `criabot demo`)
  test     the tests, on all cores (arguments go to pytest)
  lint     style and formatting (ruff)
  types    types (mypy, and pyright for what users write)
  verify   the simulated platform against the recordings of real servers, as a table
  coverage what of the platform the client covers, as a table
  check    all of these; the exit code tells whether all is well
  bench    measure criabot beside other frameworks (arguments go to `python -m benchmarks`; --quick takes a minute)
  profile  where an event's CPU time goes, as a table (arguments go to `python -m benchmarks.profile`)

The first command sets up .venv by itself, and again whenever pyproject.toml changes; `bench` has .venv-bench."""

PROGRAMS = {
    "demo": (VENV, ["criabot", "demo"]),
    "bench": (BENCH_VENV, ["benchmarks"]),
    "profile": (VENV, ["benchmarks.profile"]),
}

TOOLS = {
    "lint": [["ruff", "check"], ["ruff", "format", "--check"]],
    "types": [["mypy"], ["basedpyright"]],
    "test": [["pytest", "-n", "auto"]],
    "verify": [["criabot.testing.verify", "tests/recordings"]],
    "coverage": [["criabot.platform.coverage"]],
}


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if command not in ("check", *PROGRAMS, *TOOLS):
        print(HELP)
        return 0 if command in ("help", "-h", "--help") else 2
    require_python()
    set_up(BENCH_VENV if command == "bench" else VENV)
    if command in PROGRAMS:
        # In this process' place: Ctrl-C then reaches the program alone, which wants to finish its work.
        venv, module = PROGRAMS[command]
        os.chdir(ROOT)
        os.execv(venv / "bin" / "python", [str(venv / "bin" / "python"), "-m", *module, *rest])
    return check() if command == "check" else run_tool(command, rest)


def require_python() -> None:
    """Exit when this Python cannot make the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where somebody with an older one learns it
        sys.exit(f"criabot needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"This Python ({sys.executable}) has no {' and no '.join(missing)}. "
            "Install it (Debian and Ubuntu: `apt install python3-venv`) and run this again."
        )


def set_up(venv: Path) -> None:
    """Make an environment hold the project and its requirements, unless it does."""
    wanted, stamp = fingerprint(), venv / "dev.stamp"
    if stamp.exists() and stamp.read_text() == wanted and has_this_version(venv):
        return
    began = time.monotonic()
    print(f"Setting up {venv.name}, which takes about a minute:", flush=True)
    if not has_this_version(venv):
        step("a new environment", [sys.executable, "-m", "venv", "--clear", str(venv)])
    install = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step("pip", [*install, "--upgrade", "pip>=25.1"])
    step("criabot and its tools", [*install, "--editable", ".", *REQUIREMENTS[venv]])
    stamp.write_text(wanted)
    print(f"Ready after {time.monotonic() - began:.0f} s.\n", flush=True)


def fingerprint() -> str:
    """Of all that the environments depend on; the place too, because scripts and the project's link name it."""
    files = [ROOT / "pyproject.toml", ROOT / "benchmarks" / "requirements.txt"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + os.fsencode(ROOT)).hexdigest()


def has_this_version(venv: Path) -> bool:
    """Whether an environment works, and with the Python version that runs this file."""
    question = [str(venv / "bin" / "python"), "-c", "import pip, sys; print(sys.version_info[:2])"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == str(sys.version_info[:2])


def step(name: str, command: list[str]) -> None:
    """One step of the set-up; exit when it fails."""
    print(f"  {name} …", flush=True)
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit(f"The set-up failed at: {name}. The lines above say why; a network connection is needed.")


def run_tool(command: str, arguments: list[str]) -> int:
    """Run all parts of a command in the project's folder; the exit code of the first that fails, else 0."""
    codes = [
        subprocess.run([str(PYTHON), "-m", *tool, *arguments], cwd=ROOT, check=False).returncode
        for tool in TOOLS[command]
    ]
    return next((code for code in codes if code), 0)


def check() -> int:
    """Run everything, tell how each went, and return 1 when something failed."""
    lines, failed = [], False
    for command in TOOLS:
        print(f"\n── {command}", flush=True)
        began = time.monotonic()
        code = run_tool(command, [])
        failed = failed or code != 0
        lines.append(f"{command:8} {'failed' if code else 'ok':7} {time.monotonic() - began:5.1f} s")
    print("", *lines, sep="\n")
    return int(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
