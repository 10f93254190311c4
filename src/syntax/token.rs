//! Tokens.

use crate::object::Str;
use crate::value::Gc;

macro_rules! tokens {
    ($($word:ident $text:literal,)* ; $($symbol:ident $symbol_text:literal,)*) => {
        /// A token.
        #[derive(Clone, Copy)]
        #[allow(missing_docs)]
        pub enum Token {
            $($word,)*
            $($symbol,)*
            /// The end of the chunk.
            Eos,
            /// A float.
            Float(f64),
            /// An integer.
            Int(i64),
            /// An identifier.
            Name(Gc<Str>),
            /// A literal string.
            String(Gc<Str>),
            /// Any other character.
            Char(u8),
            /// No token: leaves "near ..." out of a message.
            None,
        }

        /// The reserved words; `Str::extra` of one is its index plus one.
        pub const RESERVED: &[&str] = &[$($text),*];
        const RESERVED_TOKENS: &[Token] = &[$(Token::$word),*];

        impl Token {
            /// The text of a reserved word or symbol of more than one character.
            pub fn text(self) -> Option<&'static str> {
                match self {
                    $(Token::$word => Some($text),)*
                    $(Token::$symbol => Some($symbol_text),)*
                    _ => None,
                }
            }
        }
    };
}

tokens! {
    And "and", Break "break", Do "do", Else "else", ElseIf "elseif", End "end", False "false", For "for",
    Function "function", Goto "goto", If "if", In "in", Local "local", Nil "nil", Not "not", Or "or",
    Repeat "repeat", Return "return", Then "then", True "true", Until "until", While "while",
    ;
    IDiv "//", Concat "..", Dots "...", Eq "==", Ge ">=", Le "<=", Ne "~=", Shl "<<", Shr ">>", DbColon "::",
}

impl Token {
    /// The reserved word with this index plus one.
    pub fn reserved(extra: u8) -> Token {
        RESERVED_TOKENS[extra as usize - 1]
    }
    /// Whether both are the same kind of token; characters are compared, values are not.
    #[inline]
    pub fn is(self, other: Token) -> bool {
        match (self, other) {
            (Token::Char(a), Token::Char(b)) => a == b,
            _ => core::mem::discriminant(&self) == core::mem::discriminant(&other),
        }
    }
    /// Whether this is the given character.
    #[inline]
    pub fn is_char(self, c: u8) -> bool {
        matches!(self, Token::Char(d) if d == c)
    }
}
