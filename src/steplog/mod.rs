//! The log of one attempt and its sparse index: written by the supervisor, read by the log pane.
