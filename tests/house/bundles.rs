//! From a folder to an adapter that may be loaded, and every way in which a bundle is wrong: each
//! is refused with a reason of its own.

mod county;
mod forged;

use crate::support::{Ran, gateway};
use county::{County, MANIFEST, repacked};
use credit_bundle::{Bundle, Ledger};
use forged::{FOREIGN, tar};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_department_packs_and_signs_the_office_admits_and_the_gateway_believes_both() {
    let county = County::new();
    let house = &county.house;
    for (key, mode) in [("tax", 0o600), ("tax.pub", 0o644)] {
        let found = fs::metadata(house.path(key)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{key}");
    }
    let (file, packed) = county.packed("h.adapter");
    let again = county.packed("again.adapter").1;
    assert_eq!(packed.to_bytes(), again.to_bytes());
    let (bundle, tax, office) = (
        county.path("h.adapter"),
        county.path("tax"),
        county.path("office"),
    );
    assert_eq!(
        county.verify(&packed.to_bytes()),
        ["office_missing", "author_missing"]
    );

    let too_early = house
        .run(&["adapter", "admit", &bundle, "--key", &office])
        .ended(1);
    assert!(
        too_early.err.contains("nothing to admit"),
        "{}",
        too_early.err
    );
    let wrong_key = house
        .run(&["adapter", "sign", &bundle, "--key", &office])
        .ended(1);
    assert!(
        wrong_key.err.contains("not of the author"),
        "{}",
        wrong_key.err
    );
    house
        .run(&["adapter", "sign", &bundle, "--key", &tax])
        .good();
    let repacked = ["adapter", "pack", &county.folder(), "--out", &bundle];
    assert!(
        house
            .run(&repacked)
            .ended(1)
            .err
            .contains("not written over")
    );

    let note = ["--note", "首次准入"];
    let admit = [
        "adapter", "admit", &bundle, "--key", &office, note[0], note[1],
    ];
    let shown = house.run(&admit).good().out;
    for word in [
        "hostile 0.1.0",
        "rows",
        "memory",
        "log",
        "黔西市税务局",
        "黔西市大数据局",
        note[1],
    ] {
        assert!(shown.contains(word), "{word} is not in\n{shown}");
    }
    let sealed = fs::read(&file).unwrap();
    assert_eq!(county.verify(&sealed), [""; 0]);

    let layout = county.path("layout");
    house
        .run(&["adapter", "export", &bundle, "--oci", &layout])
        .good();
    let back = county.path("back.adapter");
    house
        .run(&["adapter", "import", "--oci", &layout, "--out", &back])
        .good();
    assert_eq!(fs::read(&back).unwrap(), sealed);
}

#[test]
fn keys_are_listed_and_a_revoked_one_is_believed_no_more() {
    let county = County::new();
    let house = &county.house;
    let (_, mut bundle) = county.packed("h.adapter");
    county.sign(&mut bundle, "tax", "office");
    assert_eq!(county.verify(&bundle.to_bytes()), [""; 0]);
    let shown = house
        .run(&["key", "show", &county.path("tax.pub"), "-f", "json"])
        .good();
    let fingerprint = shown.json()[0]["fingerprint"].as_str().unwrap().to_owned();
    let reason = ["--reason", "笔记本电脑被盗"];
    house
        .run(&["trust", "revoke", "00000000", reason[0], reason[1]])
        .ended(7);
    house
        .run(&["trust", "revoke", &fingerprint[..16], reason[0], reason[1]])
        .good();
    let listed = house.ask(&["trust", "list"]);
    let tax = listed
        .iter()
        .find(|key| key["fingerprint"] == fingerprint.as_str())
        .unwrap();
    assert_eq!(
        (&tax["state"], &tax["revoked"]["reason"]),
        (&"revoked".into(), &reason[1].into())
    );
    assert_eq!(county.verify(&bundle.to_bytes()), ["key_revoked"]);
    let file = county.path("handed-in.adapter");
    let told = house.run(&["adapter", "verify", &file]).ended(9).out;
    assert!(
        told.contains(reason[1]) && told.contains("拒绝 refused"),
        "{told}"
    );
    // It does not come back, and nothing is admitted for it.
    let key = county.path("tax.pub");
    let back = house
        .run(&["trust", "add", &key, "--adapters", "*"])
        .ended(1);
    assert!(back.err.contains("revoked"), "{}", back.err);
    let office = county.path("office");
    house
        .run(&["adapter", "admit", &file, "--key", &office, "--again"])
        .ended(9);
    assert_eq!(fs::read(&file).unwrap(), bundle.to_bytes());
}

#[test]
fn a_bundle_by_the_wrong_hands_or_of_the_wrong_version_is_refused_with_its_reason() {
    let county = County::new();
    for (key, role, name) in [
        ("stranger", "author", "某公司"),
        ("dafang", "author", "大方县税务局"),
        ("former", "office", "原大数据局"),
    ] {
        county.key(key, role, name);
    }
    county.trust("dafang", &["--adapters", "dafang-*"]);
    county.trust("former", &["--until", "2026-11-01"]);
    let (_, packed) = county.packed("h.adapter");
    let by = |author: &str, office: &str| {
        let mut bundle = packed.clone();
        county.sign(&mut bundle, author, office);
        county.verify(&bundle.to_bytes())
    };
    assert_eq!(by("tax", "office"), [""; 0]);
    assert_eq!(by("stranger", "office"), ["key_unknown"]);
    assert_eq!(by("tax", "dafang"), ["key_role"]);
    assert_eq!(by("office", "tax"), ["key_role", "key_role"]);
    assert_eq!(by("dafang", "office"), ["author_not_allowed"]);
    assert_eq!(by("tax", "former"), ["key_expired"]);
    let mut signed = packed.clone();
    signed.sign(&county.secret("tax"), true).unwrap();
    assert_eq!(county.verify(&signed.to_bytes()), ["office_missing"]);
    // Nobody admits their own: neither does the command.
    county.house.put("own.adapter", signed.to_bytes());
    let (own, tax) = (county.path("own.adapter"), county.path("tax"));
    county.house.put(
        "renamed",
        fs::read_to_string(&tax)
            .unwrap()
            .replace("author", "office"),
    );
    let renamed = county.path("renamed");
    fs::set_permissions(&renamed, fs::Permissions::from_mode(0o600)).unwrap();
    let admit = county
        .house
        .run(&["adapter", "admit", &own, "--key", &renamed])
        .ended(1);
    assert!(
        admit.err.contains("nobody admits their own adapter"),
        "{}",
        admit.err
    );

    // What was taken in here before.
    let mut good = packed.clone();
    county.sign(&mut good, "tax", "office");
    let version = |manifest: &str, component: &[u8]| {
        let mut bundle = repacked(&good, manifest, component);
        county.sign(&mut bundle, "tax", "office");
        bundle
    };
    let newer = version(&MANIFEST.replace("0.1.0", "0.10.0"), good.component());
    let mut ledger = Ledger::default();
    let day = credit_bundle::day("2026-11-25").unwrap();
    ledger.remember(newer.statement(), day);
    let file = county.house.path("state").join(credit_bundle::LEDGER);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    ledger.save(&file).unwrap();
    assert_eq!(county.verify(&newer.to_bytes()), [""; 0]);
    assert_eq!(county.verify(&good.to_bytes()), ["version_older"]);
    let changed = MANIFEST.replace("0.1.0", "0.10.0") + "\n";
    let changed = version(&changed, good.component());
    assert_eq!(county.verify(&changed.to_bytes()), ["version_changed"]);
}

#[test]
fn a_bundle_that_is_not_what_its_author_stated_is_refused_with_its_reason() {
    let county = County::new();
    let (_, packed) = county.packed("h.adapter");
    let mut good = packed.clone();
    county.sign(&mut good, "tax", "office");
    let signed = |manifest: &str, component: &[u8]| {
        let mut bundle = repacked(&good, manifest, component);
        county.sign(&mut bundle, "tax", "office");
        county.verify(&bundle.to_bytes())
    };
    assert_eq!(signed(MANIFEST, good.component()), [""; 0]);
    let contract = MANIFEST.replace("contract = \"1.0\"", "contract = \"2.0\"");
    assert_eq!(signed(&contract, good.component()), ["contract_unserved"]);
    let name = MANIFEST.replacen("name = \"hostile\"", "name = \"../hostile\"", 1);
    assert_eq!(signed(&name, good.component()), ["manifest_refused"]);
    assert_eq!(signed(MANIFEST, FOREIGN), ["import_foreign"]);
    assert_eq!(signed(MANIFEST, b"\0asm\x01\0\0\0"), ["component_refused"]);
    let feed = MANIFEST.replace("name = \"rows\"", "name = \"other\"");
    assert_eq!(signed(&feed, good.component()), ["statement_mismatch"]);

    // Parts of other bundles, put together by hand.
    let files = forged::files(&good.to_bytes());
    let mut other = repacked(&good, MANIFEST, good.component());
    other.sign(&county.secret("tax"), true).unwrap();
    let with = |place: usize, content: &[u8]| {
        let mut files = files.clone();
        files[place].1 = content.to_vec();
        county.verify(&tar(&files))
    };
    let changed = |place: usize| {
        let mut content = files[place].1.clone();
        let middle = content.len() / 2;
        content[middle] ^= 1;
        content
    };
    let text = |place: usize| String::from_utf8(files[place].1.clone()).unwrap();
    assert_eq!(with(0, &changed(0)), ["content_changed"]);
    assert_eq!(with(1, &changed(1)), ["content_changed"]);
    let taxed = include_bytes!("../../plugins/tax/adapter.toml");
    assert_eq!(with(0, taxed), ["content_changed"]);
    assert_eq!(with(3, &files[2].1), ["bundle_form"]);
    assert_eq!(
        with(2, text(2).replace("in-toto+json", "other").as_bytes()),
        ["payload_type"]
    );
    // The signature of one envelope in the other; another payload below the signature.
    let [author, office] = [text(2), text(3)].map(|text| forged::signature(&text).to_owned());
    let swapped = text(2).replace(&author, &office);
    assert_eq!(
        with(2, swapped.as_bytes()),
        ["admission_other", "signature_wrong"]
    );
    let day = credit_bundle::day("2026-11-21").unwrap();
    let summary = good.statement().summary.clone();
    let later = Bundle::pack(MANIFEST.to_owned(), good.component().to_vec(), summary, day).unwrap();
    let later = String::from_utf8(forged::files(&later.to_bytes())[2].1.clone()).unwrap();
    let moved = text(2).replace(forged::payload(&text(2)), forged::payload(&later));
    assert_eq!(
        with(2, moved.as_bytes()),
        ["admission_other", "signature_wrong"]
    );
}

#[test]
fn a_file_that_is_no_bundle_or_holds_what_it_must_not_is_refused_with_its_reason() {
    let county = County::new();
    let (_, mut good) = county.packed("h.adapter");
    county.sign(&mut good, "tax", "office");
    let bytes = good.to_bytes();
    let files = forged::files(&bytes);
    let and = |name: &str| {
        let mut files = files.clone();
        files.push((name.to_owned(), b"x".to_vec()));
        county.verify(&tar(&files))
    };
    assert_eq!(county.verify(&tar(&files)), [""; 0]);
    assert_eq!(and("run.sh"), ["entry_unknown"]);
    assert_eq!(and("../../etc/cron.d/x"), ["entry_path"]);
    assert_eq!(and("adapter.wasm"), ["entry_twice"]);
    assert_eq!(county.verify(&tar(&files[..2])), ["entry_missing"]);
    assert_eq!(
        county.verify(&bytes[..bytes.len() / 2]),
        ["bundle_truncated"]
    );
    assert_eq!(county.verify(b"PK\x03\x04 and so on"), ["bundle_none"]);
    assert_eq!(county.verify(&[&bytes[..], b"x"].concat()), ["bundle_form"]);
    // A size that nothing else of the file bears out: refused before anything is reserved.
    let large = forged::header("adapter.wasm", 70 << 20);
    let first = tar(&files[..1]);
    let claimed = [&first[..first.len() - 1024], &large[..]].concat();
    assert_eq!(county.verify(&claimed), ["entry_too_large"]);
    let huge = county.house.path("huge.adapter");
    fs::File::create(&huge).unwrap().set_len(80 << 20).unwrap();
    let huge = county.path("huge.adapter");
    let ran = county
        .house
        .run(&["adapter", "verify", &huge, "-f", "json"])
        .ended(9);
    assert_eq!(ran.json()[0]["problems"][0]["code"], "bundle_too_large");

    // Nor is it packed.
    county.house.put("foreign/adapter.toml", MANIFEST);
    county.house.put("foreign/adapter.wasm", FOREIGN);
    let pack = |folder: &str| -> Ran {
        let (folder, out) = (county.path(folder), county.path("out.adapter"));
        county
            .house
            .run(&["adapter", "pack", &folder, "--out", &out])
    };
    let ran = pack("foreign").ended(9);
    assert!(
        ran.err.contains("[import_foreign]") && ran.err.contains("wasi:cli"),
        "{}",
        ran.err
    );
    let large = county.house.path("foreign/adapter.wasm");
    fs::File::create(large)
        .unwrap()
        .set_len((64 << 20) + 1)
        .unwrap();
    assert!(pack("foreign").ended(9).err.contains("[entry_too_large]"));
    assert!(
        pack("nowhere")
            .ended(1)
            .err
            .contains("adapter.toml and adapter.wasm")
    );
}

#[test]
fn a_policy_of_development_takes_the_unsigned_and_says_so_everywhere() {
    let county = County::new();
    let house = &county.house;
    house.gateway("[adapters]\ntrust = \"../trust\"\npolicy = \"development\"");
    house.route("list", "tax", "");
    let (_, packed) = county.packed("h.adapter");
    assert_eq!(
        county.verify(&packed.to_bytes()),
        ["office_missing", "author_missing"]
    );
    let file = county.path("handed-in.adapter");
    let told = house.run(&["adapter", "verify", &file]).good().out;
    assert!(told.contains("development"), "{told}");
    let mut forged = packed.to_bytes();
    forged[600] ^= 1;
    assert_eq!(county.verify(&forged), ["content_changed"]);

    let checked = house.run(&["check", "-f", "json"]).good().json().remove(0);
    assert_eq!(checked[0]["code"], "policy_development");
    let mut service = house.start(&["run"]);
    let metrics = service.get("/metrics").1;
    assert!(
        metrics.contains("credit_gateway_unsigned_adapters_allowed{} 1\n"),
        "{metrics}"
    );
    assert!(
        service.said().contains("policy_development"),
        "{}",
        service.said()
    );
    assert_eq!(service.terminate(), 0);
}

#[test]
fn a_trust_store_that_cannot_be_understood_lets_nothing_in() {
    let county = County::new();
    let (_, mut good) = county.packed("h.adapter");
    county.sign(&mut good, "tax", "office");
    county.house.put("good.adapter", good.to_bytes());
    let good = county.path("good.adapter");
    county
        .house
        .put("trust/half.toml", "role = \"author\"\n[revok");
    let ran = county.house.run(&["adapter", "verify", &good]).ended(3);
    assert!(ran.err.contains("half.toml"), "{}", ran.err);
    let ran = county.house.run(&["trust", "list"]).ended(1);
    assert!(ran.err.contains("it could be a revocation"), "{}", ran.err);
    // A store of its own, without a configuration.
    let trust = county.path("trust");
    fs::remove_file(county.house.path("trust/half.toml")).unwrap();
    let mut command = gateway();
    command.args(["--config", "nowhere", "adapter", "verify", &good]);
    let without = Ran::of(command).ended(3);
    assert!(without.err.contains("--trust FOLDER"), "{}", without.err);
    let mut command = gateway();
    command.args([
        "--config", "nowhere", "adapter", "verify", &good, "--trust", &trust,
    ]);
    Ran::of(command).good();
}
