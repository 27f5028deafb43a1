//! The glue that is the same in every plugin.

/// Implements the contract's `lifecycle` for a component whose bindings were generated in the same module with
/// [`types`](crate::types):
///
/// ```text
/// foghorn_guest::lifecycle!(Component, Settings, {
///     name: "my-plugin",
///     summary: "One sentence for people",
///     state_format: 1,
///     parts: 8,          // detectors whose training may be split; left out: 1
/// });
/// ```
///
/// The version is that of the plugin's `Cargo.toml`.
#[macro_export]
macro_rules! lifecycle {
    ($component:ident, $settings:ty, {
        name: $name:expr, summary: $summary:expr, state_format: $format:expr $(, parts: $parts:expr)? $(,)?
    }) => {
        impl exports::foghorn::plugin::lifecycle::Guest for $component {
            fn describe() -> exports::foghorn::plugin::lifecycle::Info {
                exports::foghorn::plugin::lifecycle::Info {
                    name: String::from($name),
                    plugin_version: String::from(env!("CARGO_PKG_VERSION")),
                    summary: String::from($summary),
                    state_format: $format,
                    reads_state: vec![$format],
                    extra: vec![$((String::from("parts"), $parts.to_string()))?],
                }
            }

            fn settings_schema() -> Vec<exports::foghorn::plugin::lifecycle::Setting> {
                let setting = |described: &$crate::Described| exports::foghorn::plugin::lifecycle::Setting {
                    key: described.key.to_owned(),
                    summary: described.summary.to_owned(),
                    default: described.default.to_owned(),
                };
                <$settings as $crate::Settings>::SCHEMA.iter().map(setting).collect()
            }

            fn validate_settings(settings: $crate::Pairs) -> Vec<$crate::Error> {
                <$settings as $crate::Settings>::validate(&settings)
            }
        }
    };
}
