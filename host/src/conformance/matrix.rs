//! Rows for detectors, made here: usual ones, one that is not, and ones that no vectorizer should make.

use super::chance::Chance;
use crate::plugins::Rows;

/// Columns of usual rows.
pub(super) const COLUMNS: u32 = 16;

/// The column in which the strange row is strange.
pub(super) const STRANGE_COLUMN: usize = 3;

/// `count` usual rows: every column varies around its own middle, one in five is mostly 0.
pub(super) fn usual(count: usize, seed: u64) -> Rows {
    let mut chance = Chance::new(seed);
    let mut rows = Rows { columns: COLUMNS, ..Rows::default() };
    for _ in 0..count {
        let row: Vec<f32> = (0..COLUMNS)
            .map(|column| {
                let noise = chance.share() + chance.share() + chance.share();
                if column % 5 == 0 && chance.below(4) > 0 { 0.0 } else { column as f32 * 0.1 + noise }
            })
            .collect();
        push(&mut rows, &row);
    }
    rows
}

/// One row that is usual but for one column.
pub(super) fn strange() -> Rows {
    let mut rows = usual(1, 99);
    let at = rows.idx.iter().position(|&column| column as usize == STRANGE_COLUMN);
    if let Some(at) = at {
        rows.val[at] = 40.0;
    }
    rows
}

/// Rows of 64 values each and the name of what is odd about them.
pub(super) fn odd() -> Vec<(&'static str, Rows)> {
    let mut chance = Chance::new(5);
    let mut filled = |columns: usize, value: &mut dyn FnMut(&mut Chance, usize, usize) -> f32| {
        let mut rows = Rows { columns: columns as u32, ..Rows::default() };
        for row in 0..64 {
            let values: Vec<f32> = (0..columns).map(|column| value(&mut chance, row, column)).collect();
            push(&mut rows, &values);
        }
        rows
    };
    vec![
        ("rows of one column", filled(1, &mut |c, _, _| c.share())),
        ("constant columns", filled(16, &mut |_, _, column| column as f32)),
        ("rows of zeros", filled(16, &mut |_, _, _| 0.0)),
        ("huge values", filled(16, &mut |c, _, _| if c.below(2) == 0 { f32::MAX } else { -f32::MAX })),
        (
            "one huge value",
            filled(16, &mut |c, row, column| if (row, column) == (7, 7) { f32::MAX } else { c.share() }),
        ),
        ("tiny values", filled(16, &mut |c, _, _| f32::from_bits(1 + c.below(9) as u32))),
        ("negative values", filled(16, &mut |c, _, _| -c.share())),
        ("minus zeros", filled(16, &mut |_, _, column| if column == 0 { -0.0 } else { 1.0 })),
        ("two kinds of equal rows", filled(16, &mut |_, row, _| (row % 2) as f32)),
        ("rows of 65,536 columns", wide(1 << 16)),
    ]
}

/// Few rows with few values in very many columns.
fn wide(columns: u32) -> Rows {
    let mut chance = Chance::new(6);
    let mut rows = Rows { columns, ..Rows::default() };
    for _ in 0..16 {
        let mut idx: Vec<u32> = (0..8).map(|_| chance.below(u64::from(columns)) as u32).collect();
        idx.sort_unstable();
        idx.dedup();
        rows.val.extend(idx.iter().map(|_| chance.share()));
        rows.idx.extend(idx);
        rows.row_ptr.push(rows.idx.len() as u32);
    }
    rows
}

/// Appends one dense row, without what is 0. Minus zero is kept: a vectorizer may write it.
fn push(rows: &mut Rows, values: &[f32]) {
    for (column, &value) in (0..).zip(values).filter(|(_, value)| value.to_bits() != 0) {
        rows.idx.push(column);
        rows.val.push(value);
    }
    rows.row_ptr.push(rows.idx.len() as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_rows_keep_the_contract_all_the_same() {
        for (what, rows) in odd() {
            rows.check(rows.len()).unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        usual(50, 1).check(50).unwrap();
        assert_ne!(strange(), usual(1, 99));
    }
}
