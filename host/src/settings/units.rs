//! Times and sizes as people write them: `30s`, `10m`, `24h`, `7d`; `64MiB`, `2GiB`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A length of time, above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    ms: u64,
}

impl Span {
    pub const fn from_ms(ms: u64) -> Self {
        Self { ms }
    }

    pub const fn from_secs(secs: u64) -> Self {
        Self { ms: secs * 1_000 }
    }

    pub const fn from_mins(mins: u64) -> Self {
        Self::from_secs(mins * 60)
    }

    pub const fn from_hours(hours: u64) -> Self {
        Self::from_mins(hours * 60)
    }

    pub const fn as_ms(self) -> u64 {
        self.ms
    }

    pub const fn as_ns(self) -> u64 {
        self.ms.saturating_mul(1_000_000)
    }

    pub const fn as_duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.ms)
    }
}

/// Units of time with their milliseconds, the largest first.
const TIME_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size with their bytes, the largest first.
const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ms = parse(text, &TIME_UNITS)
            .ok_or_else(|| format!("found \"{text}\"; allowed is a whole number with ms, s, m, h or d, such as 30s"))?;
        if ms == 0 { Err(format!("found \"{text}\"; a time must be above 0")) } else { Ok(Self { ms }) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_largest(f, self.ms, &TIME_UNITS)
    }
}

/// A number of bytes, above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    pub bytes: u64,
}

impl Size {
    pub const fn from_mib(mib: u64) -> Self {
        Self { bytes: mib << 20 }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = parse(text, &SIZE_UNITS).ok_or_else(|| {
            format!("found \"{text}\"; allowed is a whole number with B, KiB, MiB or GiB, such as 2GiB")
        })?;
        if bytes == 0 { Err(format!("found \"{text}\"; a size must be above 0")) } else { Ok(Self { bytes }) }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_largest(f, self.bytes, &SIZE_UNITS)
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// Writes the amount in the largest unit that divides it.
fn write_largest(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    let (name, factor) = units.iter().find(|(_, factor)| amount.is_multiple_of(*factor)).unwrap_or(&("", 1));
    write!(f, "{}{name}", amount / factor)
}

/// Both are written as strings in the settings file.
fn from_string<'de, D: Deserializer<'de>, T: FromStr<Err = String>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_string(deserializer)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_string(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_written() {
        for text in ["250ms", "30s", "10m", "24h", "7d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), if text == "24h" { "1d" } else { text });
        }
        assert_eq!("90s".parse::<Span>().unwrap().as_ns(), 90_000_000_000);
    }

    #[test]
    fn sizes_are_read_as_written() {
        assert_eq!("2GiB".parse::<Size>().unwrap().bytes, 2 << 30);
        assert_eq!("64 MiB".parse::<Size>().unwrap().to_string(), "64MiB");
    }

    #[test]
    fn nonsense_is_refused_with_what_is_allowed() {
        for text in ["", "s", "10", "10x", "-1s", "0s", "99999999999999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        assert!("10x".parse::<Span>().unwrap_err().contains("such as 30s"));
        assert!("2GB".parse::<Size>().unwrap_err().contains("GiB"));
    }
}
