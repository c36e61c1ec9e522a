"""``python -m perbillion``."""

from perbillion.cli import main

if __name__ == "__main__":
    main()
