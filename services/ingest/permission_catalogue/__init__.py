"""行政权限目录清单 (B02): the powers that authorities hold, imported in versions; the newest version is public.

It is told as it was handed in. No record is checked against it.
"""
