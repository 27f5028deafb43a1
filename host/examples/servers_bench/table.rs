//! Figures of several rounds, and how they are printed.

/// Lines per second of one way, a figure a round.
#[derive(Debug)]
pub(crate) struct Row {
    name: &'static str,
    rates: Vec<f64>,
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rates: Vec::new() }
    }

    pub(crate) fn add(&mut self, rate: f64) {
        self.rates.push(rate);
    }

    /// Prints median and range, and the ratio to each limit.
    pub(crate) fn print(&self, limits: &[&Self]) {
        let figure = spread(self.rates.iter().map(|rate| rate / 1e3), 0);
        let ratio = |limit: &&Self| spread(self.rates.iter().zip(&limit.rates).map(|(ours, limit)| ours / limit), 2);
        print_columns(self.name, &figure, limits.iter().map(ratio));
    }
}

/// Prints what stands in the columns of rows, and to which limits their ratios are.
pub(crate) fn heading(limits: &[&str]) {
    print_columns("median (range)", "thousand lines/s", limits.iter().map(|limit| format!("of {limit}")));
}

fn print_columns(name: &str, figure: &str, ratios: impl Iterator<Item = String>) {
    print!("{name:<38}{figure:>20}");
    ratios.for_each(|ratio| print!("{ratio:>22}"));
    println!();
}

fn spread(values: impl Iterator<Item = f64>, digits: usize) -> String {
    let values = sorted(values);
    let (least, middle, most) = (values[0], values[values.len() / 2], values[values.len() - 1]);
    format!("{middle:.digits$} ({least:.digits$}-{most:.digits$})")
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let values = sorted(values);
    values[values.len() / 2]
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}
