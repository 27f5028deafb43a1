//! The model and how it meets the contract.

use exports::foghorn::plugin::detector::{self, GuestModel};
use exports::foghorn::plugin::lifecycle;
use foghorn::plugin::host;
use foghorn::plugin::types::{Error, Pairs, Rows};

wit_bindgen::generate!({ path: "../../wit", world: "detector-plugin" });

const STATE_FORMAT: u32 = 1;
const GAIN: &str = "gain";

struct Component;

export!(Component);

/// Sums, not means: parts of one training are joined by adding them.
struct Model {
    gain: f32,
    count: f32,
    sums: Vec<f32>,
}

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "frozen".into(),
            plugin_version: "0.1.0".into(),
            summary: "Distance from the mean, kept built for version 0.1.0 of the contract".into(),
            state_format: STATE_FORMAT,
            reads_state: vec![STATE_FORMAT],
            extra: vec![("parts".into(), "4".into())],
        }
    }

    fn settings_schema() -> Vec<lifecycle::Setting> {
        vec![lifecycle::Setting {
            key: GAIN.into(),
            summary: "What scores are multiplied by, a whole number from 1 to 100".into(),
            default: "1".into(),
        }]
    }

    fn validate_settings(settings: Pairs) -> Vec<Error> {
        let bad = settings.iter().filter(|(key, value)| key != GAIN || gain_of(value).is_none());
        bad.map(|(key, _)| Error { code: 1, message: ["bad setting ", key].concat() }).collect()
    }
}

impl detector::Guest for Component {
    type Model = Model;
}

impl GuestModel for Model {
    fn train(settings: Pairs, rows: Rows, seed: u64, part: u32, parts: u32) -> Result<detector::Model, Error> {
        if rows.row_ptr.len() < 2 {
            return Err(Error { code: 3, message: "no row to learn from".into() });
        }
        let mut model = Self { gain: gain(&settings), count: 0.0, sums: vec![0.0; rows.columns as usize] };
        for row in (0..rows.row_ptr.len() - 1).filter(|row| *row as u32 % parts == part) {
            model.count += 1.0;
            each(&rows, row, |column, value| model.sums[column] += value);
        }
        if part == 0 {
            host::log(2, "training");
            // Of no use but to find out a host that loses the seed.
            model.sums[0] += (seed % 7) as f32;
        }
        Ok(detector::Model::new(model))
    }

    fn merge(settings: Pairs, format: u32, states: Vec<Vec<u8>>) -> Result<detector::Model, Error> {
        let mut merged: Option<Self> = None;
        for state in &states {
            let part = read(gain(&settings), format, state)?;
            merged = Some(match merged {
                None => part,
                Some(mut all) => {
                    all.count += part.count;
                    all.sums.iter_mut().zip(&part.sums).for_each(|(sum, more)| *sum += more);
                    all
                }
            });
        }
        merged.map(detector::Model::new).ok_or(Error { code: 4, message: "no part to merge".into() })
    }

    fn load(settings: Pairs, format: u32, state: Vec<u8>) -> Result<detector::Model, Error> {
        read(gain(&settings), format, &state).map(detector::Model::new)
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Ok([self.count].iter().chain(&self.sums).flat_map(|number| number.to_le_bytes()).collect())
    }

    fn score(&self, rows: Rows) -> Result<Vec<f32>, Error> {
        Ok((0..rows.row_ptr.len() - 1).map(|row| self.distances(&rows, row).iter().sum()).collect())
    }

    fn explain(&self, rows: Rows) -> Result<Vec<f32>, Error> {
        Ok(self.distances(&rows, 0))
    }

    fn stats(&self) -> Vec<(String, f64)> {
        vec![("rows".into(), f64::from(self.count))]
    }
}

impl Model {
    fn distances(&self, rows: &Rows, row: usize) -> Vec<f32> {
        let mut values = vec![0.0; self.sums.len()];
        each(rows, row, |column, value| values[column] = value);
        values.iter().zip(&self.sums).map(|(value, sum)| (value - sum / self.count).abs() * self.gain).collect()
    }
}

fn each(rows: &Rows, row: usize, mut with: impl FnMut(usize, f32)) {
    for at in rows.row_ptr[row] as usize..rows.row_ptr[row + 1] as usize {
        with(rows.idx[at] as usize, rows.val[at]);
    }
}

fn read(gain: f32, format: u32, state: &[u8]) -> Result<Model, Error> {
    let mut numbers = state.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    match numbers.next() {
        Some(count) if format == STATE_FORMAT && state.len().is_multiple_of(4) => {
            Ok(Model { gain, count, sums: numbers.collect() })
        }
        _ => Err(Error { code: 2, message: "a state that is not mine".into() }),
    }
}

fn gain(settings: &Pairs) -> f32 {
    settings.iter().find(|(key, _)| key == GAIN).and_then(|(_, value)| gain_of(value)).unwrap_or(1.0)
}

fn gain_of(value: &str) -> Option<f32> {
    value.parse::<u8>().ok().filter(|gain| (1..=100).contains(gain)).map(f32::from)
}
