"""`python -m oms_api` is the command line."""

from oms_api.cli import main

main()
