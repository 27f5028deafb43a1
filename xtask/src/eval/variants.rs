//! What `--ablate` changes, one thing at a time. A setting that a plugin does not know (yet) is a row that says so.

/// One thing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    pub name: String,
    /// Flags of `foghorn replay`.
    pub args: Vec<String>,
}

/// Name, and settings as `--set` takes them.
const CHANGES: [(&str, &[&str]); 20] = [
    // Columns left out, by family.
    ("without templates", &["vectorizer.without=templates"]),
    ("without tokens", &["vectorizer.without=tokens"]),
    ("without successions", &["vectorizer.without=successions"]),
    ("without missing", &["vectorizer.without=missing"]),
    ("without pairs", &["vectorizer.without=pairs"]),
    ("without levels", &["vectorizer.without=levels"]),
    ("without sizes", &["vectorizer.without=sizes"]),
    ("without TF-IDF", &["vectorizer.without=tf_idf"]),
    ("only TF-IDF", &["vectorizer.without=templates,tokens,successions,missing,pairs,levels,sizes"]),
    ("64 columns", &["vectorizer.columns=64"]),
    ("128 columns", &["vectorizer.columns=128"]),
    // The forest.
    ("no range check", &["detector.outside=0"]),
    ("samples of 64 rows", &["detector.sample=64"]),
    ("samples of 256 rows", &["detector.sample=256"]),
    ("100 trees", &["detector.trees=100"]),
    ("splits anywhere", &["detector.split=uniform"]),
    ("16 candidates, kurtosis", &["detector.candidates=16", "detector.weigh=kurtosis", "detector.trim=0.005"]),
    (
        "the forest of the paper",
        &["detector.trees=100", "detector.sample=256", "detector.split=uniform", "detector.outside=0"],
    ),
    // The thresholds: the ranking stays, the alarms change.
    ("1 alert a week", &["thresholds.alerts_per_week=1"]),
    ("70 alerts a week", &["thresholds.alerts_per_week=70"]),
];

/// Generations that judge together.
const VOTES: [u32; 2] = [3, 5];

/// All changes, and each of `detectors` in place of the forest.
pub(super) fn all(detectors: &[String]) -> Vec<Variant> {
    let changed = CHANGES.iter().map(|(name, settings)| Variant {
        name: (*name).to_owned(),
        args: settings.iter().flat_map(|setting| ["--set".to_owned(), (*setting).to_owned()]).collect(),
    });
    let votes = VOTES
        .iter()
        .map(|votes| Variant { name: format!("vote of {votes}"), args: vec!["--vote".to_owned(), votes.to_string()] });
    let other = |detector: &String| Variant {
        name: format!("detector {detector}"),
        args: vec!["--detector".to_owned(), detector.clone()],
    };
    changed.chain(votes).chain(detectors.iter().map(other)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variant_has_a_name_of_its_own_and_changes_something() {
        let variants = all(&["ecod@0.1.0".to_owned()]);
        assert_eq!(variants.iter().map(|variant| &variant.name).collect::<BTreeSet<_>>().len(), variants.len());
        assert!(variants.iter().all(|variant| !variant.args.is_empty()));
        assert_eq!(variants.last().unwrap().args, ["--detector", "ecod@0.1.0"]);
    }
}
