"""Market-impact event studies: dated diplomatic news is matched to markets, and a study says whether they moved.

This is the public API. It defines nothing: ``__init__.pyi`` says, to type checkers and here, which name comes from
which package; each is fetched when it is first asked for, so that ``import eventstudy`` costs nothing.
"""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
