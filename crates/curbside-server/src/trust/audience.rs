//! Whether a token is meant for the URL that is called.

/// Whether one of a token's audiences is the URL, or one of the client's own spellings. URLs are compared
/// whole, after lowercasing scheme and host, leaving out a default port and one slash at the end.
pub(super) fn fits(audiences: &[String], url: &str, aliases: &[String]) -> bool {
    let wanted = normal(url);
    audiences.iter().any(|audience| aliases.contains(audience) || (wanted.is_some() && normal(audience) == wanted))
}

/// The text of a URL with its scheme and host in lower case, without a default port and one slash at the end. A parser of
/// URLs would forgive more: what it repairs was not meant for us.
fn normal(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(port).unwrap_or(&host);
    let path = path.strip_suffix('/').unwrap_or(path);
    Some(format!("{scheme}://{host}{path}"))
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
            "https://cds.example.org/psy/cds-services/trd#x",
            "https://cds.example.org/psy/cds-services/%74rd",
            "https://cds.example.org/psy/x/../cds-services/trd",
            "https://cds.example.org/psy/./cds-services/trd",
            "https://cds.example.org/PSY/cds-services/trd",
            "https://user@cds.example.org/psy/cds-services/trd",
            "https://cds.example.org\\psy\\cds-services\\trd",
            "https:\\\\cds.example.org/psy/cds-services/trd",
            "https:/cds.example.org/psy/cds-services/trd",
            "https:///cds.example.org/psy/cds-services/trd",
            "https:cds.example.org/psy/cds-services/trd",
            "https://cds.example.org:/psy/cds-services/trd",
            "https://cds.example.org:0443/psy/cds-services/trd",
            "https://cds.example.org:80/psy/cds-services/trd",
            "https://cds.example.org./psy/cds-services/trd",
            "https://cds.example%2Eorg/psy/cds-services/trd",
            "http://cds.example.org:443/psy/cds-services/trd",
            " https://cds.example.org/psy/cds-services/trd",
            "https://cds.example.org/psy/cds-services/trd ",
            "https://cds.example.org/psy/cds-services/trd\n",
            "https://cds.exa\tmple.org/psy/cds-services/trd",
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
