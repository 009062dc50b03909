"""`python -m eventstudy.cli` is `eventstudy`."""

from eventstudy.cli.main import main

main()
