//! A function under construction, and the compiler's state around it.

use super::lexer::Lexer;
use super::token::Token;
use crate::bytecode::op::{self, Op};
use crate::debug::line::{ABSOLUTE, MAX_DISTANCE};
use crate::error::{LResult, Throw};
use crate::heap::{self, LVec};
use crate::limits::{MAX_REGISTERS, MAX_UPVALUES};
use crate::object::proto::{AbsLine, LocVar, UpvalDesc};
use crate::object::{Proto, State, Str, Table};
use crate::value::{Gc, TValue, tag};

/// Kinds of local variables, as the binary format has them.
pub mod kind {
    /// An ordinary variable.
    pub const REGULAR: u8 = 0;
    /// `<const>`
    pub const CONST: u8 = 1;
    /// `<close>`
    pub const CLOSE: u8 = 2;
    /// A constant known at compile time, which has no register.
    pub const COMPILE_TIME: u8 = 3;
}

/// A local variable in scope.
#[derive(Clone, Copy)]
pub struct Var {
    /// Its name.
    pub name: Gc<Str>,
    /// See `kind`.
    pub kind: u8,
    /// Its register.
    pub register: u8,
    /// Its index in the prototype's debug information.
    pub debug_index: i32,
    /// The value of a compile-time constant.
    pub value: TValue,
}

/// A label, or a `goto` that waits for one.
#[derive(Clone, Copy)]
pub struct Label {
    /// Its name.
    pub name: Gc<Str>,
    /// Where the label is, or the jump of the `goto`.
    pub pc: i32,
    /// The source line.
    pub line: i32,
    /// Active variables at that place.
    pub active: usize,
    /// Whether the jump leaves the scope of a variable that must be closed.
    pub close: bool,
}

/// A block of a function.
#[derive(Clone, Copy)]
pub struct Block {
    /// Labels of the compilation when the block began.
    pub first_label: usize,
    /// Pending gotos when the block began.
    pub first_goto: usize,
    /// Active variables outside of the block.
    pub active: usize,
    /// Whether a variable of the block is an upvalue.
    pub has_upvalue: bool,
    /// Whether the block is a loop.
    pub is_loop: bool,
    /// Whether a to-be-closed variable is in scope.
    pub inside_tbc: bool,
}

/// A function under construction.
pub struct FuncState {
    /// The enclosing function.
    pub prev: Option<Box<FuncState>>,
    /// The prototype, whose vectors stay empty until the end.
    pub proto: Gc<Proto>,
    /// Instructions.
    pub code: LVec<u32>,
    line_info: LVec<i8>,
    abs_lines: LVec<AbsLine>,
    /// Constants.
    pub constants: LVec<TValue>,
    /// Nested functions.
    pub protos: LVec<Gc<Proto>>,
    /// Upvalues.
    pub upvalues: LVec<UpvalDesc>,
    /// Debug information of local variables.
    pub loc_vars: LVec<LocVar>,
    /// The blocks around the current place.
    pub blocks: LVec<Block>,
    /// The last instruction that something jumps to.
    pub last_target: i32,
    prev_line: i32,
    since_abs: i32,
    /// First label of the function.
    pub first_label: usize,
    /// First variable of the function in `Compiler::vars`.
    pub first_var: usize,
    /// Active variables.
    pub active: usize,
    /// First free register.
    pub free_reg: usize,
    /// Whether the function must close upvalues when it returns.
    pub needs_close: bool,
    max_stack: usize,
}

/// The compiler.
pub struct Compiler<'l, 'r> {
    /// The thread.
    pub l: &'l State,
    /// The source of tokens.
    pub lex: Lexer<'l, 'r>,
    /// The function under construction.
    pub fs: Box<FuncState>,
    /// Local variables in scope, of all functions.
    pub vars: LVec<Var>,
    /// Their names, side by side, since look-ups read nothing else.
    pub var_names: LVec<Gc<Str>>,
    /// Labels in scope.
    pub labels: LVec<Label>,
    /// Gotos whose labels were not seen yet.
    pub gotos: LVec<Label>,
    /// Where each constant was put last, by a key for the constant. On the Lua stack.
    constant_index: Gc<Table>,
}

