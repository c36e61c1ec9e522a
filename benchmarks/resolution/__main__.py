"""``python -m benchmarks.resolution``."""

from benchmarks.resolution.command import app
from console.edge import run_app

if __name__ == "__main__":
    run_app(app)
