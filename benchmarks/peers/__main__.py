"""``python -m benchmarks.peers``."""

from benchmarks.peers.command import app
from console.edge import run_app

if __name__ == "__main__":
    run_app(app)
