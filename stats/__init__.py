"""Pure statistics: arrays in, estimates and verdicts out; imports nothing of ours."""
