"""`python -m parityline` is the command line."""

from parityline.cli import main

main()
