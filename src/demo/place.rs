//! Where everything of one example lies: the names inside DIR, and nothing else.
//!
//! Must never create or change anything; it answers with paths. Enter at [`Place`].

use std::path::{Path, PathBuf};

/// The two environments of the example, in the order of a release.
pub const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// The directory of one example. Cheap to copy about; it promises nothing about what exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    dir: PathBuf,
}

impl Place {
    /// The example in this directory. The path should be absolute: services and scripts get it as it stands.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Place { dir: dir.into() }
    }

    /// DIR itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The project: a git repository.
    pub fn project(&self) -> PathBuf {
        self.dir.join("harbor")
    }

    /// relco's state directory for this example.
    pub fn state(&self) -> PathBuf {
        self.dir.join("state")
    }

    /// The file that says that DIR is an example; it is written last.
    pub fn marker(&self) -> PathBuf {
        self.dir.join("relco-demo")
    }

    /// The word that says which trouble production gets.
    pub fn fault(&self) -> PathBuf {
        self.dir.join("fault")
    }

    /// The seconds that a script rests between two pieces of work.
    pub fn pace(&self) -> PathBuf {
        self.dir.join("pace")
    }

    /// A directory for the search path, in which this binary is called `relco`.
    pub fn bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    /// What an environment is: its releases, its `current` link, its database and caches.
    pub fn environment(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where the services keep their logs, locks and ports.
    pub fn services(&self) -> PathBuf {
        self.dir.join("services")
    }

    /// A file of an environment's service: `log`, `pid`, `lock`, `port`, `env` or `stop`.
    pub fn service(&self, name: &str, kind: &str) -> PathBuf {
        self.services().join(format!("{name}.{kind}"))
    }
}
