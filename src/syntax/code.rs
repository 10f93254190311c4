//! Code generation: expressions to registers, jumps and their lists. Operators are in `operators`.
//!
//! An expression that was recognised is described by an [`Exp`], which says where its value is or how to get it, so that
//! the instruction that uses it can be chosen late. Jumps whose target is not known yet form lists: each jump's operand
//! is the distance to the next one of the list, [`NO_JUMP`] ends it.

use super::exp::{Exp, Kind, NO_JUMP, Pair};
use super::func::Compiler;
use crate::bytecode::op::{self, Op};
use crate::error::LResult;
use crate::number;
use crate::value::{TValue, tag};

/// No register, as an operand of `TESTSET`.
const NO_REG: usize = op::MAX_A;
/// All results, as an operand.
pub const ALL: i32 = -1;

pub(super) fn fits_sc(i: i64) -> bool {
    (i as u64).wrapping_add(op::OFFSET_SC as u64) <= op::MAX_C as u64
}
fn fits_sbx(i: i64) -> bool {
    (-(op::OFFSET_SBX as i64)..=(op::MAX_BX as i64 - op::OFFSET_SBX as i64)).contains(&i)
}
pub(super) fn encode_sc(i: i64) -> usize {
    (i + op::OFFSET_SC as i64) as usize
}

pub(super) fn with_a(i: u32, a: usize) -> u32 {
    i & !(0xFF << 7) | (a as u32) << 7
}
pub(super) fn with_b(i: u32, b: usize) -> u32 {
    i & !(0xFF << 16) | (b as u32) << 16
}
pub(super) fn with_c(i: u32, c: usize) -> u32 {
    i & !(0xFF << 24) | (c as u32) << 24
}

impl Compiler<'_, '_> {
    // ---- jumps ----

