//! Writing a text anew without losing what a person changed in it.
//!
//! Three texts: what was written last, what the file says now, and what would be written now. Where only one side
//! changed a place, that change stands; where both did, the new lines stand and the person's below them. Enter at
//! [`keep`].

/// The cells of a table of common lines that are still worth it; above, the texts count as wholly different.
const CELLS_MAX: usize = 4_000_000;

/// `fresh` with everything that a person wrote into `mine` since it was `base`.
pub fn keep(base: &str, mine: &str, fresh: &str) -> String {
    let (base, mine, fresh) = (lines(base), lines(mine), lines(fresh));
    let of_mine = common(&base, &mine);
    let of_fresh = common(&base, &fresh);
    let mut merged: Vec<&str> = Vec::new();
    let (mut b, mut m, mut f) = (0, 0, 0);
    let shared = |at: usize| Some((*of_mine.get(at)?.as_ref()?, *of_fresh.get(at)?.as_ref()?));
    for at in 0..=base.len() {
        let (to_m, to_f) = match shared(at) {
            Some(both) => both,
            None if at == base.len() => (mine.len(), fresh.len()),
            None => continue,
        };
        let part = |all: &'_ [_], from: usize, to: usize| all.get(from..to).unwrap_or_default().to_vec();
        let (was, here, there): (Vec<&str>, Vec<&str>, Vec<&str>) =
            (part(&base, b, at), part(&mine, m, to_m), part(&fresh, f, to_f));
        if here == was || here == there {
            merged.extend(there);
        } else if there == was {
            merged.extend(here);
        } else {
            let own = here.iter().filter(|line| !was.contains(line) && !there.contains(line));
            merged.extend(there.iter().chain(own));
        }
        if at < base.len() {
            merged.extend(fresh.get(to_f));
        }
        (b, m, f) = (at + 1, to_m + 1, to_f + 1);
    }
    let mut text = merged.join("\n");
    text.push('\n');
    text
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// For each line of `one`, the line of `other` that it became: the longest common sequence of lines.
fn common(one: &[&str], other: &[&str]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; one.len()];
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let tail = one.iter().skip(head).rev().zip(other.iter().skip(head).rev()).take_while(|(a, b)| a == b).count();
    let (rows, columns) = (one.len() - head - tail, other.len() - head - tail);
    let mut pair = |at: usize, with: usize| {
        if let Some(slot) = pairs.get_mut(at) {
            *slot = Some(with);
        }
    };
    (0..head).for_each(|at| pair(at, at));
    (0..tail).for_each(|back| pair(one.len() - 1 - back, other.len() - 1 - back));
    if rows * columns > CELLS_MAX {
        return pairs;
    }
    let width = columns + 1;
    let mut length = vec![0_u32; (rows + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    let cell = |length: &[u32], row: usize, column: usize| length.get(at(row, column)).copied().unwrap_or(0);
    let same = |row: usize, column: usize| one.get(head + row) == other.get(head + column);
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let longest = if same(row, column) {
                cell(&length, row + 1, column + 1) + 1
            } else {
                cell(&length, row + 1, column).max(cell(&length, row, column + 1))
            };
            if let Some(slot) = length.get_mut(at(row, column)) {
                *slot = longest;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        if same(row, column) {
            pair(head + row, head + column);
            (row, column) = (row + 1, column + 1);
        } else if cell(&length, row + 1, column) >= cell(&length, row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "# INC-1\n- status: open\n\n## Timeline\n| 10:00 | a |\n\n## Root Cause\n[To be determined]\n";

    #[test]
    fn what_nobody_touched_is_written_anew() {
        let fresh = BASE.replace("open", "resolved").replace("| a |\n", "| a |\n| 10:05 | b |\n");
        assert_eq!(keep(BASE, BASE, &fresh), fresh);
        assert_eq!(keep(BASE, BASE, BASE), BASE);
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let mine = BASE.replace("[To be determined]", "The index was missing.\nNobody looked.");
        let fresh = BASE.replace("open", "resolved").replace("| a |\n", "| a |\n| 10:05 | b |\n");
        let merged = keep(BASE, &mine, &fresh);
        assert_eq!(merged, fresh.replace("[To be determined]", "The index was missing.\nNobody looked."));
        let later = fresh.replace("| b |\n", "| b |\n| 10:09 | c |\n");
        let again = keep(&fresh, &merged, &later);
        assert!(again.contains("| 10:09 | c |") && again.contains("Nobody looked."), "{again}");
    }

    #[test]
    fn where_both_changed_a_place_both_stand() {
        let mine = BASE.replace("- status: open", "- status: open, says ana");
        let fresh = BASE.replace("- status: open", "- status: resolved");
        let merged = keep(BASE, &mine, &fresh);
        assert!(merged.contains("- status: resolved\n- status: open, says ana\n"), "{merged}");
    }

    #[test]
    fn without_what_was_written_last_nothing_is_lost() {
        let mine = "# INC-1\n- mine\n";
        let merged = keep("", mine, BASE);
        assert!(merged.contains("- mine\n") && merged.contains("## Timeline"), "{merged}");
        assert_eq!(merged.matches("# INC-1\n").count(), 1, "{merged}");
    }

    #[test]
    fn every_line_that_a_person_adds_is_there_afterwards() {
        // Each place of the text, one after the other, while what is generated changes around it.
        let fresh = BASE.replace("open", "closed").replace("| a |", "| b |").replace("# INC-1", "# INC-1 again");
        for place in 0..=BASE.lines().count() {
            let mut mine: Vec<&str> = BASE.lines().collect();
            mine.insert(place, "a line of a person");
            let merged = keep(BASE, &(mine.join("\n") + "\n"), &fresh);
            assert_eq!(merged.matches("a line of a person").count(), 1, "at {place}: {merged}");
            for line in fresh.lines() {
                assert!(merged.lines().any(|one| one == line), "{line} at {place}: {merged}");
            }
        }
    }
}
