//! Tokens. What a name, a string or a number is lies beside its token in the lexer, so that a token fits a register.

macro_rules! tokens {
    ($($word:ident $text:literal,)* ; $($symbol:ident $symbol_text:literal,)*) => {
        /// A token.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Token {
            $($word,)*
            $($symbol,)*
            /// The end of the chunk.
            Eos,
            /// A float.
            Float,
            /// An integer.
            Int,
            /// An identifier.
            Name,
            /// A literal string.
            String,
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
}
