"""Thousands of random orders with random faults in virtual time: one seed, one outcome.

    python -m tests.simulation --orders 100000 --seed 1     # or: make simulate ORDERS=100000 SEED=1
    python -m tests.simulation --seed 1 --world 37          # a failing world again, with its trace

What is real: every command handler, the groups they are executed in, the working sets of two
servers, keys, retries, the processes. What is played: the database (`memory.py`), time, people
(`people/`) and bad luck (`faults.py`). After each command, what it touched is checked
(`checks.py`); at the end of a world everything is folded anew, and checked once more.
"""
