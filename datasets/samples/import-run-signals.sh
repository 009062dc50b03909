#!/usr/bin/env bash
# A desk's own list of events to a study and to signals, through pipes, with no file in between.
#
#   bash import-run-signals.sh desk-list.csv ruble,brent > signals.csv
#
# So short a list has few past events that stand in a mean: two of them are enough here for a signal (--min-events).
#
# The list has the columns Date, Zone, Title, Who, Move and Kind. The study goes to stderr, the signals to stdout.
set -euo pipefail
desk=$1 series=$2

events=$(eventstudy events import csv "$desk" --format csv --quiet \
  --map time=Date --map time_zone=Zone --map headline=Title --map actor=Who --map stance=Move --map kind=Kind)

what=(--events - --include-proposed --provider bundled --series "$series" --quiet)
printf '%s\n' "$events" | eventstudy run "${what[@]}" --window 0:0 >&2
printf '%s\n' "$events" | eventstudy signals "${what[@]}" --hold 3 --min-events 2 --format csv
