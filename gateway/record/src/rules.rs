//! How long a penalty may be published: rules by the day of the decision, from a TOML file.
//!
//! Rules ascend by their first day; each is in force until the next one begins.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::days;

/// The table shipped with the gateway.
const SHIPPED: &str = include_str!("../../../configs/publicity.toml");

/// The most months that a rule can name.
const MONTHS_MAX: u32 = 1200;

/// The rules, ascending by first day.
#[derive(Clone, Debug)]
pub struct PublicityRules {
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) title_zh: String,
    pub(crate) title_en: String,
    first_day: i32,
    longest_months: u32,
    grades: BTreeMap<String, u32>,
}

/// Why a table of publicity rules cannot be used.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RulesError {
    /// No TOML of this form.
    #[error("{file}:{line}: {message}")]
    Form {
        /// The file's name.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A first day that is no day.
    #[error("{file}:{line}: `{found}` is no date of the form YYYY-MM-DD")]
    NoDate {
        /// The file's name.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A rule that does not begin after the one before.
    #[error("{file}:{line}: the rule in force from {found} does not begin after the one before it")]
    NotAscending {
        /// The file's name.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// Its first day.
        found: String,
    },
    /// A period of no month, or of more than a century.
    #[error("{file}:{line}: {found} months are no period: 1 to 1200 are possible")]
    Months {
        /// The file's name.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// The months.
        found: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(rename = "code")]
    _code: String,
    title_zh: String,
    title_en: String,
    in_force: Spanned<String>,
    longest_months: u32,
    #[serde(default)]
    grades: BTreeMap<String, u32>,
}

impl PublicityRules {
    /// The rules shipped with the gateway.
    ///
    /// # Errors
    /// None in a build whose tests passed.
    pub fn shipped() -> Result<Self, RulesError> {
        Self::parse("publicity.toml", SHIPPED)
    }

    /// Reads a table; `file` is its name in errors.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, RulesError> {
        let file = file.to_owned();
        let line = |offset: usize| 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count();
        let raw: RawTable = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                let line = line(error.span().map_or(0, |span| span.start));
                return Err(RulesError::Form {
                    file,
                    line,
                    message: error.message().to_owned(),
                });
            }
        };
        let mut rules: Vec<Rule> = Vec::with_capacity(raw.rule.len());
        for rule in raw.rule {
            let line = line(rule.in_force.span().start);
            let found = rule.in_force.into_inner();
            let Some(first_day) = days::day_of(&found) else {
                return Err(RulesError::NoDate { file, line, found });
            };
            if rules
                .last()
                .is_some_and(|before| before.first_day >= first_day)
            {
                return Err(RulesError::NotAscending { file, line, found });
            }
            let impossible = |months: &u32| !(1..=MONTHS_MAX).contains(months);
            let graded = rule.grades.values().copied().find(impossible);
            let longest = Some(rule.longest_months).filter(impossible);
            if let Some(found) = longest.or(graded) {
                return Err(RulesError::Months { file, line, found });
            }
            rules.push(Rule {
                title_zh: rule.title_zh,
                title_en: rule.title_en,
                first_day,
                longest_months: rule.longest_months,
                grades: rule.grades,
            });
        }
        Ok(Self { rules })
    }

    /// The rule in force on the day of a decision, and the last day of publication by it.
    pub(crate) fn last_day(&self, decided: i32, grade: Option<&str>) -> Option<(&Rule, i32)> {
        let rule = self.rules.iter().rfind(|rule| rule.first_day <= decided)?;
        let graded = grade.and_then(|grade| rule.grades.get(grade)).copied();
        let months = graded.unwrap_or(rule.longest_months);
        Some((rule, days::months_later(decided, months)?))
    }

    /// The last day of publication where the rule leaves no choice: it knows the grade, or none.
    pub(crate) fn settled_last_day(&self, decided: i32, grade: Option<&str>) -> Option<i32> {
        let (rule, last) = self.last_day(decided, grade)?;
        let knows = |grade| rule.grades.contains_key(grade);
        (rule.grades.is_empty() || grade.is_some_and(knows)).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(decided: &str, grade: Option<&str>) -> String {
        let rules = PublicityRules::shipped().unwrap();
        let last = rules.last_day(days::day_of(decided).unwrap(), grade);
        last.map_or_else(|| "unlimited".to_owned(), |(_, day)| days::day_text(day))
    }

    #[test]
    fn the_rule_in_force_on_the_day_of_the_decision_counts() {
        assert_eq!(last("2017-07-30", None), "unlimited");
        assert_eq!(last("2018-05-10", Some("一般")), "2019-05-10");
        assert_eq!(last("2023-04-30", Some("一般")), "2024-04-30");
        assert_eq!(last("2023-05-01", Some("一般")), "2026-05-01");
        assert_eq!(last("2026-03-31", Some("轻微")), "2029-03-31");
        assert_eq!(last("2026-04-01", Some("轻微")), "2026-07-01");
        assert_eq!(last("2026-04-01", Some("严重")), "2029-04-01");
        assert_eq!(last("2026-04-01", None), "2029-04-01");
    }

    #[test]
    fn the_last_day_is_settled_where_the_rule_knows_the_grade_or_none() {
        let rules = PublicityRules::shipped().unwrap();
        let settled = |decided: &str, grade| {
            let last = rules.settled_last_day(days::day_of(decided).unwrap(), grade);
            last.map(days::day_text)
        };
        let day = |day: &str| Some(day.to_owned());
        assert_eq!(settled("2026-04-01", Some("一般")), day("2027-04-01"));
        assert_eq!(settled("2026-04-01", Some("较重")), None);
        assert_eq!(settled("2026-04-01", None), None);
        assert_eq!(settled("2024-04-01", None), day("2027-04-01"));
        assert_eq!(settled("2016-04-01", None), None);
    }

    #[test]
    fn a_table_that_makes_no_sense_is_refused_with_its_line() {
        let rule = |day: &str, months: u32| {
            format!(
                "[[rule]]\ncode = \"x\"\ntitle_zh = \"\"\ntitle_en = \"\"\nin_force = \"{day}\"\n\
                 longest_months = {months}\n"
            )
        };
        let error = |text: &str| {
            PublicityRules::parse("p.toml", text)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error(&rule("2020-13-01", 1)),
            "p.toml:5: `2020-13-01` is no date of the form YYYY-MM-DD"
        );
        assert!(error(&rule("2020-01-01", 0)).starts_with("p.toml:5: 0 months"));
        let twice = rule("2020-01-01", 1) + &rule("2020-01-01", 1);
        assert!(error(&twice).starts_with("p.toml:11: the rule in force from 2020-01-01"));
        let unknown = rule("2020-01-01", 1) + "mnths = 3\n";
        assert!(
            error(&unknown).starts_with("p.toml:7: unknown field `mnths`"),
            "{}",
            error(&unknown)
        );
    }
}
