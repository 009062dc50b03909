"""Rows of GDELT event files, built column by column from the published list of columns."""

ACTOR = ("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code",
         "Type1Code", "Type2Code", "Type3Code")  # fmt: skip
PLACE = {1: ("Type", "FullName", "CountryCode", "ADM1Code", "Lat", "Long", "FeatureID"),
         2: ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")}  # fmt: skip


def columns(version, with_url=True):
    """Return the names of the columns of a version, in order."""
    return [
        *("GlobalEventID", "Day", "MonthYear", "Year", "FractionDate"),
        *(f"Actor{k}{name}" for k in (1, 2) for name in ACTOR),
        *("IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale"),
        *("NumMentions", "NumSources", "NumArticles", "AvgTone"),
        *(f"{where}Geo_{name}" for where in ("Actor1", "Actor2", "Action") for name in PLACE[version]),
        "DATEADDED",
        *(["SOURCEURL"] if with_url else []),
    ]


def row(version=1, with_url=True, **cells):
    """Return a row: Russia threatens the United States on 27 January 2022, unless cells say otherwise."""
    code = cells.get("EventCode", "130")
    told = {
        "GlobalEventID": "1", "Day": "20220127", "MonthYear": "202201", "Year": "2022", "FractionDate": "2022.0740",
        "Actor1Code": "RUSGOV", "Actor1CountryCode": "RUS", "Actor2Code": "USA", "Actor2CountryCode": "USA",
        "IsRootEvent": "1", "EventCode": code, "EventBaseCode": code[:3], "EventRootCode": code[:2],
        "QuadClass": "3", "GoldsteinScale": "-4.4", "NumMentions": "10", "NumSources": "1", "NumArticles": "9",
        "AvgTone": "-2.5", "ActionGeo_CountryCode": "RS", "Actor1Geo_CountryCode": "RS",
        "DATEADDED": "20220127" if version == 1 else "20220127143000",
        "SOURCEURL": "https://www.wire.example/world/a.html",
    }  # fmt: skip
    named = columns(version, with_url)
    unknown = set(cells) - set(named)
    if unknown:
        raise KeyError(unknown)
    return "\t".join({**told, **cells}.get(name, "") for name in named) + "\n"