    /// Emits a jump whose target is not known.
    pub fn jump(&mut self) -> LResult<i32> {
        self.emit(op::sj_of(Op::Jmp, NO_JUMP))
    }
    /// Marks the current place as the target of a jump.
    pub fn label(&mut self) -> i32 {
        self.fs.last_target = self.fs.pc();
        self.fs.last_target
    }
    /// The jump behind `pc` in its list.
    fn next_jump(&self, pc: i32) -> i32 {
        match op::sj(self.code(pc)) {
            NO_JUMP => NO_JUMP,
            d => pc + 1 + d,
        }
    }
    /// Lets the jump at `pc` lead to `target`.
    pub fn fix_jump(&mut self, pc: i32, target: i32) -> LResult<()> {
        let d = target - (pc + 1);
        if !(-op::OFFSET_SJ..=op::MAX_AX as i32 - op::OFFSET_SJ).contains(&d) {
            return Err(self.lex.error(b"control structure too long"));
        }
        *self.code_mut(pc) = op::sj_of(Op::Jmp, d);
        Ok(())
    }
    /// Joins two lists of jumps.
    pub fn join_jumps(&mut self, list: &mut i32, other: i32) -> LResult<()> {
        if other == NO_JUMP {
            return Ok(());
        }
        if *list == NO_JUMP {
            *list = other;
            return Ok(());
        }
        let mut last = *list;
        while self.next_jump(last) != NO_JUMP {
            last = self.next_jump(last);
        }
        self.fix_jump(last, other)
    }
    /// The instruction that decides about the jump at `pc`: the test in front of it, or the jump itself.
    fn control(&mut self, pc: i32) -> i32 {
        if pc >= 1 && Op::from_code(op::op(self.code(pc - 1))).is_some_and(Op::is_test) {
            pc - 1
        } else {
            pc
        }
    }
    /// Lets the test of a jump put its value into `reg` (none: drop it); answers whether it gives a value at all.
    fn patch_value(&mut self, pc: i32, reg: usize) -> bool {
        let at = self.control(pc);
        let i = self.code(at);
        if op::op(i) != Op::TestSet as u8 {
            return false;
        }
        *self.code_mut(at) = if reg != NO_REG && reg != op::b(i) {
            with_a(i, reg)
        } else {
            op::abck(Op::Test, op::b(i), 0, 0, op::k(i))
        };
        true
    }
    fn drop_values(&mut self, list: i32) {
        let mut list = list;
        while list != NO_JUMP {
            self.patch_value(list, NO_REG);
            list = self.next_jump(list);
        }
    }
    /// Lets the jumps of a list lead to `with_value` if they produce a value in `reg`, else to `without`.
    fn patch_both(&mut self, list: i32, with_value: i32, reg: usize, without: i32) -> LResult<()> {
        let mut list = list;
        while list != NO_JUMP {
            let next = self.next_jump(list);
            let target = if self.patch_value(list, reg) {
                with_value
            } else {
                without
            };
            self.fix_jump(list, target)?;
            list = next;
        }
        Ok(())
    }
    /// Lets all jumps of a list lead to `target`.
    pub fn patch_list(&mut self, list: i32, target: i32) -> LResult<()> {
        self.patch_both(list, target, NO_REG, target)
    }
    /// Lets all jumps of a list lead to the current place.
    pub fn patch_here(&mut self, list: i32) -> LResult<()> {
        let here = self.label();
        self.patch_list(list, here)
    }
    /// Emits a test and the jump that depends on it.
    pub(super) fn cond_jump(
        &mut self,
        o: Op,
        a: usize,
        b: usize,
        c: usize,
        k: bool,
    ) -> LResult<i32> {
        self.emit_abck(o, a, b, c, k)?;
        self.jump()
    }
    /// Emits a return of `n` values (`ALL`: up to the top).
    pub fn emit_return(&mut self, first: usize, n: i32) -> LResult<()> {
        let o = match n {
            0 => Op::Return0,
            1 => Op::Return1,
            _ => Op::Return,
        };
        self.emit_abc(o, first, (n + 1) as usize, 0)?;
        Ok(())
    }
    /// Emits code that sets `n` registers to nil.
    pub fn emit_nil(&mut self, from: usize, n: usize) -> LResult<()> {
        let last = from + n - 1;
        if let Some(previous) = self.fs.previous()
            && op::op(*previous) == Op::LoadNil as u8
        {
            let first = op::a(*previous);
            let end = first + op::b(*previous);
            if (first <= from && from <= end + 1) || (from <= first && first <= last + 1) {
                let start = first.min(from);
                *previous = op::abck(Op::LoadNil, start, end.max(last) - start, 0, false);
                return Ok(());
            }
        }
        self.emit_abc(Op::LoadNil, from, n - 1, 0)?;
        Ok(())
    }

    // ---- registers ----

    fn free_register(&mut self, reg: usize) {
        if reg >= self.var_registers() {
            self.fs.free_reg -= 1;
            debug_assert!(reg == self.fs.free_reg);
        }
    }
    fn free_registers(&mut self, a: usize, b: usize) {
        self.free_register(a.max(b));
        self.free_register(a.min(b));
    }
    pub(super) fn free_exp(&mut self, e: &Exp) {
        if let Kind::Register(r) = e.kind {
            self.free_register(r);
        }
    }
    pub(super) fn free_exps(&mut self, a: &Exp, b: &Exp) {
        match (a.kind, b.kind) {
            (Kind::Register(x), Kind::Register(y)) => self.free_registers(x, y),
            _ => {
                self.free_exp(a);
                self.free_exp(b);
            }
        }
    }

    // ---- expressions to values ----

