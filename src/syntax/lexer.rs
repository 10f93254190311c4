//! The lexer.

use super::ChunkReader;
use super::chars::{is_alnum, is_alpha, is_digit, is_hex, is_print, is_space};
use super::token::Token;
use crate::debug;
use crate::error::{LResult, Throw};
use crate::heap::{self, LVec};
use crate::limits::ID_SIZE;
use crate::number;
use crate::object::{State, Str, Table, string};
use crate::value::{Gc, TValue};

/// A chunk as a stream of bytes.
///
/// Invariant: `piece` is what the reader delivered last, and the reader is asked again only when it is used up.
pub struct Stream<'r> {
    reader: &'r mut dyn ChunkReader,
    piece: &'static [u8],
    at: usize,
    ended: bool,
}

impl<'r> Stream<'r> {
    /// A stream over a reader.
    pub fn new(reader: &'r mut dyn ChunkReader) -> Self {
        Stream {
            reader,
            piece: &[],
            at: 0,
            ended: false,
        }
    }
    #[cold]
    fn refill(&mut self, l: &State) -> LResult<bool> {
        if !self.ended {
            let piece = self.reader.read(l)?;
            // SAFETY: the reader keeps the piece valid until it is asked again, which only happens here.
            self.piece = unsafe { core::slice::from_raw_parts(piece.as_ptr(), piece.len()) };
            self.at = 0;
            self.ended = self.piece.is_empty();
        }
        Ok(!self.ended)
    }
    /// The next byte, which stays in the stream; `None` at the end.
    pub fn peek(&mut self, l: &State) -> LResult<Option<u8>> {
        if self.at == self.piece.len() && !self.refill(l)? {
            return Ok(None);
        }
        Ok(Some(self.piece[self.at]))
    }
    /// Takes the next byte; `None` at the end.
    #[inline(always)]
    pub fn next(&mut self, l: &State) -> LResult<Option<u8>> {
        if self.at == self.piece.len() && !self.refill(l)? {
            return Ok(None);
        }
        self.at += 1;
        Ok(Some(self.piece[self.at - 1]))
    }
    /// Reads exactly `out.len()` bytes; answers whether there were as many.
    pub fn read_exact(&mut self, l: &State, out: &mut [u8]) -> LResult<bool> {
        let mut done = 0;
        while done < out.len() {
            if self.peek(l)?.is_none() {
                return Ok(false);
            }
            let n = (out.len() - done).min(self.piece.len() - self.at);
            out[done..done + n].copy_from_slice(&self.piece[self.at..self.at + n]);
            self.at += n;
            done += n;
        }
        Ok(true)
    }
    /// What is left of the current piece.
    fn rest(&self) -> &'static [u8] {
        &self.piece[self.at..]
    }
}

/// The lexer of a chunk.
pub struct Lexer<'l, 'r> {
    /// The thread that compiles.
    pub l: &'l State,
    stream: Stream<'r>,
    /// The current byte, -1 at the end.
    current: i32,
    /// The current token.
    pub token: Token,
    /// What the current token stands for: the name, string or number.
    pub value: TValue,
    /// The token behind it and its value, if it was looked at.
    ahead: Option<(Token, TValue)>,
    /// The line of the current token's end.
    pub line: i32,
    /// The line of the last token consumed.
    pub last_line: i32,
    buffer: LVec<u8>,
    /// The table that keeps strings and prototypes of this compilation alive.
    pub anchor: Gc<Table>,
    /// The chunk's name.
    pub source: Gc<Str>,
}

const END: i32 = -1;
/// Bytes of source for each different string in it, roughly: the table of strings starts with room accordingly.
const BYTES_PER_NAME: usize = 64;
/// Strings that there is room for from the start, at most.
const MAX_RESERVED: usize = 512;

impl<'l, 'r> Lexer<'l, 'r> {
    /// A lexer at the start of a chunk. `anchor` and `source` are on the Lua stack.
    pub fn new(
        l: &'l State,
        stream: Stream<'r>,
        anchor: Gc<Table>,
        source: Gc<Str>,
    ) -> LResult<Self> {
        let mut lexer = Lexer {
            l,
            stream,
            current: END,
            token: Token::None,
            value: TValue::NIL,
            ahead: None,
            line: 1,
            last_line: 1,
            buffer: LVec::new(l),
            anchor,
            source,
        };
        lexer.advance()?;
        let names = lexer.stream.rest().len() / BYTES_PER_NAME;
        if names > 0 {
            anchor.reserve(l, 0, names.min(MAX_RESERVED))?;
        }
        Ok(lexer)
    }

