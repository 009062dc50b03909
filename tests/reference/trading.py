"""Signals and accounts in plain loops, sharing nothing with the library: dates, prices and arithmetic."""

from math import sqrt


def ewma(moves, decay=0.94, start=60, cap=9):
    """Volatility known before each move and before the next one, a move capped at 3 of it; None before `start`."""
    variance, seen, scales = None, [], []
    for move in [*moves, None]:
        scales.append(None if variance is None else sqrt(variance))
        if move is None:
            continue
        if variance is not None:
            variance = decay * variance + (1 - decay) * min(move**2, cap * variance)
            continue
        seen.append(move)
        if len(seen) == start:
            mean = sum(seen) / start
            variance = sum((one - mean) ** 2 for one in seen) / (start - 1)
    return scales


def net(stances):
    """Net stance of some news."""
    told = set(stances) - {"hold"} or {"hold"}
    return told.pop() if len(told) == 1 else "mixed"


def expectations(worth, dates, events, hold, scales):
    """What is expected at each event: (n, mean, se, kept, expected).

    `events` are (stance, day, when it was public, position of the event session, position of the entry price); a
    position is held for `hold` prices. A market event is bought once all its events are known. It teaches unless it is
    late (six days or more after the news, or the first price after a week without), or held over such a week or over
    news of another stance.
    """

    def shut(row):
        return (dates[row] - dates[row - 1]).days >= 7

    groups = {}
    for event in events:
        whole = max(entry for *_, session, entry in events if session == event[3])
        groups.setdefault(whole, []).append(event)
    nets = {entry: net(stance for stance, *_ in members) for entry, members in groups.items()}
    teaching = {}
    for entry, members in groups.items():
        late = shut(entry) or any(
            shut(session) or (dates[session] - day).days > 5 or (dates[entry] - day).days > 5
            for _, day, _, session, _ in members
        )
        held = range(entry + 1, entry + hold + 1)
        others = {nets[row] for row in held if row in nets} - {"hold", nets[entry]}
        if not late and not others and held[-1] < len(dates) and not any(shut(row) for row in held):
            teaching[entry] = nets[entry]
    said = []
    for _, _, public, position, entered in events:
        mates = [e for e in events if (e[3] == position or e[4] == entered) and e[2] <= public]
        now, reactions, spans = net(stance for stance, *_ in mates), [], []
        for entry in sorted(teaching):
            if teaching[entry] != now or now == "mixed" or entry + hold >= position or scales[entry] is None:
                continue
            reactions.append((worth[entry + hold] / worth[entry] - 1) / (scales[entry] * sqrt(hold)))
            spans.append(entry)
        said.append(_shrunk(reactions, spans, hold, scales[position]))
    return said


def _shrunk(reactions, entries, hold, scale):
    n = len(reactions)
    if n < 2:
        return n, None, None, None, None
    apart, free = 0, -1
    for entry in entries:
        if entry >= free:
            apart, free = apart + 1, entry + hold
    mean = sum(reactions) / n
    se = sqrt(sum((one - mean) ** 2 for one in reactions) / (n - 1)) / sqrt(apart)
    kept = max(0.0, 1 - se**2 / mean**2)
    return n, mean, se, kept, kept * mean * scale * sqrt(hold)


def account(dates, worth, trades, fee, slippage, struck):
    """Equity on every date.

    `worth` maps a series to {date: price}, `struck` to {date: instant}; `trades` are (series, side, weight, entry date,
    exit date or None). An entry takes its share of the equity before the day's orders, at prices struck by its instant.
    """
    cash, held, last, curve, units = 1.0, {}, {}, [], {}
    for day in dates:
        cash_before, held_before, before = cash, dict(held), dict(last)
        for series, prices in worth.items():
            if day in prices:
                last[series] = prices[day]
        for k, (series, _, _, _, leave) in enumerate(trades):
            if leave == day:
                cash += _order(-units[k], last[series], fee[series], slippage[series])
                held[series] -= units[k]
        for k, (series, side, weight, entry, _) in enumerate(trades):
            if entry == day:
                seen = {
                    name: before[name]
                    if day in struck[name] and struck[name][day] > struck[series][day]
                    else last[name]
                    for name in held_before
                }
                opening = cash_before + sum(n * seen[name] for name, n in held_before.items() if n)
                units[k] = side * weight * opening / last[series]
                cash += _order(units[k], last[series], fee[series], slippage[series])
                held[series] = held.get(series, 0.0) + units[k]
        curve.append(cash + sum(n * last[series] for series, n in held.items() if n))
    return curve


def _order(units, price, fee, slippage):
    """What an order pays into cash."""
    fill = price * (1 + slippage) if units > 0 else price * (1 - slippage)
    return -units * fill - abs(units) * fill * fee
