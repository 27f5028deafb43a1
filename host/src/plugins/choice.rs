//! Which of the plugins a reference means. Pure: what is known of the plugins goes in.
//!
//! Plugins that are barred (quarantined) are passed over: a name, or the beginning of a version, then means the next lower
//! version. What can mean one plugin alone is an error when that one is barred.

use std::collections::BTreeSet;

use super::catalogue::CatalogueError;
use super::digest::Digest;
use super::plugin::Slot;
use super::reference::Reference;
use super::version::PluginVersion;

/// What is known of one plugin. Name and version together are unique, and so is the digest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) name: &'a str,
    pub(super) plugin_version: PluginVersion,
    pub(super) slot: Slot,
    pub(super) digest: Digest,
}

/// The index of the plugin that is meant.
pub(super) fn choose(
    candidates: &[Candidate<'_>],
    reference: Reference,
    slot: Slot,
    barred: &BTreeSet<Digest>,
) -> Result<usize, CatalogueError> {
    let named: Vec<usize> = (0..candidates.len())
        .filter(|&index| {
            let Candidate { name, plugin_version, digest, .. } = &candidates[index];
            reference.names(name, *plugin_version, digest)
        })
        .collect();
    if let (Reference::Digest { .. }, [first, second, ..]) = (&reference, &named[..]) {
        let [first, second] = [first, second].map(|&index| shown(&candidates[index]));
        return Err(CatalogueError::Ambiguous { reference, first, second });
    }
    let highest = |allowed: &dyn Fn(&Candidate<'_>) -> bool| {
        let fits = |index: &usize| candidates[*index].slot == slot && allowed(&candidates[*index]);
        named.iter().copied().filter(fits).max_by_key(|&index| candidates[index].plugin_version)
    };
    if let Some(index) = highest(&|candidate| !barred.contains(&candidate.digest)) {
        return Ok(index);
    }
    match (highest(&|_| true), named.first()) {
        (Some(index), _) => {
            let Candidate { digest, .. } = candidates[index];
            Err(CatalogueError::Barred { plugin: shown(&candidates[index]), digest })
        }
        (None, Some(&index)) => {
            Err(CatalogueError::WrongSlot { reference, found: candidates[index].slot, wanted: slot })
        }
        (None, None) => Err(CatalogueError::Unknown { reference, slot, known: known(candidates, slot) }),
    }
}

fn known(candidates: &[Candidate<'_>], slot: Slot) -> String {
    let known: Vec<String> = candidates.iter().filter(|candidate| candidate.slot == slot).map(shown).collect();
    if known.is_empty() { "none; `cargo xtask build` makes the built-in ones".into() } else { known.join(", ") }
}

fn shown(candidate: &Candidate<'_>) -> String {
    format!("{}@{}", candidate.name, candidate.plugin_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A digest of these digits and zeros.
    fn digest(digits: &str) -> Digest {
        format!("{digits:0<64}").parse().unwrap()
    }

    fn known() -> Vec<Candidate<'static>> {
        let candidate = |name, version: &str, slot, digits| Candidate {
            name,
            plugin_version: version.parse().unwrap(),
            slot,
            digest: digest(digits),
        };
        vec![
            candidate("forest", "1.2.3", Slot::Detector, "aaaaaaaaaaaa1"),
            candidate("forest", "1.2.10", Slot::Detector, "aaaaaaaaaaaa2"),
            candidate("forest", "1.10.0", Slot::Detector, "b"),
            candidate("forest", "2.0.0", Slot::Detector, "c"),
            candidate("gate", "0.1.0", Slot::Thresholds, "d"),
        ]
    }

    fn chosen(reference: &str, barred: &[&str]) -> Result<String, CatalogueError> {
        let barred = barred.iter().map(|digits| digest(digits)).collect();
        let index = choose(&known(), reference.parse()?, Slot::Detector, &barred)?;
        Ok(known()[index].plugin_version.to_string())
    }

    #[test]
    fn a_reference_means_the_highest_version_that_it_allows() {
        for (reference, version) in [
            ("forest", "2.0.0"),
            ("forest@latest", "2.0.0"),
            ("forest@1", "1.10.0"),
            ("forest@1.2", "1.2.10"),
            ("forest@1.2.3", "1.2.3"),
            ("sha256:bbb000000000", "none"),
            ("sha256:b00000000000", "1.10.0"),
            ("forest@sha256:aaaaaaaaaaaa1", "1.2.3"),
            ("tree@sha256:aaaaaaaaaaaa1", "none"),
            ("forest@3", "none"),
            ("forest@1.3", "none"),
        ] {
            let found = match chosen(reference, &[]) {
                Err(CatalogueError::Unknown { .. }) => "none".into(),
                found => found.unwrap(),
            };
            assert_eq!(found, version, "{reference}");
        }
    }

    #[test]
    fn what_is_barred_is_passed_over_for_the_next_lower_version() {
        assert_eq!(chosen("forest", &["c"]).unwrap(), "1.10.0");
        assert_eq!(chosen("forest@latest", &["c", "b"]).unwrap(), "1.2.10");
        assert_eq!(chosen("forest@1.2", &["aaaaaaaaaaaa2"]).unwrap(), "1.2.3");
        assert_eq!(chosen("forest@1.2.3", &["c"]).unwrap(), "1.2.3");
    }

    #[test]
    fn what_means_only_barred_plugins_says_how_to_release_them() {
        for (reference, barred) in [
            ("forest@2.0.0", "c"),
            ("forest@2", "c"),
            ("sha256:c00000000000", "c"),
            ("forest@sha256:c00000000000", "c"),
        ] {
            let error = chosen(reference, &[barred]).unwrap_err();
            let release = format!("foghorn plugin release sha256:{}", digest(barred));
            assert!(matches!(error, CatalogueError::Barred { .. }) && error.to_string().contains(&release), "{error}");
        }
    }

    #[test]
    fn digits_that_two_plugins_share_are_not_enough() {
        let error = chosen("sha256:aaaaaaaaaaaa", &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "sha256:aaaaaaaaaaaa is both forest@1.2.3 and forest@1.2.10; write more of the digest's digits"
        );
        assert_eq!(chosen("sha256:aaaaaaaaaaaa2", &[]).unwrap(), "1.2.10");
    }

    #[test]
    fn a_plugin_for_another_slot_is_not_given() {
        let error = chosen("gate", &[]).unwrap_err();
        assert_eq!(error.to_string(), "gate is a plugin for thresholds, not for detector");
    }
}
