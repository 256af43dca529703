//! The live keymap: default keys of the actions' table, changed by the person's configuration.
//!
//! It never fails as a whole: a bad entry costs only that entry and is named in a [`Problem`]. A chord that is the
//! beginning of a longer one never wins over it, so no binding can hide `Ctrl-X r`. Enter at [`Keymap::build`].

use super::{Chord, Key};

/// One row of the actions' table, as far as keys are concerned.
#[derive(Clone, Debug)]
pub struct Row<A, S> {
    /// What the keys do.
    pub action: A,
    /// The action's name in the configuration: `rollback.start`, `gate.pass`.
    pub id: String,
    /// What help and palette call it: `roll back`.
    pub title: &'static str,
    /// Where the keys are live.
    pub scope: S,
    /// Default chords by name; empty if the action is reached through the palette alone.
    pub keys: Vec<&'static str>,
}

/// A row with the chords that are really bound to it.
#[derive(Clone, Debug)]
pub struct Bound<A, S> {
    /// What the chords do.
    pub action: A,
    /// The action's name in the configuration.
    pub id: String,
    /// What help and palette call it.
    pub title: &'static str,
    /// Where the chords are live.
    pub scope: S,
    /// In the order in which they were written; the first one is shown in hints.
    pub chords: Vec<Chord>,
}

/// An entry that could not be taken over, in words for the person who wrote it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// The configuration binds an action that does not exist.
    #[error("no action is named {id:?}")]
    UnknownAction {
        /// As it was written.
        id: String,
    },
    /// A key name that is none; the action's other keys stay.
    #[error("key {written:?} of {id}: {why}")]
    BadKey {
        /// The action.
        id: String,
        /// As it was written.
        written: String,
        /// What is wrong with it.
        why: super::KeyError,
    },
    /// Two actions of one scope want the same chord; the first one named keeps it.
    #[error("{chord} stays with {kept}, {lost} does not get it")]
    Taken {
        /// The chord as the screen shows it.
        chord: String,
        /// The action that has it.
        kept: String,
        /// The action that wanted it.
        lost: String,
    },
    /// The chord is the beginning of a longer one and would make that unreachable.
    #[error("{chord} begins {longer} of {kept}, {lost} does not get it")]
    Hides {
        /// The chord that was refused.
        chord: String,
        /// The chord that it would have hidden.
        longer: String,
        /// The action that has the longer chord.
        kept: String,
        /// The action that wanted the short one.
        lost: String,
    },
}

/// What a sequence of keys means so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found<A> {
    /// It is the chord of this action.
    Action(A),
    /// It begins at least one chord.
    Prefix,
    /// It means nothing here.
    Nothing,
}

/// Which chord does what, where.
#[derive(Clone, Debug)]
pub struct Keymap<A, S> {
    rows: Vec<Bound<A, S>>,
}

