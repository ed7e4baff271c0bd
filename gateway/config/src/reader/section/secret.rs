//! Secrets in a table: only where they are kept, never they themselves.

use super::Section;
use crate::reader::desk::{Desk, NamedKind, Trouble};
use crate::secret::Secret;
use crate::substitute::is_variable;

impl Section<'_> {
    /// Where a secret is kept. A secret in the clear is refused, and never shown.
    pub(crate) fn secret(&mut self, desk: &mut Desk<'_>, key: &'static str) -> Option<Secret> {
        let value = self.get(desk, key)?;
        let spot = self.at(value);
        if !value.get_ref().is_table() {
            desk.mask(&spot);
            let message = format!("\"{key}\" is a secret and must not stand in the configuration");
            let help = format!("{key} = {{ env = \"NAME\" }} or {key} = {{ file = \"a/path\" }}");
            desk.report(&spot, Trouble::error("secret_literal", message, help));
            return None;
        }
        let mut section = self.section(desk, key);
        section.schema = "secret".to_owned();
        let env = section.text(desk, "env");
        let file = section.path(desk, "file", NamedKind::Secret);
        let both = section.has("env") && section.has("file");
        let neither = !section.has("env") && !section.has("file");
        section.finish(desk);
        if both || neither {
            let message = format!("\"{key}\" must say one place where the secret is kept");
            let help = "either env = \"NAME\" or file = \"a/path\"";
            let code = if both {
                "conflicting_keys"
            } else {
                "missing_key"
            };
            desk.report(&spot, Trouble::error(code, message, help));
            return None;
        }
        if let Some(path) = file {
            return Some(Secret::in_file(path));
        }
        let env = env?;
        if !is_variable(&env.value) {
            desk.mask(&env.spot);
            let message = "this is no name of a variable".to_owned();
            let help = "env names the variable that the secret is in, as in env = \"COUNTY_TOKEN\"";
            desk.report(&env.spot, Trouble::error("bad_variable", message, help));
            return None;
        }
        if desk.env.var(&env.value).is_none() {
            let message = format!("the variable {} is not set here", env.value);
            let help = "set it for the service: the secret is read when it is needed";
            desk.report(&env.spot, Trouble::warning("env_missing", message, help));
        }
        Some(Secret::in_variable(env.value))
    }
}
