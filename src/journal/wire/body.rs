//! A record's `data` as named fields: put in one by one, and taken out until none is left over.

use super::field::{Field, Misfit};
use crate::frame::{Table, Value};

/// What is wrong with the fields of a record whose bytes are intact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something stands there that this version of relco does not know.
    #[error("the field `{0}` is unknown")]
    Unknown(String),
    /// Something that the kind needs does not stand there.
    #[error("the field `{0}` is missing")]
    Missing(String),
    /// A value of another type, out of range, or a word that is not in its list.
    #[error("the field `{field}` must be {expected}")]
    Wrong {
        /// The field, with the names of those it stands in.
        field: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A version of the kind that was never written.
    #[error("there is no version {0} of this kind")]
    Version(u32),
}

impl Problem {
    /// The same problem, seen from the field that holds the table in which it is.
    pub(super) fn inside(self, outer: &str) -> Problem {
        match self {
            Problem::Unknown(field) => Problem::Unknown(format!("{outer}.{field}")),
            Problem::Missing(field) => Problem::Missing(format!("{outer}.{field}")),
            Problem::Wrong { field, expected } => Problem::Wrong { field: format!("{outer}.{field}"), expected },
            Problem::Version(version) => Problem::Version(version),
        }
    }
}

/// The fields of a record that is being written.
#[derive(Debug, Default)]
pub(in crate::journal) struct Body(Table);

impl Body {
    /// Adds a field; a value that is absent adds nothing.
    pub(super) fn put<T: Field>(&mut self, key: &'static str, value: &T) -> Result<(), Problem> {
        if let Some(value) = value.to_value().map_err(|misfit| misfit.of(key))? {
            self.0.push(key, value);
        }
        Ok(())
    }

    pub(super) fn into_table(self) -> Table {
        self.0
    }
}

/// The fields of a record that is being read.
#[derive(Debug)]
pub(in crate::journal) struct Fields(Vec<(String, Value)>);

impl Fields {
    /// All fields of a table.
    pub(in crate::journal) fn of(table: Table) -> Fields {
        Fields(table.into_iter().collect())
    }

    /// Takes one field out.
    pub(in crate::journal) fn take<T: Field>(&mut self, key: &'static str) -> Result<T, Problem> {
        match self.0.iter().position(|(name, _)| name == key) {
            Some(place) => T::from_value(self.0.remove(place).1).map_err(|misfit| misfit.of(key)),
            None => T::absent().ok_or_else(|| Problem::Missing(key.to_owned())),
        }
    }

    /// Refuses what nobody took.
    pub(in crate::journal) fn finish(self) -> Result<(), Problem> {
        self.0.into_iter().next().map_or(Ok(()), |(name, _)| Err(Problem::Unknown(name)))
    }
}

impl Misfit {
    /// The misfit as a problem of this field.
    fn of(self, key: &str) -> Problem {
        match self {
            Misfit::Expected(expected) => Problem::Wrong { field: key.to_owned(), expected },
            Misfit::Inside(problem) => problem.inside(key),
        }
    }
}
