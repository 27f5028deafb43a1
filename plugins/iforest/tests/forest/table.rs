//! A matrix that owns its rows, for tests.

use foghorn_iforest::{Model, Rows, Settings};

#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    columns: u32,
    row_ptr: Vec<u32>,
    idx: Vec<u32>,
    val: Vec<f32>,
}

impl Table {
    pub(crate) fn new(columns: u32) -> Self {
        Self { columns, row_ptr: vec![0], ..Self::default() }
    }

    pub(crate) fn dense(rows: &[Vec<f32>]) -> Self {
        let mut table = Self::new(rows.first().map_or(0, |r| r.len() as u32));
        for row in rows {
            let entries: Vec<_> = row.iter().enumerate().map(|(c, v)| (c as u32, *v)).collect();
            table.push(&entries);
        }
        table
    }

    /// Adds a row; zeros are left out, as the vectorizer does.
    pub(crate) fn push(&mut self, entries: &[(u32, f32)]) {
        for &(c, v) in entries.iter().filter(|(_, v)| *v != 0.0) {
            self.idx.push(c);
            self.val.push(v);
        }
        self.row_ptr.push(self.idx.len() as u32);
    }

    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows::check(self.columns, &self.row_ptr, &self.idx, &self.val).unwrap()
    }

    pub(crate) fn train(&self, settings: &[(&str, &str)]) -> Model {
        Model::train(&parse(settings), &self.rows(), 42, 0, 1).unwrap()
    }
}

pub(crate) fn parse(settings: &[(&str, &str)]) -> Settings {
    let pairs: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    assert_eq!(Settings::validate(&pairs), []);
    Settings::parse(&pairs).unwrap()
}

/// Numbers in `[0, 1)` that are the same everywhere.
pub(crate) fn chance(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
    move || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let x = (state ^ (state >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (x >> 40) as f32 / (1u64 << 24) as f32
    }
}
