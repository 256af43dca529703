//! What is odd about a repository or a file in it, and must be said beside whatever is read from it.
//!
//! Reads a few small files and runs nothing. Enter at [`Encoding::of`] and [`Replaced::of`].

use std::path::Path;

/// How the bytes of a text are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As everybody expects it.
    Utf8,
    /// Two bytes each, the lower one first.
    Utf16Le,
    /// Two bytes each, the higher one first.
    Utf16Be,
    /// None that can be told.
    Unknown,
}

impl Encoding {
    /// What these bytes are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            _ if std::str::from_utf8(bytes).is_ok() => Self::Utf8,
            _ => Self::Unknown,
        }
    }

    /// What a reader must know, behind the file's name.
    #[must_use]
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le | Self::Utf16Be => Some("is UTF-16, and read as such: make it UTF-8"),
            Self::Unknown => Some("is not UTF-8: what cannot be read in it is replaced"),
        }
    }
}

/// The text that bytes hold; what cannot be read is replaced, so that the rest still counts.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    let pairs = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes.chunks_exact(2).skip(1).filter_map(|pair| Some(of(pair.try_into().ok()?))).collect();
        String::from_utf16_lossy(&units)
    };
    match Encoding::of(bytes) {
        Encoding::Utf16Le => pairs(u16::from_le_bytes),
        Encoding::Utf16Be => pairs(u16::from_be_bytes),
        Encoding::Utf8 | Encoding::Unknown => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// History that this repository shows otherwise than it was committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replaced {
    /// `info/grafts` gives commits other parents.
    pub grafts: bool,
    /// `refs/replace/` puts other objects in the place of some.
    pub objects: bool,
}

impl Replaced {
    /// What the repository with this common directory has of it.
    #[must_use]
    pub fn of(common_dir: &Path) -> Self {
        let grafts = std::fs::read(common_dir.join("info/grafts")).unwrap_or_default();
        let graft = |line: &[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#");
        let loose = std::fs::read_dir(common_dir.join("refs/replace")).is_ok_and(|mut dir| dir.next().is_some());
        let packed = std::fs::read(common_dir.join("packed-refs")).unwrap_or_default();
        let named = |line: &[u8]| line.windows(14).any(|part| part == b" refs/replace/");
        Self {
            grafts: grafts.split(|byte| *byte == b'\n').any(graft),
            objects: loose || packed.split(|byte| *byte == b'\n').any(named),
        }
    }

    /// What a reader must know.
    pub fn words(self) -> impl Iterator<Item = String> {
        let grafts = "this history is changed by .git/info/grafts: git replace --convert-graft-file makes it visible";
        let objects = "git replace is in use here: relco reads history as it was committed, git log may show another";
        [(self.grafts, grafts), (self.objects, objects)]
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, words)| words.to_owned())
    }
}
