//! The container: a tar (ustar) of at most four files, in one order and one form.
//!
//! ```text
//! adapter.toml       the manifest
//! adapter.wasm       the component
//! author.dsse.json   the author's statement, signed or not yet
//! office.dsse.json   the office's admission, once there is one
//! ```
//!
//! Every header is the one that would be written for that name and size, every padding is zeros,
//! and the file ends with two empty blocks: so a header that says more (a link, a long name, an
//! owner) is refused by comparing it, and no byte is without meaning. Common tools unpack it.

use crate::refusal::Refusal;

/// A file of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The most bytes it may have.
    pub bytes_max: usize,
}

/// The largest manifest.
pub const MANIFEST_BYTES_MAX: usize = 1024 * 1024;
/// The largest component.
pub const COMPONENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The largest envelope: a statement with some hundred feeds is a tenth of it.
const ENVELOPE_BYTES_MAX: usize = 256 * 1024;
/// The largest bundle.
pub const BUNDLE_BYTES_MAX: usize =
    MANIFEST_BYTES_MAX + COMPONENT_BYTES_MAX + 2 * ENVELOPE_BYTES_MAX + 16 * BLOCK;

pub(crate) const MANIFEST: Entry = Entry {
    name: "adapter.toml",
    bytes_max: MANIFEST_BYTES_MAX,
};
pub(crate) const COMPONENT: Entry = Entry {
    name: "adapter.wasm",
    bytes_max: COMPONENT_BYTES_MAX,
};
pub(crate) const AUTHOR: Entry = Entry {
    name: "author.dsse.json",
    bytes_max: ENVELOPE_BYTES_MAX,
};
pub(crate) const OFFICE: Entry = Entry {
    name: "office.dsse.json",
    bytes_max: ENVELOPE_BYTES_MAX,
};
/// In the order in which they stand.
const ENTRIES: [Entry; 4] = [MANIFEST, COMPONENT, AUTHOR, OFFICE];

/// What tar counts in.
const BLOCK: usize = 512;
/// Where a header says that it is one.
const MAGIC: std::ops::Range<usize> = 257..263;

/// The files of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Files<'a> {
    pub manifest: &'a [u8],
    pub component: &'a [u8],
    pub author: &'a [u8],
    pub office: Option<&'a [u8]>,
}

/// The container of `files`.
pub(crate) fn write(files: &Files<'_>) -> Vec<u8> {
    let listed = [
        Some((MANIFEST, files.manifest)),
        Some((COMPONENT, files.component)),
        Some((AUTHOR, files.author)),
        files.office.map(|office| (OFFICE, office)),
    ];
    let mut bytes = Vec::with_capacity(files.component.len() + files.manifest.len() + 16 * BLOCK);
    for (entry, content) in listed.into_iter().flatten() {
        bytes.extend_from_slice(&header(entry.name, content.len()));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

/// The files in a container.
pub(crate) fn read(bytes: &[u8]) -> Result<Files<'_>, Refusal> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        let bytes = bytes.len() as u64;
        return Err(Refusal::TooLarge { bytes });
    }
    if bytes.get(MAGIC) != Some(b"ustar\0") {
        return Err(Refusal::NotABundle);
    }
    let mut found: [Option<&[u8]>; 4] = [None; 4];
    let mut rest = bytes;
    let mut last = "the beginning";
    loop {
        let Some((head, behind)) = rest.split_first_chunk::<BLOCK>() else {
            return Err(Refusal::Truncated { entry: last });
        };
        if head.iter().all(|b| *b == 0) {
            end(behind, last)?;
            break;
        }
        let (at, size) = told(head, &found)?;
        let Some((entry, place)) = ENTRIES.get(at).zip(found.get_mut(at)) else {
            return Err(Refusal::NotABundle);
        };
        last = entry.name;
        let Some((content, behind)) = behind.split_at_checked(size) else {
            return Err(Refusal::Truncated { entry: last });
        };
        let padding = size.next_multiple_of(BLOCK) - size;
        let Some((padding, behind)) = behind.split_at_checked(padding) else {
            return Err(Refusal::Truncated { entry: last });
        };
        if padding.iter().any(|b| *b != 0) {
            return Err(form(format!("behind {last}"), "the padding is not empty"));
        }
        *place = Some(content);
        rest = behind;
    }
    let [manifest, component, author, office] = found;
    let need =
        |content: Option<_>, entry: Entry| content.ok_or(Refusal::Missing { entry: entry.name });
    Ok(Files {
        manifest: need(manifest, MANIFEST)?,
        component: need(component, COMPONENT)?,
        author: need(author, AUTHOR)?,
        office,
    })
}

/// Behind the first empty block comes the second, and nothing else.
fn end(behind: &[u8], last: &'static str) -> Result<(), Refusal> {
    if behind.len() < BLOCK {
        return Err(Refusal::Truncated { entry: last });
    }
    if behind.len() > BLOCK || behind.iter().any(|b| *b != 0) {
        return Err(form(
            "the end of the file",
            "something stands behind the last entry",
        ));
    }
    Ok(())
}

/// Which entry a header is of, and the size it tells.
fn told(head: &[u8; BLOCK], found: &[Option<&[u8]>; 4]) -> Result<(usize, usize), Refusal> {
    let name = head.split(|b| *b == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(name.get(..100).unwrap_or(name)).into_owned();
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(Refusal::Path { entry: name });
    }
    let Some(at) = ENTRIES.iter().position(|entry| entry.name == name) else {
        return Err(Refusal::Stranger { entry: name });
    };
    if found.get(at).is_some_and(Option::is_some) {
        return Err(Refusal::Twice { entry: name });
    }
    let Some(entry) = ENTRIES.get(at) else {
        return Err(Refusal::Stranger { entry: name });
    };
    if found.iter().skip(at).any(Option::is_some) {
        return Err(form(name, "it stands behind what must follow it"));
    }
    let size = head.get(124..135).unwrap_or_default();
    let size = std::str::from_utf8(size)
        .ok()
        .filter(|s| !s.starts_with('+'));
    let Some(size) = size.and_then(|s| usize::from_str_radix(s, 8).ok()) else {
        return Err(form(name, "its header tells no size"));
    };
    if size > entry.bytes_max {
        return Err(Refusal::EntryTooLarge {
            entry: entry.name,
            bytes: size as u64,
            most: entry.bytes_max as u64,
        });
    }
    if *head != header(entry.name, size) {
        let why = "its header says more than a name and a size";
        return Err(form(name, why));
    }
    Ok((at, size))
}

fn form(place: impl Into<String>, why: &str) -> Refusal {
    Refusal::Form {
        place: place.into(),
        why: why.to_owned(),
    }
}

/// The header of a plain file: mode 0644, no owner, no time.
fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut head = [0; BLOCK];
    let size = format!("{size:011o}");
    put(&mut head, 0, name.as_bytes());
    put(&mut head, 100, b"0000644\0");
    put(&mut head, 108, b"0000000\0");
    put(&mut head, 116, b"0000000\0");
    put(&mut head, 124, size.as_bytes());
    put(&mut head, 136, b"00000000000\0");
    put(&mut head, 148, b"        ");
    put(&mut head, 156, b"0");
    put(&mut head, MAGIC.start, b"ustar\x0000");
    let sum: u32 = head.iter().map(|b| u32::from(*b)).sum();
    put(&mut head, 148, format!("{sum:06o}\0 ").as_bytes());
    head
}

fn put(head: &mut [u8; BLOCK], at: usize, text: &[u8]) {
    for (place, byte) in head.iter_mut().skip(at).zip(text) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests;