impl<A: Copy + PartialEq, S: Copy + PartialEq> Keymap<A, S> {
    /// Builds the map from the table and the person's changes: per action id the chords that replace its defaults,
    /// none to unbind it. The person's chords win over defaults of other actions.
    pub fn build(table: &[Row<A, S>], changes: &[(String, Vec<String>)]) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        for (id, _) in changes {
            if !table.iter().any(|row| row.id == *id) {
                problems.push(Problem::UnknownAction { id: id.clone() });
            }
        }
        let mut wanted = Vec::new();
        let mut rows = Vec::new();
        for row in table {
            let changed = changes.iter().rev().find(|(id, _)| row.id == *id).map(|(_, keys)| keys);
            let (chords, mine) = wanted_chords(row, changed, &mut problems);
            let at = rows.len();
            wanted.extend(chords.into_iter().map(|chord| Wanted { at, chord, mine }));
            rows.push(Bound {
                action: row.action,
                id: row.id.clone(),
                title: row.title,
                scope: row.scope,
                chords: vec![],
            });
        }
        // Stable: the person's own chords first, each group in the table's order.
        wanted.sort_by_key(|want| !want.mine);
        let all = wanted.clone();
        for want in wanted {
            match refusal(&want, &all, &rows) {
                Some(problem) => problems.push(problem),
                None => {
                    if let Some(row) = rows.get_mut(want.at) {
                        row.chords.push(want.chord);
                    }
                }
            }
        }
        (Self { rows }, problems)
    }

    /// The table's rows with their live chords, in the table's order: what help, palette and hints show.
    pub fn rows(&self) -> &[Bound<A, S>] {
        &self.rows
    }

    /// What the keys mean, asked of one scope after the other; the first scope that has them wins.
    pub fn find(&self, keys: &[Key], scopes: &[S]) -> Found<A> {
        for scope in scopes {
            let exact = |row: &&Bound<A, S>| row.scope == *scope && row.chords.iter().any(|c| c.keys() == keys);
            if let Some(row) = self.rows.iter().find(exact) {
                return Found::Action(row.action);
            }
        }
        let begins = |row: &Bound<A, S>| row.chords.iter().any(|chord| chord.goes_on_after(keys));
        if self.rows.iter().any(|row| scopes.contains(&row.scope) && begins(row)) {
            return Found::Prefix;
        }
        Found::Nothing
    }

    /// The chord to show for an action: the first one bound, if any.
    pub fn chord(&self, action: A) -> Option<&Chord> {
        self.rows.iter().find(|row| row.action == action)?.chords.first()
    }

    /// What can follow the keys pressed so far: the rest of each chord and its row, for the pop-up.
    pub fn after<'a>(&'a self, keys: &'a [Key], scopes: &'a [S]) -> impl Iterator<Item = (String, &'a Bound<A, S>)> {
        let live = self.rows.iter().filter(|row| scopes.contains(&row.scope));
        live.flat_map(move |row| {
            let longer = row.chords.iter().filter(move |chord| chord.goes_on_after(keys));
            longer.map(move |chord| {
                let rest: Vec<String> = chord.keys().iter().skip(keys.len()).map(Key::to_string).collect();
                (rest.join(" "), row)
            })
        })
    }
}

#[derive(Clone)]
struct Wanted {
    at: usize,
    chord: Chord,
    mine: bool,
}

fn wanted_chords<A, S>(
    row: &Row<A, S>,
    changed: Option<&Vec<String>>,
    problems: &mut Vec<Problem>,
) -> (Vec<Chord>, bool) {
    let mut parse = |written: &str| match written.parse::<Chord>() {
        Ok(chord) => Some(chord),
        Err(why) => {
            problems.push(Problem::BadKey { id: row.id.clone(), written: written.to_owned(), why });
            None
        }
    };
    if let Some(changed) = changed {
        let chords: Vec<Chord> = changed.iter().filter_map(|written| parse(written)).collect();
        // Only an empty list unbinds; a list of typing errors must not take the key away.
        if changed.is_empty() || !chords.is_empty() {
            return (once(chords), true);
        }
    }
    (once(row.keys.iter().filter_map(|written| parse(written)).collect()), false)
}

/// The same chord written twice for one action is no conflict.
fn once(chords: Vec<Chord>) -> Vec<Chord> {
    let mut kept: Vec<Chord> = Vec::new();
    for chord in chords {
        if !kept.contains(&chord) {
            kept.push(chord);
        }
    }
    kept
}

