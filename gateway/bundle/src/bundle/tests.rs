use super::*;
use crate::samples::{COMPONENT as WASM, MANIFEST as TOML, key, on, packed, sealed, summary};
use crate::{Against, Ledger, Occasion, samples};
use proptest::prelude::*;
use std::sync::LazyLock;

static SEALED: LazyLock<Vec<u8>> = LazyLock::new(|| sealed().to_bytes());

fn code(bytes: &[u8]) -> &'static str {
    Bundle::parse(bytes).unwrap_err().code()
}

/// The container with these files.
fn of(manifest: &str, component: &[u8], author: &str, office: Option<&str>) -> Vec<u8> {
    archive::write(&Files {
        manifest: manifest.as_bytes(),
        component,
        author: author.as_bytes(),
        office: office.map(str::as_bytes),
    })
}

/// The envelopes of the sealed bundle.
fn envelopes() -> (String, String) {
    let bundle = sealed();
    let files = bundle.files();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(files.author), text(files.office.unwrap()))
}

#[test]
fn the_same_input_gives_the_same_bytes_and_they_are_read_again() {
    assert_eq!(packed().to_bytes(), packed().to_bytes());
    assert_eq!(sealed().to_bytes(), *SEALED);
    let read = Bundle::parse(&SEALED).unwrap();
    assert_eq!(read, sealed());
    assert_eq!(read.file_name(), "qianxi-tax-1.2.0.adapter");
    assert_eq!((read.manifest(), read.component()), (TOML, WASM));
    assert_eq!(read.statement().summary, summary());
    let admission = read.admission().unwrap();
    assert_eq!(
        (admission.admitted, &*admission.note),
        (on("2026-11-24"), "首次准入")
    );
    assert_eq!(Some(admission.author), read.author());
    assert_eq!(Bundle::parse(&packed().to_bytes()).unwrap().author(), None);
}

#[test]
fn a_seal_is_not_set_twice_unless_it_is_meant() {
    let mut bundle = packed();
    let admitted = on("2026-11-24");
    let unsigned = bundle.admit(&key(2), admitted, "", false);
    assert!(matches!(unsigned, Err(SealError::NotSigned)));
    bundle.sign(&key(1), false).unwrap();
    assert!(matches!(
        bundle.sign(&key(3), false),
        Err(SealError::Signed(_))
    ));
    let own = bundle.admit(&key(1), admitted, "", false);
    assert!(matches!(own, Err(SealError::SameKey(_))));
    bundle.admit(&key(2), admitted, "", false).unwrap();
    let again = bundle.admit(&key(4), admitted, "", false);
    assert!(matches!(again, Err(SealError::Admitted(_))));
    bundle.admit(&key(4), admitted, "", true).unwrap();
    assert_eq!(bundle.office(), Some(key(4).public().fingerprint()));
    // Who signs again has to be admitted again.
    bundle.sign(&key(3), true).unwrap();
    assert_eq!(
        (bundle.office(), bundle.author()),
        (None, Some(key(3).public().fingerprint()))
    );
    let long = "长".repeat(NOTE_CHARS_MAX + 1);
    assert!(matches!(
        bundle.admit(&key(2), admitted, &long, false),
        Err(SealError::Note(2_001))
    ));
}

#[test]
fn what_the_author_did_not_state_is_refused() {
    let (author, office) = envelopes();
    let with = |manifest: &str, component: &[u8]| code(&of(manifest, component, &author, None));
    let other = TOML.replace("qianxi", "dafang");
    assert_eq!(with(&other, WASM), "content_changed");
    assert_eq!(with(TOML, &WASM[1..]), "content_changed");
    let sealed = |author: &str, office: &str| code(&of(TOML, WASM, author, Some(office)));
    // Neither envelope can stand in the other's place.
    assert_eq!(sealed(&office, &office), "bundle_form");
    assert_eq!(sealed(&author, &author), "bundle_form");
    let open = author.find("\"signatures\"").unwrap();
    let unsigned = format!("{}\"signatures\":[]}}\n", &author[..open]);
    assert_eq!(sealed(&author, &office[..office.len() - 1]), "bundle_form");
    assert_eq!(sealed(&author, &unsigned), "signature_count");
    let twice = author.replacen("[{", "[{\"keyid\":\"", 1);
    assert_eq!(sealed(&twice, &office), "bundle_form");
    let signature = &author[open + 14..author.len() - 3];
    let twice = format!(
        "{}\"signatures\":[{signature},{signature}]}}\n",
        &author[..open]
    );
    assert_eq!(sealed(&twice, &office), "signature_count");
    let foreign = author.replace("vnd.in-toto+json", "json");
    assert_eq!(sealed(&foreign, &office), "payload_type");
    assert_eq!(
        sealed(&author.replace("{\"", "{ \""), &office),
        "bundle_form"
    );
    assert_eq!(
        sealed(&author.replace("\"}]", "\",\"x\":1}]"), &office),
        "bundle_form"
    );
    assert_eq!(sealed("[]", &office), "bundle_form");
    assert_eq!(sealed(&"[".repeat(100_000), &office), "bundle_form");
}

#[test]
fn an_oversize_component_is_not_packed() {
    let component = vec![0; COMPONENT.bytes_max + 1];
    let packed = Bundle::pack(String::new(), component, summary(), on("2026-11-20"));
    assert_eq!(packed.unwrap_err().code(), "entry_too_large");
}

#[test]
fn a_file_is_opened_or_named_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.adapter");
    assert!(matches!(Bundle::open(&path), Err(OpenError::Read { .. })));
    std::fs::write(&path, &*SEALED).unwrap();
    assert_eq!(Bundle::open(&path).unwrap(), sealed());
    std::fs::write(&path, "something else").unwrap();
    let error = Bundle::open(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("a.adapter: the file is no adapter bundle"),
        "{error}"
    );
}

/// What is wrong with a bundle of these bytes, held against a store that trusts the sealed one.
fn wrong(bytes: &[u8]) -> bool {
    static TRUST: LazyLock<crate::Trust> =
        LazyLock::new(|| samples::trust(&[samples::author(), samples::office()]));
    let Ok(bundle) = Bundle::parse(bytes) else {
        return true;
    };
    let verdict = bundle.verify(
        &summary(),
        &Against {
            trust: &TRUST,
            ledger: &Ledger::default(),
            today: on("2026-12-01"),
            occasion: Occasion::Install,
        },
    );
    !verdict.refusals.is_empty()
}

#[test]
fn any_changed_byte_of_a_sealed_bundle_is_refused() {
    assert!(!wrong(&SEALED));
    for at in 0..SEALED.len() {
        let mut bytes = SEALED.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(wrong(&bytes), "byte {at}");
    }
}

proptest! {
    #[test]
    fn any_other_bytes_of_a_sealed_bundle_are_refused(
        at in any::<prop::sample::Index>(),
        change in 1..=255_u8,
        other in any::<prop::sample::Index>(),
    ) {
        let mut bytes = SEALED.clone();
        bytes[at.index(SEALED.len())] ^= change;
        prop_assert!(wrong(&bytes));
        // Two bytes that changed places are the same bundle or a refused one.
        let mut bytes = SEALED.clone();
        bytes.swap(at.index(SEALED.len()), other.index(SEALED.len()));
        prop_assert!(bytes == *SEALED || wrong(&bytes));
    }
}
