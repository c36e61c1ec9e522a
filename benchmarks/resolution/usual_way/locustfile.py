"""What a load test of one model looks like in Locust: one request, sent again and again.

``request.json`` and ``request.body`` lie in the working directory; Locust's own statistics go to
``statistics.json`` beside them.
"""

from __future__ import annotations

import json
from pathlib import Path

from locust import FastHttpUser, constant, events, task
from locust.env import Environment

_REQUEST = json.loads(Path("request.json").read_text())
_BODY = Path("request.body").read_bytes()


class Client(FastHttpUser):
    """One client, one connection, one request after another."""

    wait_time = constant(0)

    @task
    def predict(self) -> None:
        """Ask for one prediction."""
        self.client.post(
            _REQUEST["path"],
            data=_BODY,  # type: ignore[arg-type]  # Locust's own hint leaves out bytes
            headers=_REQUEST["headers"],
        )


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def write_statistics(environment: Environment, **_: object) -> None:
    """Write down what Locust says of all requests together."""
    total = environment.stats.total
    statistics = {
        "requests": total.num_requests,
        "failures": total.num_failures,
        "mean_ms": total.avg_response_time,
        "requests_per_second": total.total_rps,
    }
    Path("statistics.json").write_text(json.dumps(statistics))
