//! A component built of the frozen contract, once, and what today's host makes of its answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

use credit_adapter::{
    Adapter, CallError, Input, Installed, Limits, STACK_BYTES, Sandbox, component_of, imports,
};
use credit_record::flow::{Control, Doubt, Draft, Operation, Page};
use std::borrow::Cow;

const COMPONENT: &[u8] = include_bytes!("../../../tests/frozen/adapter-v1.wasm");
const MANIFEST: &str = include_str!("../../../tests/frozen/adapter.toml");

fn adapter(cache: &tempfile::TempDir) -> Adapter {
    let installed = Installed::new(MANIFEST, Cow::Borrowed(COMPONENT)).unwrap();
    let sandbox = Sandbox::start(cache.path(), STACK_BYTES).unwrap();
    let limits: Limits = installed.manifest.limits;
    sandbox.load(&installed, limits).unwrap()
}

fn translate(
    adapter: &Adapter,
    bytes: &str,
    carry: &[u8],
    settings: &[(&str, &str)],
) -> Result<Page, CallError> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let settings: Vec<_> = settings.iter().map(owned).collect();
    let input = Input {
        file: "list.csv",
        bytes: bytes.as_bytes(),
        offset: 0,
        last: bytes.ends_with('\n'),
        lost: 2,
        carry,
        settings: &settings,
    };
    adapter.translate(adapter.manifest().feed("rows").unwrap(), &input)
}

#[test]
fn every_part_of_the_frozen_contract_comes_through() {
    let cache = tempfile::tempdir().unwrap();
    let adapter = adapter(&cache);
    let text = "甲1,甲公司\n-乙2,乙公司\n?丙3,x\n=2,\n>next,\n丁";
    let draft = |source_row, operation, end| Draft {
        source_row,
        directory: 0,
        operation,
        end,
    };
    let one = r#"{"nsrsbh":"甲1","nsrmc":"甲公司"}"#;
    let two = r#"{"nsrsbh":"乙2","nsrmc":"乙公司"}"#;
    let wanted = Page {
        bodies: format!("{one}{two}"),
        drafts: vec![
            draft(13, Operation::Insert, one.len() as u32),
            draft(14, Operation::Withdraw, (one.len() + two.len()) as u32),
        ],
        directories: vec!["tax-rating".into()],
        doubts: vec![Doubt {
            source_row: 15,
            field: "nsrmc".into(),
            code: "asked".into(),
            zh: "存疑".into(),
            en: "doubted".into(),
            excerpt: "?丙3,x".into(),
        }],
        skipped: Vec::new(),
        controls: vec![Control {
            name: "rows".into(),
            declared: "2".into(),
            found: "2".into(),
        }],
        consumed: (text.len() - "丁".len()) as u64,
        carry: 17_u64.to_le_bytes().to_vec(),
        cursor: Some("next".into()),
    };
    // Ten rows were read, and two cut out just before.
    let page = translate(&adapter, text, &10_u64.to_le_bytes(), &[]).unwrap();
    assert_eq!(page, wanted);
}

#[test]
fn its_refusal_comes_through_and_it_imports_nothing_but_log() {
    let cache = tempfile::tempdir().unwrap();
    let refused = translate(&adapter(&cache), "x\n", &[], &[("refuse", "yes")]);
    let Err(CallError::Feed {
        code,
        zh,
        en,
        source_row,
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((code.as_str(), source_row), ("refused", Some(1)));
    assert_eq!((zh.as_str(), en.as_str()), ("按设置拒绝", "refused as set"));
    assert_eq!(imports(&component_of(COMPONENT).unwrap()).unwrap(), ["log"]);
}
