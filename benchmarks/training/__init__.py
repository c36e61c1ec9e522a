"""How long the lecture's network takes to train, beside a loop that is written plainly."""
