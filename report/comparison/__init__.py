"""Two models compared, at one batch size or several: the answer for people and for machines."""
