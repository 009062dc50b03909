"""Events of one market in plain loops, sharing nothing with the library: who meets whom, and who is set aside."""


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
