"""Evidence (留痕): what proves later what was decided and done. Serves guarantee G14.

`canonical` gives each value one spelling, `entry` and `link` make the hash chain, `heads` and `keys` sign it, `verify`
finds every alteration, and `documents` signs what leaves the house. It never decides what is worth an entry.
"""
