//! Where a person stands in the log: the current line and the row it stands on.
//!
//! The place is kept as "this line on this row", not as "so many lines from the top". So what a person looks at
//! stays where it is while lines are added, hidden or wrapped anew, and only going somewhere moves it. Pure:
//! counts items and rows, reads nothing. Enter at [`Place::settle`].

/// The current item and the row on which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The current item, from 0.
    pub cursor: u64,
    /// The row of its beginning, from 0; negative while its beginning is above the screen.
    pub row: i64,
    /// The last item is kept at the bottom.
    pub follow: bool,
    /// The current item was gone to and must be seen.
    pub reveal: bool,
    /// Where a person was going since the last frame.
    pub heading: Heading,
}

/// Where a person is going. Whoever walks down to the end follows again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Heading {
    /// Nowhere, or up.
    #[default]
    Nowhere,
    /// From item to item downwards.
    ItemsDown,
    /// Moving the whole view downwards.
    RowsDown,
}

impl Place {
    /// At the end, following.
    pub const END: Place = Place { cursor: 0, row: 0, follow: true, reveal: false, heading: Heading::Nowhere };

    /// Goes to an item that shall begin on `row`.
    pub fn go_to(&mut self, cursor: u64, row: i64) {
        *self = Place { cursor, row, ..Place::END };
        self.follow = false;
    }

    /// Moves the whole view by `rows`, downwards if positive.
    pub fn scroll(&mut self, rows: i64) {
        self.follow &= rows >= 0;
        self.row = self.row.saturating_sub(rows);
        self.reveal = false;
        self.heading = if rows > 0 { Heading::RowsDown } else { Heading::Nowhere };
    }

    /// Brings the place in line with what is there: `items`, of which `height_of` tells the rows (at least 1), on a
    /// screen of `height` rows. Afterwards some row of the current item is on the screen, and there is a gap above
    /// or below only if everything fits.
    pub fn settle(&mut self, items: u64, height: i64, height_of: &mut dyn FnMut(u64) -> i64) {
        let Some(last) = items.checked_sub(1) else {
            (self.cursor, self.row) = (0, 0);
            return;
        };
        if height <= 0 {
            return;
        }
        self.cursor = self.cursor.min(last);
        if self.follow {
            self.cursor = last;
            self.row = height - height_of(last);
        } else if self.reveal {
            self.row = self.row.min(height - height_of(self.cursor)).max(0);
        }
        self.drag(last, height, height_of);
        self.close_gaps(last, height, height_of);
        let arrived = match self.heading {
            Heading::Nowhere => false,
            Heading::ItemsDown => self.cursor == last,
            Heading::RowsDown => {
                let left = height - self.row;
                below(self.cursor, last, left + 1, height_of) <= left
            }
        };
        (self.reveal, self.heading) = (false, Heading::Nowhere);
        if arrived && !self.follow {
            self.follow = true;
            self.settle(items, height, height_of);
        }
    }

    /// An item that left the screen hands over to its neighbour that is still there.
    fn drag(&mut self, last: u64, height: i64, height_of: &mut dyn FnMut(u64) -> i64) {
        while self.row >= height && self.cursor > 0 {
            self.cursor -= 1;
            self.row -= height_of(self.cursor);
        }
        while self.row < 0 && self.cursor < last {
            let below = self.row + height_of(self.cursor);
            if below > 0 {
                break;
            }
            self.row = below;
            self.cursor += 1;
        }
        self.row = self.row.clamp(1 - height_of(self.cursor), height - 1);
    }

    fn close_gaps(&mut self, last: u64, height: i64, height_of: &mut dyn FnMut(u64) -> i64) {
        if self.row > 0 {
            self.row = above(self.cursor, self.row, height_of).min(self.row);
        }
        let left = height - self.row;
        let below = below(self.cursor, last, left, height_of);
        if below < left {
            self.row = above(self.cursor, height - below, height_of).min(height - below);
        }
    }
}

/// Rows of the items before `item`, counted until there are `enough`.
fn above(item: u64, enough: i64, height_of: &mut dyn FnMut(u64) -> i64) -> i64 {
    let (mut item, mut rows) = (item, 0);
    while rows < enough && item > 0 {
        item -= 1;
        rows += height_of(item);
    }
    rows
}

/// Rows of the items from `item` on, counted until there are `enough`.
fn below(item: u64, last: u64, enough: i64, height_of: &mut dyn FnMut(u64) -> i64) -> i64 {
    let mut rows = 0;
    for item in item..=last {
        if rows >= enough {
            break;
        }
        rows += height_of(item);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settled(mut place: Place, heights: &[i64], height: i64) -> Place {
        place.settle(heights.len() as u64, height, &mut |item| heights[item as usize]);
        place
    }

    #[test]
    fn following_shows_the_end_at_the_bottom() {
        assert_eq!(settled(Place::END, &[1; 100], 10).row, 9);
        assert_eq!(settled(Place::END, &[1; 3], 10).row, 2, "a short log begins at the top");
        assert_eq!(settled(Place::END, &[1, 1, 4], 10).row, 2);
        assert_eq!(settled(Place::END, &[1, 1, 30], 10).row, -20);
        assert_eq!(settled(Place::END, &[], 10), Place::END);
    }

    #[test]
    fn scrolling_drags_the_current_item_along_and_the_end_follows_again() {
        let mut place = settled(Place::END, &[1; 100], 10);
        place.scroll(-9);
        place = settled(place, &[1; 100], 10);
        assert_eq!((place.cursor, place.row, place.follow), (90 + 9 - 9, 9, false));
        place.scroll(4);
        place = settled(place, &[1; 100], 10);
        assert_eq!((place.cursor, place.row, place.follow), (90, 5, false));
        place.scroll(40);
        assert!(settled(place, &[1; 100], 10).follow);
    }

    #[test]
    fn a_tall_item_can_be_scrolled_through() {
        let heights = [1, 30, 1];
        let mut place = Place::END;
        place.go_to(1, 0);
        for row in [0, -4, -8] {
            place = settled(place, &heights, 10);
            assert_eq!((place.cursor, place.row), (1, row));
            place.scroll(4);
        }
    }

    proptest! {
        #[test]
        fn the_current_item_is_seen_and_nothing_is_wasted(
            heights in prop::collection::vec(1..7_i64, 1..40),
            height in 1..20_i64,
            cursor in 0..50_u64,
            row in -30..30_i64,
            follow in any::<bool>(),
            reveal in any::<bool>(),
        ) {
            let place = settled(Place { cursor, row, follow, reveal, heading: Heading::Nowhere }, &heights, height);
            let tall = heights[place.cursor as usize];
            prop_assert!(place.row < height && place.row + tall > 0);
            let before: i64 = heights[..place.cursor as usize].iter().sum();
            let after: i64 = heights[place.cursor as usize..].iter().sum();
            prop_assert!(before >= place.row, "a gap above");
            prop_assert!(after >= height - place.row || before == place.row, "a gap below that could be filled");
            if reveal && !follow {
                prop_assert!(place.row >= 0 || tall > height);
            }
            // What is settled stays as it is, also when lines are added behind it.
            let mut longer = heights.clone();
            longer.extend([3, 1, 4]);
            prop_assert_eq!(settled(place, &heights, height), place);
            if !follow {
                prop_assert_eq!(settled(place, &longer, height), place);
            }
        }
    }
}
