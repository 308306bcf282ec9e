//! `functions!`: a row of the table from a function's documentation, signature, result type and body.

/// ```text
/// functions! {
///     /// Summary.
///     ///
///     ///     name("a") => "b"
///     fn name(texts, first: text, second: [count]) -> "text", result_type => { body }
/// }
/// ```
///
/// The kinds of arguments are the types of `take`; one in brackets may be left out, and the body
/// gets an `Option`. `result_type` is a function of the arguments' types, called once they are known to be
/// right.
macro_rules! functions {
    ($($(#[doc = $doc:literal])+
    fn $name:ident($texts:ident, $first:ident: $first_kind:ident $(, $param:ident: $kind:tt)*)
    -> $returns:literal, $result:expr => $body:block)*) => {
        pub(super) const FUNCTIONS: &[$crate::func::Function] = &[$($crate::func::Function {
            name: stringify!($name),
            doc: concat!($($doc, "\n"),+),
            signature: concat!(
                stringify!($name), "(", stringify!($first), ": ", stringify!($first_kind),
                $(", ", stringify!($param), ": ", stringify!($kind),)*
                ") -> ", $returns
            ),
            check: |args| {
                $crate::func::take::arguments(stringify!($name), args, &[
                    $crate::func::macros::param!($first $first_kind),
                    $($crate::func::macros::param!($param $kind)),*
                ])?;
                let result: $crate::func::Check = $result;
                result(args)
            },
            takes_none: <$crate::func::take::$first_kind as $crate::func::take::Take>::TAKES_NONE as u32,
            run: |$texts, args| {
                let mut args = args.iter().copied();
                let $first = $crate::func::macros::take!($texts args $first_kind);
                $(let $param = $crate::func::macros::take!($texts args $kind);)*
                $body
            },
        }),*];
    };
}

/// An argument for the checker.
macro_rules! param {
    ($name:ident $kind:ident) => {
        $crate::func::take::Param::of::<$crate::func::take::$kind>(stringify!($name), false)
    };
    ($name:ident [$kind:ident]) => {
        $crate::func::take::Param::of::<$crate::func::take::$kind>(stringify!($name), true)
    };
}

/// An argument for the body.
macro_rules! take {
    ($texts:ident $args:ident $kind:ident) => {
        <$crate::func::take::$kind as $crate::func::take::Take>::take(
            $texts,
            $args.next().ok_or_else($crate::func::take::unchecked)?,
        )?
    };
    ($texts:ident $args:ident [$kind:ident]) => {
        match $args.next() {
            Some(value) => {
                Some(<$crate::func::take::$kind as $crate::func::take::Take>::take($texts, value)?)
            }
            None => None,
        }
    };
}

pub(super) use {functions, param, take};
