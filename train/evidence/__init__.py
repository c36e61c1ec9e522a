"""Evidence for the lecture's training claims: which networks it takes, and what they show."""
