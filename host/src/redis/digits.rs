//! Numbers as decimal digits, two digits at a step: a line has two numbers, and `format!` would take as long as sending it.

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// Room for the digits of one number, and a space.
#[derive(Debug, Default)]
pub(super) struct Digits {
    buffer: [u8; 21],
}

impl Digits {
    /// A space, then the digits.
    pub(super) fn of_spaced(&mut self, mut number: u64) -> &[u8] {
        let mut begin = self.buffer.len();
        while number >= 10 {
            begin -= 2;
            self.buffer[begin..begin + 2].copy_from_slice(&PAIRS[(number % 100) as usize]);
            number /= 100;
        }
        // A single digit is left unless the last pair took all; 0 has one digit too.
        if number > 0 || begin == self.buffer.len() {
            begin -= 1;
            self.buffer[begin] = b'0' + number as u8;
        }
        begin -= 1;
        self.buffer[begin] = b' ';
        &self.buffer[begin..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        let around = powers.flat_map(|power| [power - 1, power, power + 1, power.wrapping_mul(7)]);
        for number in around.chain([0, 9, 10, 99, 100, 101, u64::MAX]) {
            assert_eq!(Digits::default().of_spaced(number), format!(" {number}").as_bytes());
        }
    }
}
