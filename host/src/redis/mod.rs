//! Redis: one stream a container, many lines an entry, a consumer group for scoring. The only home of the redis crate.
