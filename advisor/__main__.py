"""`advisor`, and `python -m advisor`: the command line as a process of its own."""

import gc


def run() -> None:
    """Run one command, and end.

    The cyclic collector is off: what a command reads is kept to its end, in values without circles, and searching them for garbage
    again and again took up to half of the time (`benchmarks/reading.py`).
    """
    gc.disable()
    from advisor.cli import main

    main(prog_name="advisor")


if __name__ == "__main__":
    run()
