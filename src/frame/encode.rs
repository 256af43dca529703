//! Writes one record. Every value stands on one line, so no text can forge a record, and what a reader could not
//! see (control, bidirectional, tag and zero-width characters) is escaped.
//!
//! Must never emit what [`parse`](super::parse) does not read back to the same record; that is checked each time.

use super::{BODY_MAX_BYTES, Hash, Part, Record, Table, Value, parse};

/// How deep arrays and tables may nest; far below what TOML readers stop at.
pub(super) const DEPTH_MAX: usize = 16;

/// A record ready to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Body, trailer and the empty line that ends the record.
    pub bytes: Vec<u8>,
    /// The hash in the trailer: `prev` of the record that follows.
    pub hash: Hash,
}

/// Why a record cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The body is larger than [`BODY_MAX_BYTES`].
    #[error("a record of {bytes} bytes is larger than the {BODY_MAX_BYTES} bytes that a record may have")]
    TooLarge {
        /// Size of the body.
        bytes: usize,
    },
    /// Sequence numbers start at 1 and fit a TOML integer, as does the time since boot.
    #[error("{field} of a record is out of range")]
    Range {
        /// Which field of the envelope.
        field: &'static str,
    },
    /// A kind is made of lower-case letters, digits, `_`, `-` and dots between them.
    #[error("`{0}` is not a kind of record")]
    Kind(String),
    /// The time of recording is not RFC 3339 in UTC with milliseconds.
    #[error("`{0}` is not a time in UTC with milliseconds")]
    Time(String),
    /// TOML has no two values of one name.
    #[error("the key `{0}` stands twice in one table")]
    RepeatedKey(String),
    /// Neither infinity nor "not a number" is a fact.
    #[error("a number of a record is not finite")]
    NotFinite,
    /// Arrays and tables are nested too deep.
    #[error("the data of a record is nested too deep")]
    TooDeep,
    /// The written bytes did not read back to the same record: a defect of this code, caught before the disk.
    #[error("the record did not survive its own encoding")]
    RoundTrip,
}

/// Encodes a record, checks its fields, and checks that it reads back to the same record.
///
/// # Errors
///
/// See [`EncodeError`]; nothing that is refused here has reached a disk.
pub fn encode(record: &Record) -> Result<Encoded, EncodeError> {
    check_envelope(record)?;
    let mut body = String::with_capacity(512);
    body.push_str("[[event]]");
    if record.part != Part::WHOLE {
        body.push_str(&format!(" # {} of {}", record.part.nth, record.part.of));
    }
    body.push_str("\nseq = ");
    body.push_str(&record.seq.to_string());
    body.push_str("\nkind = ");
    write_string(&mut body, &record.kind);
    body.push_str("\nv = ");
    body.push_str(&record.v.to_string());
    body.push_str("\nat = ");
    write_string(&mut body, &record.at);
    body.push_str("\nboot = ");
    write_string(&mut body, &record.boot);
    body.push_str("\nmono = ");
    body.push_str(&record.mono.to_string());
    body.push_str("\nactor = ");
    write_string(&mut body, &record.actor);
    body.push_str("\nvia = ");
    write_string(&mut body, &record.via);
    body.push_str("\ndata = ");
    write_table(&mut body, &record.data, 0)?;
    body.push_str("\nprev = \"");
    body.push_str(&record.prev.to_hex());
    body.push_str("\"\n");
    if body.len() > BODY_MAX_BYTES {
        return Err(EncodeError::TooLarge { bytes: body.len() });
    }
    if parse::body(body.as_bytes()).as_ref() != Some(record) {
        return Err(EncodeError::RoundTrip);
    }
    let hash = Hash::of(body.as_bytes());
    let trailer = format!("#%% {} {hash}\n\n", body.len());
    body.push_str(&trailer);
    Ok(Encoded { bytes: body.into_bytes(), hash })
}

/// Refuses an envelope that a strict reader would not take.
fn check_envelope(record: &Record) -> Result<(), EncodeError> {
    if record.seq == 0 || i64::try_from(record.seq).is_err() {
        return Err(EncodeError::Range { field: "seq" });
    }
    if !record.part.is_sound() {
        return Err(EncodeError::Range { field: "part" });
    }
    if i64::try_from(record.mono).is_err() {
        return Err(EncodeError::Range { field: "mono" });
    }
    if !is_kind(&record.kind) {
        return Err(EncodeError::Kind(record.kind.clone()));
    }
    if !is_time(&record.at) {
        return Err(EncodeError::Time(record.at.clone()));
    }
    Ok(())
}

/// Whether this is a dotted lower-case name.
pub(super) fn is_kind(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
    };
    text.split('.').all(part)
}

/// Whether this has the shape `2026-11-22T12:00:01.123Z`. The calendar is left to those who read times.
pub(super) fn is_time(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00.000Z";
    text.len() == SHAPE.len()
        && text
            .bytes()
            .zip(SHAPE)
            .all(|(byte, &shape)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
}

fn write_value(out: &mut String, value: &Value, depth: usize) -> Result<(), EncodeError> {
    match value {
        Value::String(text) => write_string(out, text),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => out.push_str(&format!("{number:?}")),
        Value::Float(_) => return Err(EncodeError::NotFinite),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Array(values) => {
            if depth >= DEPTH_MAX {
                return Err(EncodeError::TooDeep);
            }
            out.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                write_value(out, value, depth + 1)?;
            }
            out.push(']');
        }
        Value::Table(table) => write_table(out, table, depth)?,
    }
    Ok(())
}

fn write_table(out: &mut String, table: &Table, depth: usize) -> Result<(), EncodeError> {
    if depth >= DEPTH_MAX {
        return Err(EncodeError::TooDeep);
    }
    if let Some(key) = repeated_key(table.iter().map(|(key, _)| key)) {
        return Err(EncodeError::RepeatedKey(key.to_owned()));
    }
    if table.is_empty() {
        out.push_str("{}");
        return Ok(());
    }
    for (place, (key, value)) in table.iter().enumerate() {
        out.push_str(if place == 0 { "{ " } else { ", " });
        if is_bare_key(key) {
            out.push_str(key)
        } else {
            write_string(out, key)
        }
        out.push_str(" = ");
        write_value(out, value, depth + 1)?;
    }
    out.push_str(" }");
    Ok(())
}

/// The first key that stands twice.
pub(super) fn repeated_key<'a>(keys: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut sorted: Vec<&str> = keys.collect();
    sorted.sort_unstable();
    sorted.array_windows().find(|[first, second]| first == second).map(|[first, _]| *first)
}

/// Whether TOML lets this key stand without quotes.
pub(super) fn is_bare_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Writes a one-line basic string.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if !is_hidden(character) => out.push(character),
            _ if u32::from(character) <= 0xFFFF => out.push_str(&format!("\\u{:04X}", u32::from(character))),
            _ => out.push_str(&format!("\\U{:08X}", u32::from(character))),
        }
    }
    out.push('"');
}

/// Whether a reader of the file could not see this character, or would see others in a different order because of
/// it: control, bidirectional, zero-width, filler, variation and tag characters, line and paragraph separators.
pub(super) fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}'
        | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}
