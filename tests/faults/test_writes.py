"""What is being written when a program is killed, interrupted, out of space or not alone is whole, before and after."""

import io
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.main import main
from eventstudy.files import write_files
from eventstudy.study import folder_files
from eventstudy.study import result as study_result

HERE = Path(__file__).parent
PRICES = "date,mine\n" + "".join(
    f"{day:%Y-%m-%d},{100 + (k * 37 % 11) / 10}\n" for k, day in enumerate(pd.bdate_range("2021-01-04", periods=200))
)
EVENTS = "time,stance,headline\n2021-08-02,raise,one\n2021-09-01,fold,two\n"
COMMAND = [sys.executable, "-m", "eventstudy.cli"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture
def study(tmp_path):
    """Write a small study and return the words that run it."""
    (tmp_path / "e.csv").write_text(EVENTS, encoding="utf-8")
    (tmp_path / "p.csv").write_text(PRICES, encoding="utf-8")
    return ["run", "--events", "e.csv", "--prices", "p.csv", "--window", "0:1", "--quiet"]


def files(folder):
    """Return the files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def attacked(copy_of_process):
    """Run a program that kills its own children in a copy of this process; return what it says they left."""

    def attack(program, *words):
        sys.path.insert(0, str(HERE))
        sys.argv[1:] = map(str, words)
        runpy.run_path(str(HERE / program), run_name="__main__")

    def found(*words):
        code, told, said = copy_of_process(partial(attack, *words)).end(1200)
        assert code == 0, said[-2000:]
        return json.loads(told)

    return found


@pytest.mark.slow
def test_a_killed_writer_leaves_the_old_or_the_new(tmp_path, attacked):
    """After a hundred kills a cache, a file of events and a result folder are the old or the new, and writable."""
    found = attacked("killed.py", tmp_path, 35, "folder", "cache", "append")
    for kind, left in found.items():
        assert left["old"] > 0, kind
        assert left["old"] + left["new"] == 35, found
    assert sum(left["new"] for left in found.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("report", 20), ("atlas", 6)])
def test_killed_commands_leave_the_old_pages_or_the_new(tmp_path, kind, kills, attacked):
    """After some kills of the command its pages are all of the old choice or all of the new, and writable."""
    (left,) = attacked("killed.py", tmp_path, kills, kind).values()
    assert left["old"] + left["new"] == kills, left
    assert left["old"] > 0, left


@pytest.mark.slow  # by default a killed writer of the cache, and what one had begun, is finished or goes
@pytest.mark.parametrize("step", [8, 1])
def test_a_folder_whose_writer_is_killed_between_two_files_is_finished(tmp_path, step, attacked):
    """Killed after any of the moves of its files, a result folder is the new one for who reads or writes next."""
    found = attacked("killed_between.py", tmp_path, step)
    assert found["moves"] > 8
    assert found["read"] == [1] * (found["moves"] // step)
    assert found["written"] == [0] * (found["moves"] // step)
    assert found["left"] == []


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch):
    """Written again into the same folder, a study makes only the pieces of its large tables that are not there yet."""
    prices = pd.read_csv(io.StringIO(PRICES), index_col="date", parse_dates=True)
    prices = pd.concat([prices["mine"].rename(name) for name in "abcd"], axis=1) * [1, 2, 3, 4]
    events = pd.read_csv(io.StringIO(EVENTS))
    result = es.EventStudy(events, prices, windows=["0:1"], tests=[]).fit(budget=0)
    monkeypatch.setattr(study_result, "ROWS_AT_ONCE", 1)
    write_files(tmp_path / "whole", folder_files(result))
    made, make = [], study_result.pair_table

    def stopping(name, matches, samples, series):
        made.append((name, *series))
        if len(made) == 4 + 7:  # the first piece of each table gives the columns that study.json has
            raise KeyboardInterrupt
        return make(name, matches, samples, series)

    monkeypatch.setattr(study_result, "pair_table", stopping)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path / "r", folder_files(result))
    assert not list((tmp_path / "r").glob("*.csv"))
    before, made[:] = made[4:10], [("", "")] * 11
    write_files(tmp_path / "r", folder_files(result))
    after = made[11 + 4 :]
    assert len(before) + len(after) == 4 * 4
    assert not set(before) & set(after)
    assert files(tmp_path / "r") == files(tmp_path / "whole")


def test_a_journal_moves_nothing_but_what_was_made_for_a_place(tmp_path):
    """A list of files that came with a folder moves no file but a hidden one, to the name that it was made for."""
    staging = "r/.eventstudy-writing.z"
    for name in ("kept.csv", "r/b.csv", *(f"{staging}/{made}" for made in ("0.a.csv", "1.kept.csv", "2.c.csv"))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / staging / "3.s.csv").symlink_to(tmp_path / "kept.csv")
    moves = {"../b.csv": "d.csv", "0.a.csv": "b.csv", "1.kept.csv": "../kept.csv", "2.c.csv": "c.csv"}
    moves |= {"../../kept.csv": "kept.csv", "3.s.csv": "s.csv"}
    (tmp_path / staging / "journal").write_text(json.dumps(moves), encoding="utf-8")
    (tmp_path / "r/.eventstudy-writing.link").symlink_to(tmp_path)
    (tmp_path / "lock").touch()
    write_files(tmp_path / "r", {"d.csv": b"d"})
    found = sorted(path.name for path in (tmp_path / "r").iterdir() if path.is_file())
    assert found == ["b.csv", "c.csv", "d.csv"]
    assert (tmp_path / "r/b.csv").read_text(encoding="utf-8") == "r/b.csv"
    assert (tmp_path / "kept.csv").read_text(encoding="utf-8") == "kept.csv"
    assert (tmp_path / "lock").exists()


@pytest.mark.parametrize(
    "journal", ['{"0.a.csv": 5}', '{"0.a.csv": "a\\u0000.csv"}', "[" * 100_000, '["0.a.csv"]', "", None]
)
def test_what_is_no_journal_moves_nothing(tmp_path, journal):
    """A list that no writer has made is not followed, a pipe in its place is not waited for, and both are removed."""
    staging = tmp_path / ".eventstudy-writing.z"
    staging.mkdir()
    for name in ("0.a.csv", "lock"):
        (staging / name).touch()
    if journal is None:
        os.mkfifo(staging / "journal")
    else:
        (staging / "journal").write_text(journal, encoding="utf-8")
    write_files(tmp_path, {"d.csv": b"d"})
    assert [path.name for path in tmp_path.iterdir()] == ["d.csv"]


@pytest.mark.parametrize("target", ["there", f"{'x' * 300}.csv", "loop/a.csv", "file/a.csv"])
def test_a_file_that_cannot_take_its_place_names_its_hidden_folder(tmp_path, target):
    """Where a folder is, or under a name too long: writing says which hidden folder to remove, and then goes on."""
    staging, name = tmp_path / ".eventstudy-writing.z", target.rpartition("/")[2]
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "kept").touch()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    staging.mkdir()
    (staging / f"0.{name[:100]}").touch()
    (staging / "journal").write_text(json.dumps({f"0.{name[:100]}": target}), encoding="utf-8")
    with pytest.raises(es.InputError) as caught:
        write_files(tmp_path, {"d.csv": b"d"})
    assert f"remove the hidden folder '{staging}'" in str(caught.value)
    assert (tmp_path / "there" / "kept").exists()
    for path in staging.iterdir():
        path.unlink()
    staging.rmdir()
    write_files(tmp_path, {"d.csv": b"d"})
    assert (tmp_path / "d.csv").read_bytes() == b"d"


def test_a_list_of_gigabytes_is_not_read(tmp_path):
    """A list of files larger than any is none: it is removed with its hidden folder."""
    staging = tmp_path / ".eventstudy-writing.z"
    staging.mkdir()
    (staging / "lock").touch()
    with (staging / "journal").open("wb") as file:
        file.truncate(3_000_000_000)
    write_files(tmp_path, {"d.csv": b"d"})
    assert [path.name for path in tmp_path.iterdir()] == ["d.csv"]


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "living"])
@pytest.mark.parametrize("names", [["e.csv"], ["e.csv", "charts/x.svg"], ["../elsewhere.csv"]])
def test_what_a_killed_writer_had_begun_goes_with_the_next(tmp_path, monkeypatch, names, is_killed):
    """Hidden files of a writer that was killed go when anybody writes there; those of one that lives stay its own."""
    home = tmp_path / "r"
    home.mkdir()
    before = files(tmp_path)
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        synced = iter(range(9))
        ends = len(names) - 1

        def sync(_):  # with all but the last file on the disk
            if next(synced) == ends:
                os.write(ready[1], b"x")
                os.read(go[0], 1)

        monkeypatch.setattr("os.fsync", sync)
        write_files(home, dict.fromkeys(names, b"whole"))
        os._exit(0)
    os.read(ready[0], 1)
    assert len(files(tmp_path)) > len(before)
    if is_killed:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    write_files((home / names[0]).parent, {"other.csv": b"other"})
    os.write(go[1], b"x")
    if not is_killed:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    there = {
        (home / name).resolve() for name in [*names[: 0 if is_killed else 9], Path(names[0]).with_name("other.csv")]
    }
    assert {path.resolve() for path in tmp_path.rglob("*") if path.is_file()} == there
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.slow
def test_a_killed_report_leaves_whole_pages(tmp_path, attacked):
    """A page of a report is whole whenever its writer is killed."""
    assert attacked("killed.py", tmp_path, 4, "report")["report"]["refused"] == 0


@pytest.mark.slow  # by default it is full for one file (tests/test_files.py)
def test_a_disk_that_is_full_leaves_what_was_there(study, tmp_path, monkeypatch, copy_of_process):
    """Where nothing more can be written, a folder is as it was, and a line says so."""
    import resource

    def limited(*words):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        main(words)

    monkeypatch.chdir(tmp_path)
    assert copy_of_process(lambda: main([*study, "--out", "r"])).end()[0] == 0
    before = files(tmp_path / "r")
    words = [word if word != "0:1" else "0:5" for word in study]
    code, _, said = copy_of_process(lambda: limited(*words, "--out", "r")).end()
    assert code == 2
    assert "cannot write" in said
    assert "too large" in said
    assert len(said.splitlines()) == 1
    assert files(tmp_path / "r") == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", [["run", "--help-all"], pytest.param([], marks=pytest.mark.slow)], ids=" ".join)
def test_output_that_nobody_takes(study, tmp_path, words):
    """A full output ends in a line and code 2; a reader that has gone away is no failure."""
    asked = {"args": [*COMMAND, *(words or study)], "cwd": tmp_path, "stderr": subprocess.PIPE, "text": True}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(**asked, stdout=full, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "eventstudy: cannot write the output: No space left on device"
    gone, mine = os.pipe()
    os.close(gone)
    done = subprocess.run(**asked, stdout=mine, check=False)
    os.close(mine)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        (">&-", 2, "eventstudy: cannot write the output: Bad file descriptor"),
        pytest.param("2>&-", 0, "", marks=pytest.mark.slow),
        pytest.param("2>/dev/full", 2, "", marks=pytest.mark.slow),
        pytest.param("<&- >&- 2>&-", 2, "", marks=pytest.mark.slow),
        pytest.param("--events - <&-", 2, "stdin is empty", marks=pytest.mark.slow),
        pytest.param("COLUMNS=1", 0, "", marks=pytest.mark.slow),
        pytest.param(
            "COLUMNS=0 TERM=dumb LINES=-1 HOME=/proc TZ=Nowhere/City TMPDIR=/proc", 0, "", marks=pytest.mark.slow
        ),
        pytest.param("PYTHONUTF8=0 LC_ALL=C PYTHONCOERCECLOCALE=0", 0, "", marks=pytest.mark.slow),
        ("PYTHONIOENCODING=ascii", 2, "the output has letters that ascii lacks; set PYTHONIOENCODING=utf-8"),
        pytest.param("MPLBACKEND=nonsense", 0, "", marks=pytest.mark.slow),
    ],
)
def test_odd_surroundings(study, tmp_path, how, code, said):
    """Closed streams, a terminal of no width, a locale without letters: an answer, or one line."""
    words = [word for word in study if not ("--events -" in how and word in {"--events", "e.csv"})]
    words = [word for word in words if not ("full" in how and word == "--quiet")]  # so that there is a warning
    command = ["chart", "car", *words[1:], "--out", "c.svg"] if "MPL" in how else words
    command = ["run", "--help-all"] if how == ">&-" else command  # which is quick, and is written by the same lines
    before, after = (f"env {how}", "") if "=" in how else ("", how)
    line = f"{before} {sys.executable} -m eventstudy.cli {' '.join(command)} {after}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    assert said in done.stderr.decode()
    assert len(done.stderr.splitlines()) == bool(said)
    if not code and not after and "MPL" not in how:
        assert "\N{MINUS SIGN}" in done.stdout.decode()


def test_a_loop_of_links(study, tmp_path, monkeypatch, capsys):
    """A folder that is a link to itself cannot be written, and one line says so."""
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([*study, "--out", "loop"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "Too many levels of symbolic links" in said
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names of files that are no text")
def test_a_file_whose_name_is_no_text(study, tmp_path, monkeypatch, capsys):
    """The name of a file in another encoding is read, and written, as it is; in tables it is text."""
    name = os.fsdecode(b"pr\xe9")
    (tmp_path / f"{name}.csv").write_text(PRICES.replace("mine", "close"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for more in (["--out", name], ["--format", "json"]):
        with pytest.raises(SystemExit) as ended:
            main([*(word.replace("p.csv", f"{name}.csv") for word in study), *more])
        assert not ended.value.code
        said = capsys.readouterr().out
    assert {row["series"] for row in json.loads(said)["tables"]["car"]} == {"pr\ufffd"}
    assert "\ufffd" in (tmp_path / name / "car.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "wait", [0.3, pytest.param(1.2, marks=pytest.mark.slow), pytest.param(2.0, marks=pytest.mark.slow)]
)
def test_an_interrupt_ends_in_a_line(study, tmp_path, wait):
    """Ctrl-C ends with one line and code 130, and nothing is half-written."""
    before = files(tmp_path)
    words = ["size", *study[1:], "--studies", "100000"]
    # A shell starts what runs in its background with interrupts ignored, which children inherit.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run = subprocess.Popen(
            [*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, heard)
    try:
        used = Path(f"/proc/{run.pid}/stat")
        begin, ticks = time.monotonic(), wait * os.sysconf("SC_CLK_TCK")
        # Counted in time of the processor where a file says it: on a busy machine Python itself starts slowly.
        while run.poll() is None and (
            sum(map(int, used.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13])) < ticks
            if used.exists() else time.monotonic() - begin < wait
        ):  # fmt: skip
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        out, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert files(tmp_path) == before
    assert not out
    if wait > 1 or run.returncode == 130:  # before that Python itself may be what is interrupted
        assert (run.returncode, said) == (130, "eventstudy: interrupted\n")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("is_module", [True, False], ids=["python -m", "the command"])
@pytest.mark.parametrize("at", ["cli.main", "cli.app", "cli.asked", "errors", "files"])
def test_an_interrupt_of_an_import_ends_in_a_line(tmp_path, at, is_module):
    """From the first module of the command on, Ctrl-C ends with a line and 130, whatever is being imported."""
    start = "runpy.run_module('eventstudy.cli', run_name='__main__')"
    command = "from eventstudy.cli.main import main; main()"
    words = (
        "import runpy, sys\n"
        "class Stopping:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == 'eventstudy.{at}': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stopping())\n"
        "sys.argv[1:] = ['sample']\n"
        f"{start if is_module else command}\n"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "eventstudy: interrupted\n")


@pytest.mark.slow  # by default imports are interrupted
def test_an_interrupt_of_a_string_being_executed_ends_with_130(tmp_path):
    """Met while Python executes a string, as it makes a dataclass, Ctrl-C ends with 130 under ``python -m`` too."""
    (tmp_path / "stopped.py").write_text(
        "import eventstudy.cli.app as app\n"
        "import runpy, sys\n"
        "app.command_line = lambda *_: lambda **_: exec('raise KeyboardInterrupt')\n"
        "sys.argv[1:] = ['demo']\n"
        "runpy.run_module('eventstudy.cli', run_name='__main__')\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, "-m", "stopped"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "eventstudy: interrupted\n")


def test_an_interrupt_that_python_would_swallow_ends_with_130(tmp_path):
    """Met in a finalizer or a callback, where Python prints an exception and goes on, Ctrl-C ends what follows too."""
    (tmp_path / "stopped.py").write_text(
        "import os, signal, sys, time\n"
        "import eventstudy.cli.app as app\n"
        "from eventstudy.cli.main import main\n"
        "class Finalized:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(5)\n"
        "def command(**_):\n"
        "    Finalized()\n"
        "    time.sleep(60)\n"
        "    print('went on')\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "app.command_line = lambda *_: command\n"
        "main(['demo'])\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, "stopped.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
                          timeout=40)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "eventstudy: interrupted\n")


@pytest.mark.slow  # by default two add to one file, and three read and write one cache
def test_two_writers_of_one_folder(study, tmp_path, monkeypatch, copy_of_process):
    """Two studies written into one folder at once leave files that are whole, none of them a mixture."""
    monkeypatch.chdir(tmp_path)
    calls = [[*(word if word != "0:1" else window for word in study), "--out", "r"] for window in ("0:0", "0:5")]
    runs = [copy_of_process(partial(main, words)) for words in calls]
    for run in runs:
        assert run.end()[2] == ""
    assert not [name for name in files(tmp_path / "r") if Path(name).name.startswith(".")]
    json.loads((tmp_path / "r/study.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("n", [3, pytest.param(6, marks=pytest.mark.slow)])
def test_two_who_add_to_one_file(tmp_path, monkeypatch, copy_of_process, n):
    """What two programs add to a file of events at once is all there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(tmp_path / "cache"))

    def add(name):
        for k in range(n):
            file = Path(f"{name}-{k}.csv")
            file.write_text(f"time,headline,stance\n2022-01-27,{file.stem},raise\n", encoding="utf-8")
            with suppress(SystemExit):
                main(["events", "import", str(file), "--append", "mine.csv", "--format", "csv", "--quiet"])

    runs = [copy_of_process(partial(add, name)) for name in ("one", "two")]
    assert [run.end()[0] for run in runs] == [0, 0]
    assert len(es.read_events(tmp_path / "mine.csv")) == 2 * n


