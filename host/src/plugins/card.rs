//! What a plugin says of itself, checked.

use std::collections::BTreeSet;

use super::bindings::lifecycle;
use super::plugin::Setting;
use super::text;
use super::version::PluginVersion;

/// Bytes of a name, of a summary, of a setting's key and default.
const NAME_BYTES_MAX: usize = 64;
const SUMMARY_BYTES_MAX: usize = 1 << 10;
const DEFAULT_BYTES_MAX: usize = 1 << 10;

/// State formats that a plugin reads, settings that it takes, parts of one training.
const FORMATS_MAX: usize = 64;
const SETTINGS_MAX: usize = 256;
const PARTS_MAX: u32 = 256;

/// A card that was checked.
#[derive(Debug, PartialEq)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) version: PluginVersion,
    pub(super) summary: String,
    pub(super) state_format: u32,
    pub(super) reads_state: Vec<u32>,
    pub(super) parts: u32,
}

/// Checks a card; the error says what is wrong with it.
pub(super) fn check(info: lifecycle::Info) -> Result<Card, String> {
    if !is_name(&info.name) {
        let name = text::safe(&info.name, NAME_BYTES_MAX);
        return Err(format!("name '{name}'; a name is 1 to {NAME_BYTES_MAX} lowercase letters, digits and '-'"));
    }
    let version = info.plugin_version.parse::<PluginVersion>();
    let version = version.map_err(|error| format!("version '{}'; {error}", text::safe(&info.plugin_version, 40)))?;
    if info.reads_state.len() > FORMATS_MAX {
        return Err(format!("{} state formats; at most {FORMATS_MAX} are allowed", info.reads_state.len()));
    }
    Ok(Card {
        parts: parts(&info.extra)?,
        name: info.name,
        version,
        summary: text::safe(&info.summary, SUMMARY_BYTES_MAX),
        state_format: info.state_format,
        reads_state: info.reads_state,
    })
}

/// Checks the settings that a plugin says it takes.
pub(super) fn check_schema(schema: Vec<lifecycle::Setting>) -> Result<Vec<Setting>, String> {
    if schema.len() > SETTINGS_MAX {
        return Err(format!("{} settings; at most {SETTINGS_MAX} are allowed", schema.len()));
    }
    let mut keys = BTreeSet::new();
    for setting in &schema {
        let key = text::safe(&setting.key, NAME_BYTES_MAX);
        if !is_word(&setting.key, b'_') {
            return Err(format!("setting '{key}'; a key is 1 to {NAME_BYTES_MAX} lowercase letters, digits and '_'"));
        }
        if !keys.insert(setting.key.as_str()) {
            return Err(format!("setting '{key}' twice"));
        }
    }
    Ok(schema.into_iter().map(setting).collect())
}

fn setting(setting: lifecycle::Setting) -> Setting {
    Setting {
        key: setting.key,
        summary: text::safe(&setting.summary, SUMMARY_BYTES_MAX),
        default: text::safe(&setting.default, DEFAULT_BYTES_MAX),
    }
}

/// Keys that are not known are for other hosts.
fn parts(extra: &[(String, String)]) -> Result<u32, String> {
    let Some((_, value)) = extra.iter().find(|(key, _)| key == "parts") else {
        return Ok(1);
    };
    match value.parse() {
        Ok(parts @ 1..=PARTS_MAX) => Ok(parts),
        _ => Err(format!("parts '{}'; 1 to {PARTS_MAX} are allowed", text::safe(value, NAME_BYTES_MAX))),
    }
}

/// Whether a plugin may be called so.
pub(super) fn is_name(text: &str) -> bool {
    is_word(text, b'-')
}

fn is_word(text: &str, joint: u8) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == joint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> lifecycle::Info {
        lifecycle::Info {
            name: "iforest".into(),
            plugin_version: "0.1.0".into(),
            summary: "a\nb".into(),
            state_format: 1,
            reads_state: vec![1],
            extra: vec![("later".into(), "x".into()), ("parts".into(), "8".into())],
        }
    }

    fn bad(change: impl FnOnce(&mut lifecycle::Info)) -> String {
        let mut info = info();
        change(&mut info);
        check(info).unwrap_err()
    }

    #[test]
    fn a_good_card_is_taken() {
        let card = check(info()).unwrap();
        assert_eq!((card.name.as_str(), card.parts, card.summary.as_str()), ("iforest", 8, "a\\nb"));
        assert_eq!(check(lifecycle::Info { extra: vec![], ..info() }).unwrap().parts, 1);
    }

    #[test]
    fn bad_cards_say_what_is_wrong() {
        assert!(bad(|info| info.name = "../x".into()).contains("'../x'"));
        assert!(bad(|info| info.name = String::new()).contains("1 to 64"));
        assert!(bad(|info| info.name = "x".repeat(65)).contains("1 to 64"));
        assert!(bad(|info| info.plugin_version = "1.0".into()).contains("'1.0'"));
        assert!(bad(|info| info.reads_state = vec![0; 65]).contains("65 state formats"));
        for parts in ["0", "257", "many", "-1"] {
            assert!(bad(|info| info.extra = vec![("parts".into(), parts.into())]).contains(parts));
        }
    }

    #[test]
    fn settings_have_a_key_each() {
        let setting = |key: &str| lifecycle::Setting { key: key.into(), summary: "s".into(), default: "1".into() };
        assert_eq!(check_schema(vec![setting("trees"), setting("sample_size")]).unwrap().len(), 2);
        assert!(check_schema(vec![setting("trees"), setting("trees")]).unwrap_err().contains("twice"));
        assert!(check_schema(vec![setting("a-b")]).is_err());
        assert!(check_schema(vec![setting("a"); SETTINGS_MAX + 1]).is_err());
    }
}
