"""``python -m benchmarks.controls``."""

from benchmarks.controls.command import app
from console.edge import run_app

if __name__ == "__main__":
    run_app(app)
