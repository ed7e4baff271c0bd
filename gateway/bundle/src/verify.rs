//! Who signed, and whether they may: pure decisions over a bundle, the trust store, the memory of
//! what was taken in, and a day.

use crate::bundle::Bundle;
use crate::envelope::{Envelope, Signature};
use crate::ledger::Ledger;
use crate::refusal::Refusal;
use crate::statement::Summary;
use crate::trust::{Trust, Trusted};
use crate::{Day, Fingerprint, Role};

/// What an operator asks of adapters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Signed by a department and admitted by the data office, both trusted.
    #[default]
    Signed,
    /// Unsigned ones, too, with a warning; for trying out.
    Development,
}

/// What a bundle is verified for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// To be taken in: no older version, and only keys whose time it is.
    Install,
    /// The same, and an older version is meant.
    Downgrade,
    /// To be loaded: what was taken in here stays good when its keys expire or a newer version
    /// comes. What was not taken in here is held to the terms of [`Self::Install`].
    Load,
}

/// What a bundle is held against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// Whom the operator trusts.
    pub trust: &'a Trust,
    /// What was ever taken in here.
    pub ledger: &'a Ledger,
    /// The day.
    pub today: Day,
    /// What for.
    pub occasion: Occasion,
}

/// Who signed a bundle, and all that speaks against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who signed as the author.
    pub author: Option<Signer>,
    /// Who signed as the office.
    pub office: Option<Signer>,
    /// All that speaks against it, under the policy `signed`.
    pub refusals: Vec<Refusal>,
}

/// A signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key that is said to have signed.
    pub key: Fingerprint,
    /// Whose it is, where the trust store has it.
    pub name: Option<String>,
}

impl Verdict {
    /// What speaks against it under `policy`, and what that policy forgives with a warning.
    #[must_use]
    pub fn under(self, policy: Policy) -> (Vec<Refusal>, Vec<Refusal>) {
        let refused = |r: &Refusal| match policy {
            Policy::Signed => true,
            Policy::Development => !r.is_forgiven_in_development(),
        };
        self.refusals.into_iter().partition(refused)
    }
}

impl Bundle {
    /// Holds the bundle against everything; `found` is what its manifest says, read by who serves
    /// it.
    #[must_use]
    pub fn verify(&self, found: &Summary, against: &Against<'_>) -> Verdict {
        let mut refusals = mismatches(&self.statement().summary, found);
        let Against {
            trust,
            ledger,
            today,
            occasion,
        } = *against;
        let known = occasion == Occasion::Load && ledger.knows(self.statement());
        let office = self.office.as_ref();
        let office_signature = office.and_then(|o| o.envelope.signature.as_ref());
        // An office's own date can be believed as far as the office can; an author's cannot.
        let mut used = today;
        match (office, office_signature) {
            (Some(office), Some(signature)) => {
                let before = refusals.len();
                let key = Key {
                    role: Role::Office,
                    signature,
                    envelope: &office.envelope,
                };
                key.examine(trust, (!known).then_some(today), &mut refusals);
                if !self.is_admitted_by(&office.admission) {
                    refusals.push(Refusal::OtherAdmitted {
                        name: office.admission.name.clone(),
                        version: office.admission.version,
                        author: office.admission.author,
                    });
                }
                if refusals.len() == before {
                    used = office.admission.admitted;
                }
            }
            _ => refusals.push(Refusal::NotAdmitted),
        }
        match self.author.signature.as_ref() {
            None => refusals.push(Refusal::NotSigned),
            Some(signature) => {
                let key = Key {
                    role: Role::Author,
                    signature,
                    envelope: &self.author,
                };
                key.examine(trust, (!known).then_some(used), &mut refusals);
                refusals.extend(self.not_allowed(trust.get(&signature.key)));
                if office_signature.is_some_and(|office| office.key == signature.key) {
                    refusals.push(Refusal::SameKey { key: signature.key });
                }
            }
        }
        if !known {
            let older = occasion == Occasion::Downgrade;
            refusals.extend(ledger.check(self.statement(), older).err());
        }
        let signer = |key: Fingerprint| Signer {
            key,
            name: trust.get(&key).map(|trusted| trusted.name.clone()),
        };
        Verdict {
            author: self.author().map(signer),
            office: self.office().map(signer),
            refusals,
        }
    }

    fn is_admitted_by(&self, admission: &crate::Admission) -> bool {
        let Summary { name, version, .. } = &self.statement().summary;
        admission.envelope == self.author_digest()
            && (&admission.name, &admission.version) == (name, version)
            && Some(admission.author) == self.author()
    }

    fn not_allowed(&self, author: Option<&Trusted>) -> Option<Refusal> {
        let author = author.filter(|trusted| trusted.role == Role::Author)?;
        let adapter = &self.statement().summary.name;
        let allowed = author.adapters.iter().any(|pattern| pattern.fits(adapter));
        (!allowed).then(|| Refusal::NotAllowed {
            name: author.name.clone(),
            adapter: adapter.clone(),
            allowed: author.allowed(),
        })
    }
}

/// A signature in a role.
struct Key<'a> {
    role: Role,
    signature: &'a Signature,
    envelope: &'a Envelope,
}

impl Key<'_> {
    /// Everything against the signature; the time of the key counts on `day`, where there is one.
    fn examine(&self, trust: &Trust, day: Option<Day>, refusals: &mut Vec<Refusal>) {
        let (role, key) = (self.role, self.signature.key);
        let Some(trusted) = trust.get(&key) else {
            refusals.push(Refusal::KeyUnknown { role, key });
            return;
        };
        let name = trusted.name.clone();
        if !self.envelope.is_signed_by(self.signature, &trusted.key) {
            refusals.push(Refusal::Signature { role, key });
        }
        if trusted.role != role {
            let (holds, name) = (trusted.role, name.clone());
            refusals.push(Refusal::KeyRole {
                role,
                holds,
                key,
                name,
            });
        }
        if let Some(revoked) = &trusted.revoked {
            let (on, reason) = (revoked.on, revoked.reason.clone());
            let name = name.clone();
            refusals.push(Refusal::KeyRevoked {
                role,
                key,
                name,
                on,
                reason,
            });
        }
        let Some(on) = day else { return };
        if let Some(until) = trusted.valid_until.filter(|until| *until < on) {
            let name = name.clone();
            refusals.push(Refusal::KeyExpired {
                role,
                key,
                name,
                until,
                on,
            });
        }
        if let Some(from) = trusted.valid_from.filter(|from| on < *from) {
            refusals.push(Refusal::KeyEarly {
                role,
                key,
                name,
                from,
                on,
            });
        }
    }
}

/// Where the statement and the manifest differ.
fn mismatches(stated: &Summary, found: &Summary) -> Vec<Refusal> {
    let limits = |s: &Summary| {
        let (memory, call, output, carry) = (s.memory_mib, s.call_ms, s.output_mib, s.carry_kib);
        format!("{memory} MiB, {call} ms, {output} MiB, {carry} KiB")
    };
    [
        ("the name", stated.name.clone(), found.name.clone()),
        (
            "the version",
            stated.version.to_string(),
            found.version.to_string(),
        ),
        (
            "the contract",
            stated.contract.clone(),
            found.contract.clone(),
        ),
        ("the feeds", stated.feeds.join(", "), found.feeds.join(", ")),
        ("the limits", limits(stated), limits(found)),
    ]
    .into_iter()
    .filter(|(_, stated, found)| stated != found)
    .map(|(what, stated, found)| Refusal::Mismatch {
        what,
        stated,
        found,
    })
    .collect()
}

#[cfg(test)]
mod tests;
