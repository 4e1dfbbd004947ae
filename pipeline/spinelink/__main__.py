"""`python -m spinelink`: the command line."""

from spinelink.cli import main

if __name__ == "__main__":
    main()
