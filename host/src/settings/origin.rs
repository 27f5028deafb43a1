//! Where a setting in effect was written, for who wonders why it is what it is.

use std::collections::BTreeMap;

use super::Layer;

/// The settings of a container's page, by their names in the file; a flag is `--NAME`, a variable `FOGHORN_NAME`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<&'static str, &'static str>);

impl Origins {
    /// `default` where nobody wrote it.
    pub fn of(&self, key: &str) -> &'static str {
        self.0.get(key).copied().unwrap_or("default")
    }

    /// `flags` is what flags and variables say together.
    pub(super) fn find(flags: &Layer, file: &Layer) -> Self {
        let arguments: Vec<String> =
            std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
        Self::found(flags, file, &arguments)
    }

    fn found(flags: &Layer, file: &Layer, arguments: &[String]) -> Self {
        let written = |layer: &Layer| {
            [
                ("window-age", layer.window_age.is_some()),
                ("window-lines", layer.window_lines.is_some()),
                ("train-cycles", layer.train_cycles.is_some()),
                ("train-interval", layer.train_interval.is_some()),
                ("retrain-interval", layer.retrain_interval.is_some()),
                ("train-range", layer.train_range.is_some()),
                ("train-windows-min", layer.train_windows_min.is_some()),
                ("train-windows-max", layer.train_windows_max.is_some()),
                ("generations", layer.generations.is_some()),
                ("vote", layer.vote.is_some()),
                ("resolve-after", layer.resolve_after.is_some()),
                ("retention-age", layer.retention_age.is_some()),
                ("retention-size", layer.retention_size.is_some()),
            ]
        };
        let origin = |((key, in_flags), (_, in_file)): ((&'static str, bool), (_, bool))| match (in_flags, in_file) {
            (true, _) if is_argument(key, arguments) => Some((key, "flag")),
            (true, _) => Some((key, "environment")),
            (false, true) => Some((key, "file")),
            (false, false) => None,
        };
        Self(written(flags).into_iter().zip(written(file)).filter_map(origin).collect())
    }
}

fn is_argument(key: &str, arguments: &[String]) -> bool {
    let is_it = |argument: &String| {
        let flag = argument.strip_prefix("--").map(|flag| flag.split('=').next().unwrap_or_default());
        flag == Some(key)
    };
    arguments.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::units::Span;

    #[test]
    fn a_setting_comes_from_where_it_was_written_last() {
        let age = Some(Span::from_secs(5));
        let flags = Layer { window_age: age, train_interval: age, ..Layer::default() };
        let file = Layer { window_age: age, train_range: age, ..Layer::default() };
        let origins = Origins::found(&flags, &file, &["run".into(), "--window-age=5s".into()]);
        let found = ["window-age", "train-interval", "train-range", "vote"].map(|key| origins.of(key));
        assert_eq!(found, ["flag", "environment", "file", "default"]);
    }
}
