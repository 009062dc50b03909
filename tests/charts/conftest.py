from types import SimpleNamespace

import pytest

import eventstudy as es


@pytest.fixture(scope="session")
def case():
    """The bundled case of 2022."""
    return es.load_case("raise-or-fold-2022")


@pytest.fixture(scope="session")
def result(case):
    """The study of that case on the series a reader looks at first."""
    return es.EventStudy(case.events, case.prices, series=list(case.headline)).fit()


@pytest.fixture(scope="session")
def crimea():
    """The study of 2014, some of whose events are too close to be estimated."""
    case = es.load_case("crimea-2014")
    return es.EventStudy(case.events, case.prices, series=["ruble"]).fit()


@pytest.fixture(scope="session")
def drawn(result):
    """One chart of every kind that a study gives, by kind."""
    kinds = {kind: of for kind, of in es.charts.KINDS.items() if not of.from_frame}
    chosen = {"series": "imoex", "window": "0:1", "event_id": "2022-01-27-kremlin-reply"}
    return {kind: of.draw(result, **{name: chosen[name] for name in of.takes}) for kind, of in kinds.items()}


@pytest.fixture(scope="session")
def look():
    """How a test reads a chart: its artists by the identifiers the charts give them, and the boxes they take up."""

    def named(ax, prefix):
        """Return the artists whose identifier begins so, by what follows."""
        artists = [artist for artist in ax.get_children() if str(artist.get_gid() or "").startswith(prefix)]
        return {artist.get_gid().removeprefix(prefix): artist for artist in artists}

    def words(ax, gid):
        """Return the text of one artist on one line."""
        return " ".join(named(ax, gid)[""].get_text().split())

    def overlaps(boxes):
        """Return the names of all pairs of boxes that share more than a hair's breadth."""
        pairs = []
        for k, (one, a) in enumerate(boxes):
            for other, b in boxes[k + 1 :]:
                wide = min(a.x1, b.x1) - max(a.x0, b.x0)
                high = min(a.y1, b.y1) - max(a.y0, b.y0)
                if wide > 0.1 and high > 0.1:
                    pairs.append((one, other))
        return pairs

    return SimpleNamespace(named=named, words=words, overlaps=overlaps)


@pytest.fixture(scope="session")
def wordy(case):
    """A study whose markets and labels have long names, some of one word."""
    names = [
        "Euro Gov 10y Bond Total Return Index (hedged)",
        "Alpha Bank plc and its Sons <Ltd>",
        "Longwordedmarketname",
    ]
    prices = case.prices[["ruble", "imoex", "brent"]].set_axis(names, axis=1)
    said = {"raise": "rate cut, a surprise", "fold": "hawkish-hold-for-longer", "hold": "no change at all"}
    events = case.events.assign(call=case.events["stance"].map(said))
    return es.EventStudy(events, prices, group_by="call", tests=[], windows=["0:0", "0:5"]).fit()
