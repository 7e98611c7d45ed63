//! The only place of the server that looks at a clock.

use std::time::Instant;

use jiff::Timestamp;

/// Now, for deadlines and durations.
pub(crate) fn instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the server has deadlines; the engine is told the time")]
    Instant::now()
}

/// Now, as people write it.
pub(crate) fn timestamp() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the server tells the engine the time")]
    Timestamp::now()
}

/// Now, to tell one change from another.
pub(crate) fn system_time() -> std::time::SystemTime {
    #[expect(clippy::disallowed_methods, reason = "the server tells changes apart")]
    std::time::SystemTime::now()
}

/// Now, in milliseconds since 1970.
pub(crate) fn millis() -> i64 {
    timestamp().as_millisecond()
}

/// The moment of a request as the engine is told it: UTC, to the second.
pub(crate) fn as_of() -> String {
    let now = timestamp();
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