GRID = "series,window,stance,model,estimate,p_value,low,high\nmine,0:1,raise,constant-mean,0.01,0.2,-0.01,0.03\n"
GRID += "mine,0:1,raise,zero-mean,0.02,0.1,0.00,0.04\n"
CLOSED = "mine = [{ first = 2021-02-01, last = 2021-02-02 }]\n"


@pytest.mark.parametrize(
    "words",
    [
        "events import e.csv --out e.csv",
        "events import e.csv --out ./e.csv --append more.csv",
        "events import e.csv --out linked.csv",
        pytest.param("events merge more.csv e.csv --out e.csv", marks=pytest.mark.slow),
        "series import p.csv --out p.csv",
        "series import p.csv --out hard.csv",
        "run --events e.csv --prices p.csv --window 0:1 --closures design.toml --out .",
        "chart specification-curve --csv g.png --out g.png",
        pytest.param("report --events report.html --prices p.csv --out .", marks=pytest.mark.slow),
    ],
)
def test_no_file_written_takes_the_place_of_one_read(tmp_path, monkeypatch, capsys, words):
    """Whatever option writes and whatever option reads, the file that was read is there as it was."""
    more = {"more.csv": "time,stance,headline\n2021-10-01,fold,three\n", "g.png": GRID, "design.toml": CLOSED}
    for name, text in {"e.csv": EVENTS, "p.csv": PRICES, "report.html": EVENTS, **more}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "linked.csv").symlink_to("e.csv")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "p.csv")
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert re.search(r"eventstudy: '[\w.]+' was read, and --out would replace it; name another", said)
    assert files(tmp_path) == before


