//! Several feeds of one adapter: each is an adapter of its own, found by the feed's name.

use crate::adapter::{Adapter, Fault, Piece, Settings, recall};
use crate::carry::{self, Carry, Reader, Writer};
use crate::page::PageBuilder;

/// Declares an adapter of several feeds, by their names in the manifest.
///
/// ```
/// # use credit_sdk::{Adapter, Fault, PageBuilder, Piece, Settings};
/// # struct Rating;
/// # impl Adapter for Rating {
/// #     type Carry = ();
/// #     fn translate(p: &Piece<'_>, _: &mut (), _: &Settings<'_>, _: &mut PageBuilder)
/// #         -> Result<usize, Fault> { Ok(p.bytes.len()) }
/// # }
/// # type Arrears = Rating;
/// credit_sdk::feeds! {
///     /// The adapter.
///     pub struct Tax {
///         "rating" => Rating,
///         "arrears" => Arrears,
///     }
/// }
/// ```
#[macro_export]
macro_rules! feeds {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident { $($feed:literal => $adapter:ty),+ $(,)? }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        $visibility struct $name;

        impl $crate::Adapter for $name {
            type Carry = $crate::feeds::FeedCarry;

            fn translate(
                piece: &$crate::Piece<'_>,
                carry: &mut Self::Carry,
                settings: &$crate::Settings<'_>,
                page: &mut $crate::PageBuilder,
            ) -> Result<usize, $crate::Fault> {
                match piece.feed {
                    $($feed => carry.translate::<$adapter>(piece, settings, page),)+
                    unknown => Err($crate::feeds::unknown(unknown)),
                }
            }
        }
    };
}

/// The carry of whichever feed is read.
#[derive(Clone, Debug, Default)]
pub struct FeedCarry(Vec<u8>);

impl FeedCarry {
    /// One call of the feed's own adapter.
    ///
    /// # Errors
    ///
    /// The adapter's own, and `carry_unreadable` where another version of it began the file.
    pub fn translate<A: Adapter>(
        &mut self,
        piece: &Piece<'_>,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        let mut own = recall::<A::Carry>(&self.0)?;
        let consumed = A::translate(piece, &mut own, settings, page)?;
        self.0 = carry::write(&own);
        Ok(consumed)
    }
}

impl Carry for FeedCarry {
    const VERSION: u8 = 1;

    fn write(&self, out: &mut Writer) {
        out.rest(&self.0);
    }

    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        Some(Self(fields.rest().to_vec()))
    }
}

/// A feed that the manifest declares and the adapter does not know.
#[must_use]
pub fn unknown(feed: &str) -> Fault {
    Fault::new(
        "feed_unknown",
        format!("适配器没有名为 {feed} 的数据：请检查路由的 feed 设置"),
        format!("the adapter has no feed `{feed}`: see `feed` in the route"),
    )
}

#[cfg(test)]
mod tests {
    use crate::adapter::{Adapter, Fault, Piece, Settings};
    use crate::page::PageBuilder;
    use crate::testkit::Feed;

    /// Remembers the bytes read so far.
    struct Bytes;

    impl Adapter for Bytes {
        type Carry = String;

        fn translate(
            piece: &Piece<'_>,
            carry: &mut String,
            _settings: &Settings<'_>,
            page: &mut PageBuilder,
        ) -> Result<usize, Fault> {
            carry.push_str(piece.text()?);
            if piece.last {
                page.cursor(carry);
            }
            Ok(piece.bytes.len())
        }
    }

    crate::feeds! {
        struct Several {
            "bytes" => Bytes,
        }
    }

    #[test]
    fn each_feed_is_read_by_its_own_adapter_with_its_own_carry() {
        let feed = Feed::text("黔西市".as_bytes());
        let outcome = feed.check::<Several>("bytes").unwrap();
        assert_eq!(outcome.page.cursor.as_deref(), Some("黔西市"));
        let fault = feed.check::<Several>("other").unwrap().fault.unwrap();
        assert_eq!(fault.code, "feed_unknown");
    }
}
