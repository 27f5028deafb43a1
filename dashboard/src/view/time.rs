//! A moment.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// Nanoseconds since the Unix epoch, as everywhere in Foghorn; JSON gets RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-22T14:20:05.123Z"))]
pub struct Time(pub u64);

impl Time {
    pub fn now() -> Self {
        Self(u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(0))
    }

    /// RFC 3339 with milliseconds, for machines.
    pub fn rfc3339(self) -> String {
        format!("{:.3}", self.timestamp())
    }

    /// `2026-11-22 14:20:05 UTC`, for people.
    pub fn exact(self) -> String {
        self.timestamp().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    /// `14:20:05`, where the day is clear.
    pub fn clock(self) -> String {
        self.timestamp().strftime("%H:%M:%S").to_string()
    }

    /// `14:20`, for what need not be exact.
    pub fn minute(self) -> String {
        self.timestamp().strftime("%H:%M").to_string()
    }

    /// Seconds from `earlier` to this moment, 0 when it is not earlier.
    pub fn seconds_since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0) / 1_000_000_000
    }

    /// A `u64` reaches to the year 2554, and a time stamp to 9999.
    fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::MAX)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let timestamp: Timestamp = text.parse().map_err(de::Error::custom)?;
        u64::try_from(timestamp.as_nanosecond())
            .map(Self)
            .map_err(|_| de::Error::custom("a time before 1970 or after 2554"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_for_machines_and_for_people() {
        let time = Time(1_795_357_205_123_456_789);
        assert_eq!(time.rfc3339(), "2026-11-22T14:20:05.123Z");
        assert_eq!(time.exact(), "2026-11-22 14:20:05 UTC");
        assert_eq!(time.clock(), "14:20:05");
    }

    #[test]
    fn a_time_is_read_as_it_was_written() {
        let json = serde_json::to_string(&Time(1_795_357_205_123_000_000)).unwrap();
        assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), Time(1_795_357_205_123_000_000));
        assert!(serde_json::from_str::<Time>("\"1969-01-01T00:00:00Z\"").is_err());
    }

    #[test]
    fn the_last_time_that_fits_can_be_written() {
        assert!(Time(u64::MAX).rfc3339().starts_with("2554-"));
    }
}
