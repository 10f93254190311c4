//! Pattern matching: the matcher and the functions `find`, `match`, `gmatch` and `gsub`.
//!
//! The matcher works on byte offsets into subject and pattern. It recurses where a pattern item may have to be undone
//! (captures, repetitions, options), at most `MAX_DEPTH` deep; everything else is a loop. It allocates nothing.

use super::super::cstd::{Classes, class};
use super::super::{arg, bytes_arg, opt_int_arg, push_fail};
use super::start_offset;
use crate::error::{LResult, Throw};
use crate::heap::LVec;
use crate::object::State;
use crate::value::{Effects, Gc, Native, ShortCut, TValue, ty};
use core::mem::MaybeUninit;

/// Nested calls of the matcher.
const MAX_DEPTH: u32 = 200;
/// Items that a look ahead takes into account.
const MAX_AHEAD: usize = 4;
/// Captures of a pattern.
const MAX_CAPTURES: usize = 32;
const ESCAPE: u8 = b'%';

/// How far a capture has got.
#[derive(Clone, Copy)]
enum Extent {
    /// Its end was not seen yet.
    Open,
    /// A position capture.
    Position,
    /// Closed, with this many bytes.
    Length(usize),
}

#[derive(Clone, Copy)]
struct Capture {
    start: usize,
    extent: Extent,
}

/// A pattern item that matches one byte.
#[derive(Clone, Copy)]
enum Single<'a> {
    Any,
    Byte(u8),
    /// Any of the classes of a mask, or none of them.
    Class(u16, bool),
    /// `%z` and `%Z`.
    Zero(bool),
    /// The inside of a set, and whether the set matches what is inside.
    Set(&'a [u8], bool),
}

impl<'a> Single<'a> {
    /// What stands behind a `%`: a class, or the character itself.
    #[inline]
    fn escaped(c: u8) -> Single<'a> {
        let mask = match c | 0x20 {
            b'a' => class::ALPHA,
            b'c' => class::CNTRL,
            b'd' => class::DIGIT,
            b'g' => class::GRAPH,
            b'l' => class::LOWER,
            b'p' => class::PUNCT,
            b's' => class::SPACE,
            b'u' => class::UPPER,
            b'w' => class::ALNUM,
            b'x' => class::XDIGIT,
            b'z' => return Single::Zero(c == b'z'),
            _ => return Single::Byte(c),
        };
        Single::Class(mask, c.is_ascii_lowercase())
    }

    #[inline(always)]
    fn matches(self, c: u8, classes: Classes) -> bool {
        match self {
            Single::Any => true,
            Single::Byte(b) => b == c,
            Single::Class(mask, positive) => classes.has(c, mask) == positive,
            Single::Zero(positive) => (c == 0) == positive,
            Single::Set(set, positive) => in_set(set, c, classes) == positive,
        }
    }
}

/// Whether `c` is one of the characters, ranges and classes of `set` (what stands between the brackets).
fn in_set(set: &[u8], c: u8, classes: Classes) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == ESCAPE {
            i += 1;
            // The character behind a final escape is the bracket that closes the set.
            if Single::escaped(set.get(i).copied().unwrap_or(b']')).matches(c, classes) {
                return true;
            }
        } else if set.get(i + 1) == Some(&b'-') && i + 2 < set.len() {
            if (set[i]..=set[i + 2]).contains(&c) {
                return true;
            }
            i += 2;
        } else if set[i] == c {
            return true;
        }
        i += 1;
    }
    false
}

/// How many bytes at the beginning of `s` match the item: a loop for each kind of item.
fn run_length(s: &[u8], one: Single<'_>, classes: Classes) -> usize {
    let end = match one {
        Single::Any => None,
        Single::Byte(b) => s.iter().position(|&c| c != b),
        Single::Class(mask, positive) => s.iter().position(|&c| classes.has(c, mask) != positive),
        Single::Zero(positive) => s.iter().position(|&c| (c == 0) != positive),
        Single::Set(set, positive) => s.iter().position(|&c| in_set(set, c, classes) != positive),
    };
    end.unwrap_or(s.len())
}

/// With what the rest of a pattern may begin: items that may be missing, and the first one that may not, if the end of the
/// subject is not what follows.
struct Ahead<'a> {
    items: [Single<'a>; MAX_AHEAD],
    n: usize,
}

