//! One request at a time to a FHIR server.

use std::fmt;
use std::time::Duration;

use fhir_sdk::client::{Client, Error, RequestSettings};
use fhir_sdk::version::FhirR4B;
use reqwest::Response;
use url::Url;

/// Connections to FHIR servers, kept between requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connections(reqwest::Client);

impl Connections {
    /// Connects within `patience`, and names itself as `agent`. Neither a redirect nor a proxy is followed.
    ///
    /// # Errors
    ///
    /// A sentence, where this machine cannot speak TLS.
    pub fn new(agent: &str, patience: Duration) -> Result<Self, String> {
        let builder =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).user_agent(agent).connect_timeout(patience).no_proxy();
        builder.build().map(Self).map_err(|error| error.to_string())
    }

    /// The server at a base URL; `None` where nothing can lie below it (`data:`).
    #[must_use]
    pub fn server(&self, base: Url) -> Option<Server> {
        // A record is read as it was written, whatever version of FHIR the server speaks.
        let builder = Client::<FhirR4B>::builder().client(self.0.clone()).base_url(base).allow_version_mismatch();
        builder.request_settings(RequestSettings::default().retries(0)).build().ok().map(Server)
    }
}

/// A FHIR server. It is never asked for what has another origin than its base.
#[derive(Clone, Debug)]
pub struct Server(Client<FhirR4B>);

/// Why a request has no answer. It never names the URL: that has the patient in it.
#[derive(Debug)]
pub enum Unanswered {
    /// The URL is of another origin.
    Elsewhere,
    /// The connection was not made, or not in time.
    Unreached,
    /// The connection ended before there was an answer, as one that was kept too long does: asking again may help.
    Interrupted,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elsewhere => "the address is another server's",
            Self::Unreached => "the FHIR server did not answer in time",
            Self::Interrupted => "the FHIR server ended the connection",
        })
    }
}

impl std::error::Error for Unanswered {}

impl Server {
    /// Asks for FHIR JSON, with a token where there is one. A status that is no success is an answer too.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn get(&self, url: Url, token: Option<&str>, within: Duration) -> Result<Response, Unanswered> {
        let asked = self.0.send_custom_request(|http| {
            let request = http.get(url).header("accept", "application/fhir+json").timeout(within);
            match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            }
        });
        asked.await.map_err(|error| match error {
            Error::DifferentOrigin(_) => Unanswered::Elsewhere,
            Error::Request(error) if error.is_request() && !error.is_timeout() && !error.is_connect() => Unanswered::Interrupted,
            _ => Unanswered::Unreached,
        })
    }
}
