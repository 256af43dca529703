//! How single values stand on disk: texts, numbers, times, and the closed sets of words.
//!
//! Each type has exactly one form, so a record that is read and written again gives the same bytes.

use jiff::Timestamp;

use super::body::Problem;
use crate::domain::event::CheckVerdict;
use crate::domain::followup::FollowUpState;
use crate::domain::id::{AttemptId, EnvName, GateId, IncidentId, ItemId, ProbeId, Role, RunId, SessionId, TriggerId};
use crate::domain::incident::{Decision, Extent, IncidentRole, IncidentText, Milestone, RoleAct, Severity, Status};
use crate::domain::item::{GateVerdict, ItemState};
use crate::domain::notice::NoticeState;
use crate::domain::overdue::Limit;
use crate::domain::plan::{List, Purpose};
use crate::domain::release_type::ReleaseType;
use crate::domain::run::{Act, CheckSaid, RunOutcome, RunPurpose};
use crate::domain::sheet::SheetField;
use crate::domain::time::{Precision, rfc3339};
use crate::domain::trigger::Verdict;
use crate::frame::Value;

#[cfg(test)]
pub(in crate::journal) use any::Source;

/// Why a value does not fit its field.
#[derive(Debug)]
pub(in crate::journal) enum Misfit {
    /// It should have been this.
    Expected(&'static str),
    /// A table inside it is wrong.
    Inside(Problem),
}

/// A type that can be the value of a field.
pub(in crate::journal) trait Field: Sized {
    /// The value on disk; `None` leaves the field out.
    fn to_value(&self) -> Result<Option<Value>, Misfit>;
    /// The value that was read.
    fn from_value(value: Value) -> Result<Self, Misfit>;
    /// What a field means that is not there, if it need not be.
    fn absent() -> Option<Self> {
        None
    }
    /// Any value, for tests.
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self;
}

impl<T: Field> Field for Option<T> {
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        self.as_ref().map_or(Ok(None), Field::to_value)
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        T::from_value(value).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self {
        source.flag().then(|| T::any(source))
    }
}

impl<T: Field> Field for Vec<T> {
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        let values: Result<Vec<Option<Value>>, Misfit> = self.iter().map(Field::to_value).collect();
        Ok(Some(Value::Array(values?.into_iter().flatten().collect())))
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(values) => values.into_iter().map(T::from_value).collect(),
            _ => Err(Misfit::Expected("a list")),
        }
    }
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self {
        (0..source.below(4)).map(|_| T::any(source)).collect()
    }
}

impl Field for String {
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        Ok(Some(Value::String(self.clone())))
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        if let Value::String(text) = value { Ok(text) } else { Err(Misfit::Expected("a text")) }
    }
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self {
        source.text()
    }
}

impl Field for bool {
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        Ok(Some(Value::Bool(*self)))
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        value.as_bool().ok_or(Misfit::Expected("true or false"))
    }
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self {
        source.flag()
    }
}

impl Field for f64 {
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        if self.is_finite() { Ok(Some(Value::Float(*self))) } else { Err(Misfit::Expected("a finite number")) }
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        if let Value::Float(number) = value { Ok(number) } else { Err(Misfit::Expected("a number with a fraction")) }
    }
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self {
        source.float()
    }
}

/// Whole numbers: an integer of TOML that fits.
macro_rules! integers {
    ($($type:ty: $expected:literal)*) => {$(
        impl Field for $type {
            fn to_value(&self) -> Result<Option<Value>, Misfit> {
                i64::try_from(*self).map(|number| Some(Value::Integer(number))).map_err(|_| Misfit::Expected($expected))
            }
            fn from_value(value: Value) -> Result<Self, Misfit> {
                value.as_int().and_then(|number| number.try_into().ok()).ok_or(Misfit::Expected($expected))
            }
            #[cfg(test)]
            fn any(source: &mut any::Source) -> Self {
                <$type>::try_from(source.number()).unwrap_or(<$type>::MAX)
            }
        }
    )*};
}

integers! {
    u32: "a whole number from 0 to 4294967295"
    u64: "a whole number from 0 to 9223372036854775807"
    i32: "a whole number of 32 bits"
}

impl Field for Timestamp {
    /// In milliseconds where that is exact, as times of the machine are; with all its digits otherwise.
    fn to_value(&self) -> Result<Option<Value>, Misfit> {
        let short = rfc3339(*self);
        let exact = short.parse().is_ok_and(|read: Timestamp| read == *self);
        let text = if exact { short } else { self.to_string() };
        Ok(Some(Value::String(text)))
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        value
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or(Misfit::Expected("a time such as 2026-11-22T12:00:01.123Z"))
    }
    #[cfg(test)]
    fn any(source: &mut any::Source) -> Self {
        source.time()
    }
}

