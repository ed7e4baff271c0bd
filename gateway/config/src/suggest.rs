//! What was meant: the name nearest to one that nobody knows.

/// The one of `names` that `wrong` is most likely a slip of: few strokes away, or much alike from
/// the beginning on.
pub(crate) fn nearest<'n>(
    wrong: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    const ALIKE: f64 = 0.9;
    let wrong = wrong.to_lowercase();
    let likeness = |name: &'n str| {
        let lower = name.to_lowercase();
        let alike = strsim::jaro_winkler(&wrong, &lower);
        let strokes = strsim::osa_distance(&wrong, &lower);
        let slip = strokes <= (lower.chars().count() / 3).max(1) || alike >= ALIKE;
        slip.then_some((alike, name))
    };
    let best = names
        .into_iter()
        .filter_map(likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, name)| name)
}

/// The remedy for a name that nobody knows: the nearest of `names`, or all of them.
pub(crate) fn remedy<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str> + Clone) -> String {
    if let Some(name) = nearest(wrong, names.clone()) {
        return format!("did you mean \"{name}\"?");
    }
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        "there are none here".to_owned()
    } else {
        format!("one of: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let names = ["adapter", "feed", "targets"];
        assert_eq!(nearest("adaptor", names), Some("adapter"));
        assert_eq!(nearest("Feeds", names), Some("feed"));
        assert_eq!(nearest("password", names), None);
        assert_eq!(
            nearest("penalties", ["licence", "penalty"]),
            Some("penalty")
        );
        assert_eq!(remedy("password", names), "one of: adapter, feed, targets");
        assert_eq!(remedy("password", []), "there are none here");
    }
}
