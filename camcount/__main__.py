"""python -m camcount"""

from camcount.cli import main

# Workers that draw pages import this file too.
if __name__ == "__main__":
    main(prog_name="camcount")
