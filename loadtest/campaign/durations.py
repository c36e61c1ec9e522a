"""How long a start is going to take: for plans, before anything is measured.

Seen on two cores of an AMD EPYC virtual machine; on a slower one a start takes up to twice as
long, which the in-process starts show before the others are planned.
"""

from __future__ import annotations

from contract.measurement_plan import MeasurementPlan
from contract.run_record import StartKind

_IN_PROCESS_SECONDS = 0.6
# Server and generator start side by side; both are stopped at the end.
_SERVED_SECONDS = 1.9
_REQUEST_SECONDS = 0.43e-3
_CAPACITY_SECONDS = 2.0
INSTRUCTIONS_SECONDS_PER_ARM = 6.0
# Units of the first of Stein's two stages. Eight tell their spread to a quarter; a smaller
# stage pays for not knowing it.
FIRST_STAGE = 8


def start_seconds(experiment: MeasurementPlan, kind: StartKind) -> float:
    """Return about how long one start of an instrument takes."""
    request_seconds = _REQUEST_SECONDS + experiment.seconds_per_inference
    match kind:
        case "in_process":
            amount = experiment.in_process
            rounds = amount.rounds_per_start + amount.warmup_rounds
            inferences = rounds * len(experiment.in_process_arms) + amount.warmup_rounds
            return _IN_PROCESS_SECONDS + inferences * experiment.seconds_per_inference
        case "served":
            served, arms = experiment.served, len(experiment.verdict_arms)
            requests = served.warmup_rounds + served.blocks_per_arm * served.requests_per_block
            return _SERVED_SECONDS + served.seconds_per_start + requests * arms * request_seconds
        case "doses" | "dropconnect":
            side = experiment.doses if kind == "doses" else experiment.dropconnect
            warm_up = side.warmup_rounds * len(experiment.arms_of(kind)) * request_seconds
            return _SERVED_SECONDS + side.seconds_per_start + warm_up
        case "capacity":
            capacity = experiment.capacity
            blocks = capacity.blocks_per_arm * len(experiment.verdict_arms)
            load = blocks * capacity.seconds_per_block
            return _CAPACITY_SECONDS + load + 2 * capacity.probes * capacity.seconds_per_probe
