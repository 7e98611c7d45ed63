//! Keys and tokens of clients.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// A client's key.
pub(crate) struct Key {
    pub(crate) jwk: Value,
    pub(crate) algorithm: Algorithm,
    pub(crate) signing: EncodingKey,
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub(crate) fn es384(kid: &str) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8.as_ref(), &SystemRandom::new()).unwrap();
        let point = pair.public_key().as_ref();
        let jwk = json!({"kty": "EC", "crv": "P-384", "use": "sig", "kid": kid, "x": encode(&point[1..49]), "y": encode(&point[49..])});
        Self { jwk, algorithm: Algorithm::ES384, signing: EncodingKey::from_ec_der(pkcs8.as_ref()) }
    }

    /// An RSA key from a file: making one takes long.
    pub(crate) fn rs384(kid: &str) -> Self {
        let der = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/rsa-2048.der")).unwrap();
        let pair = RsaKeyPair::from_der(&der).unwrap();
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
        let jwk = json!({"kty": "RSA", "use": "sig", "alg": "RS384", "kid": kid, "n": encode(&public.n), "e": encode(&public.e)});
        Self { jwk, algorithm: Algorithm::RS384, signing: EncodingKey::from_rsa_der(&der) }
    }

    pub(crate) fn header(&self) -> Value {
        let name = if self.algorithm == Algorithm::ES384 { "ES384" } else { "RS384" };
        json!({"alg": name, "typ": "JWT", "kid": self.jwk["kid"]})
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&self.header(), claims)
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = crypto::sign(message.as_bytes(), &self.signing, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Claims that count once.
pub(crate) fn claims(audience: &str) -> Value {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let jti = format!("id-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
    json!({"iss": "https://ehr.example.org", "aud": audience, "exp": now() + 300, "iat": now(), "jti": jti})
}
