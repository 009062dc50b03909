"""Events of one market in plain loops, sharing nothing with the library: who meets what, and who is set aside."""

from datetime import datetime, time
from itertools import pairwise
from statistics import median


def met(events, length):
    """Return, by id, the market event, net stance, members and overlaps.

    `events` are (id, time, session, stance), the session a number; windows are `length` sessions long.
    """
    ordered = sorted(events, key=lambda event: (event[2], event[1], event[0]))
    found = {}
    for name, _, session, _ in ordered:
        together = [one for one in ordered if one[2] == session]
        near = [one[0] for one in ordered if abs(one[2] - session) < length and one[0] != name]
        stances = {one[3] for one in together} - {"hold"} or {"hold"}
        net = stances.pop() if len(stances) == 1 else "mixed"
        found[name] = {"market_event": together[0][0], "net_stance": net}
        found[name] |= {"members": ";".join(one[0] for one in together), "overlaps": ";".join(near)}
    return found


def set_aside(market_events, window, rule):
    """Return why each of (session, net stance), ascending, is in no mean over a window: '', contaminated or later."""
    first, last = window
    if rule == "keep":
        return [""] * len(market_events)
    if rule == "first":
        said, kept = [], None
        for session, _ in market_events:
            free = kept is None or session + first > kept + last
            said.append("" if free else "later")
            kept = session if free else kept
        return said
    said = []
    for session, stance in market_events:
        inside = [net for other, net in market_events if other != session and first <= other - session <= last]
        said.append("contaminated" if any(net not in ("hold", stance) for net in inside) else "")
    return said


def audit(events, market, span, anchor="stamp", rule="set-aside"):
    """Return, by id, the session (or None), how it was moved, the longest step, status and reason of each event.

    `events` are dicts of id, published (an aware datetime, or None where only the day is known), day, stance and the
    reason for which it is no news of this market, or ''. `market` has days, stamps (both ascending), known (whether the
    stamps are), zone and closures on file (first, last, why).
    """
    days, steps = market["days"], steps_of(market["days"])
    found = {}
    for event in events:
        at, exact = place(event, market, anchor), event["published"] is not None
        there = at is not None and 0 <= at < len(days)
        row = {"session": days[at] if there else None, "moved": "", "at": at}
        own = event["published"].astimezone(market["zone"]).date() if exact else event["day"]
        row |= {"own": own, "stance": event["stance"]}
        inside = [t for t in range(at + span[0], at + span[1] + 1) if 0 < t < len(days)] if there else []
        row["gap"] = max((steps[t] for t in inside), default=None)
        if there:
            shut = closed_at(days, at) or any(first <= own <= last for first, last, _ in market["closures"])
            row["moved"] = "same" if days[at] == own else "previous" if days[at] < own else "closed" if shut else "next"
        row["reason"] = event["reason"] or outside(at, days, anchor)
        row["news"], row["status"] = not row["reason"], "excluded" if row["reason"] else "used"
        if row["news"]:
            said = remark(event, market, at) if exact else ""
            breaks = [t for t in inside if closed_at(days, t)]
            if breaks:
                why = {
                    text
                    for first, last, text in market["closures"]
                    if any(first < days[t] and last > days[t - 1] for t in breaks)
                }
                text = f"closure: the window spans a break of {row['gap']} days"
                said = "; ".join(filter(None, [said, text + (f" ({'; '.join(sorted(why))})" if why else "")]))
            row["reason"] = said
        found[event["id"]] = row
    for row in found.values():
        together = [one for one in found.values() if one["news"] and one["at"] == row["at"]]
        row["late"] = row["news"] and (
            closed_at(days, row["at"]) or any((days[row["at"]] - one["own"]).days > latest(days) for one in together)
        )
        if row["late"] and rule != "keep":
            why = f"late: session {row['session']} comes more than {latest(days)} days after the first news it answers"
            if closed_at(days, row["at"]):
                waited = f"news of {row['own']} met a closed market; " if row["own"] < row["session"] else ""
                why = f"late: {waited}session {row['session']} is the first after the closure"
            row["status"], row["reason"] = "set-aside", "; ".join(filter(None, [why, row["reason"]]))
    return found


def steps_of(days):
    """Return the calendar days from each session to the one before; 0 at the first."""
    return [0] + [(b - a).days for a, b in pairwise(days)]


def typical(days):
    """Return the usual step: the median, of 21 sessions or more."""
    return median(steps_of(days)[1:]) if len(days) > 20 else 1


def latest(days):
    """Five days, or of figures rarer than every fourth day one and a half of their steps."""
    return 5 if typical(days) <= 4 else int(1.5 * typical(days))


def closed_at(days, at):
    """Whether the step into a session is a week or more, or of rare figures two and a half of their steps."""
    return 0 < at < len(days) and steps_of(days)[at] >= (7 if typical(days) <= 4 else max(7, 2.5 * typical(days)))


def place(event, market, anchor):
    """Return the session that an anchor finds: the number of sessions where none follows, None where it takes none."""
    days = market["days"]
    midnights = [datetime.combine(day, time(), market["zone"]) for day in days]
    if anchor == "stamp":
        if event["published"] is None:
            after = [day >= event["day"] for day in days]
        elif market["known"]:
            after = [stamp > event["published"] for stamp in market["stamps"]]
        else:
            after = [midnight >= event["published"] for midnight in midnights]
        return next((k for k, yes in enumerate(after) if yes), len(days))
    day = event["published"].astimezone(market["zone"]).date() if event["published"] else event["day"]
    following = next((k for k, one in enumerate(days) if one >= day), len(days))
    if anchor == "previous":
        return max((k for k, one in enumerate(days) if one <= day), default=-1)
    if anchor == "next" or day in days or following in (0, len(days)):
        return following
    return None


def outside(at, days, anchor):
    """Say why a place is no session that can be used."""
    if at is None or (anchor == "same" and at < 0):
        return "no-session: its date is none, and anchor same moves no event"
    if at <= 0:
        return f"before-sample: the sample begins {days[0]}"
    return f"after-sample: the sample ends {days[-1]}" if at == len(days) else ""


def remark(event, market, at):
    """Say what must be known of the hour of an event with a clock."""
    if market["known"]:
        return "look-back: the price was struck before the news" if market["stamps"][at] <= event["published"] else ""
    midnight = datetime.combine(market["days"][at], time(), market["zone"])
    kind = "the first session dated after the news"
    if midnight < event["published"]:
        kind = "it may have been struck before the news"
    return f"by-day: hour of the price unknown; {kind}"


def codes(rows, days, window, rule):
    """Return session, net stance and why it is in no mean over a window, of each market event of an audit."""
    sessions = sorted({row["at"] for row in rows.values() if row["news"]})
    of = {at: [row for row in rows.values() if row["news"] and row["at"] == at] for at in sessions}
    net = []
    for at in sessions:
        stances = {row["stance"] for row in of[at]} - {"hold"} or {"hold"}
        net.append((at, stances.pop() if len(stances) == 1 else "mixed"))
    found = []
    for (at, stance), said in zip(net, set_aside(net, window, rule), strict=True):
        spans = any(closed_at(days, t) for t in range(at + window[0], at + window[1] + 1))
        if rule == "keep":
            why = ""
        elif any(row["late"] for row in of[at]):
            why = "late"
        else:
            why = "closure" if spans else said
        found.append((at, stance, why))
    return found
