"""`python -m flows.cli` is the command `brainstem`."""

from flows.cli.main import main

if __name__ == "__main__":
    main()
