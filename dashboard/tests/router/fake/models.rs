//! The models of the shop, and the host it runs on.

use foghorn_dashboard::Source as _;
use foghorn_dashboard::view::*;

use super::{Fake, MINUTE};

pub(super) fn model_row(container: &Container) -> ModelRow {
    let chosen = &container.pipeline.plugins;
    ModelRow {
        identity: container.card.identity.clone(),
        generation: chosen.generation,
        cycles_done: container.cycles.len() as u32,
        cycles_needed: 5,
        drift: chosen.generation.map(|_| drift()),
        refused: chosen.model.refused,
        alerts_of_day: container.alerts.len() as u64,
        labelled_real: 0,
        labelled_normal: container.alerts.iter().filter(|card| card.label == Some(Label::Normal)).count() as u64,
        notes: chosen.model.notes.clone(),
    }
}

fn drift() -> Drift {
    Drift { distance: 0.12, windows: 480, words: "like the training".into() }
}

pub(super) fn redis() -> ServerFigures {
    ServerFigures {
        name: "redis".into(),
        good: true,
        detail: "Redis 7.0.15; no line waits for it".into(),
        lines_waiting: 0,
        lines_missed: 0,
    }
}

fn generation(number: u64, made: Time, chosen: &ContainerPlugins) -> GenerationReport {
    let calm = |at: u64| 0.3 + (at * number % 37) as f32 / 90.0;
    GenerationReport {
        number,
        made,
        windows: 200 + 31 * number,
        seconds: Some(1.84),
        plugins: chosen
            .slots
            .iter()
            .map(|slot| format!("{}@{}", slot.plugin.name, slot.plugin.plugin_version))
            .collect(),
        stats: vec![("templates".into(), 41.0 + number as f64), ("tokens".into(), 412.0), ("columns".into(), 41.0)],
        trained: Histogram::of((0..300).map(calm)),
        live: Histogram::of((0..500).map(calm).chain([1.2, 1.4, 2.5])),
        alarms: 3,
    }
}

impl Fake {
    pub(super) fn model_report(&self, container: &Container) -> ModelReport {
        let chosen = &container.pipeline.plugins;
        let generations = chosen.generation.map_or(0, |_| 3);
        let judge = |name: &str, what: &str, alarms, precision, recall| JudgeReport {
            name: name.into(),
            what: what.into(),
            alarms,
            precision,
            recall,
        };
        ModelReport {
            identity: container.card.identity.clone(),
            generations: (0..generations)
                .map(|at| generation(9 - at, self.ago((1 + at) * 60 * MINUTE), chosen))
                .collect(),
            serving: chosen.generation,
            previous: chosen.generation.map(|_| 8),
            vote: 3,
            votes: [(9, 4, 300), (8, 4, 299), (7, 9, 295)]
                .map(|(generation, alarms, agreed)| VoteRow { generation, windows: 300, alarms, agreed })
                .to_vec(),
            drift: chosen.generation.map(|_| drift()),
            notes: chosen.model.notes.clone(),
            rules: chosen.generation.map(|_| RuleReport {
                windows: 300,
                from: self.ago(150 * MINUTE),
                real: 7,
                normal: 2,
                lines: 12_400,
                unseen: 31,
                judges: vec![
                    judge("the model", "a window is at or above its threshold", 9, Some(0.78), Some(1.0)),
                    judge("level is error", "a line says that it is an error", 31, Some(0.23), Some(1.0)),
                    judge(
                        "new template",
                        "a line has a template that came in no window before",
                        12,
                        Some(0.5),
                        Some(0.86),
                    ),
                    judge("count spike", "there are three times as many lines as usual", 0, None, Some(0.0)),
                ],
                verdict: "no rule does better here than the model, by the labels: F1 0.88, the best rule 0.63".into(),
            }),
        }
    }

    pub(super) fn system_figures(&self) -> System {
        System {
            status: self.status().expect("the fake has a status"),
            memory_bytes: Some(182 << 20),
            memory_limit_bytes: Some(870 << 20),
            memory_is_short: false,
            plugin_memory_bytes: 61 << 20,
            store: StoreFigures {
                lines: 4_812_331,
                windows: 61_204,
                used_bytes: 812 << 20,
                lines_bytes_max: 4 << 30,
                disk_free_bytes: Some(91 << 30),
            },
            servers: self.servers.clone(),
            containers: self.containers.len() as u64,
            lines_per_second: 153.4,
            lines_waiting: 912,
            furthest_behind: self.containers.first().map(|container| Behind {
                identity: container.card.identity.clone(),
                lines: 611,
                last_line: self.now,
            }),
            lines_dropped: 0,
            notices_waiting: 0,
            notices_failed: 1,
            alerts_open: 2,
        }
    }
}
