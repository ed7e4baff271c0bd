//! All that the author of an adapter needs.
//!
//! An adapter turns a department's native feed into drafts of the common credit schema. For a feed
//! of rows, say which columns it has ([`columns!`]), what becomes of one row ([`RowAdapter`]), and
//! export it ([`export_adapter!`]):
//!
//! ```
//! use credit_sdk::{Fault, Header, PageBuilder, Row, RowAdapter, Settings, directory};
//!
//! credit_sdk::columns! {
//!     /// The columns of the list.
//!     pub enum Column {
//!         Number: needed "NSRSBH", "纳税人识别号";
//!         Name: needed "NSRMC", "纳税人名称";
//!     }
//! }
//!
//! struct List;
//!
//! impl RowAdapter for List {
//!     type Column = Column;
//!     type Memory = ();
//!
//!     fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
//!         Ok(Self)
//!     }
//!
//!     fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
//!         let mut draft = directory::tax_rating::Draft::new(page, row);
//!         draft.nsrsbh(row.get(Column::Number)).nsrmc(row.get(Column::Name));
//!         draft.finish();
//!     }
//! }
//!
//! credit_sdk::export_adapter!(List);
//! ```
//!
//! The contract beneath is `wit/v1/adapter.wit`; other feeds implement [`Adapter`] itself.

pub mod adapter;
pub mod body;
pub mod carry;
pub mod codes;
#[cfg(target_arch = "wasm32")]
pub mod component;
pub mod csv;
pub mod date;
pub mod decode;
pub mod feeds;
pub mod header;
pub mod id_form;
mod json;
#[cfg(feature = "json")]
pub mod json_rows;
#[cfg(any(feature = "json", feature = "xml"))]
pub mod line_rows;
pub mod lines;
pub mod money;
pub mod page;
mod place;
pub mod rows;
#[cfg(feature = "tables")]
pub mod tables;
pub mod tax_id;
#[cfg(not(target_arch = "wasm32"))]
pub mod testkit;
pub mod text;
#[cfg(feature = "xml")]
pub mod xml_rows;

/// The directories (目录) of the common credit schema: a typed builder of drafts for each.
pub mod directory {
    include!(concat!(env!("OUT_DIR"), "/directories.rs"));
}

pub use adapter::{Adapter, Fault, Piece, Settings, log};
pub use carry::Carry;
pub use date::{Date, Moment, When};
pub use header::{ColumnNames, Columns, Header};
pub use money::{Money, Unit};
pub use page::{Operation, Origin, PageBuilder, Reason};
pub use rows::{Row, RowAdapter};

/// Exports a type that implements [`Adapter`], by its name, as the component's fold. Does nothing
/// outside WebAssembly, where the same crate is tested.
#[macro_export]
macro_rules! export_adapter {
    ($adapter:ident) => {
        #[cfg(target_arch = "wasm32")]
        mod exported {
            type Component = $crate::component::Export<super::$adapter>;
            $crate::component::export_bindings!(Component with_types_in $crate::component);
        }
    };
}