impl FuncState {
    /// A function at its beginning.
    pub fn new(
        l: &State,
        proto: Gc<Proto>,
        first_label: usize,
        first_var: usize,
        line: i32,
    ) -> Box<FuncState> {
        Box::new(FuncState {
            prev: None,
            proto,
            code: LVec::new(l),
            line_info: LVec::new(l),
            abs_lines: LVec::new(l),
            constants: LVec::new(l),
            protos: LVec::new(l),
            upvalues: LVec::new(l),
            loc_vars: LVec::new(l),
            blocks: LVec::new(l),
            last_target: 0,
            prev_line: line,
            since_abs: 0,
            first_label,
            first_var,
            active: 0,
            free_reg: 0,
            needs_close: false,
            max_stack: 2,
        })
    }
    /// The current instruction number.
    #[inline(always)]
    pub fn pc(&self) -> i32 {
        self.code.len() as i32
    }
    /// The current block.
    pub fn block(&mut self) -> &mut Block {
        match self.blocks.last_mut() {
            Some(b) => b,
            None => unreachable!("every function has a block"),
        }
    }
    /// The last instruction, unless something jumps behind it.
    pub fn previous(&mut self) -> Option<&mut u32> {
        if self.pc() > self.last_target {
            self.code.last_mut()
        } else {
            None
        }
    }

    #[inline]
    fn save_line(&mut self, line: i32) -> LResult<()> {
        let diff = line - self.prev_line;
        if diff.abs() >= 0x80 || self.since_abs >= MAX_DISTANCE {
            return self.save_absolute_line(line);
        }
        self.since_abs += 1;
        self.prev_line = line;
        self.line_info.push(diff as i8)
    }
    #[cold]
    fn save_absolute_line(&mut self, line: i32) -> LResult<()> {
        self.abs_lines.push(AbsLine {
            pc: self.line_info.len() as i32,
            line,
        })?;
        self.line_info.push(ABSOLUTE)?;
        self.since_abs = 1;
        self.prev_line = line;
        Ok(())
    }
    fn drop_line(&mut self) {
        match self.line_info.pop() {
            Some(ABSOLUTE) => {
                self.abs_lines.pop();
                // The next one must be absolute again, for what `prev_line` was is lost.
                self.since_abs = MAX_DISTANCE + 1;
            }
            Some(d) => {
                self.prev_line -= d as i32;
                self.since_abs -= 1;
            }
            None => {}
        }
    }
    /// Sets the line of the last instruction.
    pub fn fix_line(&mut self, line: i32) -> LResult<()> {
        self.drop_line();
        self.save_line(line)
    }
    /// Takes the last instruction back.
    pub fn drop_last(&mut self) {
        self.drop_line();
        self.code.pop();
    }
}

impl<'l, 'r> Compiler<'l, 'r> {
    /// A compiler at the start of a chunk.
    pub fn new(
        l: &'l State,
        lex: Lexer<'l, 'r>,
        fs: Box<FuncState>,
        constant_index: Gc<Table>,
    ) -> Self {
        let (vars, labels, gotos) = (LVec::new(l), LVec::new(l), LVec::new(l));
        let var_names = LVec::new(l);
        Compiler {
            l,
            lex,
            fs,
            vars,
            var_names,
            labels,
            gotos,
            constant_index,
        }
    }

    // ---- emitting ----

    /// Appends an instruction; its number.
    pub fn emit(&mut self, i: u32) -> LResult<i32> {
        self.fs.code.push(i)?;
        self.fs.save_line(self.lex.last_line)?;
        Ok(self.fs.pc() - 1)
    }
    /// Appends an instruction of format `ABC` with `k` clear.
    pub fn emit_abc(&mut self, o: Op, a: usize, b: usize, c: usize) -> LResult<i32> {
        self.emit(op::abck(o, a, b, c, false))
    }
    /// Appends an instruction of format `ABC`.
    pub fn emit_abck(&mut self, o: Op, a: usize, b: usize, c: usize, k: bool) -> LResult<i32> {
        self.emit(op::abck(o, a, b, c, k))
    }
    /// Appends an instruction of format `ABx`.
    pub fn emit_abx(&mut self, o: Op, a: usize, bx: usize) -> LResult<i32> {
        self.emit(op::abx(o, a, bx))
    }
    /// Appends the instruction that loads a constant.
    pub fn emit_constant(&mut self, reg: usize, k: usize) -> LResult<i32> {
        if k <= op::MAX_BX {
            return self.emit_abx(Op::LoadK, reg, k);
        }
        let pc = self.emit_abx(Op::LoadKX, reg, 0)?;
        self.emit(op::ax_of(Op::ExtraArg, k))?;
        Ok(pc)
    }
    /// Sets the line of the last instruction.
    pub fn fix_line(&mut self, line: i32) -> LResult<()> {
        self.fs.fix_line(line)
    }
    /// An instruction.
    pub fn code(&self, pc: i32) -> u32 {
        self.fs.code[pc as usize]
    }
    /// An instruction, to be changed.
    pub fn code_mut(&mut self, pc: i32) -> &mut u32 {
        &mut self.fs.code[pc as usize]
    }

