//! Did you mean …?

/// The candidate nearest to `wrong`, if one is near enough to have been meant.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// The help line for an unknown name: the nearest candidate, or the list when it is short.
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    candidates.sort_unstable();
    candidates.dedup();
    if let Some(name) = nearest(wrong, candidates.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    match candidates.len() {
        0 => None,
        1..=16 => Some(format!("one of: {}", candidates.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["antidepressants", "stimulants"];
        assert_eq!(nearest("antidepresants", names), Some("antidepressants"));
        assert_eq!(nearest("ssri", names), None);
        assert_eq!(did_you_mean("ssri", names).unwrap(), "one of: antidepressants, stimulants");
    }
}
