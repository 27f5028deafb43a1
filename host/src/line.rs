//! Lines, packed.
//!
//! A batch of lines is four flat columns, in the layout that a component takes (`wit/types.wit`): text is copied once when
//! a line is collected and never again line by line. The text is already clean: joined, cut, stripped, masked (`collect`).

use std::fmt;
use std::ops::Range;

/// Where a container wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Output {
    Stdout = 0,
    Stderr = 1,
}

impl Output {
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Stdout),
            1 => Some(Self::Stderr),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One line, borrowed from a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The engine's time stamp, nanoseconds since the Unix epoch.
    pub time_ns: u64,
    pub output: Output,
    /// Without a final newline; a stack trace keeps the newlines inside it.
    pub text: &'a [u8],
}

/// Consecutive lines of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    data: Vec<u8>,
    /// One entry more than there are lines; starts at 0.
    offsets: Vec<u32>,
    times: Vec<u64>,
    outputs: Vec<u8>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { data: Vec::new(), offsets: vec![0], times: Vec::new(), outputs: Vec::new() }
    }
}

impl Lines {
    /// From columns that come from outside, such as a stored block. `None` when they do not fit together.
    pub fn from_columns(data: Vec<u8>, offsets: Vec<u32>, times: Vec<u64>, outputs: Vec<u8>) -> Option<Self> {
        let fits = offsets.len() == times.len() + 1
            && outputs.len() == times.len()
            && offsets.first() == Some(&0)
            && offsets.last().map(|&end| end as usize) == Some(data.len())
            && offsets.windows(2).all(|pair| pair[0] <= pair[1])
            && outputs.iter().all(|&code| Output::from_code(code).is_some());
        fits.then_some(Self { data, offsets, times, outputs })
    }

    /// Whether a line of `bytes` more can be packed: offsets are 32 bits wide.
    pub fn has_room_for(&self, bytes: usize) -> bool {
        u32::try_from(self.data.len() + bytes).is_ok()
    }

    /// # Panics
    /// When the batch would grow over 4 GiB. Callers bound their batches far below (`has_room_for`).
    pub fn push(&mut self, line: Line<'_>) {
        self.data.extend_from_slice(line.text);
        let end = u32::try_from(self.data.len()).expect("a batch is far below 4 GiB");
        self.offsets.push(end);
        self.times.push(line.time_ns);
        self.outputs.push(line.output as u8);
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// # Panics
    /// When `index` is not below `len`.
    pub fn get(&self, index: usize) -> Line<'_> {
        let text = &self.data[self.offsets[index] as usize..self.offsets[index + 1] as usize];
        let output = if self.outputs[index] == 0 { Output::Stdout } else { Output::Stderr };
        Line { time_ns: self.times[index], output, text }
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Line<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Appends the lines `range` of `other`.
    pub fn extend_from(&mut self, other: &Lines, range: Range<usize>) {
        let bytes = other.offsets[range.start] as usize..other.offsets[range.end] as usize;
        let base = self.data.len();
        self.data.extend_from_slice(&other.data[bytes.clone()]);
        self.offsets.extend(
            other.offsets[range.start + 1..=range.end]
                .iter()
                .map(|&end| u32::try_from(base + end as usize - bytes.start).expect("a batch is far below 4 GiB")),
        );
        self.times.extend_from_slice(&other.times[range.clone()]);
        self.outputs.extend_from_slice(&other.outputs[range]);
    }

    /// The text of all lines, one after the other.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    pub fn times(&self) -> &[u64] {
        &self.times
    }

    pub fn outputs(&self) -> &[u8] {
        &self.outputs
    }

    /// Bytes of text.
    pub fn text_bytes(&self) -> usize {
        self.data.len()
    }
}

impl<'a> FromIterator<Line<'a>> for Lines {
    fn from_iter<I: IntoIterator<Item = Line<'a>>>(lines: I) -> Self {
        let mut packed = Self::default();
        for line in lines {
            packed.push(line);
        }
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time_ns: u64, output: Output, text: &str) -> Line<'_> {
        Line { time_ns, output, text: text.as_bytes() }
    }

    #[test]
    fn lines_come_back_as_they_went_in() {
        let all = [line(1, Output::Stdout, "a"), line(2, Output::Stderr, ""), line(3, Output::Stdout, "ccc")];
        let packed: Lines = all.into_iter().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn a_range_of_another_batch_is_appended() {
        let other: Lines = ["zero", "one", "two", "three"]
            .iter()
            .zip(0..)
            .map(|(text, time)| line(time, Output::Stdout, text))
            .collect();
        let mut packed: Lines = [line(9, Output::Stderr, "first")].into_iter().collect();
        packed.extend_from(&other, 1..3);
        let texts: Vec<_> = packed.iter().map(|line| line.text.to_vec()).collect();
        assert_eq!(texts, [b"first".to_vec(), b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(packed.times(), [9, 1, 2]);
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        assert!(Lines::from_columns(vec![1], vec![0, 1], vec![7], vec![0]).is_some());
        assert!(Lines::from_columns(vec![1], vec![0, 2], vec![7], vec![0]).is_none(), "end beyond the text");
        assert!(Lines::from_columns(vec![1], vec![0, 1], vec![7, 8], vec![0]).is_none(), "a time too many");
        assert!(Lines::from_columns(vec![1], vec![0, 1], vec![7], vec![2]).is_none(), "no such output");
        assert!(Lines::from_columns(vec![1, 2], vec![0, 2, 1, 2], vec![1, 2, 3], vec![0; 3]).is_none(), "falls");
    }
}
