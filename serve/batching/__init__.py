"""Dynamic batching: requests that wait at the same time are computed in one run."""
