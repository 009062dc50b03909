"""The command line: a thin shell over the library. Read, one library call, write."""

try:
    from eventstudy.cli import main as main
except KeyboardInterrupt:
    import sys

    sys.stderr.write("eventstudy: interrupted\n")
    raise SystemExit(130) from None
