//! State bytes: a header that says what wrote them, then numbers and lists, little-endian.
//!
//! States come from disk and from older versions, so nobody vouches for them. What a length promises is checked against its
//! bound and against the bytes that are left before anything is allocated; every error says what to do.

use std::fmt::Display;

use crate::Error;

/// A state's format: 8 bytes of magic and the format number begin it.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    pub magic: [u8; 8],
    /// The card's `state-format`.
    pub number: u32,
    /// Who reads it, with the verb: `this forest reads`.
    pub reader: &'static str,
    /// What to do about a state that cannot be read, such as `train again`.
    pub remedy: &'static str,
}

impl Format {
    /// Begins a state.
    #[must_use]
    pub fn write(&self) -> Writer {
        self.write_sized(0)
    }

    /// Begins a state of about `bytes` bytes.
    #[must_use]
    pub fn write_sized(&self, bytes: usize) -> Writer {
        let mut writer = Writer { out: Vec::with_capacity(bytes) };
        writer.out.extend_from_slice(&self.magic);
        writer.u32(self.number);
        writer
    }

    /// Reads the header. `format` is the number that the host kept beside the state.
    ///
    /// # Errors
    /// Code 2 for another format and for bytes that something else wrote.
    pub fn read<'a>(&self, format: u32, state: &'a [u8]) -> Result<Reader<'a>, Error> {
        let Self { number, reader, remedy, .. } = *self;
        if format != number {
            return Err(Error::state(format!("the state has format {format}; {reader} {number}, {remedy}")));
        }
        let mut bytes = Reader { left: state, format: *self };
        if bytes.take(8)? != self.magic || bytes.u32()? != number {
            return Err(bytes.damaged("it does not start as one"));
        }
        Ok(bytes)
    }

    /// The error for a state whose content cannot be; `what` is what is wrong with it.
    #[must_use]
    pub fn damaged(&self, what: impl Display) -> Error {
        Error::state(format!("the state is damaged: {what}; {}", self.remedy))
    }
}

/// Writes a state.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub fn u32(&mut self, number: u32) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    pub fn u64(&mut self, number: u64) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    pub fn f32(&mut self, number: f32) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    pub fn f64(&mut self, number: f64) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    /// 0 or 1, as a word.
    pub fn flag(&mut self, flag: bool) {
        self.u32(u32::from(flag));
    }

    /// Numbers without their count, for readers that know it.
    pub fn f32s(&mut self, numbers: impl IntoIterator<Item = f32>) {
        self.out.extend(numbers.into_iter().flat_map(f32::to_le_bytes));
    }

    /// The count, then the numbers; read by [`Reader::list`].
    pub fn list(&mut self, numbers: impl ExactSizeIterator<Item = f32>) {
        self.u32(numbers.len() as u32);
        self.f32s(numbers);
    }

    /// The count of bytes, then the bytes; read by [`Reader::text`].
    pub fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.out.extend_from_slice(text.as_bytes());
    }

    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.out
    }
}

/// What is left to read of a state.
#[derive(Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
    format: Format,
}