/// Names: a text of any content.
macro_rules! ids {
    ($($type:ident)*) => {$(
        impl Field for $type {
            fn to_value(&self) -> Result<Option<Value>, Misfit> {
                Ok(Some(Value::from(self.as_str())))
            }
            fn from_value(value: Value) -> Result<Self, Misfit> {
                String::from_value(value).map($type::new)
            }
            #[cfg(test)]
            fn any(source: &mut any::Source) -> Self {
                $type::new(source.text())
            }
        }
    )*};
}

ids! { AttemptId EnvName GateId IncidentId ItemId ProbeId Role RunId SessionId TriggerId }

/// Closed sets of words. The words are the domain's own: what is shown is what is written.
macro_rules! words {
    ($($type:ident: $expected:literal, $all:expr;)*) => {$(
        impl Field for $type {
            fn to_value(&self) -> Result<Option<Value>, Misfit> {
                Ok(Some(Value::from(self.name())))
            }
            fn from_value(value: Value) -> Result<Self, Misfit> {
                value.as_str().and_then($type::from_name).ok_or(Misfit::Expected($expected))
            }
            #[cfg(test)]
            fn any(source: &mut any::Source) -> Self {
                source.one_of(&$all)
            }
        }
    )*};
}

words! {
    ReleaseType: "a release type", ReleaseType::ALL;
    GateVerdict: "a verdict on a gate", [GateVerdict::Open, GateVerdict::Passed, GateVerdict::Failed, GateVerdict::Waived];
    CheckVerdict: "a verdict of a check", [CheckVerdict::Ok, CheckVerdict::Bad, CheckVerdict::Unknown];
    ItemState: "the state of an item", ItemState::ALL;
    Verdict: "a verdict of a trigger", Verdict::ALL;
    RunPurpose: "what a run is for", RunPurpose::ALL;
    RunOutcome: "how a run ends", RunOutcome::ALL;
    Act: "what is done with an item", Act::ALL;
    CheckSaid: "what a check says", CheckSaid::ALL;
    Limit: "a limit of a step", Limit::ALL;
    List: "a list of items", List::ALL;
    Severity: "a severity", Severity::ALL;
    Status: "the status of an incident", Status::ALL;
    Extent: "an extent", Extent::ALL;
    Decision: "a decision", Decision::ALL;
    IncidentText: "a text of an incident", IncidentText::ALL;
    Milestone: "a moment of an impact", Milestone::ALL;
    IncidentRole: "a role in an incident", IncidentRole::ALL;
    RoleAct: "what became of a role", RoleAct::ALL;
    FollowUpState: "the state of a follow-up", FollowUpState::ALL;
    Precision: "how exactly a time is known", Precision::ALL;
    SheetField: "a field of the sheet", SheetField::ALL;
    NoticeState: "the state of a notice", NoticeState::ALL;
    Purpose: "what a notice is about", Purpose::ALL;
}

/// Random values for the round trip of every kind.
#[cfg(test)]
mod any {
    use jiff::Timestamp;

    /// Where random values come from: SplitMix64, so that a seed in a failure is all that it takes to see it again.
    pub(in crate::journal) struct Source(pub u64);

    impl Source {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        }

        /// A number from 0 up to and without `limit`.
        pub fn below(&mut self, limit: u64) -> u64 {
            self.next() % limit.max(1)
        }

        /// A number of any length up to 63 bits: TOML has no longer ones.
        pub fn number(&mut self) -> u64 {
            let bits = self.below(64);
            self.below(1 << bits)
        }

        pub fn flag(&mut self) -> bool {
            self.below(2) == 0
        }

        pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
            all[self.below(all.len() as u64) as usize]
        }

        /// Text of plain, escaped, hidden and wide characters.
        pub fn text(&mut self) -> String {
            const CHARACTERS: [char; 16] = [
                'a',
                'Z',
                '9',
                ' ',
                '"',
                '\\',
                '\n',
                '\t',
                '\r',
                '\u{1b}',
                '\u{202e}',
                '\u{200b}',
                '\u{e0041}',
                'é',
                '漢',
                '🚢',
            ];
            (0..self.below(12)).map(|_| self.one_of(&CHARACTERS)).collect()
        }

        pub fn float(&mut self) -> f64 {
            Some(f64::from_bits(self.next())).filter(|number| number.is_finite()).unwrap_or(0.5)
        }

        /// Any moment that exists, half of them in whole milliseconds.
        pub fn time(&mut self) -> Timestamp {
            let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
            let second = first + (self.next() % last.abs_diff(first)) as i64;
            let nanosecond = self.below(1_000_000_000) as i32;
            let nanosecond = if self.flag() { nanosecond } else { nanosecond / 1_000_000 * 1_000_000 };
            Timestamp::new(second, nanosecond).unwrap_or(Timestamp::UNIX_EPOCH)
        }
    }
}
