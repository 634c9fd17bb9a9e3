"""One piece of work in several processes, on one machine or several."""
