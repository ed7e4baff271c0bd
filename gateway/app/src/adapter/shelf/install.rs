//! Taking in a bundle.

use super::{decide, tell};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::shelf::{Deed, Loader, Origin, Shelf, Who, alone, bundle_path, change};
use crate::site::Workshop;
use credit_bundle::{Bundle, Occasion, Version};
use std::io::Write as _;
use std::path::Path;

/// Takes in a bundle: signed as the policy says, and it compiles and loads.
pub(super) async fn install(
    shop: &Workshop,
    file: &Path,
    (promote, downgrade): (bool, bool),
    who: Who,
    format: Format,
) -> Result<Exit, Failure> {
    let adapters = shop.shelves.writable()?;
    let occasion = match downgrade {
        true => Occasion::Downgrade,
        false => Occasion::Install,
    };
    let (admitted, bundle) = shop.shelves.gate.bundle(file, occasion)?;
    for warning in &admitted.warnings {
        eprintln!("警告 warning: {warning}");
    }
    let (name, version) = {
        let summary = &bundle.statement().summary;
        (summary.name.clone(), summary.version)
    };
    let shelf = shop.shelves.shelf(&name)?;
    free(&shelf, version, &admitted.installed.sha256)?;
    let loader = Loader::start(&shop.plan.state, shop.plan.caps.stack_bytes)?;
    loader.try_out(&admitted.installed)?;
    alone(adapters, || {
        write(adapters, &bundle)?;
        shop.shelves.gate.remember(&bundle)
    })?;
    let text = version.to_string();
    change(adapters, &name, |standing| {
        standing.happened(Deed::Installed, &text, &who);
        Ok(())
    })?;
    if promote {
        return decide::promote(shop, (&name, &text), &who, format).await;
    }
    tell(shop, (&name, &text, "installed"), format).await
}

/// A version is one content: another of the same number must not lie there.
fn free(shelf: &Shelf, version: Version, sha256: &[u8; 32]) -> Result<(), Failure> {
    let other = match shelf.versions.get(&version) {
        Some(Origin::Shipped(installed)) => installed.sha256 != *sha256,
        Some(Origin::Unpacked(_)) => true,
        Some(Origin::Bundle(_)) | None => false,
    };
    if !other {
        return Ok(());
    }
    let message = format!(
        "{} {version} is there already, with other content",
        shelf.name
    );
    let remedy = "give the new one a version of its own in adapter.toml";
    Err(Failure::new(Exit::Config, message).remedy(remedy))
}

fn write(adapters: &Path, bundle: &Bundle) -> Result<(), Failure> {
    let summary = &bundle.statement().summary;
    let path = bundle_path(adapters, &summary.name, summary.version);
    let folder = path.parent().unwrap_or(adapters);
    let written = || {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&bundle.to_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    written()
        .map_err(|e: std::io::Error| Failure::new(Exit::Failed, format!("{}: {e}", path.display())))
}
