//! A bundle as an OCI image layout, so that common tools can carry it from place to place, and back
//! to the same bytes.
//!
//! ```text
//! oci-layout, index.json
//! blobs/sha256/…   the image manifest; its config (a wasm config of the CNCF's artifact format);
//!                  its layers: the component first, as application/wasm, then adapter.toml and the
//!                  envelopes, each titled with its name in the bundle
//! ```
//!
//! The layout carries, it vouches for nothing: what is read back is a bundle like any other, and
//! is refused or trusted by its own signatures.

use crate::archive::{self, AUTHOR, COMPONENT, Entry, Files, MANIFEST, OFFICE};
use crate::bundle::Bundle;
use crate::disk::replace;
use crate::hex;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

const LAYOUT: &str = "1.0.0";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const ARTIFACT: &str = "application/vnd.credit-gateway.adapter.v1";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";
const REF: &str = "org.opencontainers.image.ref.name";
/// The largest file of JSON in a layout.
const JSON_BYTES_MAX: usize = 1024 * 1024;

/// Files of a bundle, and what they are as layers. The component is the first.
const LAYERS: [(Entry, &str); 4] = [
    (COMPONENT, "application/wasm"),
    (
        MANIFEST,
        "application/vnd.credit-gateway.adapter.manifest.v1+toml",
    ),
    (AUTHOR, "application/vnd.dsse.envelope.v1+json"),
    (OFFICE, "application/vnd.dsse.envelope.v1+json"),
];

/// Why a layout is not written or read.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    /// A file or folder cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something where the layout is to be written.
    #[error("{} is not empty; name a folder that is not there yet", .0.display())]
    Occupied(PathBuf),
    /// A file of the layout is not as it must be.
    #[error("{}: {why}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// How it is.
        why: String,
    },
    /// What it carries is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

#[derive(Deserialize, Serialize)]
struct Layout {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u32,
    #[serde(default)]
    media_type: String,
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    schema_version: u32,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    artifact_type: String,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// The config that the CNCF's format for wasm artifacts asks for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    created: String,
    architecture: &'static str,
    os: &'static str,
    layer_digests: Vec<String>,
}

