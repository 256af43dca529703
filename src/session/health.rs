//! What a session stands on: the git program, the repository, the state directory, trust, the record.
//!
//! Looks only; the one thing that is written is a file in the state directory, to see that it can be, and it is taken
//! away again. Enter at [`surroundings`] for what holds without a project, and at [`Session::health`].

use std::path::Path;

use super::Session;
use super::open::{Options, state_root};
use crate::config::places;
use crate::domain::tag::TagPattern;
use crate::system::git::{Git, GitNote};
use crate::system::git_program;

/// One thing that relco stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// What was looked at.
    pub what: &'static str,
    /// Nothing to say against it.
    pub ok: bool,
    /// Without it relco cannot do its work here.
    pub hard: bool,
    /// What was found.
    pub words: String,
    /// What to do when it is not ok.
    pub hint: Option<String>,
}

impl Health {
    fn good(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, ok: true, hard: false, words: words.into(), hint: None }
    }

    fn limits(what: &'static str, words: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what, ok: false, hard: false, words: words.into(), hint: Some(hint.into()) }
    }

    fn stops(what: &'static str, words: impl Into<String>, hint: Option<String>) -> Self {
        Self { what, ok: false, hard: true, words: words.into(), hint }
    }
}

/// What holds whatever the project says: the git program, the repository, the state directory.
pub fn surroundings(options: &Options) -> Vec<Health> {
    let mut found = Vec::new();
    found.push(match git_program::version() {
        Ok(version) => Health::good("git", version),
        Err(error) => Health::limits("git", error.to_string(), "reading works without it; making tags does not"),
    });
    let start = options.project.clone().unwrap_or_else(|| Path::new(".").to_owned());
    match Git::discover(&start).and_then(|git| git.facts()) {
        Ok(facts) => {
            let head = facts.head.as_ref().map(|head| head.commit.get(..7).unwrap_or(&head.commit).to_owned());
            found.push(Health::good(
                "repository",
                head.map_or_else(|| "empty".to_owned(), |head| format!("HEAD at {head}")),
            ));
            for note in facts.notes() {
                let words = note.to_string();
                found.push(match note {
                    GitNote::Bare => Health::stops("repository", words, Some(note.hint().to_owned())),
                    _ => Health::limits("repository", words, note.hint()),
                });
            }
        }
        Err(error) => found.push(Health::stops("repository", error.to_string(), error.hint())),
    }
    found.push(match state_root(options) {
        Err(error) => Health::stops("state", error.to_string(), Some("--state-dir DIR".to_owned())),
        Ok(root) => writable(&root),
    });
    found
}

fn writable(root: &Path) -> Health {
    let tried = places::make_private(root)
        .map_err(|error| error.to_string())
        .and_then(|()| tempfile_in(root).map_err(|error| format!("cannot write {}: {error}", root.display())));
    match tried {
        Ok(()) => Health::good("state", root.display().to_string()),
        Err(why) => Health::stops("state", why, Some("--state-dir DIR, or RELCO_STATE_DIR".to_owned())),
    }
}

fn tempfile_in(dir: &Path) -> std::io::Result<()> {
    let path = dir.join(format!(".relco-doctor-{}", std::process::id()));
    std::fs::write(&path, b"")?;
    std::fs::remove_file(&path)
}

impl Session {
    /// What holds for this project: its configuration, trust, tags, and the record.
    pub fn health(&self) -> Vec<Health> {
        let mut found = Vec::new();
        found.push(match (&self.config.broken, &self.config.closure) {
            (Some(broken), _) => Health::stops("config", broken.clone(), Some("relco config check".to_owned())),
            (None, Some(_)) => Health::good("config", "relco.toml is understood"),
            (None, None) => Health::good("config", "no relco.toml: the default plan"),
        });
        let trust = match self.wants_trust().is_empty() {
            true if self.asks_for_nothing() => Health::good("trust", "there is no command that could run"),
            true => Health::good("trust", "the project's commands may run"),
            false => Health::limits("trust", "the project's commands are not trusted yet", "relco trust"),
        };
        found.push(trust);
        if self.observed.tags.is_empty() && self.plan().tag.parse::<TagPattern>().is_ok() {
            let note = GitNote::NoTags { pattern: self.plan().tag.clone() };
            found.push(Health::limits("tags", note.to_string(), note.hint()));
        }
        found.push(match self.read_only() {
            Some(why) => {
                let hint = "relco journal verify".to_owned();
                Health::stops("record", format!("the record is read-only: {why}"), Some(hint))
            }
            None => Health::good("record", self.dir.display().to_string()),
        });
        found.push(Health::good("you", format!("{} ({})", self.actor.name, self.actor.via)));
        found
    }
}
