//! Taking a version away.

use super::tell;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house;
use crate::report::{self, Question};
use crate::shelf::{Origin, Shelf, Who, alone, change};
use crate::site::Workshop;

/// Takes a version away that does not serve, and that nothing half read needs.
pub(super) async fn remove(
    shop: &Workshop,
    (name, version): (&str, &str),
    who: &Who,
    format: Format,
) -> Result<Exit, Failure> {
    let adapters = shop.shelves.writable()?;
    needed(shop, name, version).await?;
    alone(adapters, || {
        let shelf = shop.shelves.shelf(name)?;
        delete(&shelf, version)
    })?;
    change(adapters, name, |standing| {
        standing.removed(version, who);
        Ok(())
    })?;
    tell(shop, (name, version, "removed"), format).await
}

fn delete(shelf: &Shelf, version: &str) -> Result<(), Failure> {
    let name = &shelf.name;
    let found = shelf.version(version)?;
    if shelf.current().as_deref() == Some(version) {
        let message = format!("{name} {version} serves");
        let remedy = format!("promote another first: gateway adapter promote {name}@VERSION");
        return Err(Failure::new(Exit::Config, message).remedy(remedy));
    }
    let paths = match shelf.versions.get(&found) {
        Some(Origin::Bundle(file)) => vec![file.clone()],
        Some(Origin::Unpacked(folder)) => ["adapter.toml", "adapter.wasm"]
            .map(|f| folder.join(f))
            .to_vec(),
        Some(Origin::Shipped(_)) | None => {
            let message = format!("{name} {version} is shipped with the gateway and stays");
            return Err(Failure::new(Exit::Config, message));
        }
    };
    for path in paths {
        std::fs::remove_file(&path)
            .map_err(|e| Failure::new(Exit::Failed, format!("{}: {e}", path.display())))?;
    }
    Ok(())
}

/// A feed that the version has begun is finished by it: until then it stays.
async fn needed(shop: &Workshop, name: &str, version: &str) -> Result<(), Failure> {
    let state = &shop.plan.state;
    let begun_by = format!("{name} {version}");
    let half_read: Vec<(String, String)> =
        match report::ask_service(state, &Question::Status).await? {
            Some(entries) => report::half_read(entries)?,
            None if !state.join("log").is_dir() => Vec::new(),
            None => {
                let queue = house::open_queue(&shop.plan)?;
                let books = queue.books();
                queue.close().map_err(|e| Failure::of(Exit::Failed, &e))?;
                let open = |b: credit_queue::RouteBooks| {
                    let id = b.resume.open?.adapter;
                    Some((b.route, format!("{} {}", id.name, id.version)))
                };
                books.into_iter().filter_map(open).collect()
            }
        };
    let Some((route, _)) = half_read.into_iter().find(|(_, by)| *by == begun_by) else {
        return Ok(());
    };
    let message = format!("route {route} is in the middle of a feed that {begun_by} began");
    let remedy = format!(
        "let it be finished; or give it up, so that it is read again from its beginning: gateway \
         adapter quarantine {name}@{version}, then remove it"
    );
    Err(Failure::new(Exit::Waiting, message).remedy(remedy))
}
