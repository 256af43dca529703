//! Records on disk: one framed, chained, self-checking TOML table per event. Knows no event kind.