def test_a_study_is_run_again_in_its_own_folder(study, tmp_path, monkeypatch):
    """A result folder may be the place of the study of its own design: its inputs are what they were."""
    monkeypatch.chdir(tmp_path)
    for words in (study, ["run", "r/design.toml"]):
        with pytest.raises(SystemExit) as ended:
            main([*words, "--out", "r"])
        assert not ended.value.code


@pytest.mark.parametrize(("name", "other"), [("e.csv", "tests.csv"), ("p.csv", "car.csv")])
def test_no_result_takes_the_place_of_an_input(study, tmp_path, monkeypatch, capsys, name, other):
    """Written into the folder of its inputs, a study replaces none that has the name of one of its tables."""
    (tmp_path / name).rename(tmp_path / other)
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([other if word == name else word for word in study] + ["--out", "."])
    assert ended.value.code == 2
    assert f"'{other}' was read, and --out would replace it" in capsys.readouterr().err
    assert files(tmp_path) == before


@pytest.mark.usefixtures("study")
def test_a_worker_that_dies_is_named(tmp_path):
    """A process of an executor that dies ends the study in an error of ours that says so."""
    from concurrent.futures import ProcessPoolExecutor

    import eventstudy as es

    class Dying(ProcessPoolExecutor):
        def submit(self, _function, /, *_words, **_named):
            return super().submit(os._exit, 9)

    asked = es.EventStudy(es.read_events(tmp_path / "e.csv"), es.read_prices(tmp_path / "p.csv"), windows=["0:1"])
    with Dying(1) as dying, pytest.raises(es.DesignError, match=r"task 1 of \d+: a worker of the executor died"):
        asked.fit(executor=dying)
