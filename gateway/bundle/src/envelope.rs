//! The envelope: DSSE with at most one signature (<https://github.com/secure-systems-lab/dsse>).
//!
//! What is signed is not the payload but its pre-authentication encoding, which has the payload's
//! type in it. The file is one line of JSON in one form.

use crate::Fingerprint;
use crate::archive::Entry;
use crate::key::{PublicKey, SIGNATURE_BYTES, SecretKey};
use crate::refusal::Refusal;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// The type of all payloads here.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A payload, and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub payload: Vec<u8>,
    pub signature: Option<Signature>,
}

/// A signature, checked for its form alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub key: Fingerprint,
    pub bytes: [u8; SIGNATURE_BYTES],
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawSignature {
    keyid: Fingerprint,
    sig: String,
}

impl Envelope {
    /// A payload that nobody has signed.
    pub(crate) const fn unsigned(payload: Vec<u8>) -> Self {
        let signature = None;
        Self { payload, signature }
    }

    /// Signs it, in the place of whoever signed before.
    pub(crate) fn sign(&mut self, key: &SecretKey) {
        self.signature = Some(Signature {
            key: key.public().fingerprint(),
            bytes: key.sign(&encoded(&self.payload)),
        });
    }

    /// `signature` is one of this payload by `key`.
    pub(crate) fn is_signed_by(&self, signature: &Signature, key: &PublicKey) -> bool {
        key.has_signed(&encoded(&self.payload), &signature.bytes)
    }

    /// The file.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let signature = |signature: &Signature| RawSignature {
            keyid: signature.key,
            sig: BASE64_STANDARD.encode(signature.bytes),
        };
        let mut bytes = serde_json::to_vec(&Raw {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: BASE64_STANDARD.encode(&self.payload),
            signatures: self.signature.iter().map(signature).collect(),
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the file `entry`.
    pub(crate) fn parse(entry: Entry, bytes: &[u8]) -> Result<Self, Refusal> {
        let form = |why: String| Refusal::Form {
            place: entry.name.to_owned(),
            why,
        };
        let raw: Raw = serde_json::from_slice(bytes).map_err(|e| form(e.to_string()))?;
        if raw.payload_type != PAYLOAD_TYPE {
            return Err(Refusal::PayloadType {
                entry: entry.name,
                found: raw.payload_type,
            });
        }
        if raw.signatures.len() > 1 {
            return Err(Refusal::Signatures {
                entry: entry.name,
                count: raw.signatures.len(),
            });
        }
        let payload = BASE64_STANDARD.decode(&raw.payload);
        let payload = payload.map_err(|_| form("its payload is no base64".to_owned()))?;
        let signature = match raw.signatures.first() {
            None => None,
            Some(raw) => {
                let bytes = BASE64_STANDARD.decode(&raw.sig).ok();
                let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
                let bytes = bytes.ok_or_else(|| form("its signature has no form".to_owned()))?;
                let key = raw.keyid;
                Some(Signature { key, bytes })
            }
        };
        let read = Self { payload, signature };
        match read.to_bytes() {
            Ok(again) if again == bytes => Ok(read),
            _ => Err(form("it is not written in the one form".to_owned())),
        }
    }
}

/// What is signed: DSSE's pre-authentication encoding.
fn encoded(payload: &[u8]) -> Vec<u8> {
    let (kind, bytes) = (PAYLOAD_TYPE.len(), payload.len());
    let mut text = format!("DSSEv1 {kind} {PAYLOAD_TYPE} {bytes} ").into_bytes();
    text.extend_from_slice(payload);
    text
}
