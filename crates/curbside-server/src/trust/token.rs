//! A client assertion: read strictly, verified over the bytes that came.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

/// Longest life of a token, in seconds.
const MAX_LIFETIME: i64 = 3600;
/// Longest `kid` and `jti`.
const MAX_ID: usize = 256;

/// A token whose shape is right; nothing in it is to be believed before [`Parsed::verify`].
#[derive(Debug)]
pub(super) struct Parsed<'t> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    pub(super) algorithm: Algorithm,
    message: &'t str,
    signature: &'t str,
}

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    alg: String,
    #[serde(default)]
    typ: String,
    #[serde(default)]
    pub(super) kid: String,
    #[serde(default)]
    pub(super) jku: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    #[serde(deserialize_with = "one_or_many")]
    pub(super) aud: Vec<String>,
    #[serde(deserialize_with = "seconds")]
    pub(super) exp: i64,
    #[serde(deserialize_with = "seconds")]
    iat: i64,
    #[serde(default, deserialize_with = "some_seconds")]
    nbf: Option<i64>,
    pub(super) jti: String,
    #[serde(default)]
    pub(super) tenant: Option<String>,
}

/// Seconds since 1970, whole: a `NumericDate` may have a fraction (RFC 7519, section 2).
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    whole(&number).ok_or_else(|| serde::de::Error::custom("no time"))
}

fn some_seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    number.map(|number| whole(&number).ok_or_else(|| serde::de::Error::custom("no time"))).transpose()
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    // More seconds than a float counts one by one are no time that matters.
    const MOST: f64 = 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
    let truncate = |seconds: f64| (seconds.abs() < MOST).then_some(seconds.floor() as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(truncate))
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    use serde::de::Error as _;
    match Value::deserialize(deserializer)? {
        Value::String(one) => Ok(vec![one]),
        Value::Array(many) => {
            many.into_iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(|| D::Error::custom("no text"))).collect()
        }
        _ => Err(D::Error::custom("neither a text nor a list")),
    }
}

impl<'t> Parsed<'t> {
    /// Reads a token, or says in a word why it is none.
    pub(super) fn read(token: &'t str) -> Result<Self, &'static str> {
        let (message, signature) = token.rsplit_once('.').ok_or("shape")?;
        let (header, claims) = message.split_once('.').ok_or("shape")?;
        if claims.contains('.') || signature.is_empty() {
            return Err("shape");
        }
        let header: Header = part(header).ok_or("header")?;
        let algorithm = match header.alg.as_str() {
            "ES384" => Algorithm::ES384,
            "RS384" => Algorithm::RS384,
            _ => return Err("algorithm"),
        };
        if !header.typ.eq_ignore_ascii_case("JWT") {
            return Err("type");
        }
        if header.kid.is_empty() || header.kid.len() > MAX_ID {
            return Err("key");
        }
        if header.crit.is_some() {
            return Err("critical");
        }
        let claims: Claims = part(claims).ok_or("claims")?;
        if claims.jti.is_empty() || claims.jti.len() > MAX_ID {
            return Err("id");
        }
        Ok(Self { header, claims, algorithm, message, signature })
    }

    /// Checks the signature.
    pub(super) fn verify(&self, key: &DecodingKey) -> Result<(), &'static str> {
        match crypto::verify(self.signature, self.message.as_bytes(), key, self.algorithm) {
            Ok(true) => Ok(()),
            _ => Err("signature"),
        }
    }
}

impl Claims {
    /// Checks the times, in seconds since 1970.
    pub(super) fn check_times(&self, now: i64, skew: i64) -> Result<(), &'static str> {
        if self.iat < 0 || self.exp <= self.iat || self.exp.saturating_sub(self.iat) > MAX_LIFETIME {
            return Err("lifetime");
        }
        if now >= self.exp.saturating_add(skew) {
            return Err("expired");
        }
        if self.iat > now.saturating_add(skew) || self.nbf.is_some_and(|nbf| nbf > now.saturating_add(skew)) {
            return Err("not-yet");
        }
        Ok(())
    }
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard (section "JWT example" of CDS Hooks 2.0.1).
    const EXAMPLE: &str = "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9qd2tfdXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZhMzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8REXeYJLL6SGUBO8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb";

    #[test]
    fn the_standards_example_verifies_and_lives_too_long() {
        let token = Parsed::read(EXAMPLE).unwrap();
        let key = DecodingKey::from_ec_components(
            "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
            "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
        )
        .unwrap();
        assert_eq!(token.verify(&key), Ok(()));
        assert_eq!(token.claims.check_times(1_311_281_000, 60), Err("lifetime"));
        let tampered = EXAMPLE.replacen("eyJpc3MiOiJodHRwczovL2Zo", "eyJpc3MiOiJodHRwczovL2Zp", 1);
        assert_eq!(Parsed::read(&tampered).unwrap().verify(&key), Err("signature"));
    }

    #[test]
    fn times_are_checked_to_the_second() {
        let claims = |iat, exp, nbf| Claims { iss: String::new(), aud: Vec::new(), exp, iat, nbf, jti: "1".into(), tenant: None };
        assert_eq!(claims(700, 941, None).check_times(1000, 60), Ok(()));
        assert_eq!(claims(700, 939, None).check_times(1000, 60), Err("expired"));
        assert_eq!(claims(1059, 1300, None).check_times(1000, 60), Ok(()));
        assert_eq!(claims(1061, 1300, None).check_times(1000, 60), Err("not-yet"));
        assert_eq!(claims(1000, 1300, Some(1061)).check_times(1000, 60), Err("not-yet"));
        assert_eq!(claims(1000, 1300, Some(700)).check_times(1000, 60), Ok(()));
        assert_eq!(claims(1000, 4601, None).check_times(1000, 60), Err("lifetime"));
        assert_eq!(claims(-5, 1300, None).check_times(1000, 60), Err("lifetime"));
        assert_eq!(claims(1300, 1300, None).check_times(1000, 60), Err("lifetime"));
    }
}
