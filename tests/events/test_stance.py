import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.events import STANCES, net_stance

stances = st.lists(st.sampled_from(STANCES), max_size=6)


def test_there_are_three_stances():
    """An actor raises, holds or folds."""
    assert STANCES == ("raise", "hold", "fold")


@pytest.mark.parametrize(
    ("several", "net"),
    [
        (["raise"], "raise"),
        (["raise", "raise", "hold"], "raise"),
        (["fold", "hold"], "fold"),
        (["hold", "hold"], "hold"),
        (["raise", "fold"], "mixed"),
        (["raise", "hold", "fold"], "mixed"),
        (["raise", ""], "raise"),
        (["hold", ""], "hold"),
        ([""], ""),
        ([], ""),
    ],
)
def test_one_session_has_one_net_stance(several, net):
    """Holds give way to raises or folds; raises and folds in one session are mixed."""
    assert net_stance(several) == net


@given(stances, stances)
def test_neither_order_nor_repetition_matter(some, more):
    """The net stance depends on which stances there are, not on their order or number."""
    together = [*some, *more]
    assert net_stance(together) == net_stance(reversed(together)) == net_stance(iter([*together, *together]))


@given(stances)
def test_turning_every_stance_round_turns_the_net_stance_round(several):
    """With raise and fold exchanged the net stance is exchanged, and mixed and hold stay."""
    turned = {"": "", "raise": "fold", "fold": "raise", "hold": "hold", "mixed": "mixed"}
    assert net_stance(turned[stance] for stance in several) == turned[net_stance(several)]
