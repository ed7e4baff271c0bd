use super::*;
use crate::samples::{author, key, office, on, packed, sealed, sealed_by, summary, trust};
use crate::{Pattern, Revoked, Version, samples};

/// The codes of all that speaks against a bundle.
fn codes(bundle: &Bundle, keys: &[Trusted]) -> Vec<&'static str> {
    held(
        bundle,
        &summary(),
        keys,
        &Ledger::default(),
        Occasion::Install,
    )
}

fn held(
    bundle: &Bundle,
    found: &Summary,
    keys: &[Trusted],
    ledger: &Ledger,
    occasion: Occasion,
) -> Vec<&'static str> {
    let against = Against {
        trust: &trust(keys),
        ledger,
        today: on("2026-12-01"),
        occasion,
    };
    let verdict = bundle.verify(found, &against);
    for refusal in &verdict.refusals {
        assert!(!refusal.zh().is_ascii(), "{refusal}");
        assert!(!refusal.remedy().0.is_ascii() && refusal.remedy().1.is_ascii());
    }
    verdict.refusals.iter().map(Refusal::code).collect()
}

#[test]
fn a_bundle_signed_and_admitted_by_those_who_may_is_good() {
    assert_eq!(codes(&sealed(), &[author(), office()]), [""; 0]);
    let against = Against {
        trust: &trust(&[author(), office()]),
        ledger: &Ledger::default(),
        today: on("2026-12-01"),
        occasion: Occasion::Install,
    };
    let verdict = sealed().verify(&summary(), &against);
    let name = |signer: Option<Signer>| signer.unwrap().name.unwrap();
    assert_eq!(name(verdict.author), "黔西市税务局");
    assert_eq!(name(verdict.office), "黔西市大数据局");
}

#[test]
fn both_signatures_are_needed_by_keys_of_the_right_roles() {
    let both = [author(), office()];
    assert_eq!(
        codes(&packed(), &both),
        ["office_missing", "author_missing"]
    );
    let mut signed = packed();
    signed.sign(&key(1), false).unwrap();
    assert_eq!(codes(&signed, &both), ["office_missing"]);
    assert_eq!(codes(&sealed(), &[]), ["key_unknown", "key_unknown"]);
    assert_eq!(codes(&sealed(), &[author()]), ["key_unknown"]);
    let swapped = sealed_by(&key(2), &key(1));
    assert_eq!(codes(&swapped, &both), ["key_role", "key_role"]);
    let other = Trusted {
        adapters: vec![Pattern::parse("dafang-*").unwrap()],
        ..author()
    };
    assert_eq!(codes(&sealed(), &[other, office()]), ["author_not_allowed"]);
}

#[test]
fn a_key_that_was_revoked_or_whose_time_it_is_not_signs_nothing() {
    let revoked = |trusted: Trusted| Trusted {
        revoked: Some(Revoked {
            on: on("2026-11-30"),
            reason: "被盗".to_owned(),
        }),
        ..trusted
    };
    // Though it was admitted before the day of the revocation.
    assert_eq!(
        codes(&sealed(), &[revoked(author()), office()]),
        ["key_revoked"]
    );
    assert_eq!(
        codes(&sealed(), &[author(), revoked(office())]),
        ["key_revoked"]
    );
    let until = |trusted: Trusted, day: &str| Trusted {
        valid_until: Some(on(day)),
        ..trusted
    };
    let from = |trusted: Trusted, day: &str| Trusted {
        valid_from: Some(on(day)),
        ..trusted
    };
    // An author's key counts on the day of the admission, the office's today.
    let author_on = |day| codes(&sealed(), &[until(author(), day), office()]);
    assert_eq!(author_on("2026-11-24"), [""; 0]);
    assert_eq!(author_on("2026-11-23"), ["key_expired"]);
    let office_on = |day| codes(&sealed(), &[author(), until(office(), day)]);
    assert_eq!(office_on("2026-12-01"), [""; 0]);
    assert_eq!(office_on("2026-11-30"), ["key_expired"]);
    let early = [from(author(), "2026-11-25"), office()];
    assert_eq!(codes(&sealed(), &early), ["key_early"]);
    let early = [author(), from(office(), "2026-12-02")];
    assert_eq!(codes(&sealed(), &early), ["key_early"]);
    // The date of an admission that is not good counts for nothing.
    let gone = [until(author(), "2026-11-24"), revoked(office())];
    assert_eq!(codes(&sealed(), &gone), ["key_revoked", "key_expired"]);
}

#[test]
fn a_signature_of_something_else_is_seen() {
    let both = [author(), office()];
    // Another's signature under this key's name.
    let mut forged = sealed();
    forged.author.sign(&key(3));
    let signature = forged.author.signature.as_mut().unwrap();
    signature.key = key(1).public().fingerprint();
    assert_eq!(codes(&forged, &both), ["signature_wrong"]);
    // The admission of another bundle.
    let mut other = packed();
    other.sign(&key(3), false).unwrap();
    other.admit(&key(2), on("2026-11-24"), "", false).unwrap();
    let mut moved = sealed();
    moved.office = other.office;
    assert_eq!(codes(&moved, &both), ["admission_other"]);
    // One key in both roles, which no command makes.
    let mut same = sealed();
    same.office.as_mut().unwrap().envelope.sign(&key(1));
    assert_eq!(codes(&same, &both), ["key_role", "key_same"]);
}

