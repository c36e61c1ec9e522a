"""The break-even map: what the scalings cost, against hidden width and batch size."""
