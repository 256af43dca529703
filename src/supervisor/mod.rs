//! The small process that owns one attempt.
