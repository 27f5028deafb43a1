//! What every plugin says of itself, whatever its slot.

use super::outcome::{Figures, Verdict, failed};
use super::subject::Subject;

/// A key that no plugin has.
const UNKNOWN: &str = "no_such_setting";

/// Values that no number is; only settings whose default is a number must refuse them.
const ABSURD: [&str; 6] = ["", "many", "nan", "1e999", "-1e30", "0x10"];

/// Bytes of the longest value that is tried.
const LONG_BYTES: usize = 64 << 10;

pub(super) fn card(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let plugin = &subject.plugin;
    figures.add("state_format", f64::from(plugin.state_format));
    if !plugin.reads_state.contains(&plugin.state_format) {
        return failed(format!(
            "it writes states of format {} and reads {:?}; name state-format in reads-state",
            plugin.state_format, plugin.reads_state
        ));
    }
    if plugin.summary.is_empty() {
        return failed("its summary is empty; say in one sentence what it does");
    }
    let silent = plugin.schema.iter().find(|setting| setting.summary.is_empty());
    match silent {
        Some(setting) => {
            failed(format!("setting {} has no summary; say what it does and what is allowed", setting.key))
        }
        None => Ok(()),
    }
}

pub(super) fn settings(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let plugin = subject.plugin.clone();
    figures.add("settings", plugin.schema.len() as f64);
    let validate = |settings: &[(String, String)]| plugin.validate_settings(settings);
    let faults = validate(&subject.settings)?;
    if !faults.is_empty() {
        return failed(format!("the settings given are refused: {}; give others", faults.join("; ")));
    }
    let faults = validate(&subject.all_settings())?;
    if !faults.is_empty() {
        return failed(format!("its own defaults are refused: {}; a default must be allowed", faults.join("; ")));
    }
    if validate(&[(UNKNOWN.into(), "1".into())])?.is_empty() {
        return failed(format!("it takes the unknown setting {UNKNOWN}; a typing error must be told"));
    }
    for setting in &plugin.schema {
        for value in ABSURD.map(str::to_owned).into_iter().chain(["9".repeat(LONG_BYTES)]) {
            let bad = setting.default.parse::<f64>().is_ok() && value.parse::<f64>().is_err();
            let shown = if value.len() > 40 { "of 64 KiB".to_owned() } else { format!("'{value}'") };
            if validate(&[(setting.key.clone(), value)])?.is_empty() && bad {
                return failed(format!(
                    "setting {} takes the value {shown}, its default is the number {}; refuse what is no number",
                    setting.key, setting.default
                ));
            }
        }
    }
    Ok(())
}
