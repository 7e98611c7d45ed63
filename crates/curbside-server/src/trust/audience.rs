//! Whether a token is meant for the URL that is called.

use url::Url;

/// Whether one of a token's audiences is the URL, or one of the client's own spellings. URLs are compared
/// whole, after lowercasing scheme and host, leaving out a default port and one slash at the end.
pub(super) fn fits(audiences: &[String], url: &str, aliases: &[String]) -> bool {
    let wanted = normal(url);
    audiences.iter().any(|audience| aliases.contains(audience) || (wanted.is_some() && normal(audience) == wanted))
}

fn normal(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() || url.cannot_be_a_base()
    {
        return None;
    }
    let text = url.as_str();
    Some(text.strip_suffix('/').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_url_itself_fits() {
        let url = "https://cds.example.org/psy/cds-services/trd";
        let fits = |audience: &str| super::fits(&[audience.to_owned()], url, &[]);
        for good in [
            url,
            "https://cds.example.org/psy/cds-services/trd/",
            "https://CDS.example.ORG/psy/cds-services/trd",
            "HTTPS://cds.example.org:443/psy/cds-services/trd",
        ] {
            assert!(fits(good), "{good}");
        }
        for bad in [
            "https://cds.example.org/psy/cds-services/trd//",
            "https://cds.example.org/cds-services/trd",
            "https://cds.example.org:8443/psy/cds-services/trd",
            "https://cds.example.org/psy/cds-services",
            "https://cds.example.org/psy/cds-services/trdX",
            "https://evil.example/psy/cds-services/trd",
            "https://cds.example.org/psy/cds-services/trd?x=1",
            "sand_man",
            "",
        ] {
            assert!(!fits(bad), "{bad}");
        }
        assert!(super::fits(&["x".into(), url.into()], url, &[]));
        assert!(super::fits(&["sand_man".into()], url, &["sand_man".into()]));
        assert!(!super::fits(&[], url, &["sand_man".into()]));
    }
}
