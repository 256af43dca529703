//! Names of things: small string types that cannot be mixed up.
//!
//! Ids are stable: a resumed run matches its items by id, never by position. They never carry meaning
//! beyond being equal or not, except for the run prefix of [`ItemRef`].

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps a name as it stands.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }
            /// The name itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }
    )*};
}

ids! {
    /// A gate, such as `qa`.
    GateId;
    /// An item of a list, such as `migrate`.
    ItemId;
    /// A run, such as `R2`: counted within its release.
    RunId;
    /// An attempt, such as `R2-migrate-1`: unique within its release and a legal directory name.
    AttemptId;
    /// An incident, such as `INC-1`.
    IncidentId;
    /// A trigger, such as `slow`.
    TriggerId;
    /// A probe, such as `api`.
    ProbeId;
    /// An environment, such as `production`.
    EnvName;
    /// One session: a cockpit or one command while it lives.
    SessionId;
    /// The role of a person, in lower case: `release manager`, `devops`, `qa`.
    Role;
}

impl Role {
    /// Owns the version, the changelog, the notes and the go.
    pub const RELEASE_MANAGER: &'static str = "release manager";
    /// Owns pipeline, infrastructure, deployment and rollback.
    pub const DEVOPS: &'static str = "devops";
    /// Merged the change in question.
    pub const DEVELOPER: &'static str = "developer";
    /// Owns the security gate.
    pub const SECURITY: &'static str = "security";
    /// Owns testing, before and after deployment.
    pub const QA: &'static str = "qa";
    /// Owns business acceptance.
    pub const PRODUCT_OWNER: &'static str = "product owner";
}

/// An item, named by a person: `backup`, or `R1/backup` for that of a certain run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemRef {
    /// The run, when it was named; otherwise the latest run that has the item is meant.
    pub run: Option<RunId>,
    /// The item's id within its list.
    pub item: ItemId,
}

impl ItemRef {
    /// Reads `RUN/ID` or `ID`.
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((run, item)) => Self { run: Some(run.into()), item: item.into() },
            None => Self { run: None, item: text.into() },
        }
    }
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.run {
            Some(run) => write!(f, "{run}/{}", self.item),
            None => write!(f, "{}", self.item),
        }
    }
}
