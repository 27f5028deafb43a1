//! Settings: what a user may set, read and checked, with one sentence for each mistake.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::Error;

/// One setting as it is shown to people.
#[derive(Debug, Clone, Copy)]
pub struct Described {
    /// Lowercase letters, digits and `_`.
    pub key: &'static str,
    /// What it does, with its unit and what is allowed. One sentence.
    pub summary: &'static str,
    /// The value used when the user says nothing, written as the user would write it.
    pub default: &'static str,
}

/// A plugin's settings; `default` holds when the user says nothing.
pub trait Settings: Default {
    /// Every setting, in the order shown.
    const SCHEMA: &'static [Described];

    /// Takes one value in. Keys that are not in the schema are passed over.
    ///
    /// # Errors
    /// A bad value, code 1; [`whole`], [`number`] and [`word`] make such errors.
    fn set(&mut self, key: &str, value: &str) -> Result<(), Error>;

    /// Reads settings; keys that are not known are passed over, as the contract says.
    ///
    /// # Errors
    /// The first bad value, code 1.
    fn parse(pairs: &[(String, String)]) -> Result<Self, Error> {
        let mut settings = Self::default();
        for (key, value) in pairs {
            settings.set(key, value)?;
        }
        Ok(settings)
    }

    /// One error for each unknown key, repeated key and bad value.
    #[must_use]
    fn validate(pairs: &[(String, String)]) -> Vec<Error> {
        let mut settings = Self::default();
        let mut errors = Vec::new();
        for (i, (key, value)) in pairs.iter().enumerate() {
            if !Self::SCHEMA.iter().any(|described| described.key == key) {
                errors.push(Error::setting(unknown::<Self>(key)));
            } else if pairs[..i].iter().any(|(earlier, _)| earlier == key) {
                errors.push(Error::setting(format!("setting {key} is given twice; give it once")));
            } else if let Err(error) = settings.set(key, value) {
                errors.push(error);
            }
        }
        errors
    }
}

fn unknown<S: Settings>(key: &str) -> String {
    let known: Vec<_> = S::SCHEMA.iter().map(|described| described.key).collect();
    match known.len() {
        0 => format!("setting {key:?} is not known; this plugin takes none"),
        _ => format!("setting {key:?} is not known; known are {}", known.join(", ")),
    }
}

/// For plugins that take no settings.
impl Settings for () {
    const SCHEMA: &'static [Described] = &[];

    fn set(&mut self, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// A whole number from `least` to `most`.
///
/// # Errors
/// Code 1, with what was found and what is allowed.
pub fn whole<T: FromStr + PartialOrd + Display>(key: &str, value: &str, least: T, most: T) -> Result<T, Error> {
    within("whole numbers", key, value, &(least..=most))
}

/// A number from `least` to `most`.
///
/// # Errors
/// Code 1, with what was found and what is allowed.
pub fn number<T: FromStr + PartialOrd + Display>(key: &str, value: &str, least: T, most: T) -> Result<T, Error> {
    within("numbers", key, value, &(least..=most))
}

fn within<T>(kind: &str, key: &str, value: &str, allowed: &RangeInclusive<T>) -> Result<T, Error>
where
    T: FromStr + PartialOrd + Display,
{
    value.parse().ok().filter(|n| allowed.contains(n)).ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        Error::setting(format!("setting {key} is {value:?}; allowed are {kind} from {least} to {most}"))
    })
}

/// One of several words, each with its meaning.
///
/// # Errors
/// Code 1, with what was found and what is allowed.
pub fn word<T: Copy>(key: &str, value: &str, words: &[(&str, T)]) -> Result<T, Error> {
    words.iter().find(|(name, _)| *name == value).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
        Error::setting(format!("setting {key} is {value:?}; allowed are {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        trees: u32,
        share: f64,
        loud: bool,
    }

    impl Default for Sample {
        fn default() -> Self {
            Self { trees: 4, share: 0.5, loud: false }
        }
    }

    impl Settings for Sample {
        const SCHEMA: &'static [Described] = &[
            Described { key: "trees", summary: "", default: "4" },
            Described { key: "share", summary: "", default: "0.5" },
            Described { key: "voice", summary: "", default: "quiet" },
        ];

        fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
            match key {
                "trees" => self.trees = whole(key, value, 1, 9)?,
                "share" => self.share = number(key, value, 0.0, 1.0)?,
                "voice" => self.loud = word(key, value, &[("quiet", false), ("loud", true)])?,
                _ => {}
            }
            Ok(())
        }
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn good_settings_are_read_and_unknown_ones_passed_over() {
        let list = pairs(&[("trees", "9"), ("share", "1"), ("voice", "loud"), ("more", "x")]);
        assert_eq!(Sample::parse(&list).unwrap(), Sample { trees: 9, share: 1.0, loud: true });
    }

    #[test]
    fn each_mistake_gets_its_own_sentence() {
        let list = pairs(&[("trees", "x"), ("share", "NaN"), ("voice", ""), ("tree", "1"), ("trees", "1")]);
        let messages: Vec<_> = Sample::validate(&list).into_iter().map(|error| error.message).collect();
        assert_eq!(
            messages,
            [
                "setting trees is \"x\"; allowed are whole numbers from 1 to 9",
                "setting share is \"NaN\"; allowed are numbers from 0 to 1",
                "setting voice is \"\"; allowed are quiet, loud",
                "setting \"tree\" is not known; known are trees, share, voice",
                "setting trees is given twice; give it once",
            ]
        );
        assert_eq!(Sample::parse(&list).unwrap_err().code, 1);
        assert!(<() as Settings>::validate(&list)[0].message.ends_with("takes none"));
    }
}
