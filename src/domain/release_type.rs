//! The four release types.

use super::named::named;

named! {
    /// What kind of release it is; decides the version's place that moves and what must be shown before it ships.
    ReleaseType {
        /// `x.y.Z+1`, only by name: critical bug fix, minimal testing.
        Hotfix = "hotfix",
        /// `x.y.Z+1`: bug fixes, regression testing.
        Patch = "patch",
        /// `x.Y.0`: new features, full testing.
        Minor = "minor",
        /// `X.0.0`: breaking changes, migration plan.
        Major = "major",
    }
}
