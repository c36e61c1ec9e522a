"""C13: since when there is inverted dropout."""

from __future__ import annotations

from contract.ledger import ClaimFigure, SettledClaim, Settlement

# Of the commits that brought dropout of the 1/(1-p) form into each public repository.
_COMMITS = (
    ("pylearn2", "2013-01-21"),
    ("Caffe", "2013-09-16"),
    ("Torch7", "2014-07-09"),
    ("Lasagne", "2014-09-11"),
    ("Keras", "2015-10-30"),
)


def settle_c13() -> SettledClaim:
    """Tell the dates that are known; they are read, not measured."""
    return SettledClaim(
        id="C13",
        claim="Inverted dropout began in 2015 in TensorFlow (said with a hedge).",
        verdict=Settlement.UNTESTABLE,
        because="History is not measured. Public commits have it earlier, pylearn2's and Caffe's "
        "in 2013. And section 10 of the dropout paper (Srivastava et al., JMLR 15, 2014) describes "
        "the same form: activations multiplied by 1/p in training, p being there the probability "
        "of keeping a unit.",
        figures=tuple(
            ClaimFigure(name=f"inverted dropout in {library}", value=date)
            for library, date in _COMMITS
        ),
        how="Not by a measurement: the dates are those of commits in the libraries' public "
        "repositories.",
    )
