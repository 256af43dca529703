//! Is harbor well, and if not, which part of it.

/// One part and what is wrong with it.
pub struct Part {
    pub name: &'static str,
    pub trouble: Option<String>,
}

/// Well only when every part is.
pub fn well(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.trouble.is_none())
}
