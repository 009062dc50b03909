"""Events of one market in plain loops, sharing nothing with the library: who meets whom, and who is left out."""


def met(events, length, rule):
    """Return, by id, the market event, net stance, members, overlaps and why it is left out ('' where it is not).

    `events` are (id, time, session, stance), the session a number; windows are `length` sessions long.
    """
    ordered = sorted(events, key=lambda event: (event[2], event[1], event[0]))
    told = {}
    for name, _, session, _ in ordered:
        together = [one for one in ordered if one[2] == session]
        near = [one[0] for one in ordered if abs(one[2] - session) < length and one[0] != name]
        stances = {one[3] for one in together} - {"hold"} or {"hold"}
        net = stances.pop() if len(stances) == 1 else "mixed"
        told[name] = {"market_event": together[0][0], "net_stance": net}
        told[name] |= {"members": ";".join(one[0] for one in together), "overlaps": ";".join(near), "left_out": ""}
    if rule != "flag":
        leave_out(ordered, length, rule, told)
    return told


def leave_out(ordered, length, rule, told):
    """Write into `told` whom a rule leaves out."""
    leads = {}
    for name, _, session, _ in ordered:
        lead = leads.setdefault(session, name)
        if lead != name:
            told[name]["left_out"] = f"merged: counted with {lead}, which shares its session"
    kept = []
    for session in leads:
        near = [name for other, name in leads.items() if abs(other - session) < length and other != session]
        if rule == "first":
            near = [leads[other] for other in kept[-1:] if session - other < length]
        if rule == "merge" or not near:
            kept.append(session)
            continue
        for name, _, where, _ in ordered:
            if where == session:
                told[name]["left_out"] = f"overlap: its window shares sessions with that of {', '.join(near)}"
