//! Bodies: of a type that is read, within limits of size and time.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;

use super::gate::{Gate, Held};
use crate::wire::problem::Problem;

/// The media type of FHIR's JSON.
pub(super) const FHIR: &str = "application/fhir+json";
/// Longest time that a body may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the client takes JSON.
pub(super) fn accepts_json(headers: &HeaderMap) -> Result<(), Problem> {
    let accepted = accepted(headers);
    if accepted.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| is_any(kind) || is_json(kind))) {
        return Ok(());
    }
    Err(Problem::not_supported(StatusCode::NOT_ACCEPTABLE, "Answers are application/json"))
}

/// Whether the client takes FHIR's JSON, and plain JSON not.
pub(super) fn accepts_only_fhir(headers: &HeaderMap) -> bool {
    let kinds = accepted(headers).unwrap_or_default();
    kinds.iter().any(|kind| kind == FHIR) && !kinds.iter().any(|kind| is_any(kind) || kind == "application/json")
}

/// The media types that a client takes; `None` where it does not say.
fn accepted(headers: &HeaderMap) -> Option<Vec<String>> {
    let texts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = texts.flat_map(|text| text.split(',')).map(str::trim).filter(|range| !range.is_empty()).peekable();
    ranges.peek()?;
    let kind = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_refused = parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        (!is_refused).then_some(kind)
    };
    Some(ranges.filter_map(kind).collect())
}

fn is_any(kind: &str) -> bool {
    matches!(kind, "*/*" | "application/*")
}

fn is_json(kind: &str) -> bool {
    matches!(kind, "application/json" | "application/json+fhir") || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Whether a body is JSON in UTF-8.
fn is_readable(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().is_some_and(|kind| is_json(&kind));
    let charsets = parts.filter_map(|part| part.strip_prefix("charset=").map(|set| set.trim_matches('"').to_owned()));
    json && charsets.into_iter().all(|set| matches!(set.as_str(), "utf-8" | "utf8" | "us-ascii"))
}

/// Reads a body of at most `most` bytes, also after decompression. What it takes is accounted for in `held`.
pub(super) async fn read(headers: &HeaderMap, body: Body, most: usize, gate: &Gate, held: &mut Held) -> Result<Vec<u8>, Problem> {
    if !is_readable(headers) {
        return Err(Problem::not_supported(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A body is application/json in UTF-8"));
    }
    let gzip = match headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase()) {
        None => false,
        Some(coding) => match coding.as_str() {
            "gzip" | "x-gzip" => true,
            "identity" | "" => false,
            _ => return Err(Problem::encoding()),
        },
    };
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(too_long());
    }
    gate.hold(held, length.unwrap_or_default())?;
    let received = tokio::time::timeout(PATIENCE, collect(body, length.unwrap_or_default(), most, gate, held));
    let bytes = received.await.map_err(|_| Problem::too_slow())??;
    if gzip { unpack(&bytes, most, gate, held) } else { Ok(bytes) }
}

async fn collect(mut body: Body, length: usize, most: usize, gate: &Gate, held: &mut Held) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(length);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::syntax("The body did not arrive whole"))?;
        let Some(data) = frame.data_ref() else { continue };
        if bytes.len() + data.len() > most {
            return Err(too_long());
        }
        gate.hold(held, bytes.len() + data.len())?;
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

fn unpack(packed: &[u8], most: usize, gate: &Gate, held: &mut Held) -> Result<Vec<u8>, Problem> {
    // A body may be of several members; what follows the last is a fault.
    let mut reader = flate2::read::MultiGzDecoder::new(packed).take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1));
    let mut bytes = Vec::with_capacity(packed.len().saturating_mul(4).min(most));
    let mut piece = vec![0_u8; 64 << 10];
    loop {
        let read = reader.read(&mut piece).map_err(|_| Problem::syntax("The body is not gzip"))?;
        let Some(data) = piece.get(..read).filter(|data| !data.is_empty()) else { return Ok(bytes) };
        if bytes.len() + read > most {
            return Err(too_long());
        }
        gate.hold(held, packed.len() + bytes.len() + read)?;
        bytes.extend_from_slice(data);
    }
}

fn too_long() -> Problem {
    Problem::too_long("The body is larger than this server reads")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn json_in_its_many_spellings_is_read() {
        for good in
            ["application/json", "APPLICATION/JSON; charset=UTF-8", "application/fhir+json", "application/json+fhir", "application/x+json"]
        {
            assert!(is_readable(&headers(header::CONTENT_TYPE, good)), "{good}");
        }
        for bad in ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin1"] {
            assert!(!is_readable(&headers(header::CONTENT_TYPE, bad)), "{bad}");
        }
        assert!(!is_readable(&HeaderMap::new()));
    }

    #[test]
    fn clients_that_take_json_or_do_not_say_are_answered() {
        for good in ["*/*", "application/json", "application/fhir+json", "text/html, application/json;q=0.1"] {
            assert!(accepts_json(&headers(header::ACCEPT, good)).is_ok(), "{good}");
        }
        assert!(accepts_json(&HeaderMap::new()).is_ok());
        assert!(accepts_json(&headers(header::ACCEPT, "text/html")).is_err());
        assert!(accepts_json(&headers(header::ACCEPT, "application/json;q=0")).is_err());
    }
}
