"""The study: all choices in one printable value, and from events and markets to a result.

Every name is fetched from its module when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.study.answer import Answer
    from eventstudy.study.design import Design
    from eventstudy.study.result import StudyResult
    from eventstudy.study.study import EventStudy, event_study

_BY_MODULE = {
    "answer": "Answer mean_path",
    "design": "Design design_to_toml make_design parse_design read_design",
    "envelope": "envelope_schema result_files study_envelope to_csv to_json",
    "folder": "NEEDED folder_files folder_to_draw read_folder",
    "given": "describe_input join_regressors take",
    "grid": "Grid make_grid n_studies run_grid specifications",
    "regressions": "attributes diagnostics dummies explain factor projections quantiles",
    "result": "StudyResult",
    "study": "EventStudy event_study",
}
_HOMES = {name: module for module, names in _BY_MODULE.items() for name in names.split()}

__all__ = ["Answer", "Design", "EventStudy", "StudyResult", "event_study"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.study.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy.study' has no attribute '{name}'")