    /// Lets an expression with several values have `n` of them.
    pub fn set_returns(&mut self, e: &Exp, n: i32) -> LResult<()> {
        let c = (n + 1) as usize;
        match e.kind {
            Kind::Call(at) => *self.code_mut(at.pc()) = with_c(self.code(at.pc()), c),
            Kind::Vararg(at) => {
                let pc = at.pc();
                let free = self.fs.free_reg;
                *self.code_mut(pc) = with_a(with_c(self.code(pc), c), free);
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }
    /// Lets an expression with several values have one.
    pub fn set_one_return(&mut self, e: &mut Exp) {
        match e.kind {
            Kind::Call(at) => e.kind = Kind::Register(op::a(self.code(at.pc()))),
            Kind::Vararg(at) => {
                *self.code_mut(at.pc()) = with_c(self.code(at.pc()), 2);
                e.kind = Kind::Relocatable(at);
            }
            _ => {}
        }
    }
    pub(super) fn literal(v: TValue) -> Kind {
        match v.tag() {
            tag::INT => Kind::Int(v.int_bits()),
            tag::FLOAT => Kind::float(v.float_bits()),
            tag::TRUE => Kind::True,
            tag::FALSE => Kind::False,
            tag::SHORT | tag::LONG => Kind::String(v.gc()),
            _ => Kind::Nil,
        }
    }
    /// The value of an expression that is known at compile time.
    pub fn constant_value(&self, e: &Exp) -> Option<TValue> {
        if e.has_jumps() {
            return None;
        }
        match e.kind {
            Kind::False => Some(TValue::FALSE),
            Kind::True => Some(TValue::TRUE),
            Kind::Nil => Some(TValue::NIL),
            Kind::String(s) => Some(s.into()),
            Kind::CompileTime(i) => Some(self.vars[i].value),
            _ => e.numeral(),
        }
    }
    /// Makes sure that the expression is no variable any more.
    #[inline]
    pub fn discharge(&mut self, e: &mut Exp) -> LResult<()> {
        if e.is_variable() || e.is_multiple() {
            self.discharge_variable(e)
        } else {
            Ok(())
        }
    }
    fn discharge_variable(&mut self, e: &mut Exp) -> LResult<()> {
        e.kind = match e.kind {
            Kind::CompileTime(i) => Self::literal(self.vars[i].value),
            Kind::Local(var) => Kind::Register(var.get().1),
            Kind::Upvalue(n) => Kind::relocatable(self.emit_abc(Op::GetUpval, 0, n, 0)?),
            Kind::IndexedUpvalue(element) => {
                let (t, k) = element.get();
                Kind::relocatable(self.emit_abc(Op::GetTabUp, 0, t, k)?)
            }
            Kind::IndexedInt(element) => {
                let (t, i) = element.get();
                self.free_register(t);
                Kind::relocatable(self.emit_abc(Op::GetI, 0, t, i)?)
            }
            Kind::IndexedString(element) => {
                let (t, k) = element.get();
                self.free_register(t);
                Kind::relocatable(self.emit_abc(Op::GetField, 0, t, k)?)
            }
            Kind::Indexed(element) => {
                let (t, k) = element.get();
                self.free_registers(t, k);
                Kind::relocatable(self.emit_abc(Op::GetTable, 0, t, k)?)
            }
            Kind::Call(_) | Kind::Vararg(_) => {
                self.set_one_return(e);
                return Ok(());
            }
            _ => return Ok(()),
        };
        Ok(())
    }
    fn emit_int(&mut self, reg: usize, i: i64) -> LResult<()> {
        if fits_sbx(i) {
            self.emit(op::asbx(Op::LoadI, reg, i as i32))?;
        } else {
            let k = self.int_constant(i)?;
            self.emit_constant(reg, k)?;
        }
        Ok(())
    }
    fn emit_float(&mut self, reg: usize, n: f64) -> LResult<()> {
        match number::float_to_int_exact(n) {
            Some(i) if fits_sbx(i) && !(n == 0.0 && n.is_sign_negative()) => {
                self.emit(op::asbx(Op::LoadF, reg, i as i32))?;
            }
            _ => {
                let k = self.float_constant(n)?;
                self.emit_constant(reg, k)?;
            }
        }
        Ok(())
    }
    /// Emits the constant 1 into a register: the default step of a loop.
    pub fn emit_one(&mut self, reg: usize) -> LResult<()> {
        self.emit_int(reg, 1)
    }
    /// Puts the value into `reg`; jumps of the expression stay open.
    fn discharge_to(&mut self, e: &mut Exp, reg: usize) -> LResult<()> {
        self.discharge(e)?;
        match e.kind {
            Kind::Nil => self.emit_nil(reg, 1)?,
            Kind::False => {
                self.emit_abc(Op::LoadFalse, reg, 0, 0)?;
            }
            Kind::True => {
                self.emit_abc(Op::LoadTrue, reg, 0, 0)?;
            }
            Kind::String(s) => {
                let k = self.string_constant(s)?;
                self.emit_constant(reg, k)?;
            }
            Kind::Constant(k) => {
                self.emit_constant(reg, k)?;
            }
            Kind::Float(bits) => self.emit_float(reg, f64::from_bits(bits))?,
            Kind::Int(i) => self.emit_int(reg, i)?,
            Kind::Relocatable(at) => *self.code_mut(at.pc()) = with_a(self.code(at.pc()), reg),
            Kind::Register(r) => {
                if r != reg {
                    self.emit_abc(Op::Move, reg, r, 0)?;
                }
            }
            _ => return Ok(()),
        }
        e.kind = Kind::Register(reg);
        Ok(())
    }
    fn discharge_to_any(&mut self, e: &mut Exp) -> LResult<()> {
        if !matches!(e.kind, Kind::Register(_)) {
            self.reserve(1)?;
            self.discharge_to(e, self.fs.free_reg - 1)?;
        }
        Ok(())
    }
    /// Whether a jump of the list gives no value of its own.
    fn needs_value(&mut self, list: i32) -> bool {
        let mut list = list;
        while list != NO_JUMP {
            let at = self.control(list);
            if op::op(self.code(at)) != Op::TestSet as u8 {
                return true;
            }
            list = self.next_jump(list);
        }
        false
    }
    fn load_bool(&mut self, reg: usize, o: Op) -> LResult<i32> {
        self.label();
        self.emit_abc(o, reg, 0, 0)
    }
    /// Puts the final value, jumps included, into `reg`.
    fn exp_to(&mut self, e: &mut Exp, reg: usize) -> LResult<()> {
        self.discharge_to(e, reg)?;
        if let Kind::Jump(at) = e.kind {
            self.join_jumps(&mut e.when_true, at.pc())?;
        }
        if e.has_jumps() {
            let (mut load_false, mut load_true) = (NO_JUMP, NO_JUMP);
            if self.needs_value(e.when_true) || self.needs_value(e.when_false) {
                let over = if matches!(e.kind, Kind::Jump(_)) {
                    NO_JUMP
                } else {
                    self.jump()?
                };
                load_false = self.load_bool(reg, Op::LFalseSkip)?;
                load_true = self.load_bool(reg, Op::LoadTrue)?;
                self.patch_here(over)?;
            }
            let end = self.label();
            self.patch_both(e.when_false, end, reg, load_false)?;
            self.patch_both(e.when_true, end, reg, load_true)?;
        }
        *e = Exp::new(Kind::Register(reg));
        Ok(())
    }
    /// Puts the final value into the next free register.
    pub fn place_next(&mut self, e: &mut Exp) -> LResult<()> {
        self.discharge(e)?;
        self.free_exp(e);
        self.reserve(1)?;
        self.exp_to(e, self.fs.free_reg - 1)
    }
    /// Puts the final value into some register; its number.
    pub fn place_any(&mut self, e: &mut Exp) -> LResult<usize> {
        self.discharge(e)?;
        if let Kind::Register(r) = e.kind {
            if !e.has_jumps() {
                return Ok(r);
            }
            if r >= self.var_registers() {
                self.exp_to(e, r)?;
                return Ok(r);
            }
        }
        self.place_next(e)?;
        Ok(e.register())
    }
    /// Puts the final value into some register, unless it is an upvalue.
    pub fn place_any_or_upvalue(&mut self, e: &mut Exp) -> LResult<()> {
        if !matches!(e.kind, Kind::Upvalue(_)) || e.has_jumps() {
            self.place_any(e)?;
        }
        Ok(())
    }
    /// Puts the final value into some register, or leaves it a constant.
    pub fn place_value(&mut self, e: &mut Exp) -> LResult<()> {
        if matches!(e.kind, Kind::Jump(_)) || e.has_jumps() {
            self.place_any(e)?;
            return Ok(());
        }
        self.discharge(e)
    }
    /// Makes the expression a constant of the function that fits an operand, if it is one.
    pub(super) fn place_constant(&mut self, e: &mut Exp) -> LResult<Option<usize>> {
        if e.has_jumps() {
            return Ok(None);
        }
        let k = match e.kind {
            Kind::True => self.simple_constant(TValue::TRUE)?,
            Kind::False => self.simple_constant(TValue::FALSE)?,
            Kind::Nil => self.simple_constant(TValue::NIL)?,
            Kind::Int(i) => self.int_constant(i)?,
            Kind::Float(bits) => self.float_constant(f64::from_bits(bits))?,
            Kind::String(s) => self.string_constant(s)?,
            Kind::Constant(k) => k,
            _ => return Ok(None),
        };
        if k > op::MAX_B {
            return Ok(None);
        }
        e.kind = Kind::Constant(k);
        Ok(Some(k))
    }
    /// The operand for a register or constant, and whether it is a constant.
    pub(super) fn place_operand(&mut self, e: &mut Exp) -> LResult<(usize, bool)> {
        match self.place_constant(e)? {
            Some(k) => Ok((k, true)),
            None => Ok((self.place_any(e)?, false)),
        }
    }
    fn emit_store(&mut self, o: Op, element: Pair, value: &mut Exp) -> LResult<()> {
        let (a, b) = element.get();
        let (c, k) = self.place_operand(value)?;
        self.emit_abck(o, a, b, c, k)?;
        Ok(())
    }
    /// Assigns an expression to a variable.
    pub fn store(&mut self, var: &Exp, value: &mut Exp) -> LResult<()> {
        match var.kind {
            Kind::Local(var) => {
                self.free_exp(value);
                return self.exp_to(value, var.get().1);
            }
            Kind::Upvalue(n) => {
                let r = self.place_any(value)?;
                self.emit_abc(Op::SetUpval, r, n, 0)?;
            }
            Kind::IndexedUpvalue(element) => self.emit_store(Op::SetTabUp, element, value)?,
            Kind::IndexedInt(element) => self.emit_store(Op::SetI, element, value)?,
            Kind::IndexedString(element) => self.emit_store(Op::SetField, element, value)?,
            Kind::Indexed(element) => self.emit_store(Op::SetTable, element, value)?,
            _ => unreachable!("checked by the parser"),
        }
        self.free_exp(value);
        Ok(())
    }
    /// Emits `e:key`, function and receiver in two new registers.
    pub fn emit_self(&mut self, e: &mut Exp, key: &mut Exp) -> LResult<()> {
        let receiver = self.place_any(e)?;
        self.free_exp(e);
        let base = self.fs.free_reg;
        *e = Exp::new(Kind::Register(base));
        self.reserve(2)?;
        self.emit_store(Op::SelfOp, Pair::new(base, receiver), key)?;
        self.free_exp(key);
        Ok(())
    }

    // ---- conditions ----

    fn negate(&mut self, pc: i32) {
        let at = self.control(pc);
        *self.code_mut(at) ^= 1 << 15;
    }
    /// Emits a jump that is taken when the expression is `cond`.
    fn jump_on(&mut self, e: &mut Exp, cond: bool) -> LResult<i32> {
        if let Kind::Relocatable(at) = e.kind {
            let i = self.code(at.pc());
            if op::op(i) == Op::Not as u8 {
                self.fs.drop_last();
                return self.cond_jump(Op::Test, op::b(i), 0, 0, !cond);
            }
        }
        self.discharge_to_any(e)?;
        self.free_exp(e);
        self.cond_jump(Op::TestSet, NO_REG, e.register(), 0, cond)
    }
    /// Goes on behind when the expression is true, jumps otherwise.
    pub fn go_if_true(&mut self, e: &mut Exp) -> LResult<()> {
        self.discharge(e)?;
        let pc = match e.kind {
            Kind::Jump(at) => {
                self.negate(at.pc());
                at.pc()
            }
            Kind::Constant(_) | Kind::Float(_) | Kind::Int(_) | Kind::String(_) | Kind::True => {
                NO_JUMP
            }
            _ => self.jump_on(e, false)?,
        };
        self.join_jumps(&mut e.when_false, pc)?;
        self.patch_here(e.when_true)?;
        e.when_true = NO_JUMP;
        Ok(())
    }
    /// Goes on behind when the expression is false, jumps otherwise.
    pub fn go_if_false(&mut self, e: &mut Exp) -> LResult<()> {
        self.discharge(e)?;
        let pc = match e.kind {
            Kind::Jump(at) => at.pc(),
            Kind::Nil | Kind::False => NO_JUMP,
            _ => self.jump_on(e, true)?,
        };
        self.join_jumps(&mut e.when_true, pc)?;
        self.patch_here(e.when_false)?;
        e.when_false = NO_JUMP;
        Ok(())
    }
    pub(super) fn emit_not(&mut self, e: &mut Exp) -> LResult<()> {
        match e.kind {
            Kind::Nil | Kind::False => e.kind = Kind::True,
            Kind::Constant(_) | Kind::Float(_) | Kind::Int(_) | Kind::String(_) | Kind::True => {
                e.kind = Kind::False
            }
            Kind::Jump(at) => self.negate(at.pc()),
            _ => {
                self.discharge_to_any(e)?;
                self.free_exp(e);
                e.kind = Kind::relocatable(self.emit_abc(Op::Not, 0, e.register(), 0)?);
            }
        }
        core::mem::swap(&mut e.when_true, &mut e.when_false);
        self.drop_values(e.when_false);
        self.drop_values(e.when_true);
        Ok(())
    }

    // ---- tables ----

    /// Makes `t` the element `t[k]`.
    pub fn index(&mut self, t: &mut Exp, k: &mut Exp) -> LResult<()> {
        if let Kind::String(s) = k.kind
            && !k.has_jumps()
        {
            k.kind = Kind::Constant(self.string_constant(s)?);
        }
        let string_key = match k.kind {
            Kind::Constant(i)
                if !k.has_jumps() && i <= op::MAX_B && self.fs.constants[i].tag() == tag::SHORT =>
            {
                Some(i)
            }
            _ => None,
        };
        if let (Kind::Upvalue(_), None) = (t.kind, string_key) {
            self.place_any(t)?;
        }
        t.kind = match (t.kind, string_key) {
            (Kind::Upvalue(n), Some(i)) => Kind::indexed_upvalue(n, i),
            (kind, key) => {
                let reg = match kind {
                    Kind::Local(var) => var.get().1,
                    Kind::Register(r) => r,
                    _ => unreachable!("the table is in a register"),
                };
                match (key, k.kind) {
                    (Some(i), _) => Kind::indexed_string(reg, i),
                    (None, Kind::Int(i))
                        if !k.has_jumps() && (0..=op::MAX_C as i64).contains(&i) =>
                    {
                        Kind::indexed_int(reg, i as usize)
                    }
                    _ => Kind::indexed(reg, self.place_any(k)?),
                }
            }
        };
        Ok(())
    }
    /// Completes a `NEWTABLE` with the sizes of its parts.
    pub fn set_table_size(&mut self, pc: i32, reg: usize, array: usize, hash: usize) {
        let b = if hash == 0 {
            0
        } else {
            (usize::BITS - (hash - 1).leading_zeros()) as usize + 1
        };
        let extra = array / (op::MAX_C + 1);
        *self.code_mut(pc) = op::abck(Op::NewTable, reg, b, array % (op::MAX_C + 1), extra > 0);
        *self.code_mut(pc + 1) = op::ax_of(Op::ExtraArg, extra);
    }
    /// Emits the storing of `n` values (`ALL`: up to the top) behind the first `stored` elements of the table at `base`.
    pub fn emit_set_list(&mut self, base: usize, stored: usize, n: i32) -> LResult<()> {
        let n = if n == ALL { 0 } else { n as usize };
        if stored <= op::MAX_C {
            self.emit_abc(Op::SetList, base, n, stored)?;
        } else {
            let extra = stored / (op::MAX_C + 1);
            self.emit_abck(Op::SetList, base, n, stored % (op::MAX_C + 1), true)?;
            self.emit(op::ax_of(Op::ExtraArg, extra))?;
        }
        self.fs.free_reg = base + 1;
        Ok(())
    }
}