    // ---- tokens ----

    /// Consumes the current token.
    #[inline(never)]
    pub fn next(&mut self) -> LResult<()> {
        self.last_line = self.line;
        if let Some((token, value)) = self.ahead.take() {
            self.token = token;
            self.value = value;
            return Ok(());
        }
        self.token = self.scan()?;
        Ok(())
    }
    /// The token behind the current one.
    pub fn look_ahead(&mut self) -> LResult<Token> {
        debug_assert!(self.ahead.is_none());
        let value = self.value;
        let token = self.scan()?;
        self.ahead = Some((token, self.value));
        self.value = value;
        Ok(token)
    }
    /// The string or name that the current token is.
    pub fn text(&self) -> Gc<Str> {
        self.value.gc()
    }

    /// A string that lives as long as the compilation.
    pub fn string(&mut self, s: &[u8]) -> LResult<Gc<Str>> {
        let s = string::new(self.l, s)?;
        if s.is_short() && s.extra().get() > 0 {
            return Ok(s);
        }
        self.keep(s)
    }

    fn keep(&mut self, s: Gc<Str>) -> LResult<Gc<Str>> {
        if let Some(known) = self.anchor.get_str(s).as_string() {
            return Ok(known);
        }
        self.l.push(s.into());
        self.anchor.set_str(self.l, s, s.into())?;
        heap::barrier_back(self.l, self.anchor.header(), s.into());
        self.l.pop_n(1);
        Ok(s)
    }

    // ---- errors ----

