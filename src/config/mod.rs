//! Configuration: defaults below the project file, plan building, trust, the user's theme and keys.
