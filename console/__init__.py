"""The edge every command shares: errors to one line, exit codes, progress."""