    // ---- registers ----

    /// Makes sure that the function has `n` more registers.
    pub fn check_stack(&mut self, n: usize) -> LResult<()> {
        let size = self.fs.free_reg + n;
        if size > self.fs.max_stack {
            if size >= MAX_REGISTERS {
                return Err(self
                    .lex
                    .error(b"function or expression needs too many registers"));
            }
            self.fs.max_stack = size;
        }
        Ok(())
    }
    /// Takes the next `n` registers.
    pub fn reserve(&mut self, n: usize) -> LResult<()> {
        self.check_stack(n)?;
        self.fs.free_reg += n;
        Ok(())
    }

    // ---- limits ----

    /// Raises "too many ..." if `n` is above `limit`.
    pub fn check_limit(&self, n: usize, limit: usize, what: &str) -> LResult<()> {
        if n > limit {
            Err(self.limit_error(limit, what))
        } else {
            Ok(())
        }
    }
    #[cold]
    fn limit_error(&self, limit: usize, what: &str) -> Throw {
        match self.fs.proto.line_defined.get() {
            0 => self.lex.error_fmt(
                "too many %s (limit is %d) in main function",
                args![what, limit],
                true,
            ),
            line => {
                let args = args![what, limit, line];
                self.lex.error_fmt(
                    "too many %s (limit is %d) in function at line %d",
                    args,
                    true,
                )
            }
        }
    }

    // ---- constants ----

    /// The index of a constant, added if the function does not have it. `key` stands for it in the index.
    fn constant(&mut self, key: TValue, v: TValue) -> LResult<usize> {
        if let Some(i) = self.constant_index.get(key).as_int() {
            let i = i as usize;
            if let Some(known) = self.fs.constants.get(i)
                && known.tag() == v.tag()
                && known.raw_eq(v)
            {
                return Ok(i);
            }
        }
        let i = self.fs.constants.len();
        self.check_limit(i, op::MAX_AX, "constants")?;
        self.constant_index
            .set(self.l, key, TValue::int(i as i64))?;
        if key.is_collectable() {
            heap::barrier_back(self.l, self.constant_index.header(), key);
        }
        self.fs.constants.push(v)?;
        Ok(i)
    }
    /// The index of a string constant.
    pub fn string_constant(&mut self, s: Gc<Str>) -> LResult<usize> {
        self.constant(s.into(), s.into())
    }
    /// The index of an integer constant.
    pub fn int_constant(&mut self, i: i64) -> LResult<usize> {
        self.constant(TValue::int(i), TValue::int(i))
    }
    /// The index of a float constant. Its bits are its key, so that floats with integer values are told from integers.
    pub fn float_constant(&mut self, n: f64) -> LResult<usize> {
        self.constant(TValue::from_raw(n.to_bits(), tag::LIGHT), TValue::float(n))
    }
    /// The index of a nil or boolean constant.
    pub fn simple_constant(&mut self, v: TValue) -> LResult<usize> {
        let key = if v.is_nil() {
            TValue::from(self.constant_index)
        } else {
            v
        };
        self.constant(key, v)
    }

    // ---- upvalues ----

    /// Adds an upvalue to a function.
    pub fn new_upvalue(&mut self, depth: usize, desc: UpvalDesc) -> LResult<usize> {
        let fs = self.enclosing(depth);
        let n = fs.upvalues.len();
        fs.upvalues.push(desc)?;
        if n >= MAX_UPVALUES {
            return Err(self.upvalue_limit_error(depth));
        }
        Ok(n)
    }
    #[cold]
    fn upvalue_limit_error(&mut self, depth: usize) -> Throw {
        let line = self.enclosing(depth).proto.line_defined.get();
        match line {
            0 => self.lex.error_fmt(
                "too many upvalues (limit is %d) in main function",
                args![MAX_UPVALUES],
                true,
            ),
            line => self.lex.error_fmt(
                "too many upvalues (limit is %d) in function at line %d",
                args![MAX_UPVALUES, line],
                true,
            ),
        }
    }
    /// The function `depth` levels outside of the current one, which must exist.
    pub fn enclosing(&mut self, depth: usize) -> &mut FuncState {
        let mut fs = &mut self.fs;
        for _ in 0..depth {
            fs = match &mut fs.prev {
                Some(p) => p,
                None => unreachable!("no function at this depth"),
            };
        }
        fs
    }
    // ---- beginning and end of functions ----

