//! The embedded example project.
