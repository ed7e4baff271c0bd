//! `${NAME}` in a text: the variable's value; `${NAME:-other}`: `other` where the variable is unset
//! or empty; `$${` stands for `${` itself. A value put in is not looked at again.

use crate::env::Env;

/// Why a text cannot be completed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SubstituteError {
    /// The variable is not set.
    Unset(String),
    /// What follows `${` is no `NAME}` or `NAME:-other}`.
    Form,
}

/// `text` with the variables of `env` put in.
pub(crate) fn substitute(text: &str, env: &dyn Env) -> Result<String, SubstituteError> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            whole.push_str(before);
            whole.push_str("${");
            rest = after;
            continue;
        }
        whole.push_str(before);
        let (inside, after) = after.split_once('}').ok_or(SubstituteError::Form)?;
        let (name, other) = match inside.split_once(":-") {
            Some((name, other)) => (name, Some(other)),
            None => (inside, None),
        };
        if !is_variable(name) {
            return Err(SubstituteError::Form);
        }
        match (env.var(name), other) {
            (Some(value), _) if !value.is_empty() => whole.push_str(&value),
            (_, Some(other)) => whole.push_str(other),
            (Some(_), None) => {}
            (None, None) => return Err(SubstituteError::Unset(name.to_owned())),
        }
        rest = after;
    }
    whole.push_str(rest);
    Ok(whole)
}

/// `name` can be the name of a variable.
pub(crate) fn is_variable(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn variables_are_put_in_where_they_are_named() {
        let env = BTreeMap::from([
            ("HOST".to_owned(), "county".to_owned()),
            ("ODD".to_owned(), "${HOST}".to_owned()),
            ("EMPTY".to_owned(), String::new()),
        ]);
        let with = |text| substitute(text, &env);
        assert_eq!(with("https://${HOST}/a").unwrap(), "https://county/a");
        assert_eq!(with("${HOST}${HOST}").unwrap(), "countycounty");
        assert_eq!(
            with("${PORT:-443} ${HOST:-x} ${EMPTY:-y}").unwrap(),
            "443 county y"
        );
        assert_eq!(with("[${EMPTY}] ${ODD}").unwrap(), "[] ${HOST}");
        assert_eq!(
            with("$${HOST} costs $5 {cursor}").unwrap(),
            "${HOST} costs $5 {cursor}"
        );
        assert_eq!(
            with("${PORT}"),
            Err(SubstituteError::Unset("PORT".to_owned()))
        );
        for wrong in ["${HOST", "${}", "${1A}", "${HOST:+x}", "${a b}"] {
            assert_eq!(with(wrong), Err(SubstituteError::Form), "{wrong}");
        }
    }
}
