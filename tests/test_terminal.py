"""Does every way to end a command have its sentence and its exit status, in ordinary surroundings and in odd ones?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from command import RUN, as_json, refused, run, worded
from problems import ENGINE_BATHS
from torusync import cli, report
from torusync.files.whole import write_text

ENGINE = ["--drive", "0.1,0.1", *worded(ENGINE_BATHS)]
MACHINE = "drive = [0.1, 0.1]\n" + "".join(f"{name} = {value}\n" for name, value in ENGINE_BATHS.items())
POSIX = pytest.mark.skipif(os.name == "nt", reason="shells and devices of POSIX")


def shell(line, **environment):
    """Run a line of a shell in which ``torusync`` is the command."""
    line = f'torusync() {{ "{sys.executable}" -m torusync "$@"; }}; {line}'
    return subprocess.run(
        ["/bin/bash", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["solve", "--foo"], "Argument `--foo` must be one of torusync solve's words, but it is none (see"),
        (["solve", "--n-hto", "3"], "but it is none (did you mean --n-hot?)."),
        (
            ["reprodce"],
            "Argument `reprodce` must be one of torusync's words, but it is none (did you mean reproduce?).",
        ),
        (["solve", "--n-hot"], "requires an argument."),
        (["solve", "--manifold-levels", "x"], "Argument `--manifold-levels` must be a whole number, but it is 'x'."),
        (["analyze"], "Argument `STATE` must be given, but it is missing; see torusync analyze --help."),
        (["solve", "a", "b"], "Argument `torusync solve` must be used as its --help says, but got unexpected extra"),
        (["solve", "--drive", "25 mhz", *ENGINE[2:]], "but it is '25 mhz' (did you mean 25 MHz?)."),
        (["solve", *ENGINE, "--hot-temperature", "1.2 k"], "but it is '1.2 k' (did you mean 1.2 K?)."),
        (["solve", "--drive", "1_0", *ENGINE[2:]], "Argument `--drive` must be a number"),
        (["solve", *ENGINE, "--save", "x.dat"], "Argument `--save` must end in .npz"),
        (["reproduce", "--out", ""], "Argument `--out` must name a folder, but it is empty"),
        (["reproduce", "--set", "thesis"], "`--set` must be one of letter, companion, phases, but it is 'thesis'."),
        (["solve", "a" * 5000 + ".toml"], "aaa…aaa"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_cannot_be_read_is_one_sentence_about_what_was_typed(words, sentence):
    said = refused(*words)
    assert sentence in said
    assert len(said) < 400
    assert "?." not in said


def test_no_word_at_all_shows_the_help():
    result = run()
    assert result.exit_code == 2
    assert "reproduce  Make the figures" in result.stderr


def test_a_name_that_a_file_gives_is_named_as_it_stands_there(put):
    machine = put("machine.toml", MACHINE.replace("0.05", "-0.05"))
    assert "`gamma_hot` must be at least 0" in refused("solve", machine)
    assert "`--gamma-hot` must be at least 0" in refused("solve", machine, "--gamma-hot", "-1")


def test_a_fault_of_ours_shows_a_traceback_and_is_not_taken_for_a_claim_that_fails(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(report, "reproduce", broken)
    result = RUN.invoke(cli.app, ["reproduce"])
    assert result.exit_code == 70
    assert "broken on purpose" in result.stderr


@pytest.mark.parametrize("words", [["--help"], ["solve", "-h"], ["reproduce", "-h"], ["analyze", "-h"]])
def test_help_is_whole_and_gives_an_example(words):
    text = run(*words).stdout
    assert "..." not in text.replace("[ARGS]...", "")
    assert "Examples:" in text or words == ["--help"]
    if "solve" in words:
        assert 'λ_j|"50 MHz"' in text
        assert 'T_h|"1.2 K"' in text


def test_examples_of_the_help_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (line,) = [one.strip() for one in run("solve", "-h").stdout.splitlines() if one.startswith("    torusync solve --")]
    assert run(*line.split()[1:]).exit_code == 0


def test_the_title_of_a_table_is_not_wrapped_to_its_columns():
    lines = run("solve", *ENGINE, "--full").stdout.splitlines()
    for title in ("steady state", "synchronization", "thermodynamics"):
        assert any(line.strip().lower().startswith(title) for line in lines)


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path):
    np.save(tmp_path / "rho.npy", np.array([[0.5, 0.1], [0.1, 0.5]]))
    result = run("analyze", tmp_path / "rho.npy", "--set", "a\x1b[31m=0-1", "--full")
    assert result.exit_code == 0, result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    assert r"a\x1b[31m" in result.stdout
    assert "\x1b" not in run("solve", "bad\x1b[31m.toml").stderr


@POSIX
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("torusync --help > /dev/full", 2, "No space left on device"),
        ("torusync cite > /dev/full", 2, "No space left on device"),
        ("torusync cite >&-", 0, ""),
        ("torusync solve $OPTIONS --full >&-", 0, ""),
        ("torusync solve $OPTIONS 2>&-", 0, ""),
        ("torusync solve <(cat machine.toml) --json > out; grep -q s_max out", 0, ""),
        ("torusync solve /dev/stdin < machine.toml", 0, ""),
        ("MPLBACKEND=nonsense torusync reproduce --only fig2d --quick --out o", 0, "0 of 2"),
        ("torusync solve $OPTIONS --drive 0.1 --gamma-hot 0 --full; torusync solve $OPTIONS --drive 1e-320", 0, ""),
        ("torusync solve $OPTIONS --drive 1e-300", 0, ""),
        ("torusync --show-completion bash | grep -q COMP_WORDS", 0, ""),
    ],
)
def test_odd_but_ordinary_surroundings(line, status, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("machine.toml").write_text(MACHINE)
    done = shell(line, OPTIONS=" ".join(ENGINE))
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    assert bool(said) or not done.stderr


@POSIX
@pytest.mark.parametrize("words", [f"solve {' '.join(ENGINE)} --full", f"solve {' '.join(ENGINE)} --json", "solve -h"])
def test_nobody_who_reads_on_is_a_status_of_its_own(words):
    done = shell(f"torusync {words} | head -c 0; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in {0, 128 + signal.SIGPIPE}
    assert not done.stderr


@POSIX
def test_what_a_killed_run_left_hidden_is_removed_by_the_next_and_nothing_else(tmp_path):
    target = tmp_path / "state.csv"
    code = (
        "import os, signal; from pathlib import Path; from torusync.files.whole import atomic_path\n"
        f"with atomic_path(Path({str(target)!r})) as one: one.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    alive = left.with_name(left.name.replace(left.name.split("-")[2], str(os.getpid())))
    alive.write_text("being written by a process that lives")
    other = left.with_name(left.name.replace("state", "states"))
    other.write_text("of another target")
    write_text(target, "whole")
    assert sorted(tmp_path.iterdir()) == sorted([target, alive, other])


@POSIX
def test_a_full_disk_is_told_with_the_file_that_did_not_fit(monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(np, "savez", full)
    monkeypatch.setattr(np, "savez_compressed", full)
    result = run("solve", *ENGINE, "--save", "state.npz")
    assert result.exit_code == 2
    assert result.stderr == "Files must be readable and writable, but 'state.npz' is not (No space left on device).\n"
    assert not list(tmp_path.iterdir())


def test_options_win_over_a_file(put):
    machine = put("machine.toml", MACHINE)
    assert as_json("solve", machine, "--n-hot", "4")["system"]["n_hot"] == [4.0]
    assert ts.__version__ in run("-V").stdout


def test_one_drive_in_place_of_a_row_keeps_the_levels_of_the_file(put):
    machine = put("machine.toml", MACHINE)
    found = as_json("solve", machine, "--drive", "0.2")["system"]
    assert (found["manifold_levels"], found["drive"]) == (2, [{"re": 0.2, "im": 0.0}])
    assert as_json("solve", machine, "--drive", "0.2,0.1,0.1")["system"]["manifold_levels"] == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--drive", "0.05", "--spread", "0.02", *ENGINE[2:]], "`--spread` must be of several levels"),
        (["--drive", "0,05", *ENGINE[2:]], "`--drive` must be a number with a decimal point, but '05' begins with a 0"),
        (["--manifold-levels", "2.5", *ENGINE], "`--manifold-levels` must be a whole number, but it is '2.5'"),
    ],
)
def test_what_would_be_another_machine_is_refused(words, sentence):
    assert sentence in refused("solve", *words)


@pytest.mark.parametrize(("kind", "status", "words"), [(None, 130, "Interrupted;"), (signal.SIGTERM, 143, "SIGTERM;")])
def test_what_ends_it_before_its_command_begins_is_told_too(monkeypatch, kind, status, words):
    """Typer makes a bare status of an interrupt that comes between the lines of its own."""

    def ended(*_):
        if kind is None:
            raise KeyboardInterrupt
        os.kill(os.getpid(), kind)
        raise AssertionError

    monkeypatch.setattr("torusync._terminal.Commands.invoke", ended)
    before = signal.getsignal(signal.SIGTERM)
    done = run("solve", *ENGINE)
    assert done.exit_code == status
    assert words in done.stderr
    assert signal.getsignal(signal.SIGTERM) is before


def test_whoever_heeds_sigterm_already_goes_on_to(monkeypatch):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    try:
        monkeypatch.setattr("torusync._terminal.Commands.invoke", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        assert run("solve", *ENGINE).exit_code == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [1]
