//! The names of kinds on disk and in machine output are the same ones.

use super::{samples, wire};

#[test]
fn what_a_timeline_calls_a_kind_is_what_the_file_calls_it() {
    for fact in samples::all() {
        assert_eq!(fact.kind(), wire::kind_of(&fact).0);
    }
}
