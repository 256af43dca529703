//! Values that are tables themselves: a slot of a run, a finding of a check, the outcome of an attempt.

use super::body::{Body, Fields};
use super::field::{Field, Misfit};
use crate::domain::basis::Basis;
use crate::domain::event::Finding;
use crate::domain::run::{AttemptOutcome, Slot};
use crate::frame::Value;

/// Structures whose every field has a name on disk.
macro_rules! tables {
    ($($type:ident { $($key:literal = $field:ident),* })*) => {$(
        impl Field for $type {
            fn to_value(&self) -> Result<Option<Value>, Misfit> {
                let mut body = Body::default();
                $(body.put($key, &self.$field).map_err(Misfit::Inside)?;)*
                Ok(Some(Value::Table(body.into_table())))
            }
            fn from_value(value: Value) -> Result<Self, Misfit> {
                let Value::Table(table) = value else { return Err(Misfit::Expected("a table")) };
                let mut fields = Fields::of(table);
                let read = $type { $($field: fields.take($key).map_err(Misfit::Inside)?),* };
                fields.finish().map_err(Misfit::Inside)?;
                Ok(read)
            }
            #[cfg(test)]
            fn any(source: &mut super::field::Source) -> Self {
                $type { $($field: Field::any(source)),* }
            }
        }
    )*};
}

tables! {
    Basis { "commit" = commit, "files" = files, "config" = config }
    Finding { "text" = text, "role" = role }
    Slot { "id" = id, "item" = item, "act" = act, "list" = list }
}

const NOT_STARTED: &str = "did not start";
const UNKNOWN: &str = "unknown";

/// `{ exit = 1 }`, `{ signal = 15 }`, `{ not_executed = "…" }`, or one of two words. No number stands for what
/// nobody knows.
impl Field for AttemptOutcome {
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        let mut body = Body::default();
        match self {
            AttemptOutcome::Exited(code) => body.put("exit", code),
            AttemptOutcome::Signalled(signal) => body.put("signal", signal),
            AttemptOutcome::NotExecuted(why) => body.put("not_executed", why),
            AttemptOutcome::NotStarted => return Ok(Some(Value::from(NOT_STARTED))),
            AttemptOutcome::Unknown => return Ok(Some(Value::from(UNKNOWN))),
        }
        .map_err(Misfit::Inside)?;
        Ok(Some(Value::Table(body.into_table())))
    }

    fn from_value(value: Value) -> Result<Self, Misfit> {
        const EXPECTED: Misfit = Misfit::Expected("the outcome of an attempt");
        match value {
            Value::String(word) if word == NOT_STARTED => Ok(AttemptOutcome::NotStarted),
            Value::String(word) if word == UNKNOWN => Ok(AttemptOutcome::Unknown),
            Value::Table(table) => {
                let mut fields = Fields::of(table);
                let exit: Option<i32> = fields.take("exit").map_err(Misfit::Inside)?;
                let signal: Option<i32> = fields.take("signal").map_err(Misfit::Inside)?;
                let not_executed: Option<String> = fields.take("not_executed").map_err(Misfit::Inside)?;
                fields.finish().map_err(Misfit::Inside)?;
                match (exit, signal, not_executed) {
                    (Some(code), None, None) => Ok(AttemptOutcome::Exited(code)),
                    (None, Some(signal), None) => Ok(AttemptOutcome::Signalled(signal)),
                    (None, None, Some(why)) => Ok(AttemptOutcome::NotExecuted(why)),
                    _ => Err(EXPECTED),
                }
            }
            _ => Err(EXPECTED),
        }
    }

    #[cfg(test)]
    fn any(source: &mut super::field::Source) -> Self {
        match source.below(5) {
            0 => AttemptOutcome::Exited(Field::any(source)),
            1 => AttemptOutcome::Signalled(Field::any(source)),
            2 => AttemptOutcome::NotExecuted(Field::any(source)),
            3 => AttemptOutcome::NotStarted,
            _ => AttemptOutcome::Unknown,
        }
    }
}