/// Writes a bundle as an OCI image layout into `folder`, which is made.
///
/// # Errors
/// The folder is not empty, or cannot be written.
pub fn export(bundle: &Bundle, folder: &Path) -> Result<(), OciError> {
    let blobs = folder.join("blobs/sha256");
    if std::fs::read_dir(folder).is_ok_and(|mut listed| listed.next().is_some()) {
        return Err(OciError::Occupied(folder.to_owned()));
    }
    std::fs::create_dir_all(&blobs).map_err(|e| failed(&blobs, e))?;
    let put = |kind: &str, content: &[u8]| -> Result<Descriptor, OciError> {
        let digest = hex::text(&Sha256::digest(content).into());
        let path = blobs.join(&digest);
        replace(&path, content).map_err(|e| failed(&path, e))?;
        Ok(Descriptor {
            media_type: kind.to_owned(),
            digest: format!("sha256:{digest}"),
            size: content.len() as u64,
            annotations: BTreeMap::new(),
        })
    };
    let files = bundle.files();
    let mut layers = Vec::new();
    for (entry, kind) in LAYERS {
        if let Some(content) = content(&files, entry) {
            let title = (TITLE.to_owned(), entry.name.to_owned());
            let annotations = BTreeMap::from([title]);
            layers.push(Descriptor {
                annotations,
                ..put(kind, content)?
            });
        }
    }
    let statement = bundle.statement();
    let (name, version) = (
        &statement.summary.name,
        statement.summary.version.to_string(),
    );
    let config = json(&Config {
        created: format!("{}T00:00:00Z", statement.created),
        architecture: "wasm",
        os: "wasip2",
        layer_digests: layers.iter().map(|layer| layer.digest.clone()).collect(),
    })?;
    let image = json(&Image {
        schema_version: 2,
        media_type: IMAGE.to_owned(),
        artifact_type: ARTIFACT.to_owned(),
        config: put(CONFIG, &config)?,
        layers,
        annotations: BTreeMap::from([
            (TITLE.to_owned(), name.clone()),
            (VERSION.to_owned(), version.clone()),
        ]),
    })?;
    let image = Descriptor {
        annotations: BTreeMap::from([(REF.to_owned(), version)]),
        ..put(IMAGE, &image)?
    };
    let layout = json(&Layout {
        version: LAYOUT.to_owned(),
    })?;
    let index = json(&Index {
        schema_version: 2,
        media_type: INDEX.to_owned(),
        manifests: vec![image],
    })?;
    for (name, content) in [("oci-layout", layout), ("index.json", index)] {
        let path = folder.join(name);
        replace(&path, &content).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// Reads the bundle that an OCI image layout carries.
///
/// # Errors
/// It is no layout, it carries something else, a blob is not what its digest says, or the bundle
/// is refused.
pub fn import(folder: &Path) -> Result<Bundle, OciError> {
    let layout: Layout = parse(&folder.join("oci-layout"), None)?;
    let path = folder.join("index.json");
    let form = |why: String| OciError::Form {
        path: path.clone(),
        why,
    };
    if layout.version != LAYOUT {
        return Err(form(format!(
            "the layout's version is {:?}",
            layout.version
        )));
    }
    let index: Index = parse(&path, None)?;
    let [image] = index.manifests.as_slice() else {
        let images = index.manifests.len();
        return Err(form(format!("it names {images} images, not one")));
    };
    let image: Image = parse(&blob(folder, &path, image)?, Some(image))?;
    let mut found: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for layer in &image.layers {
        let title = layer.annotations.get(TITLE).map_or("", String::as_str);
        let Some((entry, _)) = LAYERS.iter().find(|(entry, _)| entry.name == title) else {
            return Err(Refusal::Stranger {
                entry: title.to_owned(),
            }
            .into());
        };
        let content = take(&blob(folder, &path, layer)?, entry.bytes_max, Some(layer))?;
        if found.insert(entry.name, content).is_some() {
            return Err(Refusal::Twice {
                entry: title.to_owned(),
            }
            .into());
        }
    }
    let need = |entry: Entry| {
        let content = found.get(entry.name).map(Vec::as_slice);
        content.ok_or(Refusal::Missing { entry: entry.name })
    };
    let files = Files {
        manifest: need(MANIFEST)?,
        component: need(COMPONENT)?,
        author: need(AUTHOR)?,
        office: found.get(OFFICE.name).map(Vec::as_slice),
    };
    Ok(Bundle::parse(&archive::write(&files))?)
}

fn content<'a>(files: &Files<'a>, entry: Entry) -> Option<&'a [u8]> {
    match entry {
        MANIFEST => Some(files.manifest),
        COMPONENT => Some(files.component),
        AUTHOR => Some(files.author),
        _ => files.office,
    }
}

/// Where a blob lies: its digest is a file's name and nothing else.
fn blob(folder: &Path, place: &Path, descriptor: &Descriptor) -> Result<PathBuf, OciError> {
    let digest = descriptor.digest.strip_prefix("sha256:");
    let digest = digest.filter(|digest| hex::parse(digest).is_some());
    let digest = digest.ok_or_else(|| OciError::Form {
        path: place.to_owned(),
        why: format!("{:?} is no SHA-256", descriptor.digest),
    })?;
    Ok(folder.join("blobs/sha256").join(digest))
}

/// A file of at most `most` bytes, which must be what `descriptor` says.
fn take(path: &Path, most: usize, descriptor: Option<&Descriptor>) -> Result<Vec<u8>, OciError> {
    let form = |why: String| OciError::Form {
        path: path.to_owned(),
        why,
    };
    let file = std::fs::File::open(path).map_err(|e| failed(path, e))?;
    let mut bytes = Vec::new();
    let mut limited = file.take(most as u64 + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|e| failed(path, e))?;
    if bytes.len() > most {
        return Err(form(format!("it has more than {most} bytes")));
    }
    let Some(told) = descriptor else {
        return Ok(bytes);
    };
    let digest = format!("sha256:{}", hex::text(&Sha256::digest(&bytes).into()));
    if (digest.as_str(), bytes.len() as u64) != (told.digest.as_str(), told.size) {
        return Err(form(
            "it was changed: it is not what its digest says".to_owned(),
        ));
    }
    Ok(bytes)
}

fn parse<T: for<'de> Deserialize<'de>>(
    path: &Path,
    descriptor: Option<&Descriptor>,
) -> Result<T, OciError> {
    let bytes = take(path, JSON_BYTES_MAX, descriptor)?;
    serde_json::from_slice(&bytes).map_err(|e| OciError::Form {
        path: path.to_owned(),
        why: e.to_string(),
    })
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, OciError> {
    serde_json::to_vec(value).map_err(|e| failed(Path::new("JSON"), e.into()))
}

fn failed(path: &Path, source: io::Error) -> OciError {
    OciError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