fn refusal<A, S: PartialEq>(want: &Wanted, all: &[Wanted], rows: &[Bound<A, S>]) -> Option<Problem> {
    let me = rows.get(want.at)?;
    let id_at = |at: usize| rows.get(at).map_or_else(String::new, |row| row.id.clone());
    if let Some(longer) = all.iter().find(|other| other.chord.goes_on_after(want.chord.keys())) {
        let (chord, longer_chord) = (want.chord.to_string(), longer.chord.to_string());
        return Some(Problem::Hides { chord, longer: longer_chord, kept: id_at(longer.at), lost: me.id.clone() });
    }
    let taken = |row: &&Bound<A, S>| row.scope == me.scope && row.chords.contains(&want.chord);
    let kept = rows.iter().find(taken)?;
    Some(Problem::Taken { chord: want.chord.to_string(), kept: kept.id.clone(), lost: me.id.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Scope {
        Everywhere,
        Global,
        Log,
    }

    fn table() -> Vec<Row<u8, Scope>> {
        let row = |action, id: &'static str, scope, keys: &[&'static str]| Row {
            action,
            id: id.to_owned(),
            title: id,
            scope,
            keys: keys.to_vec(),
        };
        vec![
            row(0, "rollback", Scope::Everywhere, &["ctrl-x r"]),
            row(1, "incident", Scope::Everywhere, &["ctrl-x i"]),
            row(2, "note", Scope::Global, &["n"]),
            row(3, "quit", Scope::Global, &["q", "ctrl-c"]),
            row(4, "next-match", Scope::Log, &["n"]),
            row(5, "copy", Scope::Log, &["y"]),
        ]
    }

    fn build(changes: &[(&str, &[&str])]) -> (Keymap<u8, Scope>, Vec<String>) {
        let changes: Vec<_> = changes
            .iter()
            .map(|(id, keys)| (id.to_string(), keys.iter().map(|key| key.to_string()).collect()))
            .collect();
        let (map, problems) = Keymap::build(&table(), &changes);
        (map, problems.iter().map(ToString::to_string).collect())
    }

    fn find(map: &Keymap<u8, Scope>, keys: &str, scopes: &[Scope]) -> Found<u8> {
        map.find(keys.parse::<Chord>().unwrap().keys(), scopes)
    }

    #[test]
    fn inner_scopes_win_and_prefixes_wait() {
        let (map, problems) = build(&[]);
        assert_eq!(problems, Vec::<String>::new());
        let log = [Scope::Everywhere, Scope::Log, Scope::Global];
        assert_eq!(find(&map, "n", &log), Found::Action(4));
        assert_eq!(find(&map, "n", &[Scope::Everywhere, Scope::Global]), Found::Action(2));
        assert_eq!(find(&map, "ctrl-x", &log), Found::Prefix);
        assert_eq!(find(&map, "ctrl-x r", &[Scope::Everywhere]), Found::Action(0));
        assert_eq!(find(&map, "y", &[Scope::Global]), Found::Nothing);
        assert_eq!(map.chord(3).unwrap().to_string(), "q");
        let after: Vec<_> = map.after(&[Key::ctrl('x')], &log).map(|(rest, row)| (rest, row.title)).collect();
        assert_eq!(after, [("r".to_owned(), "rollback"), ("i".to_owned(), "incident")]);
    }

    #[test]
    fn the_persons_keys_replace_and_unbind() {
        let (map, problems) = build(&[("note", &["N", "f4", "N"]), ("copy", &[])]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(find(&map, "n", &[Scope::Global]), Found::Nothing);
        assert_eq!(find(&map, "f4", &[Scope::Global]), Found::Action(2));
        assert_eq!(find(&map, "y", &[Scope::Log]), Found::Nothing);
    }

    #[test]
    fn the_persons_key_wins_over_a_default_and_both_are_named() {
        let (map, problems) = build(&[("note", &["q"])]);
        assert_eq!(problems, ["q stays with note, quit does not get it"]);
        assert_eq!(find(&map, "q", &[Scope::Global]), Found::Action(2));
        assert_eq!(find(&map, "ctrl-c", &[Scope::Global]), Found::Action(3));
    }

    #[test]
    fn no_key_can_hide_a_longer_chord() {
        let (map, problems) = build(&[("note", &["ctrl-x"])]);
        assert_eq!(problems, ["Ctrl-X begins Ctrl-X r of rollback, note does not get it"]);
        assert_eq!(find(&map, "ctrl-x r", &[Scope::Everywhere, Scope::Global]), Found::Action(0));
    }

    #[test]
    fn a_bad_entry_costs_only_itself() {
        let (map, problems) = build(&[("nothing", &["x"]), ("note", &["hyper-n"]), ("copy", &["", "Y"])]);
        assert_eq!(
            problems,
            [
                "no action is named \"nothing\"",
                "key \"hyper-n\" of note: no key is named \"hyper-n\"",
                "key \"\" of copy: no key is named"
            ]
        );
        assert_eq!(find(&map, "n", &[Scope::Global]), Found::Action(2), "a typing error leaves the default");
        assert_eq!(find(&map, "Y", &[Scope::Log]), Found::Action(5));
    }
}
