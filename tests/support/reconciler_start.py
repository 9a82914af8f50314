"""Starts a step of `tests.support.reconciler` as `creditsync work` starts a worker: without a terminal."""

from shared.observability.no_terminal import leave_out_the_terminal

if __name__ == "__main__":
    leave_out_the_terminal()
    from tests.support.reconciler import start

    start()
