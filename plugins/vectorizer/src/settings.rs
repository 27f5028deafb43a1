//! The settings, their limits and defaults.

use crate::columns::{FAMILIES, FIGURES, Without};
use crate::error::Error;

pub(crate) const COLUMNS_MIN: usize = FIGURES.len();
pub(crate) const COLUMNS_MAX: usize = 256;
pub(crate) const TERMS_MIN: usize = 1_024;
pub(crate) const TERMS_MAX: usize = 1 << 20;

/// Checked settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Columns of the matrix: the figures, and TF-IDF buckets for the rest.
    pub columns: usize,
    /// Tokens that are remembered; half as many successions and a quarter as many templates.
    pub terms_max: usize,
    /// Families of columns that are left out.
    pub without: Without,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { columns: 48, terms_max: 65_536, without: Without::default() }
    }
}

/// Key, default and summary of each setting.
pub fn schema() -> [(&'static str, String, String); 3] {
    let Settings { columns, terms_max, .. } = Settings::default();
    [
        (
            "columns",
            columns.to_string(),
            format!(
                "Columns of the matrix, {COLUMNS_MIN} to {COLUMNS_MAX}: {COLUMNS_MIN} figures, the rest TF-IDF buckets; a change needs new training"
            ),
        ),
        (
            "terms_max",
            terms_max.to_string(),
            format!(
                "Tokens remembered for a container, {TERMS_MIN} to {TERMS_MAX}; half as many successions, a quarter as many templates"
            ),
        ),
        (
            "without",
            "nothing".to_owned(),
            format!("Families of columns that are set to 0, with commas between them: {}; or nothing", families()),
        ),
    ]
}

impl Settings {
    /// Reads what is known and leaves the rest.
    pub fn parse(pairs: &[(String, String)]) -> Result<Settings, Error> {
        let mut settings = Settings::default();
        for (key, value) in pairs {
            match key.as_str() {
                "columns" => settings.columns = number(key, value, COLUMNS_MIN, COLUMNS_MAX)?,
                "terms_max" => settings.terms_max = number(key, value, TERMS_MIN, TERMS_MAX)?,
                "without" => settings.without = without(value)?,
                _ => {}
            }
        }
        Ok(settings)
    }

    pub(crate) fn buckets(self) -> usize {
        self.columns - COLUMNS_MIN
    }
}

/// One error for each bad key or value.
pub fn validate(pairs: &[(String, String)]) -> Vec<Error> {
    let known = schema().map(|(key, ..)| key);
    let check = |pair: &(String, String)| match known.contains(&pair.0.as_str()) {
        true => Settings::parse(std::slice::from_ref(pair)).err(),
        false => Some(Error::setting(format!(
            "setting {} is not known; known are {}",
            pair.0.escape_debug(),
            known.join(", ")
        ))),
    };
    pairs.iter().filter_map(check).collect()
}

fn families() -> String {
    FAMILIES.map(|family| family.0).join(", ")
}

fn without(value: &str) -> Result<Without, Error> {
    Without::parse(value).map_err(|name| {
        Error::setting(format!(
            "without names {name:?}; allowed are {}, with commas between them, or nothing",
            families()
        ))
    })
}

fn number(key: &str, value: &str, least: usize, most: usize) -> Result<usize, Error> {
    let number = value.parse().ok().filter(|n| (least..=most).contains(n));
    number
        .ok_or_else(|| Error::setting(format!("{key} is {value:?}; allowed are whole numbers from {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::{Settings, schema, validate};

    #[test]
    fn defaults_of_the_schema_are_the_defaults() {
        let pairs = schema().map(|(key, default, _)| (key.to_owned(), default));
        assert_eq!(Settings::parse(&pairs), Ok(Settings::default()));
        assert!(validate(&pairs).is_empty());
    }

    #[test]
    fn bad_settings_name_key_value_and_what_is_allowed() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let errors =
            validate(&[pair("columns", "9000"), pair("terms_max", "-1"), pair("colums", "64"), pair("columns", "64")]);
        let texts: Vec<_> = errors.iter().map(|e| e.message.as_str()).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts[0].contains("columns is \"9000\"; allowed are whole numbers from"));
        assert!(texts[2].contains("colums is not known; known are columns, terms_max, without"));
        assert!(errors.iter().all(|e| e.code == 1));
    }
}