impl Ahead<'_> {
    #[inline(always)]
    fn admits(&self, c: u8, classes: Classes) -> bool {
        self.items[..self.n]
            .iter()
            .any(|one| one.matches(c, classes))
    }

    /// The byte, if it is always the same.
    fn only_byte(&self) -> Option<u8> {
        match self.items[..self.n] {
            [Single::Byte(c)] => Some(c),
            _ => None,
        }
    }
}

/// A match in progress.
struct Matcher<'a> {
    l: &'a State,
    subject: &'a [u8],
    pattern: &'a [u8],
    classes: Classes,
    depth: u32,
    level: usize,
    /// The first `level` ones are initialised.
    captures: [MaybeUninit<Capture>; MAX_CAPTURES],
}

impl<'a> Matcher<'a> {
    fn new(l: &'a State, subject: &'a [u8], pattern: &'a [u8]) -> Self {
        Matcher {
            l,
            subject,
            pattern,
            classes: Classes::current(),
            depth: 0,
            level: 0,
            captures: [const { MaybeUninit::uninit() }; MAX_CAPTURES],
        }
    }

    /// The captures that were begun so far.
    #[inline(always)]
    fn begun(&self) -> &[Capture] {
        // SAFETY: `open_capture` writes each capture before it counts it in `level`.
        unsafe { core::slice::from_raw_parts(self.captures.as_ptr().cast(), self.level) }
    }

    fn set_extent(&mut self, i: usize, extent: Extent) {
        let start = self.begun()[i].start;
        self.captures[i].write(Capture { start, extent });
    }

    #[cold]
    fn error(&self, message: &str) -> Throw {
        self.l.lib_error(message, &[])
    }

    /// Matches the whole pattern at offset `s`; the offset behind the match.
    #[inline]
    fn match_at(&mut self, s: usize) -> LResult<Option<usize>> {
        self.level = 0;
        self.run(s, 0)
    }

