//! One mark of the index: 32 bytes, little endian, with a check word.
//!
//! A mark says: "before byte `offset` there are `newlines` line ends, and what follows was printed at `at_ms` or
//! later". The check word tells a whole mark from a torn or zero-filled one; it is no protection against malice.

/// Bytes of one mark in the index.
pub(super) const MARK_BYTES: u64 = 32;

/// Starts the check word, and changes when the meaning of a mark does.
const SEED: u64 = u64::from_le_bytes(*b"relcoix1");

/// A known point of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Byte offset in the log.
    pub offset: u64,
    /// Line ends before `offset`.
    pub newlines: u64,
    /// When the bytes from `offset` on began to arrive, in Unix milliseconds.
    pub at_ms: i64,
}

impl Mark {
    /// The mark as it stands in the index.
    pub fn encode(self) -> [u8; MARK_BYTES as usize] {
        let mut out = [0; MARK_BYTES as usize];
        let words = [
            self.offset.to_le_bytes(),
            self.newlines.to_le_bytes(),
            self.at_ms.to_le_bytes(),
            self.check().to_le_bytes(),
        ];
        for (slot, byte) in out.iter_mut().zip(words.iter().flatten()) {
            *slot = *byte;
        }
        out
    }

    /// Reads a mark; `None` when it is not whole.
    pub fn decode(bytes: &[u8; MARK_BYTES as usize]) -> Option<Mark> {
        let mut words = bytes.as_chunks::<8>().0.iter();
        let mark = Mark {
            offset: u64::from_le_bytes(*words.next()?),
            newlines: u64::from_le_bytes(*words.next()?),
            at_ms: i64::from_le_bytes(*words.next()?),
        };
        (u64::from_le_bytes(*words.next()?) == mark.check() && mark.newlines <= mark.offset).then_some(mark)
    }

    /// FNV-1a over the three fields.
    fn check(self) -> u64 {
        let words = [self.offset.to_le_bytes(), self.newlines.to_le_bytes(), self.at_ms.to_le_bytes()];
        words.iter().flatten().fold(SEED, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_the_way_to_disk_and_back() {
        let mark = Mark { offset: 1 << 40, newlines: 17_000_000, at_ms: -5 };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark));
    }

    #[test]
    fn zeros_and_any_flipped_bit_are_refused() {
        assert_eq!(Mark::decode(&[0; 32]), None);
        let whole = Mark { offset: 99, newlines: 3, at_ms: 1_700_000_000_000 }.encode();
        for bit in 0..256 {
            let mut torn = whole;
            torn[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Mark::decode(&torn), None, "bit {bit}");
        }
    }
}
