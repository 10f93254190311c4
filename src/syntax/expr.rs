//! The parser's part for expressions.

use super::code::ALL;
use super::exp::{Exp, Kind};
use super::func::Compiler;
use super::token::Token;
use crate::bytecode::op::{self, Op};
use crate::error::LResult;
use crate::object::Str;
use crate::value::Gc;

/// Values of a constructor that are stored at once.
const FIELDS_PER_FLUSH: usize = 50;
/// Number of the first arithmetic event in the bytecode format.
const FIRST_EVENT: usize = 6;
/// Priority of unary operators.
const UNARY_PRIORITY: u8 = 12;

/// Unary operators.
#[derive(Clone, Copy)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `~`
    BNot,
    /// `not`
    Not,
    /// `#`
    Len,
}

macro_rules! binary_ops {
    ($($(#[$doc:meta])* $name:ident $left:literal $right:literal,)*) => {
        /// Binary operators; the arithmetic ones in the order of their opcodes.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum BinaryOp { $($(#[$doc])* $name),* }

        /// Left and right priority of each operator.
        const PRIORITIES: &[(u8, u8)] = &[$(($left, $right)),*];
    };
}
binary_ops! {
    /// `+`
    Add 10 10,
    /// `-`
    Sub 10 10,
    /// `*`
    Mul 11 11,
    /// `%`
    Mod 11 11,
    /// `^`
    Pow 14 13,
    /// `/`
    Div 11 11,
    /// `//`
    IDiv 11 11,
    /// `&`
    BAnd 6 6,
    /// `|`
    BOr 4 4,
    /// `~`
    BXor 5 5,
    /// `<<`
    Shl 7 7,
    /// `>>`
    Shr 7 7,
    /// `..`
    Concat 9 8,
    /// `==`
    Eq 3 3,
    /// `<`
    Lt 3 3,
    /// `<=`
    Le 3 3,
    /// `~=`
    Ne 3 3,
    /// `>`
    Gt 3 3,
    /// `>=`
    Ge 3 3,
    /// `and`
    And 2 2,
    /// `or`
    Or 1 1,
}

impl BinaryOp {
    /// Number of the metamethod event in the bytecode format.
    pub fn event(self) -> usize {
        self as usize + FIRST_EVENT
    }
    fn of(t: Token) -> Option<BinaryOp> {
        Some(match t {
            Token::Char(b'+') => BinaryOp::Add,
            Token::Char(b'-') => BinaryOp::Sub,
            Token::Char(b'*') => BinaryOp::Mul,
            Token::Char(b'%') => BinaryOp::Mod,
            Token::Char(b'^') => BinaryOp::Pow,
            Token::Char(b'/') => BinaryOp::Div,
            Token::IDiv => BinaryOp::IDiv,
            Token::Char(b'&') => BinaryOp::BAnd,
            Token::Char(b'|') => BinaryOp::BOr,
            Token::Char(b'~') => BinaryOp::BXor,
            Token::Shl => BinaryOp::Shl,
            Token::Shr => BinaryOp::Shr,
            Token::Concat => BinaryOp::Concat,
            Token::Ne => BinaryOp::Ne,
            Token::Eq => BinaryOp::Eq,
            Token::Char(b'<') => BinaryOp::Lt,
            Token::Le => BinaryOp::Le,
            Token::Char(b'>') => BinaryOp::Gt,
            Token::Ge => BinaryOp::Ge,
            Token::And => BinaryOp::And,
            Token::Or => BinaryOp::Or,
            _ => return None,
        })
    }
}

fn unary_op(t: Token) -> Option<UnaryOp> {
    Some(match t {
        Token::Not => UnaryOp::Not,
        Token::Char(b'-') => UnaryOp::Minus,
        Token::Char(b'~') => UnaryOp::BNot,
        Token::Char(b'#') => UnaryOp::Len,
        _ => return None,
    })
}

/// A table constructor under way.
struct Constructor {
    /// The last list item, not in a register yet.
    item: Exp,
    /// The table's register.
    reg: usize,
    hash: usize,
    array: usize,
    pending: usize,
}

// A level of nesting takes several of these functions, and hosts run us on small stacks. So what a function needs only
// before or after it recurses is in functions of its own, and expressions are passed by reference.
impl Compiler<'_, '_> {
    /// An expression, which replaces `e`.
    pub fn expr(&mut self, e: &mut Exp) -> LResult<()> {
        *e = Exp::new(Kind::Void);
        self.sub_expr(e, 0).map(|_| ())
    }

    /// Operands and operators of a priority above `limit`; returns the operator that follows.
    #[inline(never)]
    fn sub_expr(&mut self, e: &mut Exp, limit: u8) -> LResult<Option<BinaryOp>> {
        self.enter_level()?;
        match unary_op(self.lex.token) {
            Some(o) => {
                let line = self.lex.line;
                self.lex.next()?;
                self.sub_expr(e, UNARY_PRIORITY)?;
                self.prefix(o, e, line)?;
            }
            None => self.simple_expr(e)?,
        }
        let mut next = BinaryOp::of(self.lex.token);
        while let Some(o) = next {
            let (left, right) = PRIORITIES[o as usize];
            if left <= limit {
                break;
            }
            let line = self.lex.line;
            self.lex.next()?;
            self.infix(o, e)?;
            let mut second = Exp::new(Kind::Void);
            next = self.sub_expr(&mut second, right)?;
            self.postfix(o, e, &mut second, line)?;
        }
        self.leave_level();
        Ok(next)
    }

    #[inline(never)]
    fn simple_expr(&mut self, e: &mut Exp) -> LResult<()> {
        let kind = match self.lex.token {
            Token::Float => Kind::float(self.lex.value.float_bits()),
            Token::Int => Kind::Int(self.lex.value.int_bits()),
            Token::String => Kind::String(self.lex.text()),
            Token::Nil => Kind::Nil,
            Token::True => Kind::True,
            Token::False => Kind::False,
            Token::Dots => {
                if !self.fs.proto.is_vararg.get() {
                    return Err(self
                        .lex
                        .error(b"cannot use '...' outside a vararg function"));
                }
                Kind::vararg(self.emit_abc(Op::Vararg, 0, 0, 1)?)
            }
            Token::Char(b'{') => return self.constructor(e),
            Token::Function => {
                self.lex.next()?;
                let line = self.lex.line;
                return self.function_body(e, false, line);
            }
            _ => return self.suffixed_expr(e),
        };
        *e = Exp::new(kind);
        self.lex.next()
    }

    fn primary_expr(&mut self, e: &mut Exp) -> LResult<()> {
        match self.lex.token {
            Token::Name => {
                let name = self.lex.text();
                self.lex.next()?;
                self.variable(name, e)
            }
            Token::Char(b'(') => {
                let line = self.lex.line;
                self.lex.next()?;
                self.sub_expr(e, 0)?;
                self.expect_match(Token::Char(b')'), Token::Char(b'('), line)?;
                self.discharge(e)
            }
            _ => Err(self.lex.error(b"unexpected symbol")),
        }
    }

    /// A primary expression with any number of fields, indices and calls.
    #[inline(never)]
    pub fn suffixed_expr(&mut self, e: &mut Exp) -> LResult<()> {
        self.primary_expr(e)?;
        loop {
            match self.lex.token {
                Token::Char(b'.') => self.field_name(e)?,
                Token::Char(b'[') => {
                    self.place_any_or_upvalue(e)?;
                    self.bracketed_index(e)?;
                }
                Token::Char(b':') => {
                    self.method_name(e)?;
                    self.call_args(e)?;
                }
                Token::Char(b'(' | b'{') | Token::String => {
                    self.place_next(e)?;
                    self.call_args(e)?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// `[key]`
    #[inline(never)]
    fn bracketed_index(&mut self, e: &mut Exp) -> LResult<()> {
        let mut key = Exp::new(Kind::Void);
        self.bracketed_key(&mut key)?;
        self.index(e, &mut key)
    }

    /// `:name`
    #[inline(never)]
    fn method_name(&mut self, e: &mut Exp) -> LResult<()> {
        self.lex.next()?;
        let name = self.expect_name()?;
        self.emit_self(e, &mut Exp::new(Kind::String(name)))
    }

    /// `.name`
    #[inline(never)]
    pub fn field_name(&mut self, e: &mut Exp) -> LResult<()> {
        self.place_any_or_upvalue(e)?;
        self.lex.next()?;
        let name = self.expect_name()?;
        self.index(e, &mut Exp::new(Kind::String(name)))
    }

    fn bracketed_key(&mut self, key: &mut Exp) -> LResult<()> {
        self.lex.next()?;
        self.expr(key)?;
        self.place_value(key)?;
        self.expect(Token::Char(b']'))
    }

    /// The arguments of a call of the function in the register of `f`.
    #[inline(never)]
    fn call_args(&mut self, f: &mut Exp) -> LResult<()> {
        let line = self.lex.line;
        let mut args = Exp::new(Kind::Void);
        match self.lex.token {
            Token::Char(b'(') => {
                self.lex.next()?;
                if self.lex.token != Token::Char(b')') {
                    self.expr_list(&mut args)?;
                    if args.is_multiple() {
                        self.set_returns(&args, ALL)?;
                    }
                }
                self.expect_match(Token::Char(b')'), Token::Char(b'('), line)?;
            }
            Token::Char(b'{') => self.constructor(&mut args)?,
            Token::String => {
                args = Exp::new(Kind::String(self.lex.text()));
                self.lex.next()?;
            }
            _ => return Err(self.lex.error(b"function arguments expected")),
        }
        self.finish_call(f, &mut args, line)
    }

    #[inline(never)]
    fn finish_call(&mut self, f: &mut Exp, args: &mut Exp, line: i32) -> LResult<()> {
        let Kind::Register(base) = f.kind else {
            unreachable!("the function is in a register")
        };
        let b = if args.is_multiple() {
            0
        } else {
            if !matches!(args.kind, Kind::Void) {
                self.place_next(args)?;
            }
            self.fs.free_reg - base
        };
        *f = Exp::new(Kind::call(self.emit_abc(Op::Call, base, b, 2)?));
        self.fix_line(line)?;
        self.fs.free_reg = base + 1;
        Ok(())
    }

    /// Expressions between commas, all but the last in registers; how many there are.
    pub fn expr_list(&mut self, e: &mut Exp) -> LResult<i32> {
        let mut n = 1;
        *e = Exp::new(Kind::Void);
        self.sub_expr(e, 0)?;
        while self.accept(Token::Char(b','))? {
            self.place_next(e)?;
            *e = Exp::new(Kind::Void);
            self.sub_expr(e, 0)?;
            n += 1;
        }
        Ok(n)
    }

    // ---- constructors ----

    #[inline(never)]
    fn constructor(&mut self, e: &mut Exp) -> LResult<()> {
        let line = self.lex.line;
        let pc = self.open_constructor(e)?;
        let mut c = Constructor {
            item: Exp::new(Kind::Void),
            reg: self.fs.free_reg - 1,
            hash: 0,
            array: 0,
            pending: 0,
        };
        while self.lex.token != Token::Char(b'}') {
            self.flush_item(&mut c)?;
            let is_record = match self.lex.token {
                Token::Name => self.lex.look_ahead()? == Token::Char(b'='),
                t => t == Token::Char(b'['),
            };
            if is_record {
                self.record_field(&mut c)?;
            } else {
                self.expr(&mut c.item)?;
                c.pending += 1;
            }
            if !(self.accept(Token::Char(b','))? || self.accept(Token::Char(b';'))?) {
                break;
            }
        }
        self.expect_match(Token::Char(b'}'), Token::Char(b'{'), line)?;
        self.flush_last(&mut c)?;
        self.set_table_size(pc, c.reg, c.array, c.hash);
        Ok(())
    }

    /// Creates the table in the next register; the instruction that does.
    #[inline(never)]
    fn open_constructor(&mut self, e: &mut Exp) -> LResult<i32> {
        let pc = self.emit_abc(Op::NewTable, 0, 0, 0)?;
        self.emit(op::ax_of(Op::ExtraArg, 0))?;
        *e = Exp::new(Kind::Register(self.fs.free_reg));
        self.reserve(1)?;
        self.expect(Token::Char(b'{'))?;
        Ok(pc)
    }

    /// Puts the last list item into a register, and all of them into the table when there are enough.
    #[inline(never)]
    fn flush_item(&mut self, c: &mut Constructor) -> LResult<()> {
        if matches!(c.item.kind, Kind::Void) {
            return Ok(());
        }
        self.place_next(&mut c.item)?;
        c.item = Exp::new(Kind::Void);
        if c.pending == FIELDS_PER_FLUSH {
            self.emit_set_list(c.reg, c.array, c.pending as i32)?;
            c.array += c.pending;
            c.pending = 0;
        }
        Ok(())
    }

    #[inline(never)]
    fn flush_last(&mut self, c: &mut Constructor) -> LResult<()> {
        if c.pending == 0 {
            return Ok(());
        }
        if c.item.is_multiple() {
            self.set_returns(&c.item, ALL)?;
            self.emit_set_list(c.reg, c.array, ALL)?;
            // The number of the last values is not known.
            c.pending -= 1;
        } else {
            if !matches!(c.item.kind, Kind::Void) {
                self.place_next(&mut c.item)?;
            }
            self.emit_set_list(c.reg, c.array, c.pending as i32)?;
        }
        c.array += c.pending;
        Ok(())
    }

    #[inline(never)]
    fn record_field(&mut self, c: &mut Constructor) -> LResult<()> {
        let reg = self.fs.free_reg;
        let mut element = Exp::new(Kind::Register(c.reg));
        self.record_key(c, &mut element)?;
        let mut value = Exp::new(Kind::Void);
        self.sub_expr(&mut value, 0)?;
        self.store(&element, &mut value)?;
        self.fs.free_reg = reg;
        Ok(())
    }

    /// The key of a record field and the `=` behind it: turns the table `element` into the element.
    #[inline(never)]
    fn record_key(&mut self, c: &mut Constructor, element: &mut Exp) -> LResult<()> {
        let mut key = Exp::new(Kind::Void);
        match self.lex.token {
            Token::Name => {
                let name = self.lex.text();
                self.lex.next()?;
                key = Exp::new(Kind::String(name));
            }
            _ => self.bracketed_key(&mut key)?,
        }
        self.check_limit(c.hash, i32::MAX as usize, "items in a constructor")?;
        c.hash += 1;
        self.expect(Token::Char(b'='))?;
        self.index(element, &mut key)
    }

    // ---- functions ----

    /// Parameters and body of a function, behind `function` (and its name).
    #[inline(never)]
    pub fn function_body(&mut self, e: &mut Exp, is_method: bool, line: i32) -> LResult<()> {
        self.open_function(line)?;
        self.expect(Token::Char(b'('))?;
        if is_method {
            let name = self.lex.string(b"self")?;
            self.new_local(name)?;
            self.activate_locals(1)?;
        }
        self.parameters()?;
        self.expect(Token::Char(b')'))?;
        self.statements()?;
        self.fs.proto.last_line_defined.set(self.lex.line);
        self.expect_match(Token::End, Token::Function, line)?;
        self.close_function()?;
        let n = self.fs.protos.len() - 1;
        self.check_limit(n, op::MAX_BX, "functions")?;
        *e = Exp::new(Kind::relocatable(self.emit_abx(Op::Closure, 0, n)?));
        self.place_next(e)
    }

    fn parameters(&mut self) -> LResult<()> {
        let mut n = 0;
        let mut vararg = false;
        if self.lex.token != Token::Char(b')') {
            loop {
                match self.lex.token {
                    Token::Name => {
                        let name = self.lex.text();
                        self.lex.next()?;
                        self.new_local(name)?;
                        n += 1;
                    }
                    Token::Dots => {
                        self.lex.next()?;
                        vararg = true;
                    }
                    _ => return Err(self.lex.error(b"<name> or '...' expected")),
                }
                if vararg || !self.accept(Token::Char(b','))? {
                    break;
                }
            }
        }
        self.activate_locals(n)?;
        let params = self.fs.active;
        self.fs.proto.num_params.set(params as u8);
        if vararg {
            self.set_vararg(params)?;
        }
        self.reserve(params)
    }

    /// Makes the function a vararg function.
    pub fn set_vararg(&mut self, params: usize) -> LResult<()> {
        self.fs.proto.is_vararg.set(true);
        self.emit_abc(Op::VarargPrep, params, 0, 0)?;
        Ok(())
    }

    // ---- variables ----

    /// The variable with this name: local, upvalue, or a field of `_ENV`.
    #[inline(never)]
    pub fn variable(&mut self, name: Gc<Str>, e: &mut Exp) -> LResult<()> {
        self.find_variable(0, name, true, e)?;
        if matches!(e.kind, Kind::Void) {
            let env = match self.l.global().env_name.get() {
                Some(env) => env,
                None => unreachable!("made with the state"),
            };
            self.find_variable(0, env, true, e)?;
            self.place_any_or_upvalue(e)?;
            self.index(e, &mut Exp::new(Kind::String(name)))?;
        }
        Ok(())
    }
}
