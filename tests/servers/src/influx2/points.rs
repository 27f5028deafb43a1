//! The points of the bucket.
//!
//! As in InfluxDB, a point is its series (measurement and tags) and its time: written again, its fields are merged, and of
//! one field the newest value stays. A field has the type of its first value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lines::Point;
use super::value::{Type, Value};

/// The longest string field (`MaxStringLength` in the source; the reference says 64 KB).
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Measurement, then tags.
pub(super) type Series = (String, BTreeMap<String, String>);

#[derive(Debug, Default)]
pub(super) struct Points {
    series: BTreeMap<Series, BTreeMap<i64, BTreeMap<Arc<str>, Value>>>,
    /// By measurement and field.
    types: BTreeMap<(String, Arc<str>), Type>,
}

impl Points {
    pub(super) fn len(&self) -> usize {
        self.series.values().map(BTreeMap::len).sum()
    }

    /// Stores what can be stored. Answers what could not, and why not the first.
    pub(super) fn write(&mut self, points: Vec<Point>, now_ns: i64, oldest_ns: Option<i64>) -> Result<(), String> {
        let mut dropped = 0;
        let mut first = None;
        for point in points {
            if let Err(why) = self.write_point(point, now_ns, oldest_ns) {
                dropped += 1;
                first.get_or_insert(why);
            }
        }
        first.map_or(Ok(()), |why| {
            Err(format!(
                "partial write: {why} dropped={dropped} for database: 0b5ab4f4c0ff33aa for retention policy: autogen"
            ))
        })
    }

    fn write_point(&mut self, point: Point, now_ns: i64, oldest_ns: Option<i64>) -> Result<(), String> {
        let time = point.time.unwrap_or(now_ns);
        if let Some(oldest) = oldest_ns.filter(|&oldest| time < oldest) {
            let tags: String = point.tags.iter().map(|(key, value)| format!(",{key}={value}")).collect();
            return Err(format!(
                "dropped points outside retention policy - oldest point {}{tags} at {time} dropped because it violates a \
                 Retention Policy Lower Bound at {oldest}",
                point.measurement
            ));
        }
        for (field, value) in &point.fields {
            self.check_field(&point.measurement, field, value)?;
        }
        let stored = self.series.entry((point.measurement.clone(), point.tags)).or_default().entry(time).or_default();
        for (field, value) in point.fields {
            let field: Arc<str> = field.into();
            self.types.entry((point.measurement.clone(), Arc::clone(&field))).or_insert(value.of_type());
            stored.insert(field, value);
        }
        Ok(())
    }

    fn check_field(&self, measurement: &str, field: &str, value: &Value) -> Result<(), String> {
        let found = value.of_type();
        if matches!(value, Value::Text(text) if text.len() > TEXT_BYTES_MAX) {
            return Err(format!(
                "input field {field:?} on measurement {measurement:?} is too long, {TEXT_BYTES_MAX} max"
            ));
        }
        match self.types.get(&(measurement.to_owned(), field.into())) {
            Some(&known) if known != found => Err(format!(
                "field type conflict: input field {field:?} on measurement {measurement:?} is type {}, already exists as \
                 type {}",
                found.of_field(),
                known.of_field()
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn series(&self) -> impl Iterator<Item = &Series> {
        self.series.keys()
    }

    /// The fields of a measurement.
    pub(super) fn fields(&self, measurement: &str) -> impl Iterator<Item = (&Arc<str>, Type)> {
        let of_measurement = self.types.iter().filter(move |((name, _), _)| name == measurement);
        of_measurement.map(|((_, field), of_type)| (field, *of_type))
    }

    /// Values of one field of one series, in order of time.
    pub(super) fn values(&self, series: &Series, field: &str, from: i64, until: i64) -> Vec<(i64, Value)> {
        let Some(points) = self.series.get(series).filter(|_| from < until) else {
            return Vec::new();
        };
        let values = points.range(from..until).map(|(&time, fields)| (time, fields.get(field)));
        values.filter_map(|(time, value)| Some((time, value?.clone()))).collect()
    }
}
