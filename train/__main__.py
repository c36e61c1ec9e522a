"""``python -m train``."""

from console.edge import run_command
from train.command import train_command

run_command(train_command)
