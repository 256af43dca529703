//! Reads a record's body: exactly the part of TOML that [`encode`](super::encode()) writes, and nothing else.
//!
//! A strict reader of one fixed shape is many times faster than a whole TOML parser, and anything that it does not
//! know is damage or a newer format, never something to be guessed at. Must never panic on any bytes.

use super::encode::{DEPTH_MAX, is_bare_key, is_hidden, is_kind, is_time, repeated_key};
use super::{Hash, Part, Record, Table, Value};

/// Decodes a body (`[[event]]` through the newline before the trailer); `None` if it has any other shape.
pub(super) fn body(bytes: &[u8]) -> Option<Record> {
    let mut rest = Cursor { text: std::str::from_utf8(bytes).ok()? };
    let part = rest.header()?;
    let record = Record {
        seq: rest.field("seq = ", Cursor::unsigned)?,
        kind: rest.field("kind = ", Cursor::string)?,
        v: u32::try_from(rest.field("v = ", Cursor::unsigned)?).ok()?,
        at: rest.field("at = ", Cursor::string)?,
        boot: rest.field("boot = ", Cursor::string)?,
        mono: rest.field("mono = ", Cursor::unsigned)?,
        actor: rest.field("actor = ", Cursor::string)?,
        via: rest.field("via = ", Cursor::string)?,
        data: rest.field("data = ", |rest| rest.table(0))?,
        prev: Hash::from_hex(rest.field("prev = ", Cursor::string)?.as_bytes())?,
        part,
    };
    (rest.text.is_empty() && record.seq > 0 && is_kind(&record.kind) && is_time(&record.at)).then_some(record)
}

/// What is still to be read.
struct Cursor<'a> {
    text: &'a str,
}

impl<'a> Cursor<'a> {
    /// Steps over this text, if it comes next.
    fn eat(&mut self, expected: &str) -> Option<()> {
        self.text = self.text.strip_prefix(expected)?;
        Some(())
    }

    /// The first line, with the record's place in its append where that wrote several.
    fn header(&mut self) -> Option<Part> {
        self.eat("[[event]]")?;
        if self.eat("\n").is_some() {
            return Some(Part::WHOLE);
        }
        self.eat(" # ")?;
        let nth = u32::try_from(self.unsigned()?).ok()?;
        self.eat(" of ")?;
        let part = Part { nth, of: u32::try_from(self.unsigned()?).ok()? };
        self.eat("\n")?;
        (part.is_sound() && part != Part::WHOLE).then_some(part)
    }

    /// One line of the envelope: its name, its value and the newline.
    fn field<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.eat(name)?;
        let value = read(self)?;
        self.eat("\n")?;
        Some(value)
    }

    /// The longest prefix whose bytes all pass; the bytes must be ASCII.
    fn take(&mut self, pass: impl Fn(u8) -> bool) -> &'a str {
        let end = self.text.bytes().position(|byte| !pass(byte)).unwrap_or(self.text.len());
        let (taken, rest) = self.text.split_at_checked(end).unwrap_or(("", self.text));
        self.text = rest;
        taken
    }

    fn unsigned(&mut self) -> Option<u64> {
        let token = self.take(|byte| byte.is_ascii_digit());
        let number: i64 = token.parse().ok()?;
        is_plain_integer(token).then_some(number.unsigned_abs())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.text.as_bytes().first()? {
            b'"' => self.string().map(Value::String),
            b'[' => self.array(depth).map(Value::Array),
            b'{' => self.table(depth).map(Value::Table),
            b't' => self.eat("true").map(|()| Value::Bool(true)),
            b'f' => self.eat("false").map(|()| Value::Bool(false)),
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Option<Value> {
        let token = self.take(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'e'));
        if is_plain_integer(token) {
            return token.parse().ok().map(Value::Integer);
        }
        let number: f64 = token.parse().ok()?;
        (number.is_finite() && format!("{number:?}") == token).then_some(Value::Float(number))
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Value>> {
        self.eat("[")?;
        let mut values = Vec::new();
        if depth >= DEPTH_MAX {
            return None;
        }
        while self.eat("]").is_none() {
            if !values.is_empty() {
                self.eat(", ")?;
            }
            values.push(self.value(depth + 1)?);
        }
        Some(values)
    }

    fn table(&mut self, depth: usize) -> Option<Table> {
        if self.eat("{}").is_some() {
            return Some(Table::new());
        }
        self.eat("{ ")?;
        if depth >= DEPTH_MAX {
            return None;
        }
        let mut pairs = Vec::new();
        loop {
            let key = self.key()?;
            self.eat(" = ")?;
            pairs.push((key, self.value(depth + 1)?));
            if self.eat(" }").is_some() {
                break;
            }
            self.eat(", ")?;
        }
        repeated_key(pairs.iter().map(|(key, _)| key.as_str())).is_none().then(|| pairs.into_iter().collect())
    }

    fn key(&mut self) -> Option<String> {
        if self.text.starts_with('"') {
            return self.string().filter(|key| !is_bare_key(key));
        }
        let key = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        is_bare_key(key).then(|| key.to_owned())
    }

    /// A basic string on one line, with the escapes that the writer uses where it uses them.
    fn string(&mut self) -> Option<String> {
        self.eat("\"")?;
        let mut text = String::new();
        loop {
            let end = memchr::memchr2(b'"', b'\\', self.text.as_bytes())?;
            let (plain, rest) = self.text.split_at_checked(end)?;
            if !plain.bytes().all(|byte| matches!(byte, b' '..=b'~')) && plain.chars().any(is_hidden) {
                return None;
            }
            text.push_str(plain);
            self.text = rest;
            if self.eat("\"").is_some() {
                return Some(text);
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<char> {
        self.eat("\\")?;
        let (letter, rest) = self.text.split_at_checked(1)?;
        self.text = rest;
        match letter {
            "\"" => Some('"'),
            "\\" => Some('\\'),
            "n" => Some('\n'),
            "t" => Some('\t'),
            "r" => Some('\r'),
            "u" => self.code_point(4).filter(|&character| u32::from(character) <= 0xFFFF),
            "U" => self.code_point(8).filter(|&character| u32::from(character) > 0xFFFF),
            _ => None,
        }
    }

    fn code_point(&mut self, digits: usize) -> Option<char> {
        let (hex, rest) = self.text.split_at_checked(digits)?;
        self.text = rest;
        let upper = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        let character = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
        let short = matches!(character, '\n' | '\t' | '\r');
        (hex.bytes().all(upper) && is_hidden(character) && !short).then_some(character)
    }
}

/// Whether this is an integer without leading zeros, plus sign or underscores.
fn is_plain_integer(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let leading_zero = digits.starts_with('0') && token != "0";
    !digits.is_empty() && !leading_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
}
