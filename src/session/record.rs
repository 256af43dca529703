//! One journal with the state that its events add up to. Made on the first write, so that reading leaves no trace.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::event::{Fact, Recorded};
use crate::domain::project::ProjectState;
use crate::domain::release::ReleaseState;
use crate::domain::time::Stamp;
use crate::frame::{Hash, Position};
use crate::journal::codec;
use crate::journal::error::StoreError;
use crate::journal::lock::LockGuard;
use crate::journal::mode::{Access, Mode};
use crate::journal::store::{News, Store};
use crate::system::identity::Actor;

/// Format of the journals that this relco writes.
const FORMAT: u32 = 1;

/// A state that events fold into.
pub(super) trait Folds: Default {
    /// Folds one record in.
    fn fold(&mut self, rec: &Recorded);
}

impl Folds for ReleaseState {
    fn fold(&mut self, rec: &Recorded) {
        self.apply(rec);
    }
}

impl Folds for ProjectState {
    fn fold(&mut self, rec: &Recorded) {
        self.apply(rec);
    }
}

/// What the first record of a journal says.
#[derive(Debug, Clone, Default)]
pub(super) struct Opening {
    pub project: String,
    pub repository: String,
}

/// A journal with its state.
#[derive(Debug)]
pub(super) struct Record<S> {
    path: PathBuf,
    opening: Opening,
    store: Option<Store>,
    pub state: S,
    pub records: Arc<Vec<Recorded>>,
    /// How many rescues of the store a person was told of.
    told_rescues: usize,
}

impl<S: Folds> Record<S> {
    /// Reads the journal, if it is there.
    pub(super) fn open(path: PathBuf, opening: Opening) -> Result<Self, StoreError> {
        let mut record =
            Self { path, opening, store: None, state: S::default(), records: Arc::default(), told_rescues: 0 };
        record.read_first()?;
        Ok(record)
    }

    fn read_first(&mut self) -> Result<bool, StoreError> {
        if !self.path.exists() {
            return Ok(false);
        }
        let (store, recorded) = Store::open(&self.path, Access::Write)?;
        self.store = Some(store);
        self.replace(recorded);
        Ok(true)
    }

    fn replace(&mut self, recorded: Vec<Recorded>) {
        self.state = S::default();
        for one in &recorded {
            self.state.fold(one);
        }
        self.records = Arc::new(recorded);
    }

    fn push(&mut self, recorded: &[Recorded]) {
        for one in recorded {
            self.state.fold(one);
        }
        Arc::make_mut(&mut self.records).extend_from_slice(recorded);
    }

    /// The directory that the journal stands in.
    pub(super) fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Why nothing can be appended, if so.
    pub(super) fn read_only(&self) -> Option<String> {
        match self.store.as_ref()?.mode() {
            Mode::ReadOnly { why } => Some(why.to_string()),
            Mode::Writable => None,
        }
    }

    /// What a person should be told once: the disk failed, and a copy took the journal's place.
    pub(super) fn rescued(&mut self) -> Vec<String> {
        let rescues = self.store.as_ref().map(Store::rescues).unwrap_or_default();
        let new = rescues.get(self.told_rescues..).unwrap_or_default().iter().map(|rescue| {
            let kept = rescue.kept.as_ref().map(|path| format!("; what failed is kept as {}", path.display()));
            let (path, why) = (self.path.display(), &rescue.why);
            format!("the disk failed under {path} ({why}): a whole copy stands there now{}", kept.unwrap_or_default())
        });
        let words = new.collect();
        self.told_rescues = rescues.len();
        words
    }

    /// Reads what others appended. Answers whether anything is new.
    pub(super) fn refresh(&mut self) -> Result<bool, StoreError> {
        let Some(store) = &mut self.store else { return self.read_first() };
        match store.refresh()? {
            News::Appended(recorded) => {
                self.push(&recorded);
                Ok(!recorded.is_empty())
            }
            News::Replaced(recorded) => {
                self.replace(recorded);
                Ok(true)
            }
        }
    }

    /// Takes the short append lock; refresh under it before deciding.
    pub(super) fn lock(&self) -> Result<LockGuard, StoreError> {
        Store::lock(&self.path)
    }

    /// Whether these facts would be taken, as far as that can be known before the disk is asked. Records nothing.
    pub(super) fn would_take(&self, stamp: &Stamp, actor: &Actor, facts: &[Fact]) -> Result<(), StoreError> {
        match &self.store {
            Some(store) => store.would_take(stamp, &actor.name, actor.via, facts),
            None => {
                let place = Position { offset: 0, seq: 1, head: Hash::ZERO };
                codec::encode_all(place, stamp, &actor.name, actor.via, facts)?;
                Ok(())
            }
        }
    }

    /// Appends facts and folds them in. What this returns is durable.
    ///
    /// [`StoreError::Behind`] says that somebody else was first: decide again on what they recorded.
    pub(super) fn append(
        &mut self,
        lock: &LockGuard,
        stamp: &Stamp,
        actor: &Actor,
        facts: &[Fact],
    ) -> Result<Vec<Recorded>, StoreError> {
        self.make(lock, stamp, actor)?;
        let Some(store) = &mut self.store else { return Err(StoreError::Poisoned) };
        let recorded = store.append(lock, stamp, &actor.name, actor.via, facts)?;
        self.push(&recorded);
        Ok(recorded)
    }

    /// Makes the journal, with nothing in it but its opening, where there is none yet.
    pub(super) fn make(&mut self, lock: &LockGuard, stamp: &Stamp, actor: &Actor) -> Result<(), StoreError> {
        if self.store.is_some() {
            return Ok(());
        }
        let seed = format!("{}-{}-{}-{}", self.path.display(), stamp.at, stamp.mono_ms, std::process::id());
        let opening = Fact::JournalOpened {
            format: FORMAT,
            uuid: crate::domain::digest::sha256_hex(seed.as_bytes()).get(..32).unwrap_or_default().to_owned(),
            project: self.opening.project.clone(),
            repository: self.opening.repository.clone(),
            relco: env!("CARGO_PKG_VERSION").to_owned(),
        };
        match Store::create_under(lock, &self.path, stamp, &actor.name, actor.via, &opening) {
            Ok((store, recorded)) => {
                self.store = Some(store);
                self.replace(recorded);
                Ok(())
            }
            Err(StoreError::Exists { .. }) => {
                self.read_first()?;
                Err(StoreError::Behind)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_was_rescued_is_told_of_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut record: Record<ProjectState> =
            Record::open(dir.path().join("project.toml"), Opening::default()).unwrap();
        let lock = record.lock().unwrap();
        record.make(&lock, &crate::system::clock::stamp(), &crate::system::identity::actor(None)).unwrap();
        assert_eq!(record.rescued(), [""; 0]);
        record.store.as_mut().unwrap().fail_disk();
        drop(lock);
        let told = record.rescued();
        assert!(told.len() == 1 && told[0].contains("project.toml.failed-1"), "{told:?}");
        assert_eq!(record.rescued(), [""; 0]);
    }
}
