"""What training shows about the lecture's claims, drawn: one picture a file."""