    /// The text of a token that is expected.
    fn push_expected(&self, out: &mut LVec<u8>, t: Token) -> LResult<()> {
        match t {
            Token::Char(c) if is_print(c) => out.extend(&[b'\'', c, b'\'']),
            Token::Char(c) => crate::format::format_into(self.l, out, "'<\\%d>'", args![c]),
            Token::Eos => out.extend(b"<eof>"),
            Token::Float => out.extend(b"<number>"),
            Token::Int => out.extend(b"<integer>"),
            Token::Name => out.extend(b"<name>"),
            Token::String => out.extend(b"<string>"),
            t => crate::format::format_into(self.l, out, "'%s'", args![t.text().unwrap_or("")]),
        }
    }
    /// The text of a token that was found.
    fn push_found(&self, out: &mut LVec<u8>, t: Token) -> LResult<()> {
        match t {
            Token::Name => {
                out.push(b'\'')?;
                out.extend(self.text().c_str().to_bytes())?;
                out.push(b'\'')
            }
            Token::String | Token::Float | Token::Int => {
                out.push(b'\'')?;
                out.extend(self.buffer.split(|&c| c == 0).next().unwrap_or(b""))?;
                out.push(b'\'')
            }
            t => self.push_expected(out, t),
        }
    }
    fn push_error(&self, msg: &[u8], near: Token) -> LResult<()> {
        let mut out = LVec::new(self.l);
        let mut id = [0; ID_SIZE];
        let id = debug::chunk_id(self.source.bytes(), &mut id);
        crate::format::format_into(self.l, &mut out, "%s:%d: %s", args![id, self.line, msg])?;
        // Token 0 is what PUC's lexer calls "no token", so a NUL character is never named.
        if !matches!(near, Token::None | Token::Char(0)) {
            out.extend(b" near ")?;
            self.push_found(&mut out, near)?;
        }
        self.l.push_bytes(&out)?;
        Ok(())
    }
    /// A syntax error at a token.
    #[cold]
    fn error_near(&self, msg: &[u8], near: Token) -> Throw {
        match self.push_error(msg, near) {
            Ok(()) => Throw::Syntax,
            Err(t) => t,
        }
    }
    /// A syntax error at the current token.
    #[cold]
    pub fn error(&self, msg: &[u8]) -> Throw {
        self.error_near(msg, self.token)
    }
    /// A syntax error whose message is formatted, at the current token or (`near` false) at no token.
    #[cold]
    pub fn error_fmt(&self, fmt: &str, args: &[crate::format::Arg<'_>], near: bool) -> Throw {
        let mut msg = LVec::new(self.l);
        match crate::format::format_into(self.l, &mut msg, fmt, args) {
            Ok(()) => self.error_near(&msg, if near { self.token } else { Token::None }),
            Err(t) => t,
        }
    }
    /// "'x' expected", or with the token and line that it closes.
    #[cold]
    pub fn error_expected(&self, what: Token, closes: Option<(Token, i32)>) -> Throw {
        let mut msg = LVec::new(self.l);
        let mut build = || -> LResult<()> {
            self.push_expected(&mut msg, what)?;
            msg.extend(b" expected")?;
            if let Some((opener, line)) = closes {
                msg.extend(b" (to close ")?;
                self.push_expected(&mut msg, opener)?;
                crate::format::format_into(self.l, &mut msg, " at line %d)", args![line])?;
            }
            Ok(())
        };
        match build() {
            Ok(()) => self.error(&msg),
            Err(t) => t,
        }
    }

    // ---- characters ----

    #[inline(always)]
    fn advance(&mut self) -> LResult<()> {
        self.current = match self.stream.next(self.l)? {
            Some(c) => c as i32,
            None => END,
        };
        Ok(())
    }
    #[inline(always)]
    fn at(&self, c: u8) -> bool {
        self.current == c as i32
    }
    #[inline(always)]
    fn is(&self, class: fn(u8) -> bool) -> bool {
        self.current >= 0 && class(self.current as u8)
    }
    #[inline(always)]
    fn save_and_advance(&mut self) -> LResult<()> {
        self.buffer.push(self.current as u8)?;
        self.advance()
    }
    fn take(&mut self, c: u8) -> LResult<bool> {
        if self.at(c) {
            self.advance()?;
            return Ok(true);
        }
        Ok(false)
    }
    fn at_newline(&self) -> bool {
        self.at(b'\n') || self.at(b'\r')
    }
    /// Skips a line end of any convention.
    fn newline(&mut self) -> LResult<()> {
        let first = self.current;
        self.advance()?;
        if self.at_newline() && self.current != first {
            self.advance()?;
        }
        self.line += 1;
        if self.line == i32::MAX {
            return Err(self.error_near(b"chunk has too many lines", Token::None));
        }
        Ok(())
    }

    // ---- scanning ----

    fn scan(&mut self) -> LResult<Token> {
        self.buffer.clear();
        loop {
            if self.current < 0 {
                return Ok(Token::Eos);
            }
            let c = self.current as u8;
            match c {
                b'\n' | b'\r' => self.newline()?,
                b' ' | 9 | 11 | 12 => self.skip_blanks()?,
                b'-' => {
                    self.advance()?;
                    if !self.take(b'-')? {
                        return Ok(Token::Char(b'-'));
                    }
                    self.comment()?;
                }
                b'[' => {
                    let level = self.long_bracket()?;
                    if level >= 2 {
                        return self.long_string(level, true);
                    }
                    if level == 0 {
                        return Err(
                            self.error_near(b"invalid long string delimiter", Token::String)
                        );
                    }
                    return Ok(Token::Char(b'['));
                }
                b'"' | b'\'' => return self.quoted_string(c),
                b'.' => return self.dots(),
                b'0'..=b'9' => return self.numeral(),
                _ if is_alpha(c) => return self.name(),
                _ => return self.symbol(c),
            }
        }
    }

    /// Skips a run of blanks of the current piece.
    #[inline]
    fn skip_blanks(&mut self) -> LResult<()> {
        let rest = self.stream.rest();
        let n = rest.iter().position(|c| !matches!(c, b' ' | b'\t'));
        self.stream.at += n.unwrap_or(rest.len());
        self.advance()
    }

    /// Symbols of one or two characters.
    fn symbol(&mut self, c: u8) -> LResult<Token> {
        self.advance()?;
        let pairs: &[(u8, Token)] = match c {
            b'=' => &[(b'=', Token::Eq)],
            b'<' => &[(b'=', Token::Le), (b'<', Token::Shl)],
            b'>' => &[(b'=', Token::Ge), (b'>', Token::Shr)],
            b'/' => &[(b'/', Token::IDiv)],
            b'~' => &[(b'=', Token::Ne)],
            b':' => &[(b':', Token::DbColon)],
            _ => &[],
        };
        for &(second, token) in pairs {
            if self.take(second)? {
                return Ok(token);
            }
        }
        Ok(Token::Char(c))
    }

    fn dots(&mut self) -> LResult<Token> {
        self.save_and_advance()?;
        if self.take(b'.')? {
            return Ok(if self.take(b'.')? {
                Token::Dots
            } else {
                Token::Concat
            });
        }
        if self.is(is_digit) {
            return self.numeral();
        }
        Ok(Token::Char(b'.'))
    }

    fn name(&mut self) -> LResult<Token> {
        let rest = self.stream.rest();
        let n = rest.iter().position(|&c| !is_alnum(c));
        let s = match n {
            Some(n) => {
                // The whole name lies in the current piece, one byte before its rest.
                let piece = self.stream.piece;
                let start = self.stream.at - 1;
                self.stream.at += n + 1;
                self.current = rest[n] as i32;
                string::new(self.l, &piece[start..start + n + 1])?
            }
            None => {
                while self.is(is_alnum) {
                    self.save_and_advance()?;
                }
                string::new(self.l, &self.buffer)?
            }
        };
        if s.is_short() && s.extra().get() > 0 {
            return Ok(Token::reserved(s.extra().get()));
        }
        self.value = self.keep(s)?.into();
        Ok(Token::Name)
    }

    /// The rest of a numeral, from its first digit on.
    #[inline(never)]
    fn numeral(&mut self) -> LResult<Token> {
        let zero = self.at(b'0');
        self.save_and_advance()?;
        let hex = zero && (self.at(b'x') || self.at(b'X'));
        if hex {
            self.save_and_advance()?;
        }
        let exponent = if hex { [b'p', b'P'] } else { [b'e', b'E'] };
        loop {
            if self.at(exponent[0]) || self.at(exponent[1]) {
                self.save_and_advance()?;
                if self.at(b'+') || self.at(b'-') {
                    self.save_and_advance()?;
                }
            } else if self.is(is_hex) || self.at(b'.') {
                self.save_and_advance()?;
            } else {
                break;
            }
        }
        if self.is(is_alpha) {
            // A numeral that touches a letter is malformed, not two tokens.
            self.save_and_advance()?;
        }
        match number::parse(&self.buffer) {
            Some(v) => {
                self.value = v;
                Ok(if v.as_int().is_some() {
                    Token::Int
                } else {
                    Token::Float
                })
            }
            None => Err(self.error_near(b"malformed number", Token::Float)),
        }
    }

    /// Skips a comment behind its dashes.
    #[inline(never)]
    fn comment(&mut self) -> LResult<()> {
        if self.at(b'[') {
            let level = self.long_bracket()?;
            self.buffer.clear();
            if level >= 2 {
                self.long_string(level, false)?;
                self.buffer.clear();
                return Ok(());
            }
        }
        while !self.at_newline() && self.current >= 0 {
            let rest = self.stream.rest();
            let n = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            self.stream.at += n;
            self.advance()?;
        }
        Ok(())
    }

    /// Reads `[=*[` or `]=*]` into the buffer: the number of `=` plus 2; 1 for a single bracket; 0 if malformed.
    #[inline(never)]
    fn long_bracket(&mut self) -> LResult<usize> {
        let bracket = self.current;
        let mut count = 0;
        self.save_and_advance()?;
        while self.at(b'=') {
            self.save_and_advance()?;
            count += 1;
        }
        Ok(if self.current == bracket {
            count + 2
        } else if count == 0 {
            1
        } else {
            0
        })
    }

    /// A long string or comment, behind the first part of its opening bracket.
    #[inline(never)]
    fn long_string(&mut self, level: usize, keep: bool) -> LResult<Token> {
        let start = self.line;
        self.save_and_advance()?;
        if self.at_newline() {
            self.newline()?;
        }
        loop {
            match self.current {
                END => {
                    let what = if keep { "string" } else { "comment" };
                    let mut msg = LVec::new(self.l);
                    let args = args![what, start];
                    crate::format::format_into(
                        self.l,
                        &mut msg,
                        "unfinished long %s (starting at line %d)",
                        args,
                    )?;
                    return Err(self.error_near(&msg, Token::Eos));
                }
                c if c == b']' as i32 => {
                    if self.long_bracket()? == level {
                        self.save_and_advance()?;
                        break;
                    }
                }
                c if c == b'\n' as i32 || c == b'\r' as i32 => {
                    self.newline()?;
                    if keep {
                        self.buffer.push(b'\n')?;
                    } else {
                        self.buffer.clear();
                    }
                }
                _ if keep => self.save_and_advance()?,
                _ => self.advance()?,
            }
        }
        if !keep {
            return Ok(Token::None);
        }
        let s = string::new(self.l, &self.buffer[level..self.buffer.len() - level])?;
        self.value = self.keep(s)?.into();
        Ok(Token::String)
    }

    #[inline(never)]
    fn quoted_string(&mut self, quote: u8) -> LResult<Token> {
        self.save_and_advance()?;
        while !self.at(quote) {
            match self.current {
                END => return Err(self.error_near(b"unfinished string", Token::Eos)),
                c if c == b'\n' as i32 || c == b'\r' as i32 => {
                    return Err(self.error_near(b"unfinished string", Token::String));
                }
                c if c == b'\\' as i32 => self.escape()?,
                _ => self.save_and_advance()?,
            }
        }
        self.save_and_advance()?;
        let s = string::new(self.l, &self.buffer[1..self.buffer.len() - 1])?;
        self.value = self.keep(s)?.into();
        Ok(Token::String)
    }

    /// An escape sequence: its text is in the buffer while it is read, for messages, and replaced at its end.
    fn escape(&mut self) -> LResult<()> {
        let start = self.buffer.len();
        self.save_and_advance()?;
        let plain = match self.current {
            END => return Ok(()),
            c => c as u8,
        };
        let byte = match plain {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'"' | b'\'' => plain,
            b'x' => {
                let high = self.hex_escape_digit()?;
                let low = self.hex_escape_digit()?;
                high << 4 | low
            }
            b'u' => return self.utf8_escape(start),
            b'\n' | b'\r' => {
                self.newline()?;
                self.buffer.truncate(start);
                return self.buffer.push(b'\n');
            }
            b'z' => {
                self.buffer.truncate(start);
                self.advance()?;
                while self.is(is_space) {
                    if self.at_newline() {
                        self.newline()?
                    } else {
                        self.advance()?
                    }
                }
                return Ok(());
            }
            _ => {
                self.check_escape(is_digit(plain), b"invalid escape sequence")?;
                let byte = self.decimal_escape()?;
                self.buffer.truncate(start);
                return self.buffer.push(byte);
            }
        };
        self.advance()?;
        self.buffer.truncate(start);
        self.buffer.push(byte)
    }

    fn check_escape(&mut self, ok: bool, msg: &[u8]) -> LResult<()> {
        if ok {
            return Ok(());
        }
        if self.current >= 0 {
            self.save_and_advance()?;
        }
        Err(self.error_near(msg, Token::String))
    }

    /// Steps over the current character to a hexadecimal digit, which stays current.
    fn hex_escape_digit(&mut self) -> LResult<u8> {
        self.save_and_advance()?;
        self.check_escape(self.is(is_hex), b"hexadecimal digit expected")?;
        Ok(number::hex_digit(self.current as u8).unwrap_or(0))
    }

    fn decimal_escape(&mut self) -> LResult<u8> {
        let mut n = 0u32;
        for _ in 0..3 {
            if !self.is(is_digit) {
                break;
            }
            n = n * 10 + (self.current as u8 - b'0') as u32;
            self.save_and_advance()?;
        }
        self.check_escape(n <= 255, b"decimal escape too large")?;
        Ok(n as u8)
    }

    fn utf8_escape(&mut self, start: usize) -> LResult<()> {
        self.save_and_advance()?;
        self.check_escape(self.at(b'{'), b"missing '{'")?;
        let mut n = self.hex_escape_digit()? as u32;
        loop {
            self.save_and_advance()?;
            if !self.is(is_hex) {
                break;
            }
            self.check_escape(n <= 0x7FFF_FFFF >> 4, b"UTF-8 value too large")?;
            n = n << 4 | number::hex_digit(self.current as u8).unwrap_or(0) as u32;
        }
        self.check_escape(self.at(b'}'), b"missing '}'")?;
        self.advance()?;
        self.buffer.truncate(start);
        let mut buf = [0; 8];
        self.buffer.extend(number::encode_utf8(n, &mut buf))
    }

    /// Sets a value in the anchor table.
    pub fn keep_alive(&mut self, key: TValue, v: TValue) -> LResult<()> {
        // The table may have to grow, which may collect.
        self.l.push(v);
        self.anchor.set(self.l, key, v)?;
        heap::barrier_back(self.l, self.anchor.header(), v);
        self.l.pop_n(1);
        Ok(())
    }
}