#[test]
fn a_statement_that_is_not_the_manifests_is_seen() {
    let found = Summary {
        name: "dafang-tax".to_owned(),
        contract: "2.0".to_owned(),
        memory_mib: 1_024,
        ..summary()
    };
    let keys = [author(), office()];
    let (ledger, install) = (Ledger::default(), Occasion::Install);
    let codes = held(&sealed(), &found, &keys, &ledger, install);
    assert_eq!(codes, ["statement_mismatch"; 3]);
}

#[test]
fn no_version_comes_back_with_other_content_or_below_the_newest() {
    let keys = [author(), office()];
    let version = |version: &str, component: &[u8]| {
        let summary = Summary {
            version: Version::parse(version).unwrap(),
            ..summary()
        };
        let (manifest, created) = (samples::MANIFEST.to_owned(), on("2026-11-20"));
        let packed = Bundle::pack(manifest, component.to_vec(), summary, created);
        let mut bundle = packed.unwrap();
        bundle.sign(&key(1), false).unwrap();
        bundle.admit(&key(2), on("2026-11-24"), "", false).unwrap();
        bundle
    };
    let (old, new) = (version("1.9.0", b"a"), version("1.10.0", b"b"));
    let mut ledger = Ledger::default();
    let held = |bundle: &Bundle, ledger: &Ledger, occasion| {
        held(bundle, &bundle.statement().summary, &keys, ledger, occasion)
    };
    assert_eq!(held(&old, &ledger, Occasion::Install), [""; 0]);
    ledger.remember(new.statement(), on("2026-11-25"));
    assert_eq!(held(&new, &ledger, Occasion::Install), [""; 0]);
    assert_eq!(held(&old, &ledger, Occasion::Install), ["version_older"]);
    assert_eq!(held(&old, &ledger, Occasion::Load), ["version_older"]);
    assert_eq!(held(&old, &ledger, Occasion::Downgrade), [""; 0]);
    let changed = version("1.10.0", b"c");
    for occasion in [Occasion::Install, Occasion::Downgrade, Occasion::Load] {
        assert_eq!(held(&changed, &ledger, occasion), ["version_changed"]);
    }
    // What was here may be loaded again, beside a newer one and after its keys expired.
    ledger.remember(old.statement(), on("2026-11-26"));
    assert_eq!(held(&old, &ledger, Occasion::Load), [""; 0]);
    let expired = keys.clone().map(|trusted| Trusted {
        valid_until: Some(on("2026-11-20")),
        ..trusted
    });
    let load =
        |occasion| super::tests::held(&new, &new.statement().summary, &expired, &ledger, occasion);
    assert_eq!(load(Occasion::Load), [""; 0]);
    assert_eq!(load(Occasion::Install), ["key_expired", "key_expired"]);
}

#[test]
fn a_memory_is_kept_and_a_damaged_one_is_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admitted.json");
    let mut ledger = Ledger::read(&path).unwrap();
    assert_eq!(ledger, Ledger::default());
    ledger.remember(sealed().statement(), on("2026-11-25"));
    ledger.remember(sealed().statement(), on("2026-12-25"));
    ledger.save(&path).unwrap();
    let read = Ledger::read(&path).unwrap();
    assert_eq!(read, ledger);
    let (version, remembered) = read.newest("qianxi-tax").unwrap();
    assert_eq!(
        (version.to_string().as_str(), remembered.on),
        ("1.2.0", on("2026-11-25"))
    );
    std::fs::write(&path, "{}").unwrap();
    let error = Ledger::read(&path).unwrap_err().to_string();
    assert!(error.contains("admitted.json is damaged"), "{error}");
}

#[test]
fn development_forgives_what_nobody_vouches_for_and_nothing_else() {
    let split = |bundle: &Bundle, keys: &[Trusted], policy| {
        let against = Against {
            trust: &trust(keys),
            ledger: &Ledger::default(),
            today: on("2026-12-01"),
            occasion: Occasion::Install,
        };
        let (refused, forgiven) = bundle.verify(&summary(), &against).under(policy);
        (refused.len(), forgiven.len())
    };
    assert_eq!(split(&packed(), &[], Policy::Signed), (2, 0));
    assert_eq!(split(&packed(), &[], Policy::Development), (0, 2));
    assert_eq!(split(&sealed(), &[], Policy::Development), (0, 2));
    let revoked = Trusted {
        revoked: Some(Revoked {
            on: on("2026-11-30"),
            reason: "被盗".to_owned(),
        }),
        ..author()
    };
    assert_eq!(split(&sealed(), &[revoked], Policy::Development), (1, 1));
}
