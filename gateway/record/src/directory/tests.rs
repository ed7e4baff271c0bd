use super::*;

/// A small directory that is right.
const GOOD: &str = r#"
code = "sample"
title_zh = "样例"
title_en = "sample"
length_in = "characters"
key = [["id"]]
[[column]]
code = "id"
title_zh = "编号"
title_en = "number"
type = "text"
required = true
[[column]]
code = "kind"
title_zh = "类别"
title_en = "kind"
type = "code"
codes = "colour"
[[column]]
code = "since"
title_zh = "起"
title_en = "since"
type = "date"
"#;

const CODES: &str = r#"
[[set]]
code = "colour"
title_zh = "颜色"
title_en = "colour"
values = [{ value = "红", title_en = "red" }]
"#;

fn load(text: &str) -> Result<Directories, DirectoryErrors> {
    Directories::load([("sample.toml", text), ("codes.toml", CODES)])
}

/// What is said of the file with `from` replaced by `to`.
fn errors(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    load(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn the_shipped_directories_are_consistent() {
    let shipped = Directories::shipped().unwrap();
    assert_eq!(shipped.iter().count(), SHIPPED.len() - 1);
    for directory in shipped.iter() {
        for (column, at) in directory.columns().iter().zip(0..) {
            assert_eq!(directory.position(&column.code), Some(at));
            assert!(!column.title_zh.is_empty() && !column.title_en.is_empty());
        }
    }
}

#[test]
fn every_code_of_the_shipped_sets_fits_its_columns_however_a_target_counts() {
    let shipped = Directories::shipped().unwrap();
    for column in shipped.iter().flat_map(Directory::columns) {
        let (Kind::Code(set) | Kind::Codes(set), Some(max)) = (&column.kind, column.length) else {
            continue;
        };
        for code in &set.values {
            let length = match column.length_in {
                Some(Counted::Characters) => code.value.chars().count(),
                _ => code.value.len(),
            };
            assert!(length <= max as usize, "{} in {}", code.value, column.code);
        }
    }
}

/// Longer text tells a story, and a story of a natural person names others.
const FREE_TEXT_CHARACTERS_MIN: u32 = 1_000;

#[test]
fn q14_no_free_text_about_a_natural_person_is_for_publication() {
    let shipped = Directories::shipped().unwrap();
    for directory in shipped.iter().filter(|directory| directory.person()) {
        for column in directory.columns() {
            let free = matches!(column.kind, Kind::Text)
                && column.length.is_some_and(|l| l >= FREE_TEXT_CHARACTERS_MIN);
            let id = matches!(column.kind, Kind::PersonId | Kind::Document { .. });
            let place = format!("{} of {}", column.code, directory.code());
            assert!(column.scope != Scope::Publish || !free, "{place}");
            assert!(!id || column.personal == Personal::Sensitive, "{place}");
        }
    }
}

#[test]
fn a_draft_names_a_directory_or_a_profile_of_it() {
    let shipped = Directories::shipped().unwrap();
    let (penalty, own) = shipped.resolve("penalty").unwrap();
    let (same, gen1) = shipped.resolve("penalty@gen1").unwrap();
    assert_eq!((penalty.code(), own.code()), ("penalty", ""));
    assert_eq!((same.code(), gen1.code()), ("penalty", "gen1"));
    for unknown in ["", "@", "penalty@", "penalty@gen9", "fines", "@gen1"] {
        assert!(shipped.resolve(unknown).is_none(), "{unknown}");
    }
}

#[test]
fn a_profile_asks_for_other_columns_than_its_directory() {
    let shipped = Directories::shipped().unwrap();
    let (penalty, own) = shipped.resolve("penalty").unwrap();
    let (_, gen1) = shipped.resolve("penalty@gen1").unwrap();
    let requires = |layout: &Layout, code| layout.required.has(penalty.position(code).unwrap());
    assert!(requires(own, "CF_XDR_SHXYM") && !requires(gen1, "CF_XDR_SHXYM"));
    assert!(!requires(own, "SJC") && requires(gen1, "SJC"));
    assert!(gen1.required_if.is_empty() && own.required_if.len() == 3);
}

#[test]
fn an_operators_file_stands_in_for_the_shipped_one_of_its_name() {
    let own = GOOD.replace("\"sample\"\ntitle_zh", "\"tax-rating\"\ntitle_zh");
    let files = SHIPPED
        .iter()
        .copied()
        .chain([("tax-rating.toml", own.as_str()), ("codes-own.toml", CODES)]);
    let all = Directories::load(files).unwrap();
    assert_eq!(all.get("tax-rating").unwrap().title_zh(), "样例");
    assert_eq!(all.iter().count(), SHIPPED.len() - 1);
}

#[test]
fn an_unknown_key_is_an_error_with_its_line() {
    let error = errors("required = true", "requird = true");
    assert!(
        error.starts_with("sample.toml:12: unknown field `requird`, expected"),
        "{error}"
    );
}

#[test]
fn an_inconsistent_file_is_refused_and_says_where() {
    for (from, to, said) in [
        (
            "\"sample\"",
            "\"other\"",
            "2: the directory's code is `other`, the file's name asks for `sample`",
        ),
        ("[[\"id\"]]", "[[\"no\"]]", "6: there is no column `no`"),
        (
            "[[\"id\"]]",
            "[[]]",
            "6: the key, or a part of it, is empty",
        ),
        ("\"kind\"", "\"id\"", "14: column `id` stands twice"),
        (
            "\"kind\"",
            "\"a b\"",
            "14: `a b` is no code: use letters, digits, `-` and `_`",
        ),
        (
            "codes = \"colour\"",
            "codes = \"size\"",
            "18: there is no code set `size`: define it in a codes file",
        ),
        (
            "codes = \"colour\"",
            "",
            "14: column `kind`: say which code set, with `codes`",
        ),
        (
            "codes = \"colour\"",
            "codes = \"colour\"\naliases = [\"id\"]",
            "19: column or alias `id` stands twice",
        ),
        (
            "\"date\"",
            "\"amount\"",
            "20: column `since`: an amount needs `unit` and `decimals`",
        ),
        (
            "\"date\"",
            "\"amount\"\nunit = \"元\"\ndecimals = 3",
            "20: column `since`: more decimals than one 分 has in this unit",
        ),
        (
            "\"date\"",
            "\"text\"\nopen_end = true",
            "20: column `since`: `open_end` is for dates",
        ),
        (
            "\"date\"",
            "\"date\"\nkind = \"id\"",
            "20: column `since`: `kind` is for type document",
        ),
        (
            "key =",
            "version = \"id\"\nkey =",
            "6: column `id` must be a date, a time or an integer here",
        ),
        (
            "[[column]]",
            "[[order]]\ncolumn = \"since\"\n[[column]]",
            "8: say either `after` or `not_before`",
        ),
        (
            "[[column]]",
            "[[person_if]]\ncolumn = \"kind\"\nvalues = [\"蓝\"]\n[[column]]",
            "9: `蓝` is not in the code set `colour`",
        ),
        (
            "[[column]]",
            "[publicity]\nuntil = \"since\"\ndecided = \"id\"\n[[column]]",
            "9: column `id` must be a date here",
        ),
        (
            "required = true",
            "derive = { column = \"kind\", as = \"uscc\" }",
            "8: column `id`: `derive` works on a column of type tax_id",
        ),
    ] {
        let errors = errors(from, to);
        assert!(
            errors.lines().any(|e| e == format!("sample.toml:{said}")),
            "{said}\n--\n{errors}"
        );
    }
}

#[test]
fn all_problems_of_all_files_are_shown_at_once() {
    let bad = GOOD
        .replacen("[[\"id\"]]", "[[\"no\"]]", 1)
        .replacen("codes = \"colour\"", "", 1);
    let codes = CODES.replace("红", "");
    let files = [
        ("sample.toml", bad.as_str()),
        ("codes.toml", codes.as_str()),
        ("x.toml", "="),
    ];
    let errors = Directories::load(files).unwrap_err();
    let places: Vec<String> = errors
        .0
        .iter()
        .map(|e| format!("{}:{}", e.file, e.line))
        .collect();
    assert_eq!(
        places,
        [
            "codes.toml:6",
            "sample.toml:14",
            "sample.toml:6",
            "x.toml:1"
        ]
    );
}

#[test]
fn more_columns_than_one_word_has_bits_are_refused() {
    let mut text = GOOD.to_owned();
    for n in 0..COLUMNS_MAX {
        text += &format!(
            "[[column]]\ncode = \"c{n}\"\ntitle_zh = \"\"\ntitle_en = \"\"\ntype = \"text\"\n"
        );
    }
    let error = load(&text).unwrap_err().to_string();
    assert_eq!(
        error,
        "sample.toml:1: columns of a directory: 131, at most 128 are possible"
    );
}

#[test]
fn a_code_is_found_by_value_by_alias_and_with_free_text() {
    let shipped = Directories::shipped().unwrap();
    let (directory, _) = shipped.resolve("licence").unwrap();
    let Kind::Code(set) = &directory.column("XK_XKLB").unwrap().kind else {
        panic!("a code")
    };
    let found = |text| {
        set.find(text)
            .map(|f| f.instead.unwrap_or("itself").to_owned())
    };
    assert_eq!(found("普通").as_deref(), Some("itself"));
    assert_eq!(found("01").as_deref(), Some("普通"));
    assert_eq!(found("其他-备案").as_deref(), Some("itself"));
    assert_eq!(found("其他-"), None);
    assert_eq!(found("普通-备案"), None);
}
