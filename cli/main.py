"""The entry point and the one error boundary."""

from __future__ import annotations

import sys

# Whatever takes time is imported where an interrupt ends in a line.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

#: Characters of a line of a message.
_LONGEST = 1000
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``eventstudy``; default those of the process.

    Notes
    -----
    Exit codes: 0 done, 2 wrong usage or bad input, 3 nothing usable, 4 data missing, 5 network, 6 partial, 130
    interrupted. An error of the library is one or two plain lines on stderr; any other exception is a defect of ours
    and keeps its traceback.
    """
    try:
        import atexit
        import gc

        # Garbage is looked for after 50,000 new objects instead of 700, and not once more when the process ends: what a
        # command imports makes half a million objects, none of them garbage, and looking took a fifth of a small study.
        gc.set_threshold(50_000)
        atexit.register(gc.freeze)
        _prepare_process()
        from eventstudy.cli.app import command_line
        from eventstudy.errors import EventStudyError

        words = sys.argv[1:] if arguments is None else list(arguments)
        try:
            command_line(*words[:1])(args=None if arguments is None else words, prog_name="eventstudy")
        except EventStudyError as error:
            _fail(str(error), error.exit_code)
        finally:
            sys.stdout.flush()
    except (SystemExit, KeyboardInterrupt) as ended:
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":  # click found that the reader of our output went away
            sys.exit(0)
        if getattr(ended, "code", _INTERRUPTED) != _INTERRUPTED:
            raise
        sys.stderr.write("eventstudy: interrupted\n")  # a line, whatever is half imported
        sys.exit(_INTERRUPTED)
    except (OSError, MemoryError, ImportError, UnicodeEncodeError) as error:
        _fail_of_system(error)


def _prepare_process() -> None:
    """Repeat interrupts that Python would lose; open streams that are closed; write UTF-8 to files and pipes."""
    import _thread
    import os
    import signal
    from threading import Timer, main_thread

    is_posix = hasattr(signal, "pthread_kill")
    words = (main_thread().ident, signal.SIGINT) if is_posix else ()
    send = signal.pthread_kill if is_posix else _thread.interrupt_main

    def interrupt_again(lost: sys.UnraisableHookArgs) -> None:
        """Interrupt once more where Python would print an interrupt and go on, as in a callback while it imports."""
        if lost.exc_type is not KeyboardInterrupt:
            sys.__unraisablehook__(lost)
            return
        # A moment later and from elsewhere: raised here it would be swallowed like the first. A signal wakes what waits
        # for the network; Windows can only note that there was one. Nothing is imported: an import may be what is lost.
        again = Timer(0.05, send, words)
        again.daemon = True
        again.start()

    sys.unraisablehook = interrupt_again
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Never closed: what is opened next must not get its number. An answer that nobody takes is an error.
            how = os.O_RDONLY if name == "stdout" else os.O_RDWR
            setattr(sys, name, os.fdopen(os.open(os.devnull, how), mode, encoding="utf-8"))
    if hasattr(sys.stdout, "reconfigure") and "PYTHONIOENCODING" not in os.environ:
        # Paths that are no text are written as they are.
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="surrogateescape")
    os.environ["MPLBACKEND"] = "agg"  # charts are files, whatever windows the user's own scripts open


def _fail_of_system(error: Exception) -> NoReturn:
    """Exit with a line on what the system refused: a path, the output, memory, or a folder that is gone."""
    import errno
    import os

    if isinstance(error, MemoryError) or "failed to map segment" in str(error):
        _fail("this takes more memory than there is; study fewer series or events, or narrower windows", 2)
    if isinstance(error, UnicodeEncodeError) and not error.encoding.startswith("utf"):
        _fail(f"the output has letters that {sys.stdout.encoding} lacks; set PYTHONIOENCODING=utf-8", 2)
    if not isinstance(error, OSError):
        raise error
    if error.filename is not None:
        shorter = ", give a shorter one" if error.errno == errno.ENAMETOOLONG else ""
        _fail(f"{error.strerror}{shorter}: '{error.filename}'", 2)
    if error.errno == errno.ENOENT:
        _fail("the folder in which this was started is gone; change to another", 2)
    if error.errno not in {errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF}:
        raise error
    # The rest of the output goes nowhere, for Python would complain at exit that nobody takes it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:  # the reader went away (`| head`): nothing is wrong
        sys.exit(0)
    _fail(f"cannot write the output: {error.strerror}", 2)


def _fail(message: str, code: int) -> NoReturn:
    """Write a message, whatever is in it, as lines that a terminal shows as they are; exit."""
    import os

    from eventstudy.errors import shown

    lines = (shown(line) for line in message.splitlines())
    text = "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..." for line in lines)
    try:
        sys.stderr.write(f"eventstudy: {text}\n")
    except OSError:  # nobody takes it; the code says it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    sys.exit(code)
