"""What DropConnect's prediction by samples costs beside the one by mean weights."""

from __future__ import annotations

from collections.abc import Mapping

from contract.experiment import DROPCONNECT_ARMS
from report.cost import CostPerBillion, cost_of
from report.instrument_result import InstrumentName, InstrumentResult, Statistic
from report.model_facts import ModelFacts
from report.result_part import ResultPart
from stats.estimate import Estimate

# The campaign's instruments, from the inside out.
DROPCONNECT_INSTRUMENTS: tuple[InstrumentName, ...] = ("dropconnect_cpu", "dropconnect_latency")


class SampledDifference(ResultPart):
    """Both ways of predicting, by one statistic of one instrument.

    Attributes
    ----------
    mean_weights, sampled : Estimate
        The level of each, microseconds; with ``median_of_paired_differences`` its median.
    absolute : Estimate
        What sampling takes more, microseconds.
    relative : Estimate
        The same as a ratio to the level by mean weights.
    """

    instrument: InstrumentName
    statistic: Statistic
    mean_weights: Estimate
    sampled: Estimate
    absolute: Estimate
    relative: Estimate


class DropConnectFacts(ResultPart):
    """One network with DropConnect, served in its two ways of predicting.

    They compute different functions, and the sampled one another at every prediction: nothing here
    is a verdict.

    Attributes
    ----------
    samples : int
        How many samples of each layer a prediction averages: the paper's k.
    differences : tuple of SampledDifference
        By each instrument that has a finished unit.
    cost : CostPerBillion or None
        What sampling costs more, by CPU per request; None where the server does not tell it.
    mean_weights_accuracy, sampled_accuracy : float
        Shares of right predictions on the test split, 0 to 1; the sampled one of a single pass.
    test_images : int
        How many images these are shares of.
    """

    samples: int
    differences: tuple[SampledDifference, ...]
    cost: CostPerBillion | None
    mean_weights_accuracy: float
    sampled_accuracy: float
    test_images: int

    def difference(self, instrument: InstrumentName) -> SampledDifference | None:
        """Return the headline difference by an instrument; None where that did not measure it."""
        return next((found for found in self.differences if found.instrument == instrument), None)


def dropconnect_facts(
    instruments: Mapping[InstrumentName, InstrumentResult],
    models: Mapping[str, ModelFacts],
    usd_per_vcpu_hour: float,
) -> DropConnectFacts | None:
    """Put together what the campaign of the arms with DropConnect has found.

    Parameters
    ----------
    instruments : mapping of str to InstrumentResult
        Everything that was measured.
    models : mapping of str to ModelFacts
        By arm.
    usd_per_vcpu_hour : float
        The price of a core.

    Returns
    -------
    DropConnectFacts or None
        None where no unit of that campaign is finished.
    """
    measured = [instruments[name] for name in DROPCONNECT_INSTRUMENTS if name in instruments]
    if not measured:
        return None
    mean_weights, sampled = (models[arm].origin for arm in DROPCONNECT_ARMS)
    if mean_weights is None or sampled is None or sampled.samples is None:
        return None
    by_clock = instruments.get("dropconnect_cpu")
    return DropConnectFacts(
        samples=sampled.samples,
        differences=tuple(
            _difference(found, statistic) for found in measured for statistic in found.statistics
        ),
        cost=by_clock and cost_of(by_clock, DROPCONNECT_ARMS[1], usd_per_vcpu_hour),
        mean_weights_accuracy=mean_weights.test_accuracy,
        sampled_accuracy=sampled.test_accuracy,
        test_images=sampled.from_network.rows,
    )


def _difference(measured: InstrumentResult, statistic: Statistic) -> SampledDifference:
    found = measured.difference(DROPCONNECT_ARMS[1], statistic)
    levels = next(level for level in measured.levels if level.arm == DROPCONNECT_ARMS[1])
    return SampledDifference(
        instrument=measured.instrument,
        statistic=statistic,
        mean_weights=found.reference_level,
        sampled=levels.mean if statistic == "mean" else levels.p50,
        absolute=found.absolute,
        relative=found.relative,
    )
