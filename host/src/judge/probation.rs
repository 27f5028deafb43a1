//! Whether a new plugin may stay. Pure: it is given what both generations said of the same windows.
//!
//! After a plugin was changed the generation before goes on scoring beside the new one. When the new one alarms far more often, or not
//! at all where the old one did, the container goes back by itself. Regular cycles of the same plugins are not on probation.

use super::comparison::Comparison;

/// How many windows a probation lasts: an hour at the default length of a window.
const WINDOWS: u64 = 120;

/// Fewest alarms of the one side that show anything, where the other side has none.
const ALARMS_MIN: u64 = 5;

/// Alarms are far more when they are so many times as many, and at least this share of all windows.
const FACTOR: u64 = 4;
const SHARE_MIN: f64 = 0.1;

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Too little was seen.
    Open,
    /// It may stay.
    Passed,
    /// It must go; why, for people.
    Failed(String),
}

/// `comparison` has the new generation as what serves, and the old one as the other.
pub(super) fn standing(comparison: &Comparison) -> Standing {
    let (new, old, windows) = (comparison.serving_alarms(), comparison.other_alarms(), comparison.windows);
    let told = format!("alarms in {new} of {windows} windows, where the one before has {old}");
    if new >= ALARMS_MIN + FACTOR * old && new as f64 >= SHARE_MIN * windows as f64 {
        return Standing::Failed(format!("far too many: {told}"));
    }
    if new == 0 && old >= ALARMS_MIN {
        return Standing::Failed(format!("none at all: {told}"));
    }
    if windows >= WINDOWS { Standing::Passed } else { Standing::Open }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(windows: u64, kept: u64, only_new: u64, only_old: u64) -> Standing {
        standing(&Comparison { windows, kept, removed: only_new, added: only_old, ..Comparison::default() })
    }

    #[test]
    fn a_plugin_that_alarms_on_everything_goes_after_few_windows() {
        assert_eq!(after(4, 0, 4, 0), Standing::Open);
        let Standing::Failed(why) = after(5, 0, 5, 0) else { panic!("it stays") };
        assert_eq!(why, "far too many: alarms in 5 of 5 windows, where the one before has 0");
    }

    #[test]
    fn one_that_is_silent_where_the_old_one_alarmed_goes() {
        assert_eq!(after(60, 0, 0, 4), Standing::Open);
        assert!(matches!(after(60, 0, 0, 5), Standing::Failed(why) if why.starts_with("none at all")));
    }

    #[test]
    fn an_incident_that_both_see_is_no_reason_to_go() {
        assert_eq!(after(60, 30, 5, 3), Standing::Open);
        assert_eq!(after(120, 30, 5, 3), Standing::Passed);
    }

    #[test]
    fn a_few_alarms_more_in_many_windows_are_borne() {
        assert_eq!(after(119, 0, 6, 0), Standing::Open, "one in twenty");
        assert!(matches!(after(50, 0, 6, 0), Standing::Failed(_)), "one in eight");
    }
}
