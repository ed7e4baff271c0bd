use super::*;
use crate::samples::{packed, sealed};
use std::fs;

#[test]
fn a_bundle_comes_back_from_a_layout_byte_for_byte() {
    for bundle in [sealed(), packed()] {
        let folder = tempfile::tempdir().unwrap();
        let layout = folder.path().join("oci");
        export(&bundle, &layout).unwrap();
        assert_eq!(import(&layout).unwrap().to_bytes(), bundle.to_bytes());
        assert!(matches!(
            export(&bundle, &layout),
            Err(OciError::Occupied(_))
        ));
    }
}

#[test]
fn a_layout_says_what_it_carries() {
    let folder = tempfile::tempdir().unwrap();
    export(&sealed(), folder.path()).unwrap();
    let read = |path: PathBuf| -> serde_json::Value {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let index = read(folder.path().join("index.json"));
    let image = &index["manifests"][0];
    assert_eq!(image["annotations"][REF], "1.2.0");
    let digest = image["digest"].as_str().unwrap().replace(':', "/");
    let image = read(folder.path().join("blobs").join(digest));
    assert_eq!(image["artifactType"], ARTIFACT);
    assert_eq!(image["config"]["mediaType"], CONFIG);
    let titles = image["layers"].as_array().unwrap().iter();
    let titles: Vec<_> = titles
        .map(|l| l["annotations"][TITLE].as_str().unwrap())
        .collect();
    let names = [
        "adapter.wasm",
        "adapter.toml",
        "author.dsse.json",
        "office.dsse.json",
    ];
    assert_eq!(titles, names);
    assert_eq!(image["layers"][0]["mediaType"], "application/wasm");
}

#[test]
fn a_layout_that_was_tampered_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path();
    export(&sealed(), layout).unwrap();
    let why = || import(layout).unwrap_err().to_string();
    let blobs: Vec<PathBuf> = fs::read_dir(layout.join("blobs/sha256"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    for blob in blobs {
        let content = fs::read(&blob).unwrap();
        fs::write(&blob, [&content[..], b" "].concat()).unwrap();
        let config = String::from_utf8_lossy(&content).starts_with("{\"created\"");
        match import(layout) {
            // Nothing is taken from the config: it is for other tools.
            Ok(_) => assert!(config),
            Err(error) => assert!(error.to_string().contains("was changed"), "{error}"),
        }
        fs::write(&blob, content).unwrap();
    }
    let index = fs::read_to_string(layout.join("index.json")).unwrap();
    let with = |from: &str, to: &str| {
        fs::write(layout.join("index.json"), index.replacen(from, to, 1)).unwrap();
        why()
    };
    assert!(with("sha256:", "sha256:../../").contains("is no SHA-256"));
    assert!(with("[{", "[],\"others\":[{").contains("0 images"));
    assert!(with("{", "").contains("index.json"));
    fs::write(
        layout.join("oci-layout"),
        "{\"imageLayoutVersion\":\"2.0.0\"}",
    )
    .unwrap();
    assert!(why().contains("\"2.0.0\""));
    fs::remove_file(layout.join("oci-layout")).unwrap();
    assert!(why().contains("oci-layout"));
}
