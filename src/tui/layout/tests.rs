use super::*;
use crate::tui::paint;
use crate::tui::theme::{Palette, Surroundings};
use proptest::prelude::*;
use ratatui::style::Style;

fn titles<'a>(pane: Pane) -> (Line<'a>, Line<'a>) {
    match pane {
        Pane::Gates => (Line::from("Gates"), Line::from("2/3")),
        Pane::List => (Line::from("Pre-release"), Line::from("9/14")),
        Pane::Log => (Line::from("Log"), Line::default()),
        Pane::Timeline => (Line::from("Timeline"), Line::default()),
    }
}

/// The screen with each place filled by its initial.
fn draw(width: u16, height: u16, wishes: Wishes, theme: &Theme) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let layout = Layout::new(area, wishes);
    let mut fill = |place: Rect, text: &str| {
        for y in 0..place.height {
            let first = if y == 0 { text } else { &text[..1] };
            paint::put(&mut buf, place, 0, y, first, Style::new());
            paint::put_right(&mut buf, place, 0, y, &text[..1].to_uppercase(), Style::new());
        }
    };
    fill(layout.header, "header");
    fill(layout.hints, "keys");
    fill(layout.next_act, "next act");
    for (pane, text) in Pane::ALL.into_iter().zip(["gates", "list", "log", "timeline"]) {
        fill(layout.pane(pane), text);
    }
    layout.draw_rules(&mut buf, theme, Pane::List, titles);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>();
    (0..height).map(row).collect()
}

fn picture(width: u16, height: u16, wishes: Wishes) -> String {
    draw(width, height, wishes, &Theme::with(Palette::Either)).join("\n")
}

#[test]
fn two_columns_120x36() {
    insta::assert_snapshot!(picture(120, 36, Wishes::default()));
}

#[test]
fn two_columns_200x50() {
    insta::assert_snapshot!(picture(200, 50, Wishes { gates_rows: 1, timeline_rows: 40, ..Wishes::default() }));
}

#[test]
fn two_columns_with_an_incident() {
    insta::assert_snapshot!(picture(120, 36, Wishes { gates_rows: 0, wide_timeline: true, ..Wishes::default() }));
}

#[test]
fn stacked_80x24() {
    insta::assert_snapshot!(picture(80, 24, Wishes::default()));
}

#[test]
fn stacked_60x20_in_ascii() {
    let theme = Theme::pick(&Surroundings { ascii: true, ..Surroundings::default() });
    insta::assert_snapshot!(draw(60, 20, Wishes::default(), &theme).join("\n"));
}

#[test]
fn zoomed_80x24() {
    insta::assert_snapshot!(picture(80, 24, Wishes { zoom: Some(Pane::Log), ..Wishes::default() }));
}

#[test]
fn too_small_40x6() {
    insta::assert_snapshot!(picture(40, 6, Wishes::default()));
    assert_eq!(room_wanted(Rect::new(0, 0, 40, 6)), "40x6 is too small, relco wants 60x20");
}

#[test]
fn a_click_finds_the_pane_or_its_title() {
    let layout = Layout::new(Rect::new(0, 0, 120, 36), Wishes::default());
    assert_eq!(layout.pane_at(0, 0), None);
    assert_eq!(layout.pane_at(3, 1), Some(Pane::Gates));
    assert_eq!(layout.pane_at(60, 1), Some(Pane::Log));
    assert_eq!(layout.pane_at(3, 20), Some(Pane::List));
    assert_eq!(layout.pane_at(119, 33), Some(Pane::Timeline));
    assert_eq!(layout.pane_at(36, 20), None, "the line between the columns belongs to nobody");
    assert_eq!(layout.pane_at(500, 500), None);
}

#[test]
fn tab_walks_all_panes_and_back() {
    for pane in Pane::ALL {
        assert_eq!(pane.next().previous(), pane);
        assert_eq!(pane.next().next().next().next(), pane);
    }
}

#[test]
fn no_size_breaks_it() {
    let wishes = [
        Wishes::default(),
        Wishes { gates_rows: u16::MAX, timeline_rows: u16::MAX, ..Wishes::default() },
        Wishes { gates_rows: 0, timeline_rows: 0, wide_timeline: true, ..Wishes::default() },
        Wishes { zoom: Some(Pane::Timeline), ..Wishes::default() },
    ];
    for wishes in wishes {
        for height in (0..=30).chain([50, 99, 100]) {
            for width in (0..=3).chain(58..=62).chain(98..=102).chain([120, 200, 299, 300]) {
                check(Rect::new(0, 0, width, height), wishes);
            }
        }
    }
}

/// Places lie inside the screen and apart from each other, and no pane that is shown is without room.
fn check(area: Rect, wishes: Wishes) {
    let layout = Layout::new(area, wishes);
    let mut places = vec![layout.header, layout.hints, layout.next_act];
    places.extend(Pane::ALL.map(|pane| layout.pane(pane)));
    places.extend(Pane::ALL.map(|pane| layout.title(pane)));
    places.retain(|place| !place.is_empty());
    for (at, place) in places.iter().enumerate() {
        assert_eq!(area.intersection(*place), *place, "{place} leaves {area} with {wishes:?}");
        for other in &places[at + 1..] {
            assert!(!place.intersects(*other), "{place} and {other} overlap in {area} with {wishes:?}");
        }
    }
    let wants = |pane: Pane| match layout.shape {
        Shape::TooSmall => false,
        Shape::Zoomed(zoomed) => zoomed == pane,
        Shape::TwoColumns | Shape::Stacked => pane != Pane::Gates,
    };
    for pane in Pane::ALL.into_iter().filter(|pane| wants(*pane)) {
        assert!(layout.pane(pane).height >= 2, "{pane:?} has no room in {area} with {wishes:?}");
    }
}

#[test]
fn no_size_breaks_drawing() {
    for zoom in [None, Some(Pane::Log)] {
        for (width, height) in [(0, 0), (1, 1), (0, 50), (300, 0), (59, 20), (60, 19), (60, 20), (99, 21), (100, 20)] {
            draw(width, height, Wishes { zoom, ..Wishes::default() }, &Theme::with(Palette::Mono));
        }
        draw(300, 100, Wishes { zoom, wide_timeline: true, ..Wishes::default() }, &Theme::with(Palette::Mono));
    }
}

proptest! {
    #[test]
    fn an_area_anywhere_is_divided_inside_itself(x: u16, y: u16, width: u16, height: u16, gates: u16, timeline: u16) {
        let area = Rect::new(x, y, width, height);
        let layout = Layout::new(area, Wishes { gates_rows: gates, timeline_rows: timeline, ..Wishes::default() });
        for pane in Pane::ALL {
            let place = layout.pane(pane);
            prop_assert!(place.is_empty() || area.intersection(place) == place);
        }
    }
}