    /// Begins a nested function that is defined at `line`.
    pub fn open_function(&mut self, line: i32) -> LResult<()> {
        let proto = Proto::new(self.l)?;
        self.lex.keep_alive(
            TValue::light(proto.as_ptr().cast()),
            TValue::object(proto.header()),
        )?;
        proto.line_defined.set(line);
        proto.source.set(Some(self.lex.source));
        heap::barrier_back_any(self.l, proto.header());
        self.fs.protos.push(proto)?;
        let new = FuncState::new(self.l, proto, self.labels.len(), self.vars.len(), line);
        let outer = core::mem::replace(&mut self.fs, new);
        self.fs.prev = Some(outer);
        self.enter_block(false)
    }

    /// Ends the current function: completes its code and freezes it into its prototype.
    pub fn close_function(&mut self) -> LResult<()> {
        let first = self.var_registers();
        self.emit_return(first, 0)?;
        self.leave_block()?;
        self.finish_code()?;
        let fs = &mut self.fs;
        let p = fs.proto;
        p.max_stack.set(fs.max_stack as u8);
        p.code.set(&mut fs.code)?;
        #[cfg(feature = "jit")]
        crate::trace::cool(self.l.global(), p.code.as_slice());
        p.line_info.set(&mut fs.line_info)?;
        p.abs_line_info.set(&mut fs.abs_lines)?;
        p.constants.set(&mut fs.constants)?;
        p.protos.set(&mut fs.protos)?;
        p.upvalues.set(&mut fs.upvalues)?;
        p.loc_vars.set(&mut fs.loc_vars)?;
        heap::barrier_back_any(self.l, p.header());
        if let Some(outer) = self.fs.prev.take() {
            self.fs = outer;
        }
        heap::check_gc(self.l);
        Ok(())
    }

    /// Last changes to the code: returns that close, jumps to jumps.
    fn finish_code(&mut self) -> LResult<()> {
        let fs = &self.fs;
        let vararg = fs.proto.is_vararg.get();
        let needs_close = fs.needs_close;
        let params = fs.proto.num_params.get() as usize;
        for pc in 0..self.fs.pc() {
            let i = self.code(pc);
            match Op::from_code(op::op(i)) {
                Some(Op::Return0 | Op::Return1 | Op::Return | Op::TailCall) => {
                    let full = matches!(Op::from_code(op::op(i)), Some(Op::Return | Op::TailCall));
                    if !full && !needs_close && !vararg {
                        continue;
                    }
                    let o = if op::op(i) == Op::TailCall as u8 {
                        Op::TailCall
                    } else {
                        Op::Return
                    };
                    let c = if vararg { params + 1 } else { op::c(i) };
                    *self.code_mut(pc) =
                        op::abck(o, op::a(i), op::b(i), c, needs_close || op::k(i));
                }
                Some(Op::Jmp) => {
                    let target = self.final_target(pc);
                    self.fix_jump(pc, target)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
    /// Where a chain of jumps leads.
    fn final_target(&self, pc: i32) -> i32 {
        let mut pc = pc;
        for _ in 0..100 {
            let i = self.code(pc);
            if op::op(i) != Op::Jmp as u8 {
                break;
            }
            pc += op::sj(i) + 1;
        }
        pc
    }

    // ---- tokens ----

    /// Consumes the current token if it is `t`.
    pub fn accept(&mut self, t: Token) -> LResult<bool> {
        if self.lex.token == t {
            self.lex.next()?;
            return Ok(true);
        }
        Ok(false)
    }
    /// Raises "... expected" unless the current token is `t`.
    pub fn check(&self, t: Token) -> LResult<()> {
        if self.lex.token == t {
            Ok(())
        } else {
            Err(self.lex.error_expected(t, None))
        }
    }
    /// Consumes the token `t`, which must be there.
    pub fn expect(&mut self, t: Token) -> LResult<()> {
        self.check(t)?;
        self.lex.next()
    }
    /// Consumes the token `t` that closes `opener` from line `line`.
    pub fn expect_match(&mut self, t: Token, opener: Token, line: i32) -> LResult<()> {
        if self.accept(t)? {
            return Ok(());
        }
        let closes = (line != self.lex.line).then_some((opener, line));
        Err(self.lex.error_expected(t, closes))
    }
    /// Consumes a name.
    pub fn expect_name(&mut self) -> LResult<Gc<Str>> {
        match self.lex.token {
            Token::Name => {
                let name = self.lex.text();
                self.lex.next()?;
                Ok(name)
            }
            _ => Err(self.lex.error(b"<name> expected")),
        }
    }
    /// A message about the meaning of the program, without "near".
    #[cold]
    pub fn semantic_error(&self, fmt: &str, args: &[crate::format::Arg<'_>]) -> Throw {
        self.lex.error_fmt(fmt, args, false)
    }
}
