//! What each target of a route would get of a record.

use crate::report::rows::shown;
use crate::report::trace::masked;
use crate::site::Site;
use crate::targets;
use credit_config::{RoutePlan, SqlMode, TargetPlan, WayPlan};
use credit_deliver::{Fields, Shape, letter};
use credit_record::directory::Directories;
use credit_record::flow::Operation;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The targets of a route.
pub(super) struct Desk<'s> {
    directories: &'s Directories,
    targets: Vec<At<'s>>,
}

/// One of them.
struct At<'s> {
    plan: &'s TargetPlan,
    /// Its code of the department.
    department: String,
    /// By directory.
    fields: HashMap<String, Fields>,
}

/// What a target would get.
#[derive(Serialize)]
pub(super) struct Sent {
    pub target: String,
    /// Host or folder.
    pub place: String,
    /// Its names of the directory and of the department.
    pub table: String,
    pub department: String,
    /// It does not take the operation: it gets nothing.
    pub refused: bool,
    pub fields: Vec<Field>,
}

/// A field by the target's name.
#[derive(PartialEq, Serialize)]
pub(super) struct Field {
    pub name: String,
    /// The directory's column, where it is one.
    pub column: Option<String>,
    pub title_zh: String,
    /// Ids and persons masked.
    pub value: String,
}

impl<'s> Desk<'s> {
    pub(super) fn of(site: &'s Site, route: &RoutePlan) -> Self {
        let targets = route.targets.iter().filter_map(|name| {
            let plan = site.plan.targets.get(name)?;
            Some(At {
                plan,
                department: route.department_code(plan).to_owned(),
                fields: targets::fields(plan, &site.directories),
            })
        });
        Self {
            directories: &site.directories,
            targets: targets.collect(),
        }
    }

    /// What each target would get of the record in `body`, of the directory `code`.
    pub(super) fn sent(&self, (code, body): (&str, &str), operation: Operation) -> Vec<Sent> {
        let mut values = masked(body, code, self.directories);
        values.retain(|_, value| !value.is_null());
        let row = Value::Object(values).to_string();
        let targets = self.targets.iter();
        let one = |at: &At<'_>| at.sent((code, &row), operation, self.directories);
        targets.map(one).collect()
    }
}

impl At<'_> {
    fn sent(
        &self,
        (code, row): (&str, &str),
        operation: Operation,
        directories: &Directories,
    ) -> Sent {
        let unshaped = Fields::default();
        let fields = self.fields.get(code).unwrap_or(&unshaped);
        let shape = Shape::new(fields);
        let refused = refuses(self.plan, &shape, operation);
        let mut made = String::new();
        if !refused {
            shape.copy(row, operation, &mut made);
        }
        let mut values: Map<String, Value> = serde_json::from_str(&made).unwrap_or_default();
        let columns = directories.get(code).map_or(&[][..], |d| d.columns());
        let own = columns.iter().filter_map(|column| {
            let name = fields.rename.get(&column.code).unwrap_or(&column.code);
            Some(Field {
                value: shown(&values.remove(name)?),
                name: name.clone(),
                column: Some(column.code.clone()),
                title_zh: column.title_zh.clone(),
            })
        });
        let mut sent: Vec<Field> = own.collect();
        if let WayPlan::Sql(sql) = &self.plan.way
            && sql.mode == SqlMode::Append
            && !shape.tells(operation)
        {
            values.insert(sql.operation_column.clone(), letter(operation).into());
        }
        // What is left is a column of the target's own.
        sent.extend(values.into_iter().map(|(name, value)| Field {
            value: shown(&value),
            name,
            column: None,
            title_zh: "处理方式".to_owned(),
        }));
        Sent {
            target: self.plan.name.clone(),
            place: self.plan.place(),
            table: self.plan.table(code).code,
            department: self.department.clone(),
            refused,
            fields: sent,
        }
    }
}

/// The target has no way to be told so: what it cannot be told is refused unsent.
fn refuses(target: &TargetPlan, shape: &Shape, operation: Operation) -> bool {
    match (&target.way, operation) {
        (WayPlan::HttpPush(push), Operation::Withdraw) => push.withdraw_url.is_none(),
        (WayPlan::HttpPush(push), Operation::Hold) => push.hold_url.is_none(),
        (WayPlan::Exchange(exchange), Operation::Withdraw) => {
            exchange.operations.withdraw.is_none() && !shape.tells(operation)
        }
        (WayPlan::Exchange(exchange), Operation::Hold) => {
            exchange.operations.hold.is_none() && !shape.tells(operation)
        }
        (WayPlan::Sql(sql), Operation::Hold) => {
            sql.mode == SqlMode::Upsert && !shape.tells(operation)
        }
        (WayPlan::Sql(_), _) | (_, Operation::Insert | Operation::Update) => false,
    }
}
