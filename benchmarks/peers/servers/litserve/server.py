"""LitServe with one worker: ``python server.py PORT``."""

import os
import sys

import litserve as ls
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

Rows = npt.NDArray[np.float32]


class OnnxApi(ls.LitAPI):
    """One ONNX file in ONNX Runtime, with the options that perbillion's server uses."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe's signature
        """Open the session."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            os.environ["PEER_ONNX_FILE"], options, providers=["CPUExecutionProvider"]
        )

    def decode_request(self, request: dict[str, list[list[float]]]) -> Rows:
        """Return the rows of a request."""
        return np.array(request["input"], dtype=np.float32)

    def predict(self, rows: Rows) -> Rows:
        """Run the model."""
        (logits,) = self._session.run(["logits"], {"input": rows})
        return np.asarray(logits)

    def encode_response(self, logits: Rows) -> dict[str, list[list[float]]]:
        """Return the answer's JSON."""
        return {"output": logits.tolist()}


if __name__ == "__main__":
    # `fast_queue`, LitServe's switch for throughput, is slower here: it adds a process.
    ls.LitServer(OnnxApi(), accelerator="cpu", workers_per_device=1).run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        log_level="warning",
        generate_client_file=False,
    )
