//! A person has a route take nothing in, and take in again. Its cursor and its half-read feed stay
//! where they are, and what waits is delivered.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::removals::Said;
use credit_queue::Note;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    pub route: String,
    pub paused: bool,
}

impl Done {
    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        let word = match self.paused {
            true => "已暂停 paused",
            false => "已恢复 resumed",
        };
        format!("{word}   {}\n", self.route)
    }
}

/// Pauses a route: a run that is under way ends between two takes.
pub(crate) fn pause(
    house: &House,
    route: String,
    by: Said,
    reason: Said,
) -> Result<Vec<Value>, Failure> {
    let turn = house.live().turn(&route)?;
    note(
        house,
        Note::Paused {
            route: route.clone(),
            by: by.into(),
            reason: reason.into(),
        },
    )?;
    // Whoever waits for what is being read need not wait.
    turn.tell(None);
    Ok(vec![json!(Done {
        route,
        paused: true
    })])
}

/// Lets it take in again, at once.
pub(crate) fn resume(house: &House, route: String) -> Result<Vec<Value>, Failure> {
    let turn = house.live().turn(&route)?;
    if !house.queue.is_paused(&route) {
        let message = format!("route {route} was not paused by a command");
        let remedy = "paused = true in its file is taken out there, then: gateway reload";
        return Err(Failure::new(Exit::NotFound, message).remedy(remedy));
    }
    note(
        house,
        Note::Resumed {
            route: route.clone(),
        },
    )?;
    turn.call();
    Ok(vec![json!(Done {
        route,
        paused: false
    })])
}

/// Written down durably before it is said to be done.
fn note(house: &House, note: Note) -> Result<(), Failure> {
    let noted = house.queue.note(note).and_then(|()| house.queue.sync());
    noted.map_err(|e| Failure::of(Exit::Failed, &e))
}
