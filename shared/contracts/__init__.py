"""What services tell each other: record shapes, events, the envelope and the catalogue of all event types.

A contract changes only by addition. `tests/contracts` compares the models with the committed JSON Schemas in
`schemas/` and the examples in `examples/`, so that a change of either is seen in review.
"""
