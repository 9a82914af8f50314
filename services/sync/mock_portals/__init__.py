"""What the runnable stand-ins for the public portals share; each lies in its portal's folder, `portals/NAME/stand_in`.

They share no code with the adapters: what both sides know is written down twice, and the conformance suite shows
where the two disagree. They keep their state in files and can be told to misbehave.
"""
