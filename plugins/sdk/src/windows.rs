//! A query's time window, split to what a provider allows in one request.

use crate::TimeWindow;

const SECOND: i64 = 1000;

/// The longest window of both Wangdiantong editions: 30 days, closed at both ends and in whole seconds, as in the page's
/// `2018-11-01 00:00:00` to `2018-11-30 23:59:59`.
pub const THIRTY_DAYS: i64 = 30 * 24 * 3600 * SECOND;

/// Maximum difference between a provider's clock and the host's, in milliseconds: both Wangdiantong editions refuse a
/// request beyond it.
pub const CLOCKS_APART: i64 = 5 * 60 * SECOND;

/// The first piece of `window` from `start` on, at most `longest` milliseconds long, and the start of the next one.
///
/// Providers use whole seconds, so the piece begins and ends on one: a row that changed within the window's first or last
/// second is included. Pieces do not overlap.
#[must_use]
pub fn piece(window: &TimeWindow, start: i64, longest: i64) -> (TimeWindow, Option<i64>) {
    let start = whole(start.max(window.start));
    let last = whole(window.end);
    let end = last.min(start.saturating_add(longest - SECOND));
    let next = (end < last).then(|| end.saturating_add(SECOND));
    (TimeWindow { start, end }, next)
}

/// The second that contains a time. The earliest representable times have none, and stay beyond what a provider can write.
#[must_use]
pub fn whole(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(SECOND).saturating_mul(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_at_the_ends_of_time_is_cut_like_any_other() {
        for (start, end) in [(i64::MIN, i64::MIN), (i64::MIN, i64::MAX), (i64::MAX, i64::MAX)] {
            let (first, next) = piece(&TimeWindow { start, end }, i64::MIN, THIRTY_DAYS);
            assert!(first.start <= first.end && next.is_none_or(|next| next > first.end), "{first:?} {next:?}");
        }
    }

    #[test]
    fn a_short_window_is_one_piece_on_whole_seconds() {
        let (piece, next) = piece(&TimeWindow { start: 1_500, end: 9_999 }, i64::MIN, THIRTY_DAYS);
        assert_eq!((piece.start, piece.end, next), (1_000, 9_000, None));
    }

    #[test]
    fn pieces_of_a_long_window_meet_without_overlap() {
        let window = TimeWindow { start: 0, end: 2 * THIRTY_DAYS };
        let (first, next) = piece(&window, i64::MIN, THIRTY_DAYS);
        let (second, after) = piece(&window, next.unwrap(), THIRTY_DAYS);
        let (third, end) = piece(&window, after.unwrap(), THIRTY_DAYS);
        assert_eq!((first.start, first.end), (0, THIRTY_DAYS - 1000));
        assert_eq!((second.start, second.end), (THIRTY_DAYS, 2 * THIRTY_DAYS - 1000));
        assert_eq!((third.start, third.end, end), (2 * THIRTY_DAYS, 2 * THIRTY_DAYS, None));
    }
}
