"""``python -m torusync``: the command line where its script is not on the path."""

from torusync.cli import main

if __name__ == "__main__":
    main()