impl<'a> Reader<'a> {
    /// The next `len` bytes.
    ///
    /// # Errors
    /// Code 2 where the state ends before.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, left) = self.left.split_at_checked(len).ok_or_else(|| self.damaged("it is cut off"))?;
        self.left = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, left) = self.left.split_first_chunk().ok_or_else(|| self.damaged("it is cut off"))?;
        self.left = left;
        Ok(*taken)
    }

    /// # Errors
    /// Code 2 where the state ends before.
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    /// # Errors
    /// Code 2 where the state ends before.
    pub fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }

    /// Any number, NaN among them.
    ///
    /// # Errors
    /// Code 2 where the state ends before.
    pub fn f32(&mut self) -> Result<f32, Error> {
        self.array().map(f32::from_le_bytes)
    }

    /// A number at most `most` away from 0.
    ///
    /// # Errors
    /// Code 2 for others, NaN among them.
    pub fn f64(&mut self, most: f64) -> Result<f64, Error> {
        let number = f64::from_le_bytes(self.array()?);
        if number.abs() <= most { Ok(number) } else { Err(self.damaged(format!("it holds the number {number}"))) }
    }

    /// # Errors
    /// Code 2 for anything but 0 and 1.
    pub fn flag(&mut self) -> Result<bool, Error> {
        match self.u32()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.damaged(format!("it has {other} where 0 or 1 is allowed"))),
        }
    }

    /// A count, at most `most`.
    ///
    /// # Errors
    /// Code 2 for more.
    pub fn count(&mut self, most: usize) -> Result<usize, Error> {
        let count = self.u32()? as usize;
        if count <= most { Ok(count) } else { Err(self.damaged(format!("it claims {count}; allowed are {most}"))) }
    }

    /// `count` numbers of any kind.
    ///
    /// # Errors
    /// Code 2 where the state ends before.
    pub fn f32s(&mut self, count: usize) -> Result<Vec<f32>, Error> {
        let len = count.checked_mul(4).ok_or_else(|| self.damaged(format!("it claims {count} numbers")))?;
        Ok(self.take(len)?.as_chunks().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }

    /// A count, at most `most`, and so many numbers, each at most `value_most` away from 0.
    ///
    /// # Errors
    /// Code 2 for others.
    pub fn list(&mut self, most: usize, value_most: f32) -> Result<Vec<f32>, Error> {
        let count = self.count(most)?;
        let numbers = self.f32s(count)?;
        let within = |number: &f32| number.abs() <= value_most;
        match numbers.iter().find(|number| !within(number)) {
            Some(number) => Err(self.damaged(format!("a list holds {number}"))),
            None => Ok(numbers),
        }
    }

    /// A text of at most `most` bytes.
    ///
    /// # Errors
    /// Code 2 for more, and for bytes that are not UTF-8.
    pub fn text(&mut self, most: usize) -> Result<&'a str, Error> {
        let len = self.count(most)?;
        str::from_utf8(self.take(len)?).map_err(|_| self.damaged("a text is not UTF-8"))
    }

    /// Bytes that are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// Code 2 when bytes are left over.
    pub fn end(self) -> Result<(), Error> {
        match self.left.len() {
            0 => Ok(()),
            more => Err(self.damaged(format!("{more} bytes are left over"))),
        }
    }

    /// As [`Format::damaged`].
    #[must_use]
    pub fn damaged(&self, what: impl Display) -> Error {
        self.format.damaged(what)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMAT: Format = Format { magic: *b"FGHTESTS", number: 3, reader: "this test reads", remedy: "train again" };

    fn written() -> Vec<u8> {
        let mut out = FORMAT.write();
        out.u32(7);
        out.u64(8);
        out.flag(true);
        out.f64(0.5);
        out.f32(2.5);
        out.list([1.0, -2.0].into_iter());
        out.text("grüße");
        out.finish()
    }

    type Content = (u32, u64, bool, f64, f32, Vec<f32>, String);

    fn read(format: u32, state: &[u8]) -> Result<Content, Error> {
        let mut bytes = FORMAT.read(format, state)?;
        let content = (
            bytes.u32()?,
            bytes.u64()?,
            bytes.flag()?,
            bytes.f64(1.0)?,
            bytes.f32()?,
            bytes.list(4, 9.0)?,
            bytes.text(16)?.to_owned(),
        );
        bytes.end()?;
        Ok(content)
    }

    #[test]
    fn what_was_written_is_read() {
        let content = read(3, &written()).unwrap();
        assert_eq!(content, (7, 8, true, 0.5, 2.5, vec![1.0, -2.0], "grüße".to_owned()));
    }

    #[test]
    fn states_of_others_are_refused_with_what_to_do() {
        let message = |format, state: &[u8]| {
            let error = read(format, state).unwrap_err();
            assert_eq!(error.code, 2);
            error.message
        };
        assert_eq!(message(4, &written()), "the state has format 4; this test reads 3, train again");
        let mut other = written();
        other[0] = b'X';
        assert!(message(3, &other).starts_with("the state is damaged: it does not start as one;"));
        let mut long = written();
        long.push(0);
        assert_eq!(message(3, &long), "the state is damaged: 1 bytes are left over; train again");
        let mut flag = written();
        flag[24] = 2;
        assert!(message(3, &flag).contains("2 where 0 or 1"));
        let mut list = written();
        list[40] = 5;
        assert!(message(3, &list).contains("claims 5; allowed are 4"));
    }

    proptest! {
        #[test]
        fn hostile_bytes_end_in_an_error(at in 12usize..64, byte: u8, keep in 0usize..64) {
            let mut state = written();
            let whole = state.len();
            prop_assert_eq!(read(3, &state[..keep.min(whole - 1)]).unwrap_err().code, 2);
            let at = at.min(whole - 1);
            state[at] = byte;
            if let Err(error) = read(3, &state) {
                prop_assert_eq!(error.code, 2);
            }
        }
    }
}
