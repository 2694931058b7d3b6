"""`python -m app` is `bascule`."""

from app.cli import main

if __name__ == "__main__":
    main(prog_name="bascule")
