//! Windows of lines: as they cross the boundary, and checked for reading.

use crate::Error;

/// The contract's `windows`: consecutive lines of one container, packed. `types.wit` says what each list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    pub data: Vec<u8>,
    pub offsets: Vec<u32>,
    pub times: Vec<u64>,
    pub outputs: Vec<u8>,
    pub starts: Vec<u32>,
    pub begins: Vec<u64>,
    pub ends: Vec<u64>,
}

impl Default for Windows {
    /// No window and no line.
    fn default() -> Self {
        let (times, outputs, begins, ends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { data: Vec::new(), offsets: vec![0], times, outputs, starts: vec![0], begins, ends }
    }
}

impl Windows {
    /// Appends a window of lines of stdout, evenly stamped between `begin` and `end`; for tests. Nothing where there are no
    /// lines, because no window is empty.
    pub fn push(&mut self, begin: u64, end: u64, lines: &[&[u8]]) {
        if lines.is_empty() {
            return;
        }
        let step = end.saturating_sub(begin) / lines.len() as u64;
        for (number, line) in (0..).zip(lines) {
            self.data.extend_from_slice(line);
            self.offsets.push(self.data.len() as u32);
            self.times.push(begin + number * step);
            self.outputs.push(0);
        }
        self.starts.push(self.times.len() as u32);
        self.begins.push(begin);
        self.ends.push(end);
    }

    /// Checks all lengths, offsets and starts.
    ///
    /// # Errors
    /// Code 4 names the first thing that breaks the contract, and how.
    pub fn check(&self) -> Result<CheckedWindows<'_>, Error> {
        let lines = self.times.len();
        if self.outputs.len() != lines || self.offsets.len() != lines + 1 {
            let (outputs, offsets) = (self.outputs.len(), self.offsets.len());
            return Err(Error::input(format!(
                "{lines} times come with {outputs} outputs and {offsets} offsets; send as many outputs and one offset more"
            )));
        }
        let windows = self.begins.len();
        if self.ends.len() != windows || self.starts.len() != windows + 1 {
            let (ends, starts) = (self.ends.len(), self.starts.len());
            return Err(Error::input(format!(
                "{windows} begins come with {ends} ends and {starts} starts; send as many ends and one start more"
            )));
        }
        check_bounds("offsets", &self.offsets, self.data.len(), |a, b| a <= b)?;
        check_bounds("starts", &self.starts, lines, |a, b| a < b)?;
        if let Some(line) = self.outputs.iter().position(|&output| output > 1) {
            let output = self.outputs[line];
            return Err(Error::input(format!("output {output} of line {line} is neither 0 (stdout) nor 1 (stderr)")));
        }
        match self.begins.iter().zip(&self.ends).position(|(begin, end)| begin > end) {
            Some(window) => Err(Error::input(format!("window {window} ends before it begins"))),
            None => Ok(CheckedWindows(self)),
        }
    }
}

/// Windows that keep the contract's promises.
#[derive(Debug, Clone, Copy)]
pub struct CheckedWindows<'a>(&'a Windows);

/// One window.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    all: &'a Windows,
    first: usize,
    end: usize,
    /// Nanoseconds since the Unix epoch.
    pub began: u64,
    /// Nanoseconds since the Unix epoch; never before `began`.
    pub ended: u64,
}

/// One line. Raw bytes: no promise of UTF-8, and newlines may be inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    pub text: &'a [u8],
    /// Nanoseconds since the Unix epoch; not always rising.
    pub time: u64,
    pub is_stderr: bool,
}

impl<'a> CheckedWindows<'a> {
    #[must_use]
    pub fn len(self) -> usize {
        self.0.begins.len()
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Window after window.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Window<'a>> {
        (0..self.len()).map(move |number| Window {
            all: self.0,
            first: self.0.starts[number] as usize,
            end: self.0.starts[number + 1] as usize,
            began: self.0.begins[number],
            ended: self.0.ends[number],
        })
    }

    /// The only window.
    ///
    /// # Errors
    /// Code 4 for none and for several.
    pub fn only(self) -> Result<Window<'a>, Error> {
        let mut windows = self.iter();
        match (windows.next(), windows.len()) {
            (Some(window), 0) => Ok(window),
            _ => Err(Error::input(format!("there are {} windows to explain; allowed is one", self.len()))),
        }
    }
}

impl<'a> Window<'a> {
    /// Line after line; at least one.
    pub fn lines(self) -> impl ExactSizeIterator<Item = Line<'a>> {
        (self.first..self.end).map(move |i| Line {
            text: &self.all.data[self.all.offsets[i] as usize..self.all.offsets[i + 1] as usize],
            time: self.all.times[i],
            is_stderr: self.all.outputs[i] == 1,
        })
    }

    /// How long it lasted, seconds; 0 for windows that end when they begin.
    #[must_use]
    pub fn seconds(self) -> f64 {
        (self.ended - self.began) as f64 / 1e9
    }
}

fn check_bounds(name: &str, bounds: &[u32], end: usize, follows: fn(u32, u32) -> bool) -> Result<(), Error> {
    let (first, last) = (bounds.first(), bounds.last());
    if first != Some(&0) || last.is_none_or(|&last| last as usize != end) {
        return Err(Error::input(format!("{name} run from {first:?} to {last:?}; they must run from 0 to {end}")));
    }
    match bounds.windows(2).position(|pair| !follows(pair[0], pair[1])) {
        Some(i) => {
            Err(Error::input(format!("{name} go from {} to {} at {}; they must rise", bounds[i], bounds[i + 1], i + 1)))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Windows {
        let mut windows = Windows::default();
        windows.push(0, 10_000_000_000, &[b"one", b"", b"\xfftwo"]);
        windows.push(10_000_000_000, 20_000_000_000, &[b"three"]);
        windows
    }

    #[test]
    fn windows_are_read_line_by_line() {
        let windows = two();
        let checked = windows.check().unwrap();
        let texts: Vec<Vec<&[u8]>> = checked.iter().map(|w| w.lines().map(|l| l.text).collect()).collect();
        assert_eq!(texts, [vec![&b"one"[..], b"", b"\xfftwo"], vec![b"three"]]);
        assert_eq!(checked.iter().map(Window::seconds).collect::<Vec<_>>(), [10.0, 10.0]);
        assert!(checked.only().is_err());
    }

    #[test]
    fn broken_windows_are_refused_with_the_reason() {
        type Case = (fn(&mut Windows), &'static str);
        let cases: [Case; 8] = [
            (|w| w.outputs.truncate(3), "4 times come with 3 outputs"),
            (|w| w.offsets.truncate(4), "and 4 offsets"),
            (|w| w.ends.truncate(1), "2 begins come with 1 ends"),
            (|w| w.offsets[4] = 99, "offsets run from Some(0) to Some(99)"),
            (|w| w.offsets[2] = 1, "offsets go from 3 to 1 at 2"),
            (|w| w.starts[1] = 0, "starts go from 0 to 0 at 1"),
            (|w| w.outputs[1] = 2, "output 2 of line 1"),
            (|w| w.begins[1] = u64::MAX, "window 1 ends before it begins"),
        ];
        for (change, reason) in cases {
            let mut windows = two();
            change(&mut windows);
            let error = windows.check().unwrap_err();
            assert_eq!(error.code, 4);
            assert!(error.message.contains(reason), "{} should say {reason}", error.message);
        }
    }
}
