"""What this project costs, as ratios taken in one run. `make bench` runs all of it; `registry` lists it."""
