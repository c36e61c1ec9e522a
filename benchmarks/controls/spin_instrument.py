"""The product's served instrument against the spinning server."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from benchmarks.controls.spin_record import RECORD_VARIABLE, SpinRecord
from loadtest.campaign.start_plan import StartPlan
from loadtest.instruments.instrument import Setting, StartOutcome
from loadtest.instruments.served_instrument import ServedInstrument

SERVER_MODULE = "benchmarks.controls.spinning_server"


class SpinInstrument(ServedInstrument):
    """Measures the arms of its setting as the product does, and keeps how long they spun.

    Parameters
    ----------
    setting : Setting
        What to measure; another server than the product's is started.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(replace(setting, server_module=SERVER_MODULE))
        self._folder = setting.directory.samples
        self.arms = setting.subjects.arms

    def run(self, plan: StartPlan) -> StartOutcome:
        """Run one start.

        Raises
        ------
        ServingError, LoadTestError
            As the product's instrument does.
        """
        os.environ[RECORD_VARIABLE] = str(self._record_file(plan))
        return super().run(plan)

    def record(self, plan: StartPlan) -> SpinRecord:
        """Read what the server of a finished start noted.

        Raises
        ------
        ArtifactError
            If it left nothing behind.
        """
        return SpinRecord.load(self._record_file(plan))

    def _record_file(self, plan: StartPlan) -> Path:
        return self._folder / f"spins-{plan.replicate:03d}.json"
