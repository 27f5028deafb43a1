//! The time of a point that may be written again: the same record gets the same time, and so replaces itself; two records of
//! one container get different times.

use super::schema::TIME_NS_MAX;

const MS_NS: u64 = 1_000_000;

/// Whole milliseconds of `time_ns`, and below them the record's own number. Two records would have to begin within one
/// millisecond with numbers a million apart to meet.
pub(super) fn point_ns(time_ns: u64, number: u64) -> i64 {
    let time_ns = time_ns.min(TIME_NS_MAX as u64 - MS_NS);
    (time_ns - time_ns % MS_NS + number % MS_NS) as i64
}

/// The times in which the points of records lie that begin in `from_ns .. until_ns`.
pub(super) fn range_ns(from_ns: u64, until_ns: u64) -> (i64, i64) {
    let until_ns = point_ns(until_ns, 0) + MS_NS as i64;
    (point_ns(from_ns, 0), until_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_of_a_record_lies_in_the_range_of_its_begin() {
        for time_ns in [0, 1, 999_999, 1_700_000_000_123_456_789, u64::MAX - 1] {
            let (from_ns, until_ns) = range_ns(time_ns, time_ns + 1);
            for number in [0, 1, 999_999, 1_000_000, u64::MAX] {
                assert!((from_ns..until_ns).contains(&point_ns(time_ns, number)), "{time_ns} {number}");
            }
        }
    }
}
