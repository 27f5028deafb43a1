//! Windows of made-up services, for the other tests.

use foghorn_vectorizer::{Rows, Session, Settings, Windows};

/// Owned packed windows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pack {
    pub(crate) data: Vec<u8>,
    pub(crate) offsets: Vec<u32>,
    pub(crate) times: Vec<u64>,
    pub(crate) outputs: Vec<u8>,
    pub(crate) starts: Vec<u32>,
    pub(crate) begins: Vec<u64>,
    pub(crate) ends: Vec<u64>,
}

impl Pack {
    /// A window a list; lines are a second apart.
    pub(crate) fn of<L: AsRef<[u8]>>(windows: &[Vec<L>]) -> Pack {
        let mut pack = Pack { offsets: vec![0], starts: vec![0], ..Pack::default() };
        for lines in windows {
            let begin = pack.times.len() as u64;
            for line in lines {
                pack.data.extend_from_slice(line.as_ref());
                pack.offsets.push(pack.data.len() as u32);
                pack.times.push(pack.times.len() as u64 * 1_000_000_000);
                pack.outputs.push(0);
            }
            pack.starts.push(pack.times.len() as u32);
            pack.begins.push(begin * 1_000_000_000);
            pack.ends.push(pack.times.len() as u64 * 1_000_000_000);
        }
        pack
    }

    pub(crate) fn view(&self) -> Windows<'_> {
        Windows {
            data: &self.data,
            offsets: &self.offsets,
            times: &self.times,
            outputs: &self.outputs,
            starts: &self.starts,
            begins: &self.begins,
            ends: &self.ends,
        }
    }
}

/// A web service's window: `n` requests, each a line in and a line out, and now and then a cache line.
pub(crate) fn usual(n: usize) -> Vec<String> {
    let request = |i: usize| {
        let id = 7_919 * (i + n) % 100_000;
        let mut lines = vec![
            format!(
                "2024-05-0{}T10:00:{:02}Z INFO request {id} accepted from 10.0.{}.{}",
                n % 9 + 1,
                i % 60,
                i % 250,
                n % 250
            ),
            format!("2024-05-0{}T10:00:{:02}Z INFO request {id} answered in {} ms", n % 9 + 1, i % 60, 3 + i % 40),
        ];
        if (i + n).is_multiple_of(5) {
            lines.push(format!("2024-05-01T10:00:00Z DEBUG cache refreshed, {} entries", i * 31));
        }
        lines
    };
    (0..n).flat_map(request).collect()
}

/// A session that learned and settled 60 usual windows.
pub(crate) fn learned() -> Session {
    let mut session = Session::open(Settings::default());
    let windows: Vec<_> = (0..60).map(|i| usual(4 + i % 7)).collect();
    session.learn(Pack::of(&windows).view()).unwrap();
    session.settle();
    session
}

/// The only row of one window, with the names of its columns.
pub(crate) fn row<L: AsRef<[u8]>>(session: &mut Session, lines: Vec<L>) -> Vec<(String, f32)> {
    let rows = session.transform(Pack::of(&[lines]).view(), false).unwrap();
    let names = session.columns().into_iter().map(|c| c.0);
    names.zip(dense(&rows).remove(0)).collect()
}

pub(crate) fn value(row: &[(String, f32)], name: &str) -> f32 {
    row.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no column {name}")).1
}

pub(crate) fn dense(rows: &Rows) -> Vec<Vec<f32>> {
    let fill = |span: &[u32]| {
        let mut row = vec![0.0; rows.columns as usize];
        (span[0] as usize..span[1] as usize).for_each(|k| row[rows.idx[k] as usize] = rows.val[k]);
        row
    };
    rows.row_ptr.windows(2).map(fill).collect()
}
