//! Who operates relco, and how that is known. An identity is never claimed beyond how it was known.

use super::git::Git;

/// A person as far as this machine tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Mail address or name.
    pub name: String,
    /// `RELCO_ACTOR`, `git config`, `operating system`, or `nobody said`.
    pub via: &'static str,
}

impl Actor {
    /// What to say when the record names somebody whom nobody vouched for.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let known = matches!(self.via, "RELCO_ACTOR" | "git config");
        let hint = "git config user.email YOU@EXAMPLE.COM, or set RELCO_ACTOR";
        (!known).then(|| format!("git does not know who you are, on record you are \"{}\" ({hint})", self.name))
    }
}

/// The operator: `RELCO_ACTOR`, else git's identity, else the operating system's user.
pub fn actor(git: Option<&Git>) -> Actor {
    let variable = |name: &str| std::env::var(name).ok().map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
    if let Some(name) = variable("RELCO_ACTOR") {
        return Actor { name, via: "RELCO_ACTOR" };
    }
    if let Some(identity) = git.and_then(Git::identity) {
        return Actor { name: identity.to_string(), via: "git config" };
    }
    match variable("USER").or_else(|| variable("LOGNAME")) {
        Some(name) => Actor { name, via: "operating system" },
        None => Actor { name: "unknown".to_owned(), via: "nobody said" },
    }
}
