//! The figures of one way of judging a set.

use serde_json::Value;

/// `None`: not measured, or not to be told without labels of both kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Figures {
    pub roc_auc: Option<f64>,
    pub average_precision: Option<f64>,
    pub best_f1: Option<f64>,
    pub f1: Option<f64>,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub alerts_per_1000: Option<f64>,
    pub false_alarms_per_1000: Option<f64>,
    pub train_s: Option<f64>,
    pub score_s: Option<f64>,
}

impl Figures {
    /// From the summary of a replay, or from an answer of the reference, which has the same keys.
    pub(super) fn read(value: &Value) -> Self {
        let figure = |key: &str| value[key].as_f64();
        let seconds = |key: &str| value["seconds"][key].as_f64();
        Self {
            roc_auc: figure("roc_auc"),
            average_precision: figure("average_precision"),
            best_f1: figure("best_f1"),
            f1: figure("f1"),
            precision: figure("precision"),
            recall: figure("recall"),
            alerts_per_1000: figure("alerts_per_1000"),
            false_alarms_per_1000: figure("false_alarms_per_1000"),
            train_s: seconds("train"),
            // To judge a window it has to be made a row first.
            score_s: seconds("score").map(|score| score + seconds("vectorize").unwrap_or(0.0)),
        }
    }

    /// What says how good it is, with its names.
    pub(super) fn quality(&self) -> [(&'static str, Option<f64>); 7] {
        [
            ("ROC-AUC", self.roc_auc),
            ("average precision", self.average_precision),
            ("best F1", self.best_f1),
            ("F1", self.f1),
            ("precision", self.precision),
            ("recall", self.recall),
            ("false alarms per 1,000", self.false_alarms_per_1000),
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_is_read_and_the_time_of_making_rows_counts_as_scoring() {
        let summary = json!({ "roc_auc": 0.9, "f1": null, "alerts_per_1000": 2.0,
            "seconds": { "read": 9.0, "vectorize": 0.25, "train": 3.0, "score": 0.5 } });
        let figures = Figures::read(&summary);
        assert_eq!((figures.roc_auc, figures.f1, figures.alerts_per_1000), (Some(0.9), None, Some(2.0)));
        assert_eq!((figures.train_s, figures.score_s), (Some(3.0), Some(0.75)));
    }

    #[test]
    fn a_set_of_one_class_has_no_quality_and_no_figure_is_made_up() {
        let figures = Figures::read(&json!({ "roc_auc": null, "false_alarms_per_1000": 12.5 }));
        assert_eq!(figures, Figures { false_alarms_per_1000: Some(12.5), ..Figures::default() });
    }
}