    fn run(&mut self, s: usize, p: usize) -> LResult<Option<usize>> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("pattern too complex"));
        }
        self.depth += 1;
        let end = self.items(s, p);
        self.depth -= 1;
        end
    }

    /// Matches the pattern from offset `p` on, at offset `s` of the subject.
    fn items(&mut self, mut s: usize, mut p: usize) -> LResult<Option<usize>> {
        while let Some(&c) = self.pattern.get(p) {
            let next = self.pattern.get(p + 1).copied();
            match (c, next) {
                (b'(', Some(b')')) => return self.open_capture(s, p + 2, Extent::Position),
                (b'(', _) => return self.open_capture(s, p + 1, Extent::Open),
                (b')', _) => return self.close_capture(s, p + 1),
                (b'$', None) => return Ok((s == self.subject.len()).then_some(s)),
                (ESCAPE, Some(b'b')) => match self.balanced(s, p + 2)? {
                    Some(end) => (s, p) = (end, p + 4),
                    None => return Ok(None),
                },
                (ESCAPE, Some(b'f')) => match self.frontier(s, p + 2)? {
                    Some(end) => p = end,
                    None => return Ok(None),
                },
                (ESCAPE, Some(digit @ b'0'..=b'9')) => match self.back_reference(s, digit)? {
                    Some(end) => (s, p) = (end, p + 2),
                    None => return Ok(None),
                },
                _ => {
                    let end = self.single_end(p)?;
                    let one = self.single(p, end);
                    let hit = self
                        .subject
                        .get(s)
                        .is_some_and(|&c| one.matches(c, self.classes));
                    match self.pattern.get(end) {
                        Some(b'*') => return self.longest(s, one, end + 1),
                        Some(b'+') if hit => return self.longest(s + 1, one, end + 1),
                        Some(b'-') => return self.shortest(s, one, end + 1),
                        Some(b'?') => {
                            if hit && let Some(found) = self.run(s + 1, end + 1)? {
                                return Ok(Some(found));
                            }
                            p = end + 1;
                        }
                        _ if !hit => return Ok(None),
                        _ => (s, p) = (s + 1, end),
                    }
                }
            }
        }
        Ok(Some(s))
    }

    /// The offset behind the single-byte item at `p`.
    #[inline]
    fn single_end(&self, p: usize) -> LResult<usize> {
        let pattern = self.pattern;
        match pattern[p] {
            ESCAPE if p + 1 == pattern.len() => {
                Err(self.error("malformed pattern (ends with '%%')"))
            }
            ESCAPE => Ok(p + 2),
            b'[' => self.set_end(p + 1),
            _ => Ok(p + 1),
        }
    }

    /// The offset behind the set whose first character is at `p`.
    fn set_end(&self, mut p: usize) -> LResult<usize> {
        if self.pattern.get(p) == Some(&b'^') {
            p += 1;
        }
        // The first character belongs to the set even if it is a bracket.
        loop {
            match self.pattern.get(p) {
                None => return Err(self.error("malformed pattern (missing ']')")),
                Some(&ESCAPE) => p = (p + 2).min(self.pattern.len()),
                Some(_) => p += 1,
            }
            if self.pattern.get(p) == Some(&b']') {
                return Ok(p + 1);
            }
        }
    }

    /// The single-byte item between `p` and `end`.
    #[inline]
    fn single(&self, p: usize, end: usize) -> Single<'a> {
        let pattern = self.pattern;
        match pattern[p] {
            b'.' => Single::Any,
            ESCAPE => Single::escaped(pattern[p + 1]),
            b'[' if pattern[p + 1] == b'^' => Single::Set(&pattern[p + 2..end - 1], false),
            b'[' => Single::Set(&pattern[p + 1..end - 1], true),
            c => Single::Byte(c),
        }
    }

    /// With what the pattern from offset `p` on may begin, unless that is not easily told.
    fn look_ahead(&self, mut p: usize) -> Option<Ahead<'a>> {
        if self.depth + MAX_AHEAD as u32 >= MAX_DEPTH {
            return None;
        }
        let mut ahead = Ahead {
            items: [Single::Any; MAX_AHEAD],
            n: 0,
        };
        let mut closed = 0;
        loop {
            match *self.pattern.get(p)? {
                b')' => {
                    closed += 1;
                    p += 1;
                    continue;
                }
                b'$' if p + 1 == self.pattern.len() => break,
                b'(' => return None,
                ESCAPE if !self.is_class(p + 1) => return None,
                _ if ahead.n == MAX_AHEAD => return None,
                _ => {}
            }
            let end = self.single_end(p).ok()?;
            ahead.items[ahead.n] = self.single(p, end);
            ahead.n += 1;
            match self.pattern.get(end) {
                Some(b'*' | b'?' | b'-') => p = end + 1,
                _ => break,
            }
        }
        (closed <= self.open_captures()).then_some(ahead)
    }

    /// Whether the rest of the pattern may match at `s`. If not, `run` would find nothing, and no error.
    #[inline(always)]
    fn may_match(&self, s: usize, ahead: &Option<Ahead<'a>>) -> bool {
        match (ahead, self.subject.get(s)) {
            (Some(ahead), Some(&c)) => ahead.admits(c, self.classes),
            _ => true,
        }
    }

    fn open_captures(&self) -> usize {
        let is_open = |c: &&Capture| matches!(c.extent, Extent::Open);
        self.begun().iter().filter(is_open).count()
    }

    /// Whether what stands at `p`, behind a `%`, is a class or a character: no `%b`, `%f`, back reference or end.
    fn is_class(&self, p: usize) -> bool {
        !matches!(self.pattern.get(p), None | Some(b'b' | b'f' | b'0'..=b'9'))
    }

    fn longest(&mut self, s: usize, one: Single<'a>, rest: usize) -> LResult<Option<usize>> {
        let mut n = run_length(&self.subject[s..], one, self.classes);
        if rest == self.pattern.len() && self.depth < MAX_DEPTH {
            return Ok(Some(s + n));
        }
        // Mostly the first try is right.
        let found = self.run(s + n, rest)?;
        if found.is_some() || n == 0 {
            return Ok(found);
        }
        let ahead = self.look_ahead(rest);
        while n > 0 {
            n -= 1;
            if self.may_match(s + n, &ahead)
                && let Some(end) = self.run(s + n, rest)?
            {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    fn shortest(&mut self, mut s: usize, one: Single<'a>, rest: usize) -> LResult<Option<usize>> {
        let ahead = self.look_ahead(rest);
        let next_byte = match (&ahead, one) {
            (Some(ahead), Single::Any) => ahead.only_byte(),
            _ => None,
        };
        loop {
            if let Some(c) = next_byte {
                let rest = &self.subject[s..];
                s += memchr::memchr(c, rest).unwrap_or(rest.len());
            }
            if self.may_match(s, &ahead)
                && let Some(end) = self.run(s, rest)?
            {
                return Ok(Some(end));
            }
            match self.subject.get(s) {
                Some(&c) if one.matches(c, self.classes) => s += 1,
                _ => return Ok(None),
            }
        }
    }

    fn open_capture(&mut self, s: usize, p: usize, extent: Extent) -> LResult<Option<usize>> {
        if self.level == MAX_CAPTURES {
            return Err(self.error("too many captures"));
        }
        self.captures[self.level].write(Capture { start: s, extent });
        self.level += 1;
        let end = self.run(s, p)?;
        if end.is_none() {
            self.level -= 1;
        }
        Ok(end)
    }

    fn close_capture(&mut self, s: usize, p: usize) -> LResult<Option<usize>> {
        let innermost = self
            .begun()
            .iter()
            .rposition(|c| matches!(c.extent, Extent::Open));
        let Some(i) = innermost else {
            return Err(self.error("invalid pattern capture"));
        };
        self.set_extent(i, Extent::Length(s - self.begun()[i].start));
        let end = self.run(s, p)?;
        if end.is_none() {
            self.set_extent(i, Extent::Open);
        }
        Ok(end)
    }

    /// `%bxy`, its two characters being at `p`.
    fn balanced(&self, s: usize, p: usize) -> LResult<Option<usize>> {
        let Some(&[open, close]) = self.pattern.get(p..p + 2) else {
            return Err(self.error("malformed pattern (missing arguments to '%%b')"));
        };
        if self.subject.get(s) != Some(&open) {
            return Ok(None);
        }
        let mut depth = 1usize;
        for (i, &c) in self.subject.iter().enumerate().skip(s + 1) {
            if c == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(i + 1));
                }
            } else if c == open {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// `%f[set]`, the set being at `p`; the offset in the pattern behind it if `s` is at the frontier.
    fn frontier(&self, s: usize, p: usize) -> LResult<Option<usize>> {
        if self.pattern.get(p) != Some(&b'[') {
            return Err(self.error("missing '[' after '%%f' in pattern"));
        }
        let end = self.single_end(p)?;
        let set = self.single(p, end);
        let before = if s == 0 { 0 } else { self.subject[s - 1] };
        let here = self.subject.get(s).copied().unwrap_or(0);
        let at = !set.matches(before, self.classes) && set.matches(here, self.classes);
        Ok(at.then_some(end))
    }

    /// `%1` to `%9`.
    fn back_reference(&self, s: usize, digit: u8) -> LResult<Option<usize>> {
        let index = (digit as usize).wrapping_sub(b'1' as usize);
        let capture = self.begun().get(index).copied();
        let captured = match capture {
            Some(Capture {
                start,
                extent: Extent::Length(n),
            }) => &self.subject[start..start + n],
            // A position captures no text that could follow here.
            Some(Capture {
                extent: Extent::Position,
                ..
            }) => return Ok(None),
            _ => return Err(self.invalid_index(digit as i64 - b'0' as i64)),
        };
        Ok(self.subject[s..]
            .starts_with(captured)
            .then(|| s + captured.len()))
    }

    fn invalid_index(&self, index: i64) -> Throw {
        self.l.lib_error("invalid capture index %%%d", args![index])
    }

    /// Capture `i` of a match from `s` to `end`; the whole match if the pattern has no captures and `i` is 0.
    fn capture(&self, i: usize, s: usize, end: usize) -> LResult<Captured<'a>> {
        let Some(c) = self.begun().get(i) else {
            if i != 0 {
                return Err(self.invalid_index(i as i64 + 1));
            }
            return Ok(Captured::Text(&self.subject[s..end]));
        };
        match c.extent {
            Extent::Open => Err(self.error("unfinished capture")),
            Extent::Position => Ok(Captured::Position(c.start as i64 + 1)),
            Extent::Length(n) => Ok(Captured::Text(&self.subject[c.start..c.start + n])),
        }
    }

    fn push_capture(&self, i: usize, s: usize, end: usize) -> LResult<()> {
        match self.capture(i, s, end)? {
            Captured::Text(text) => {
                self.l.push_bytes(text)?;
            }
            Captured::Position(n) => self.l.push_int(n),
        }
        Ok(())
    }

    /// Pushes all captures; with `whole`, the whole match if there are none. Returns how many values were pushed.
    fn push_captures(&self, s: usize, end: usize, whole: bool) -> LResult<i32> {
        let n = if self.level == 0 && whole {
            1
        } else {
            self.level
        };
        self.l.ensure_stack_msg(n as i32, "too many captures")?;
        for i in 0..n {
            self.push_capture(i, s, end)?;
        }
        Ok(n as i32)
    }
}

enum Captured<'a> {
    Text(&'a [u8]),
    Position(i64),
}

fn has_specials(pattern: &[u8]) -> bool {
    pattern.iter().any(|c| b"^$*+?.([%-".contains(c))
}

/// The literal byte that every match of the pattern starts with, if that can be told from its first two characters.
fn leading_byte(pattern: &[u8]) -> Option<u8> {
    match *pattern {
        [c, ref rest @ ..] if !b"^$.([%)".contains(&c) => match rest.first() {
            Some(b'*' | b'?' | b'-') => None,
            _ => Some(c),
        },
        _ => None,
    }
}

/// `string.find`
pub fn find(l: &State) -> LResult<i32> {
    search(l, true)
}

/// `string.match`
pub fn match_(l: &State) -> LResult<i32> {
    search(l, false)
}

fn search(l: &State, find: bool) -> LResult<i32> {
    let subject = bytes_arg(l, 1)?;
    let pattern = bytes_arg(l, 2)?;
    let init = start_offset(opt_int_arg(l, 3, 1)?, subject.len());
    if init > subject.len() {
        push_fail(l);
        return Ok(1);
    }
    if find && (!arg(l, 4).is_falsy() || !has_specials(pattern)) {
        return Ok(find_plain(l, subject, pattern, init));
    }
    let anchored = pattern.first() == Some(&b'^');
    let mut m = Matcher::new(l, subject, &pattern[anchored as usize..]);
    let lead = if anchored {
        None
    } else {
        leading_byte(pattern)
    };
    let mut s = init;
    loop {
        if let Some(c) = lead {
            match memchr::memchr(c, &subject[s..]) {
                Some(skip) => s += skip,
                None => break,
            }
        }
        if let Some(end) = m.match_at(s)? {
            if !find {
                return m.push_captures(s, end, true);
            }
            l.push_int(s as i64 + 1);
            l.push_int(end as i64);
            return Ok(m.push_captures(s, end, false)? + 2);
        }
        s += 1;
        if anchored || s > subject.len() {
            break;
        }
    }
    push_fail(l);
    Ok(1)
}

/// Places with the right first byte that are tried before the search is prepared for the worst case.
const CHEAP_TRIES: usize = 16;

/// Where `wanted` (at least two bytes) first occurs.
fn find_text(within: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..CHEAP_TRIES {
        at += memchr::memchr(wanted[0], &within[at..])?;
        if within[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
    memchr::memmem::find(&within[at..], wanted).map(|n| at + n)
}

fn find_plain(l: &State, subject: &[u8], wanted: &[u8], init: usize) -> i32 {
    let within = &subject[init..];
    let found = match *wanted {
        [] => Some(0),
        [c] => memchr::memchr(c, within),
        _ => find_text(within, wanted),
    };
    match found {
        Some(at) => {
            l.push_int((init + at) as i64 + 1);
            l.push_int((init + at + wanted.len()) as i64);
            2
        }
        None => {
            push_fail(l);
            1
        }
    }
}

/// Upvalue of the iterator of `gmatch`: the end of the last match, from where it goes on; before the first match, the
/// offset to begin at with all its bits inverted.
const GMATCH_POSITION: usize = 2;

/// `string.gmatch`
pub fn gmatch(l: &State) -> LResult<i32> {
    let subject = bytes_arg(l, 1)?;
    bytes_arg(l, 2)?;
    let init = start_offset(opt_int_arg(l, 3, 1)?, subject.len());
    l.set_top(2)?;
    l.push_int(!(init.min(subject.len() + 1) as i64));
    l.push_native_closure(GMATCH_STEP, 3)?;
    Ok(1)
}

static GMATCH_STEP: &Native = crate::native!(gmatch_step, ShortCut::None, Effects::Last(None));

fn gmatch_step(l: &State) -> LResult<i32> {
    let Some(own) = l.ci().func.get().get().as_c_closure() else {
        return Ok(0);
    };
    let text = |i: usize| own.upvalue(i).get().as_string().map_or(&b""[..], Gc::bytes);
    let subject = text(0);
    let mut m = Matcher::new(l, subject, text(1));
    let last = own.upvalue(GMATCH_POSITION).get().int_bits();
    let from = if last < 0 { !last } else { last };
    for s in from as usize..=subject.len() {
        if let Some(end) = m.match_at(s)?
            && end as i64 != last
        {
            let pushed = m.push_captures(s, end, true);
            if pushed.is_ok() || !l.pinned.get() {
                own.upvalue(GMATCH_POSITION).set(TValue::int(end as i64));
            }
            return pushed;
        }
    }
    Ok(0)
}

/// Appends the expansion of the replacement string of `gsub` for a match from `s` to `end`.
fn expand(
    m: &Matcher<'_>,
    out: &mut LVec<u8>,
    replacement: &[u8],
    s: usize,
    end: usize,
) -> LResult<()> {
    let mut rest = replacement;
    while let Some(at) = memchr::memchr(ESCAPE, rest) {
        out.extend(&rest[..at])?;
        match rest.get(at + 1) {
            Some(&ESCAPE) => out.push(ESCAPE)?,
            Some(b'0') => out.extend(&m.subject[s..end])?,
            Some(&digit @ b'1'..=b'9') => match m.capture((digit - b'1') as usize, s, end)? {
                Captured::Text(text) => out.extend(text)?,
                Captured::Position(n) => out.extend(itoa::Buffer::new().format(n).as_bytes())?,
            },
            _ => return Err(m.error("invalid use of '%%' in replacement string")),
        }
        rest = &rest[at + 2..];
    }
    out.extend(rest)
}

/// Appends what replaces a match from `s` to `end`; false if the match stays as it is, nothing being appended then.
fn replace(
    m: &Matcher<'_>,
    out: &mut LVec<u8>,
    with: TValue,
    s: usize,
    end: usize,
) -> LResult<bool> {
    let l = m.l;
    if let Some(text) = with.as_string() {
        expand(m, out, text.bytes(), s, end)?;
        return Ok(true);
    }
    if let Some(t) = with.as_table() {
        m.push_capture(0, s, end)?;
        if t.metatable.get().is_none() {
            let key = l.top.get().sub(1);
            key.set(t.get(key.get()).or_nil());
        } else {
            l.get_table(3)?;
        }
    } else {
        l.push_value(3);
        let n = m.push_captures(s, end, true)?;
        l.call(n, 1)?;
    }
    let value = l.value_at(-1);
    if value.is_falsy() {
        l.pop(1);
        return Ok(false);
    }
    if !value.is_string() && !value.is_number() {
        return Err(l.lib_error(
            "invalid replacement value (a %s)",
            args![l.type_name_of(-1)],
        ));
    }
    out.extend(l.to_bytes(-1)?.unwrap_or(b""))?;
    l.pop(1);
    Ok(true)
}

/// `string.gsub`
pub fn gsub(l: &State) -> LResult<i32> {
    let subject = bytes_arg(l, 1)?;
    let pattern = bytes_arg(l, 2)?;
    let kind = arg(l, 3).basic_type();
    if ![ty::NUMBER, ty::STRING, ty::TABLE, ty::FUNCTION].contains(&kind) {
        return Err(l.type_error(3, "string/function/table"));
    }
    if kind == ty::NUMBER {
        l.check_bytes(3)?;
    }
    let with = arg(l, 3);
    let max = opt_int_arg(l, 4, subject.len() as i64 + 1)?;
    let anchored = pattern.first() == Some(&b'^');
    let mut m = Matcher::new(l, subject, &pattern[anchored as usize..]);
    let lead = if anchored {
        None
    } else {
        leading_byte(pattern)
    };
    let mut out = LVec::new(l);
    let mut copied = 0;
    let (mut last, mut changed) = (None, false);
    let (mut s, mut count) = (0, 0);
    while count < max {
        if let Some(c) = lead {
            match memchr::memchr(c, &subject[s..]) {
                Some(skip) => s += skip,
                None => break,
            }
        }
        match m.match_at(s)?.filter(|end| Some(*end) != last) {
            Some(end) => {
                count += 1;
                out.extend(&subject[copied..s])?;
                // Text of a match that stays is copied together with what follows it.
                let replaced = replace(&m, &mut out, with, s, end)?;
                copied = if replaced { end } else { s };
                changed |= replaced;
                s = end;
                last = Some(end);
            }
            None if s < subject.len() => s += 1,
            None => break,
        }
        if anchored {
            break;
        }
    }
    if changed {
        out.extend(&subject[copied..])?;
        l.push_bytes(&out)?;
    } else {
        l.push_value(1);
    }
    l.push_int(count);
    Ok(2)
}
