"""One piece of work in several processes, of one machine or several: who is who, what they say to one
another, who starts them again.
"""
