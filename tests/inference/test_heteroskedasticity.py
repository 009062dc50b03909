import numpy as np
import pytest

from eventstudy.errors import DesignError
from eventstudy.inference import news_factor

LOADINGS = np.array([2.0, 1.0, -1.0, 0.0])


def days(n_event=40, n_other=300, strength=1.0, seed=61):
    """Four markets: everyday shocks that hang together, and on event days a news factor beside them."""
    rng = np.random.default_rng(seed)
    mixing = np.array([[1.0, 0.0, 0.0, 0.0], [0.6, 0.8, 0.0, 0.0], [0.3, 0.2, 0.9, 0.0], [0.0, 0.0, 0.5, 0.8]])
    returns = rng.normal(size=(n_event + n_other, 4)) @ mixing.T
    is_event = np.arange(n_event + n_other) < n_event
    returns[is_event] += strength * rng.normal(size=(n_event, 1)) * LOADINGS
    return returns, is_event


def test_finds_the_loadings_of_the_news():
    """The factor has the loadings of the news and not those of the everyday shocks."""
    found = news_factor(*days(n_event=400, n_other=4000, strength=2.0), n_draws=99)
    assert found.loadings == pytest.approx(2.0 * LOADINGS, abs=0.35)
    assert found.share > 0.9
    assert found.p_value == 0.01


def test_is_the_leading_eigenvector_of_the_change():
    """Eigenvalue and loadings are those of the difference of the two second-moment matrices."""
    returns, is_event = days()
    change = returns[is_event].T @ returns[is_event] / 40 - returns[~is_event].T @ returns[~is_event] / 300
    found = news_factor(returns, is_event, n_draws=9)
    assert change @ found.loadings == pytest.approx(found.eigenvalue * found.loadings)
    assert found.eigenvalue == pytest.approx(np.linalg.eigvalsh(change)[-1])
    assert found.loadings @ found.loadings == pytest.approx(found.eigenvalue)
    assert found.loadings[np.argmax(np.abs(found.loadings))] > 0


def test_same_seed_same_p():
    """The same seed gives the same p, another one nearly the same."""
    returns, is_event = days(strength=0.2)
    first, again, other = (news_factor(returns, is_event, 499, seed).p_value for seed in (1, 1, 2))
    assert first == again
    assert first == pytest.approx(other, abs=0.1)


def test_size():
    """Without news the p is at most 0.05 in 5 % of samples, within the Monte-Carlo band."""
    rejected = [news_factor(*days(12, 120, 0.0, seed), 99, seed).p_value <= 0.05 for seed in range(300)]
    assert np.mean(rejected) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 300))


@pytest.mark.parametrize(
    ("n_event", "n_other", "spoil", "words"),
    [(2, 50, False, "2 event days"), (30, 30, False, "more others"), (10, 50, True, "missing")],
)
def test_what_it_refuses(n_event, n_other, spoil, words):
    """Too few event days, too few others, or a missing return are refused with the reason."""
    returns, is_event = days(n_event, n_other)
    if spoil:
        returns[0, 0] = np.nan
    with pytest.raises(DesignError, match=words):
        news_factor(returns, is_event, 9)
