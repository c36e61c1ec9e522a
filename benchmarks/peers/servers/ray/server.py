"""Ray Serve with one replica: ``python server.py PORT FOLDER``; all processes on one core."""

import os
import signal
import sys

import numpy as np
import onnxruntime as ort
import ray
from ray import serve
from ray.serve.config import HTTPOptions
from ray.serve.schema import LoggingConfig
from starlette.requests import Request


@serve.deployment(
    num_replicas=1,
    max_ongoing_requests=100,
    logging_config=LoggingConfig(enable_access_log=False),
)
class OnnxDeployment:
    """One ONNX file in ONNX Runtime, with the options that perbillion's server uses."""

    def __init__(self, onnx_file: str) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(onnx_file, options, providers=["CPUExecutionProvider"])

    async def __call__(self, request: Request) -> dict[str, list[list[float]]]:
        """Answer one request."""
        rows = np.array((await request.json())["input"], dtype=np.float32)
        (logits,) = self._session.run(["logits"], {"input": rows})
        return {"output": np.asarray(logits).tolist()}


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), sys.argv[2]
    ray.init(
        num_cpus=1,
        include_dashboard=False,
        object_store_memory=100 * 2**20,
        _temp_dir=folder,
        _node_ip_address="127.0.0.1",
    )
    serve.start(
        http_options=HTTPOptions(host="127.0.0.1", port=port),
        logging_config=LoggingConfig(enable_access_log=False),
    )
    serve.run(OnnxDeployment.bind(os.environ["PEER_ONNX_FILE"]), route_prefix="/")
    # Told to end, it goes at once, not after Ray's slow leave-taking: whoever started it ends
    # what is left.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pause()
