//! Every state as a person sees it.

use super::*;

macro_rules! pictures {
    ($($name:ident: $state:ident at $width:literal x $height:literal;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(picture(&states::$state(), $width, $height));
        }
    )*};
}

pictures! {
    plain_clone_120x36: plain_clone at 120 x 36;
    preparing_120x36: preparing at 120 x 36;
    ready_120x36: ready at 120 x 36;
    deploying_120x36: deploying at 120 x 36;
    failed_120x36: failed at 120 x 36;
    rolling_back_120x36: rolling_back at 120 x 36;
    rolled_back_120x36: rolled_back at 120 x 36;
    complete_120x36: complete at 120 x 36;
    observing_120x36: observing at 120 x 36;
    unwatched_120x36: unwatched at 120 x 36;
    proposed_120x36: proposed at 120 x 36;
    unknown_120x36: unknown at 120 x 36;
    hotfix_120x36: hotfix at 120 x 36;
    hostile_120x36: hostile at 120 x 36;
    plain_clone_80x24: plain_clone at 80 x 24;
    preparing_80x24: preparing at 80 x 24;
    deploying_80x24: deploying at 80 x 24;
    failed_80x24: failed at 80 x 24;
    rolled_back_80x24: rolled_back at 80 x 24;
    complete_80x24: complete at 80 x 24;
    proposed_80x24: proposed at 80 x 24;
    preparing_200x50: preparing at 200 x 50;
    deploying_200x50: deploying at 200 x 50;
    failed_200x50: failed at 200 x 50;
    failed_60x20: failed at 60 x 20;
    failed_50x12: failed at 50 x 12;
}

#[test]
fn a_pane_can_have_the_screen_for_itself() {
    let mut world = states::failed();
    (world.zoom, world.focus) = (Some(Pane::Timeline), Pane::Timeline);
    insta::assert_snapshot!("zoomed_timeline_80x24", picture(&world, 80, 24));
    (world.zoom, world.focus, world.gate) = (Some(Pane::Gates), Pane::Gates, 0);
    insta::assert_snapshot!("zoomed_gates_80x24", picture(&world, 80, 24));
}

#[test]
fn styles_of_a_calm_screen() {
    let (buf, _) = buffer(&states::preparing(), 120, 36, &Theme::with(Palette::Either));
    insta::assert_snapshot!(styles(&buf));
}

#[test]
fn styles_of_a_failure() {
    let (buf, _) = buffer(&states::failed(), 120, 36, &Theme::with(Palette::Either));
    insta::assert_snapshot!(styles(&buf));
}

#[test]
fn a_failure_in_ascii_without_colour() {
    let (buf, _) = buffer(&states::failed(), 100, 30, &ascii());
    insta::assert_snapshot!(format!("{}\n{}", rows(&buf), styles(&buf)));
}

#[test]
fn a_deployment_in_ascii_without_colour_80x24() {
    let (buf, _) = buffer(&states::deploying(), 80, 24, &ascii());
    insta::assert_snapshot!(format!("{}\n{}", rows(&buf), styles(&buf)));
}
