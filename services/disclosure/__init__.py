"""disclosure (公示): for which audience may a record be shown, from when to when, and why?

Every date comes from a policy pack and is stored with its provenance. Serves G03 and G04; never talks to a portal.
"""
