//! Windows as they come over the boundary, checked once and then walked without fear.

use crate::error::Error;

/// Borrowed packed windows; the fields are the contract's.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    pub data: &'a [u8],
    pub offsets: &'a [u32],
    pub times: &'a [u64],
    pub outputs: &'a [u8],
    pub starts: &'a [u32],
    pub begins: &'a [u64],
    pub ends: &'a [u64],
}

/// One window of a checked batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    all: Windows<'a>,
    first: usize,
    end: usize,
}

/// One line of a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) time: u64,
    pub(crate) stderr: bool,
}

impl<'a> Windows<'a> {
    /// Checks all lengths, offsets and starts.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let lines = self.times.len();
        if self.outputs.len() != lines || self.offsets.len() != lines + 1 {
            let (o, t) = (self.outputs.len(), self.offsets.len());
            return Err(Error::input(format!(
                "{lines} times come with {o} outputs and {t} offsets; send as many outputs and one offset more"
            )));
        }
        let windows = self.begins.len();
        if self.ends.len() != windows || self.starts.len() != windows + 1 {
            let (e, s) = (self.ends.len(), self.starts.len());
            return Err(Error::input(format!(
                "{windows} begins come with {e} ends and {s} starts; send as many ends and one start more"
            )));
        }
        check_bounds("offsets", self.offsets, self.data.len(), false)?;
        check_bounds("starts", self.starts, lines, true)?;
        if let Some(i) = self.outputs.iter().position(|&o| o > 1) {
            return Err(Error::input(format!(
                "output {} of line {i} is neither 0 (stdout) nor 1 (stderr)",
                self.outputs[i]
            )));
        }
        match self.begins.iter().zip(self.ends).position(|(b, e)| b > e) {
            Some(i) => Err(Error::input(format!("window {i} ends before it begins"))),
            None => Ok(()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.begins.len()
    }

    /// Window after window; only for checked batches.
    pub(crate) fn iter(self) -> impl Iterator<Item = Window<'a>> {
        (0..self.len()).map(move |index| Window {
            all: self,
            first: self.starts[index] as usize,
            end: self.starts[index + 1] as usize,
        })
    }
}

fn check_bounds(name: &str, bounds: &[u32], end: usize, strictly: bool) -> Result<(), Error> {
    let ends = bounds.first() == Some(&0) && bounds.last().is_some_and(|&l| l as usize == end);
    if !ends {
        return Err(Error::input(format!(
            "{name} run from {:?} to {:?}; they must run from 0 to {end}",
            bounds.first(),
            bounds.last()
        )));
    }
    let falls = bounds.windows(2).position(|w| if strictly { w[0] >= w[1] } else { w[0] > w[1] });
    match falls {
        Some(i) => {
            Err(Error::input(format!("{name} go from {} to {} at {}; they must rise", bounds[i], bounds[i + 1], i + 1)))
        }
        None => Ok(()),
    }
}

impl<'a> Window<'a> {
    pub(crate) fn lines(self) -> impl Iterator<Item = Record<'a>> {
        (self.first..self.end).map(move |i| Record {
            text: &self.all.data[self.all.offsets[i] as usize..self.all.offsets[i + 1] as usize],
            time: self.all.times[i],
            stderr: self.all.outputs[i] == 1,
        })
    }
}
