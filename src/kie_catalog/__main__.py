"""`python -m kie_catalog`."""

from kie_catalog.cli import main

main()
