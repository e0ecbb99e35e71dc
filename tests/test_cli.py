"""Does the command line do what it says, and fail in one sentence?"""

import json
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
import scipy.io

import torusync as ts
from command import as_json, run, worded
from problems import ENGINE_BATHS

ENGINE = ["--drive", "0.1,0.1", *worded(ENGINE_BATHS)]
STATE = np.array([[0.5, 0.1 + 0.2j, 0.0], [0.1 - 0.2j, 0.3, 0.05j], [0.0, -0.05j, 0.2]])


def refused(*words):
    """One sentence on stderr, nothing on stdout, status 2."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    text = result.stderr.strip()
    assert "\n" not in text
    assert text.endswith(".")
    assert "Traceback" not in text
    return text


def test_the_version():
    for word in ("--version", "-V"):
        assert run(word).stdout == f"torusync {ts.__version__}\n"


def test_as_a_module_in_a_process_of_its_own():
    done = subprocess.run(
        [sys.executable, "-m", "torusync", "solve", *ENGINE, "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["synchronization"]["certified"]


def test_help_lists_the_commands():
    text = run("--help").stdout
    assert run("-h").stdout == text
    assert run("solve", "-h").stdout == run("solve", "--help").stdout
    for command in ("reproduce", "solve", "analyze", "cite"):
        assert command in text


def test_cite_names_the_letter_its_companion_and_the_software():
    for words in (["cite"], ["cite", "--bibtex"]):
        text = run(*words).stdout
        for word in ("10.1103/PhysRevLett.131.030401", "10.1103/PhysRevA.108.012205", ts.__version__):
            assert word in text
    assert text.count("@") == 3
    assert text.count("{") == text.count("}")


def test_solve_agrees_with_the_library():
    found = as_json("solve", *ENGINE, "--detuning", "0.1", "--spread", "0.02")
    maser = ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS, detuning=0.1, splittings=[0.0, 0.02])
    state = ts.steady_state(maser)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert found["synchronization"]["s_max"] == float(sync.s_max)
    assert found["synchronization"]["s_max_bound"] == float(sync.s_max_bound)
    assert found["synchronization"]["phases"][0] is None
    assert found["thermodynamics"]["power"] == float(flows.power)
    assert found["thermodynamics"]["cop"] is None
    assert found["density"]["populations"] == state.populations.tolist()
    assert found["steady_state"]["solver"] == "Cauchy"
    assert found["density"]["drive_coherences"][0] == {
        "re": state.coherence(1, 2).real, "im": state.coherence(1, 2).imag,
    }  # fmt: skip


def test_small_machines_give_every_coherence():
    maser = ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS)
    state = ts.steady_state(maser)
    found = as_json("solve", *ENGINE)
    coherences = found["density"]["coherences"]
    assert list(coherences) == ["0-1", "0-2", "0-3", "1-2", "1-3", "2-3"]
    for pair, value in coherences.items():
        assert complex(value["re"], value["im"]) == state.coherence(*map(int, pair.split("-")))
    sync = found["synchronization"]
    assert sum(sync["share_fractions"].values()) == pytest.approx(1.0, rel=1e-12)
    assert sync["l1_coherence"] == pytest.approx(float(ts.synchronization(state).l1_coherence))


def test_levels_are_counted_where_they_are_not_said():
    assert as_json("solve", "--drive", "0.1", "--n-hot", "5,4,3", *ENGINE[4:])["system"]["manifold_levels"] == 3
    assert as_json("solve", "--drive", "0.1", *ENGINE[2:])["system"]["manifold_levels"] == 1


def test_negative_and_complex_values_reach_the_machine():
    found = as_json("solve", "--drive", "-0.1,0.1-0.05j", *ENGINE[2:], "--detuning", "-0.1")["system"]
    assert found["drive"] == [{"re": -0.1, "im": 0.0}, {"re": 0.1, "im": -0.05}]
    assert found["detuning"] == -0.1


def test_solve_prints_the_evidence_for_people():
    text = run("solve", *ENGINE, "--full").stdout
    for word in (
        "residual",
        "min_eigenvalue",
        "s_max_bound",
        "certified",
        "engine",
        "first_law_holds",
        "bare energies",
    ):
        assert word in text


def test_solvers_can_be_chosen_and_agree():
    values = [
        as_json("solve", *ENGINE, "--solver", one)["synchronization"]["s_max"]
        for one in ("Block", "dense", "cauchy", "auto")
    ]
    assert values == pytest.approx([values[0]] * 4, rel=1e-12)


def test_laboratory_units_in_laboratory_units_out():
    content = as_json(
        "solve", "--drive", "50 MHz", "--omega-cold", "5 GHz", "--omega-hot", "15GHz", "--gamma-hot", "25 MHz",
        "--gamma-cold", "0.1 GHz", "--hot-temperature", "1.2 K", "--cold-temperature", "100 mK",
    )  # fmt: skip
    found, units = content["system"], content["units"]
    assert found["unit_of_frequency_in_hertz"] == 5e9
    h_over_k = 6.62607015e-34 / 1.380649e-23
    for name, value in (("hot_temperature", 1.2), ("cold_temperature", 0.1), ("gamma_cold", 1e8), ("omega_hot", 15e9)):
        assert found[name] == pytest.approx(value, rel=1e-12)
    assert found["drive"][0]["re"] == pytest.approx(50e6, rel=1e-12)
    assert found["n_hot"][0] == pytest.approx(1 / np.expm1(h_over_k * 15e9 / 1.2), rel=1e-12)
    assert found["n_cold"] == pytest.approx(1 / np.expm1(h_over_k * 5e9 / 0.1), rel=1e-12)
    assert (units["drive"], units["hot_temperature"], units["power"], units["flux"]) == ("Hz", "K", "W", "1/s")


def test_a_machine_file_says_the_same_as_options_and_options_win(tmp_path):
    path = tmp_path / "machine.toml"
    path.write_text('drive = ["0.1", "0.1j"]\nn_hot = 5\nn_cold = 0.5\ngamma_hot = 0.05\ngamma_cold = 0.2\n')
    from_file = as_json("solve", path)
    assert from_file["system"]["manifold_levels"] == 2
    assert from_file["synchronization"]["s_max"] == pytest.approx(as_json("solve", *ENGINE)["synchronization"]["s_max"])
    assert as_json("solve", path, "--n-hot", "0.1")["thermodynamics"]["regime"] == "refrigerator"


def test_a_million_levels_are_abridged():
    found = as_json("solve", "--manifold-levels", "1000000", *ENGINE[:1], "0.1", *ENGINE[2:])
    assert found["density"]["populations"]["length"] == 1_000_002
    assert found["synchronization"]["certified"]
    assert "underflows" in found["summary"][-1]
    assert found["synchronization"]["scaled"] > 0.0


def test_a_state_is_saved_and_analyzed(tmp_path):
    path = tmp_path / "engine.npz"
    solved = as_json("solve", *ENGINE, "--save", path)
    analyzed = as_json("analyze", path)
    assert analyzed["synchronization"] == solved["synchronization"]
    assert analyzed["frustration"]["triangle_angle"] == pytest.approx([np.pi])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--manifold-levels", "0", *ENGINE], "`--manifold-levels` must be at least 1"),
        (
            ["--manifold-levels", "3", *ENGINE],
            "`--drive` must have one value, or one for each of 3 levels, but it has 2",
        ),
        (["--drive", "x", *ENGINE[2:]], "`--drive` must be a number"),
        (["--drive", "nan", *ENGINE[2:]], "`--drive` must be finite"),
        (["--drive", "inf", *ENGINE[2:]], "`--drive` must be finite"),
        ([*ENGINE, "--n-hot", "-5"], "`--n-hot` must be at least 0"),
        ([*ENGINE, "--gamma-hot", "-5"], "`--gamma-hot` must be at least 0"),
        ([*ENGINE, "--gamma-hot", "0.1j"], "`--gamma-hot` must be real"),
        ([*ENGINE, "--hot-temperature", "3"], "`--n-hot` must be given, or --hot-temperature instead, but both"),
        (ENGINE[:4] + ENGINE[6:], "`--n-cold` must be given, or --cold-temperature instead, but neither"),
        (ENGINE[:6], "`--gamma-hot` must be given"),
        (
            [*ENGINE, "--solver", "magic"],
            "`--solver` must be one of auto, collective, cauchy, lowrank, block, dense, but it is 'magic'",
        ),
        ([*ENGINE, "--omega-cold", "5 GHz"], "must carry a unit like `--omega-cold`"),
        ([*ENGINE, "--gamma-hot", "5 K"], "`--gamma-hot` must be in Hz"),
        ([*ENGINE, "--n-hot", "5 GHz"], "`--n-hot` must be a plain number"),
        ([*ENGINE, "--spread", "0.1", "--splittings", "0,0.1"], "`--spread` must be left out"),
        ([*ENGINE, "--dipole-correlation", "1"], "not unique"),
        ([*ENGINE, "--save", "nowhere/state.npz"], "existing folder"),
        ([*ENGINE, "--save", "state.dat"], "end in .npz"),
        (["missing.toml"], "readable file"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_machine_is_refused(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message in refused("solve", *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("drive = [0.1", "TOML"),
        ("", "is empty"),
        ("drives = 0.1\n", "(did you mean drive?)"),
        ("drive = true\n", "a number, a text with a unit, or a list"),
        ("manifold_levels = 2.5\n", "whole number"),
        ("\x00\xff", "TOML"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_wrong_machine_file_is_refused(content, message, tmp_path):
    path = tmp_path / "machine.toml"
    path.write_bytes(content.encode("latin-1"))
    assert message in refused("solve", path)


def written(folder, kind):
    path = folder / f"state.{kind.split()[0]}"
    match kind:
        case "npy":
            np.save(path, STATE)
        case "csv":
            path.write_text("\n".join(", ".join(str(x).strip("()") for x in row) for row in STATE))
        case "csv semicolon":
            path.write_text("# ρ\n" + "\n".join(";".join(f"{x.real}{x.imag:+}i" for x in row) for row in STATE))
        case "txt":
            path.write_text("\n".join(" ".join(f"{x:.17g}" for x in row) for row in STATE))
        case "json pairs":
            path.write_text(json.dumps([[[x.real, x.imag] for x in row] for row in STATE]))
        case "json records":
            path.write_text(json.dumps([[{"re": x.real, "im": x.imag} for x in row] for row in STATE]))
        case "json blocks":
            path.write_text(json.dumps({"real": STATE.real.tolist(), "imag": STATE.imag.tolist()}))
        case "mat":
            scipy.io.savemat(path, {"rho": STATE, "scalar": 1.0})
        case "mat v7.3":
            compound = np.zeros(STATE.shape, dtype=[("real", "<f8"), ("imag", "<f8")])
            compound["real"], compound["imag"] = STATE.T.real, STATE.T.imag
            with h5py.File(path, "w", userblock_size=512) as file:
                file["rho"] = compound
            with path.open("r+b") as file:
                file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    return path


@pytest.mark.parametrize(
    "kind",
    ["npy", "csv", "csv semicolon", "txt", "json pairs", "json records", "json blocks", "mat", "mat v7.3"],
)
def test_analyze_reads_what_people_have(kind, tmp_path):
    found = as_json("analyze", written(tmp_path, kind))["synchronization"]
    expected = ts.synchronization(STATE)
    assert found["s_max"] == pytest.approx(float(expected.s_max), rel=1e-13)
    assert found["phases"] == pytest.approx(expected.phases.tolist(), abs=1e-9)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", b"", "is empty"),
        ("a.npy", b"not numpy", "cannot be read"),
        ("a.csv", b"0.5, x\n0, 0.5\n", "line 1"),
        ("a.csv", b"0.5, 0\n0.5\n", "one length"),
        ("a.csv", b"# nothing\n", "no numbers"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read"),
        ("a.csv", b"0.5, nan\nnan, 0.5\n", "finite"),
        ("a.csv", b"0.5, 0, 0\n0, 0.5, 0\n", "square"),
        ("a.csv", b"0.5, 0.1\n0.3, 0.5\n", "Hermitian"),
        ("a.csv", b"0.5, 0\n0, 0.7\n", "unit trace"),
        ("a.csv", b"1.5, 0\n0, -0.5\n", "positive semidefinite"),
        ("a.json", b"{", "cannot be read"),
        ("a.json", b'{"a": 1}', "nested lists"),
        ("a.json", b'["a", "b"]', "nested lists"),
        ("a.mat", b"not matlab at all, whatever it says", "cannot be read"),
        ("a.npz", b"PK not really", "whole state"),
        ("a.xyz", b"1", "end in one of"),
    ],
)
def test_a_wrong_state_is_refused(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    assert message in refused("analyze", path)


def test_truncated_and_foreign_arrays_are_refused(tmp_path):
    np.save(tmp_path / "whole.npy", STATE)
    whole = (tmp_path / "whole.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-20])
    np.save(tmp_path / "objects.npy", np.array([[object()]]), allow_pickle=True)
    np.save(tmp_path / "stack.npy", np.stack([STATE, STATE]))
    np.save(tmp_path / "vector.npy", np.ones(3))
    assert "cannot be read" in refused("analyze", tmp_path / "cut.npy")
    assert "pickle" in refused("analyze", tmp_path / "objects.npy").lower()
    assert "batch of shape (2,)" in refused("analyze", tmp_path / "stack.npy")
    assert "or a ket of norm 1" in refused("analyze", tmp_path / "vector.npy")
    assert "folder" in refused("analyze", tmp_path)
    assert "readable" in refused("analyze", tmp_path / "none.npy")


def test_variables_of_a_mat_file_are_named(tmp_path):
    path = tmp_path / "two.mat"
    scipy.io.savemat(path, {"first": STATE, "second": STATE.conj()})
    assert "`--variable` must name one of the variables" in refused("analyze", path)
    assert "must be one of ['first', 'second']" in refused("analyze", path, "--variable", "third")
    assert as_json("analyze", path, "--variable", "second")["synchronization"]["certified"]
    np.save(tmp_path / "one.npy", STATE)
    assert "`--variable` must be left out" in refused("analyze", tmp_path / "one.npy", "--variable", "rho")


def test_error_bars_need_one_kind_of_noise(tmp_path):
    np.save(tmp_path / "state.npy", STATE)
    np.save(tmp_path / "small.npy", np.eye(4))
    np.save(tmp_path / "complex.npy", 1j * np.eye(9))
    state = tmp_path / "state.npy"
    assert "`--counts` must be left out" in refused("analyze", state, "--counts", "10", "--covariance", state)
    assert "`--counts` must be at least 1" in refused("analyze", state, "--counts", "0")
    assert "`--replicates` must be at least 2" in refused("analyze", state, "--counts", "10", "--replicates", "1")
    assert "shape (9, 9)" in refused("analyze", state, "--covariance", tmp_path / "small.npy")
    assert "`--covariance` must be real" in refused("analyze", state, "--covariance", tmp_path / "complex.npy")
    bars = as_json("analyze", state, "--counts", "100000", "--replicates", "50")["error_bars"]
    assert bars["s_max_error"] > 0.0
    assert bars["replicates"] == 50
    assert bars["s_max_confidence_95"][0] < bars["s_max"] < bars["s_max_confidence_95"][1]
    assert bars["s_max_resolved_from_zero"]
    assert "note" not in bars
    assert "take more counts" in as_json("analyze", state, "--counts", "3", "--replicates", "50")["error_bars"]["note"]


def test_reproduce_one_figure(tmp_path):
    result = run("reproduce", "--only", "fig2c", "--quick", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert {"fig2c.png", "fig2c.svg", "fig2c.nc", "report.html"} <= {one.name for one in (tmp_path / "out").iterdir()}
    assert "report.html" in result.stdout
    assert "fig2c" in refused("reproduce", "--only", "fig9z", "--out", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_reproduce_says_which_claim_fails_and_exits_with_1(tmp_path, monkeypatch):
    from dataclasses import replace

    from torusync import report
    from torusync.claims import evaluate
    from torusync.papers.letter.publication import PUBLICATION

    (result,) = evaluate(PUBLICATION.ledger, ["C04"], quick=True)
    monkeypatch.setattr(report, "reproduce", lambda *_, **__: [replace(result, passed=False)])
    found = run("reproduce", "--out", tmp_path)
    assert found.exit_code == 1
    assert "C04  FAILS" in found.stdout
    assert "C04" in found.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interrupt_is_clean(tmp_path):
    out = tmp_path / "out"
    # a shell that starts its jobs in the background has them ignore interrupts: the first line undoes that
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"import sys; sys.argv = ['torusync', 'reproduce', '--out', {str(out)!r}]\n"
        "from torusync.cli import main; main()\n"
    )
    command, pipe = [sys.executable, "-c", code], subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        time.sleep(3.0)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Interrupted" in errors
    assert not list(out.glob(".*"))


def test_a_closed_pipe_is_no_error():
    command = [sys.executable, "-m", "torusync", "solve", *ENGINE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert "Traceback" not in errors
