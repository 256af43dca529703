//! Every hit can be found again, however few are kept.

use std::io::Write;

use proptest::prelude::*;

use super::*;

/// A log in a file of its own, its pattern, all its hits, and what was kept of them.
fn scanned(bytes: &[u8], kept_max: usize) -> (File, Arc<Pattern>, Vec<Hit>, Hits) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let pattern = Arc::new(Pattern::plain("hit").unwrap());
    let mut scanner = Scanner::new(file.try_clone().unwrap(), Arc::clone(&pattern));
    let (mut all, mut hits) = (Vec::new(), Hits::with_max(kept_max));
    while !scanner
        .scan(bytes.len() as u64, &mut |hit| {
            all.push(hit);
            hits.push(hit);
            ControlFlow::Continue(())
        })
        .unwrap()
    {}
    (file, pattern, all, hits)
}

#[test]
fn few_hits_are_simply_kept() {
    let (file, pattern, all, hits) = scanned(b"hit\nno\nhit\n", KEPT_MAX);
    assert_eq!((hits.count(), hits.kept.len(), hits.last()), (2, 2, all.last().copied()));
    assert_eq!(hits.range(&file, &pattern, 0, 9).unwrap(), all);
    assert_eq!(hits.range(&file, &pattern, 2, 9).unwrap(), []);
    let before: Vec<u64> = (0..4).map(|line| hits.before(&file, &pattern, line).unwrap()).collect();
    assert_eq!(before, [0, 1, 1, 2]);
}

#[test]
fn many_hits_take_bounded_memory_and_each_is_at_hand() {
    let bytes = b"a hit\n".repeat(100_000);
    let (file, pattern, all, hits) = scanned(&bytes, KEPT_MAX);
    assert_eq!(hits.count(), 100_000);
    assert!(hits.kept.len() <= KEPT_MAX);
    for first in [0, 1, 65_535, 65_536, 90_001, 99_990] {
        assert_eq!(
            hits.range(&file, &pattern, first, 40).unwrap(),
            all[first as usize..].iter().copied().take(40).collect::<Vec<_>>()
        );
        assert_eq!(hits.before(&file, &pattern, first).unwrap(), first);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_not_kept_is_found_again(
        runs in prop::collection::vec((1..400_usize, 1..4000_usize, 0..3_usize), 1..30),
        kept_max in 4..60_usize,
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..50_usize), 1..8),
    ) {
        // Dense and sparse stretches in turn, so that kept hits lie at uneven distances.
        let mut bytes = Vec::new();
        for (hits, length, kind) in runs {
            match kind {
                0 => bytes.extend(b"hit\n".repeat(hits)),
                1 => { bytes.extend(vec![b'.'; length * 10]); bytes.extend(b"\n"); }
                _ => { bytes.extend(vec![b'.'; length]); bytes.extend(b"hit\n"); }
            }
        }
        let (file, pattern, all, hits) = scanned(&bytes, kept_max);
        prop_assert!(hits.kept.len() <= kept_max);
        prop_assert_eq!(hits.count(), all.len() as u64);
        for (pick, count) in picks {
            let first = pick.index(all.len() + 1);
            let want: Vec<Hit> = all[first..].iter().copied().take(count).collect();
            prop_assert_eq!(hits.range(&file, &pattern, first as u64, count).unwrap(), want);
            if let Some(hit) = all.get(first) {
                prop_assert_eq!(hits.before(&file, &pattern, hit.line).unwrap(), first as u64);
                prop_assert_eq!(hits.before(&file, &pattern, hit.line + 1).unwrap(), first as u64 + 1);
            }
        }
    }
}
