//! The parser's part for statements.

use super::code::ALL;
use super::exp::{Exp, Kind};
use super::func::{Compiler, kind};
use super::token::Token;
use crate::bytecode::op::{self, Op};
use crate::error::LResult;
use crate::heap::LVec;
use crate::object::Str;
use crate::value::Gc;

impl Compiler<'_, '_> {
    /// Whether the current token ends a block.
    fn block_ends(&self, with_until: bool) -> bool {
        match self.lex.token {
            Token::Else | Token::ElseIf | Token::End | Token::Eos => true,
            Token::Until => with_until,
            _ => false,
        }
    }

    /// Statements up to the end of the block.
    pub fn statements(&mut self) -> LResult<()> {
        while !self.block_ends(true) {
            if matches!(self.lex.token, Token::Return) {
                return self.statement();
            }
            self.statement()?;
        }
        Ok(())
    }

    fn block(&mut self) -> LResult<()> {
        self.enter_block(false)?;
        self.statements()?;
        self.leave_block()
    }

    #[inline(never)]
    fn statement(&mut self) -> LResult<()> {
        let line = self.lex.line;
        self.enter_level()?;
        match self.lex.token {
            Token::Char(b';') => self.lex.next()?,
            Token::If => self.if_statement(line)?,
            Token::While => self.while_statement(line)?,
            Token::Do => {
                self.lex.next()?;
                self.block()?;
                self.expect_match(Token::End, Token::Do, line)?;
            }
            Token::For => self.for_statement(line)?,
            Token::Repeat => self.repeat_statement(line)?,
            Token::Function => self.function_statement(line)?,
            Token::Local => {
                self.lex.next()?;
                if self.accept(Token::Function)? {
                    self.local_function()?;
                } else {
                    self.local_statement()?;
                }
            }
            Token::DbColon => {
                self.lex.next()?;
                let name = self.expect_name()?;
                self.label_statement(name, line)?;
            }
            Token::Return => {
                self.lex.next()?;
                self.return_statement()?;
            }
            Token::Break => {
                let line = self.lex.line;
                self.lex.next()?;
                let name = self.lex.string(b"break")?;
                let pc = self.jump()?;
                self.new_goto(name, line, pc)?;
            }
            Token::Goto => {
                self.lex.next()?;
                self.goto_statement()?;
            }
            _ => self.expr_statement()?,
        }
        self.fs.free_reg = self.var_registers();
        self.leave_level();
        Ok(())
    }

    // ---- control ----

    #[inline(never)]
    fn if_statement(&mut self, line: i32) -> LResult<()> {
        let mut escapes = super::exp::NO_JUMP;
        self.if_branch(&mut escapes)?;
        while matches!(self.lex.token, Token::ElseIf) {
            self.if_branch(&mut escapes)?;
        }
        if self.accept(Token::Else)? {
            self.block()?;
        }
        self.expect_match(Token::End, Token::If, line)?;
        self.patch_here(escapes)
    }

    /// `if` or `elseif`, its condition and its block; the jump to the end joins `escapes`.
    #[inline(never)]
    fn if_branch(&mut self, escapes: &mut i32) -> LResult<()> {
        let (when_false, complete) = self.if_condition()?;
        if complete {
            return Ok(());
        }
        self.statements()?;
        self.leave_block()?;
        if matches!(self.lex.token, Token::Else | Token::ElseIf) {
            let pc = self.jump()?;
            self.join_jumps(escapes, pc)?;
        }
        self.patch_here(when_false)
    }

    /// A condition up to the start of its block: the jumps to take when it is false, and whether the block was a
    /// mere `break` and is complete.
    #[inline(never)]
    fn if_condition(&mut self) -> LResult<(i32, bool)> {
        self.lex.next()?;
        let mut cond = Exp::new(Kind::Void);
        self.expr(&mut cond)?;
        self.expect(Token::Then)?;
        if !matches!(self.lex.token, Token::Break) {
            self.go_if_true(&mut cond)?;
            self.enter_block(false)?;
            return Ok((cond.when_false, false));
        }
        // `if x then break` jumps out of the loop right from the test.
        let line = self.lex.line;
        self.go_if_false(&mut cond)?;
        self.lex.next()?;
        self.enter_block(false)?;
        let name = self.lex.string(b"break")?;
        self.new_goto(name, line, cond.when_true)?;
        while self.accept(Token::Char(b';'))? {}
        if self.block_ends(false) {
            self.leave_block()?;
            return Ok((super::exp::NO_JUMP, true));
        }
        Ok((self.jump()?, false))
    }

    /// A condition; the jumps to take when it is false.
    #[inline(never)]
    fn condition(&mut self) -> LResult<i32> {
        let mut e = Exp::new(Kind::Void);
        self.expr(&mut e)?;
        if matches!(e.kind, Kind::Nil) {
            e.kind = Kind::False;
        }
        self.go_if_true(&mut e)?;
        Ok(e.when_false)
    }

    #[inline(never)]
    fn while_statement(&mut self, line: i32) -> LResult<()> {
        self.lex.next()?;
        let start = self.label();
        let exit = self.condition()?;
        self.enter_block(true)?;
        self.expect(Token::Do)?;
        self.block()?;
        let back = self.jump()?;
        self.patch_list(back, start)?;
        self.expect_match(Token::End, Token::While, line)?;
        self.leave_block()?;
        self.patch_here(exit)
    }

    #[inline(never)]
    fn repeat_statement(&mut self, line: i32) -> LResult<()> {
        let start = self.label();
        self.enter_block(true)?;
        self.enter_block(false)?;
        self.lex.next()?;
        self.statements()?;
        self.expect_match(Token::Until, Token::Repeat, line)?;
        // The condition sees the variables of the block.
        let mut again = self.condition()?;
        let inner = *self.fs.block();
        self.leave_block()?;
        if inner.has_upvalue {
            let exit = self.jump()?;
            self.patch_here(again)?;
            let level = self.var_registers();
            self.emit_abc(Op::Close, level, 0, 0)?;
            again = self.jump()?;
            self.patch_here(exit)?;
        }
        self.patch_list(again, start)?;
        self.leave_block()
    }

    #[inline(never)]
    fn for_statement(&mut self, line: i32) -> LResult<()> {
        self.enter_block(true)?;
        self.lex.next()?;
        let name = self.expect_name()?;
        match self.lex.token {
            Token::Char(b'=') => self.numeric_for(name, line)?,
            Token::Char(b',') | Token::In => self.generic_for(name)?,
            _ => return Err(self.lex.error(b"'=' or 'in' expected")),
        }
        self.expect_match(Token::End, Token::For, line)?;
        self.leave_block()
    }

    fn hidden_locals(&mut self, n: usize) -> LResult<()> {
        let name = self.lex.string(b"(for state)")?;
        for _ in 0..n {
            self.new_local(name)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn expr_to_next(&mut self) -> LResult<()> {
        let mut e = Exp::new(Kind::Void);
        self.expr(&mut e)?;
        self.place_next(&mut e)
    }

    #[inline(never)]
    fn numeric_for(&mut self, name: Gc<Str>, line: i32) -> LResult<()> {
        let base = self.fs.free_reg;
        self.hidden_locals(3)?;
        self.new_local(name)?;
        self.expect(Token::Char(b'='))?;
        self.expr_to_next()?;
        self.expect(Token::Char(b','))?;
        self.expr_to_next()?;
        if self.accept(Token::Char(b','))? {
            self.expr_to_next()?;
        } else {
            self.emit_one(self.fs.free_reg)?;
            self.reserve(1)?;
        }
        self.activate_locals(3)?;
        self.for_body(base, line, 1, false)
    }

    #[inline(never)]
    fn generic_for(&mut self, name: Gc<Str>) -> LResult<()> {
        let base = self.fs.free_reg;
        self.hidden_locals(4)?;
        self.new_local(name)?;
        let mut nvars = 1;
        while self.accept(Token::Char(b','))? {
            let name = self.expect_name()?;
            self.new_local(name)?;
            nvars += 1;
        }
        self.expect(Token::In)?;
        let line = self.lex.line;
        let mut e = Exp::new(Kind::Void);
        let n = self.expr_list(&mut e)?;
        self.adjust_assign(4, n, &mut e)?;
        self.activate_locals(4)?;
        self.mark_to_be_closed();
        self.check_stack(3)?;
        self.for_body(base, line, nvars, true)
    }

    fn fix_for_jump(&mut self, pc: i32, target: i32, back: bool) -> LResult<()> {
        let d = target - (pc + 1);
        let d = if back { -d } else { d };
        if d > op::MAX_BX as i32 {
            return Err(self.lex.error(b"control structure too long"));
        }
        let i = self.code(pc);
        *self.code_mut(pc) = i & 0x7FFF | (d as u32) << 15;
        Ok(())
    }

    #[inline(never)]
    fn for_body(&mut self, base: usize, line: i32, nvars: usize, generic: bool) -> LResult<()> {
        let (prepare, repeat) = if generic {
            (Op::TForPrep, Op::TForLoop)
        } else {
            (Op::ForPrep, Op::ForLoop)
        };
        self.expect(Token::Do)?;
        let prep = self.emit_abx(prepare, base, 0)?;
        self.enter_block(false)?;
        self.activate_locals(nvars)?;
        self.reserve(nvars)?;
        self.block()?;
        self.leave_block()?;
        let here = self.label();
        self.fix_for_jump(prep, here, false)?;
        if generic {
            self.emit_abc(Op::TForCall, base, 0, nvars)?;
            self.fix_line(line)?;
        }
        let end = self.emit_abx(repeat, base, 0)?;
        self.fix_for_jump(end, prep + 1, true)?;
        self.fix_line(line)
    }

    fn goto_statement(&mut self) -> LResult<()> {
        let line = self.lex.line;
        let name = self.expect_name()?;
        match self.find_label(name) {
            None => {
                let pc = self.jump()?;
                self.new_goto(name, line, pc)
            }
            Some(label) => {
                let level = self.registers_at(&label);
                if self.var_registers() > level {
                    self.emit_abc(Op::Close, level, 0, 0)?;
                }
                let pc = self.jump()?;
                self.patch_list(pc, label.pc)
            }
        }
    }

    fn label_statement(&mut self, name: Gc<Str>, line: i32) -> LResult<()> {
        self.expect(Token::DbColon)?;
        while matches!(self.lex.token, Token::Char(b';') | Token::DbColon) {
            self.statement()?;
        }
        self.check_new_label(name)?;
        let is_last = self.block_ends(false);
        self.create_label(name, line, is_last)?;
        Ok(())
    }

    #[inline(never)]
    fn return_statement(&mut self) -> LResult<()> {
        let mut first = self.var_registers();
        let mut n = 0;
        if !self.block_ends(true) && self.lex.token != Token::Char(b';') {
            let mut e = Exp::new(Kind::Void);
            n = self.expr_list(&mut e)?;
            if e.is_multiple() {
                self.set_returns(&e, ALL)?;
                if let Kind::Call(at) = e.kind
                    && n == 1
                    && !self.fs.block().inside_tbc
                {
                    *self.code_mut(at.pc()) = self.code(at.pc()) & !0x7F | Op::TailCall as u32;
                }
                n = ALL;
            } else if n == 1 {
                first = self.place_any(&mut e)?;
            } else {
                self.place_next(&mut e)?;
            }
        }
        self.emit_return(first, n)?;
        self.accept(Token::Char(b';'))?;
        Ok(())
    }

    // ---- functions and locals ----

    #[inline(never)]
    fn function_statement(&mut self, line: i32) -> LResult<()> {
        self.lex.next()?;
        let name = self.expect_name()?;
        let mut var = Exp::new(Kind::Void);
        self.variable(name, &mut var)?;
        while self.lex.token == Token::Char(b'.') {
            self.field_name(&mut var)?;
        }
        let is_method = self.lex.token == Token::Char(b':');
        if is_method {
            self.field_name(&mut var)?;
        }
        let mut body = Exp::new(Kind::Void);
        self.function_body(&mut body, is_method, line)?;
        self.check_assignable(&var)?;
        self.store(&var, &mut body)?;
        self.fix_line(line)
    }

    #[inline(never)]
    fn local_function(&mut self) -> LResult<()> {
        let n = self.fs.active;
        let name = self.expect_name()?;
        self.new_local(name)?;
        self.activate_locals(1)?;
        let line = self.lex.line;
        let mut body = Exp::new(Kind::Void);
        self.function_body(&mut body, false, line)?;
        // Debug information sees the variable only when its function is there.
        let pc = self.fs.pc();
        let at = self.local(n).debug_index;
        self.fs.loc_vars[at as usize].start_pc = pc;
        Ok(())
    }

    fn attribute(&mut self) -> LResult<u8> {
        if !self.accept(Token::Char(b'<'))? {
            return Ok(kind::REGULAR);
        }
        let name = self.expect_name()?;
        self.expect(Token::Char(b'>'))?;
        match name.bytes() {
            b"const" => Ok(kind::CONST),
            b"close" => Ok(kind::CLOSE),
            _ => Err(self.semantic_error("unknown attribute '%s'", args![name])),
        }
    }

    #[inline(never)]
    fn local_statement(&mut self) -> LResult<()> {
        let mut to_close = None;
        let mut nvars = 0;
        let mut last;
        loop {
            let name = self.expect_name()?;
            last = self.new_local(name)?;
            let attribute = self.attribute()?;
            self.local(last).kind = attribute;
            if attribute == kind::CLOSE {
                if to_close.is_some() {
                    return Err(
                        self.semantic_error("multiple to-be-closed variables in local list", &[])
                    );
                }
                to_close = Some(self.fs.active + nvars);
            }
            nvars += 1;
            if !self.accept(Token::Char(b','))? {
                break;
            }
        }
        let mut e = Exp::new(Kind::Void);
        let n = if self.accept(Token::Char(b'='))? {
            self.expr_list(&mut e)?
        } else {
            0
        };
        let constant = match self.local(last).kind {
            kind::CONST if n == nvars as i32 => self.constant_value(&e),
            _ => None,
        };
        match constant {
            Some(v) => {
                let var = self.local(last);
                var.kind = kind::COMPILE_TIME;
                var.value = v;
                self.activate_locals(nvars - 1)?;
                self.fs.active += 1;
            }
            None => {
                self.adjust_assign(nvars as i32, n, &mut e)?;
                self.activate_locals(nvars)?;
            }
        }
        if let Some(level) = to_close {
            self.mark_to_be_closed();
            let register = self.local(level).register as usize;
            self.emit_abc(Op::Tbc, register, 0, 0)?;
        }
        Ok(())
    }

    /// Brings `n` expressions, the last of which is `e`, to `nvars` values in consecutive registers.
    pub fn adjust_assign(&mut self, nvars: i32, n: i32, e: &mut Exp) -> LResult<()> {
        let needed = nvars - n;
        if e.is_multiple() {
            self.set_returns(e, (needed + 1).max(0))?;
        } else {
            if !matches!(e.kind, Kind::Void) {
                self.place_next(e)?;
            }
            if needed > 0 {
                let free = self.fs.free_reg;
                self.emit_nil(free, needed as usize)?;
            }
        }
        if needed > 0 {
            self.reserve(needed as usize)
        } else {
            self.fs.free_reg -= (-needed) as usize;
            Ok(())
        }
    }

    // ---- assignments and calls ----

    #[inline(never)]
    fn expr_statement(&mut self) -> LResult<()> {
        let mut e = Exp::new(Kind::Void);
        self.suffixed_expr(&mut e)?;
        if self.lex.token == Token::Char(b'=') || self.lex.token == Token::Char(b',') {
            return self.assignment(e);
        }
        match e.kind {
            Kind::Call(at) => {
                *self.code_mut(at.pc()) = self.code(at.pc()) & 0x00FF_FFFF | 1 << 24;
                Ok(())
            }
            _ => Err(self.lex.error(b"syntax error")),
        }
    }

    #[inline(never)]
    fn assignment(&mut self, first: Exp) -> LResult<()> {
        let mut targets = LVec::new(self.l);
        self.check_target(&first)?;
        targets.push(first)?;
        while self.accept(Token::Char(b','))? {
            let mut e = Exp::new(Kind::Void);
            self.suffixed_expr(&mut e)?;
            if !e.is_indexed() {
                self.protect_targets(&mut targets, &e)?;
            }
            self.enter_level()?;
            self.check_target(&e)?;
            targets.push(e)?;
        }
        self.expect(Token::Char(b'='))?;
        let mut e = Exp::new(Kind::Void);
        let n = self.expr_list(&mut e)?;
        let mut left = targets.len();
        if n == left as i32 {
            // The last value goes straight to its variable.
            self.set_one_return(&mut e);
            left -= 1;
            let target = targets[left];
            self.store(&target, &mut e)?;
        } else {
            self.adjust_assign(left as i32, n, &mut e)?;
        }
        for target in targets[..left].iter().rev() {
            let mut value = Exp::new(Kind::Register(self.fs.free_reg - 1));
            self.store(target, &mut value)?;
        }
        for _ in 1..targets.len() {
            self.leave_level();
        }
        Ok(())
    }

    fn check_target(&mut self, e: &Exp) -> LResult<()> {
        if !e.is_variable() {
            return Err(self.lex.error(b"syntax error"));
        }
        self.check_assignable(e)
    }

    /// When the variable `e` is assigned to and earlier targets use it as table or key, they use a copy instead.
    fn protect_targets(&mut self, targets: &mut LVec<Exp>, e: &Exp) -> LResult<()> {
        let copy = self.fs.free_reg;
        let mut conflict = false;
        let (local, upvalue, load, from) = match e.kind {
            Kind::Local(var) => (Some(var.get().1), None, Op::Move, var.get().1),
            Kind::Upvalue(n) => (None, Some(n), Op::GetUpval, n),
            _ => return Ok(()),
        };
        for t in targets.iter_mut() {
            let changed = match t.kind {
                Kind::IndexedUpvalue(element) => {
                    let (up, k) = element.get();
                    (upvalue == Some(up)).then(|| Kind::indexed_string(copy, k))
                }
                Kind::IndexedInt(element) => {
                    let (r, i) = element.get();
                    (local == Some(r)).then(|| Kind::indexed_int(copy, i))
                }
                Kind::IndexedString(element) => {
                    let (r, k) = element.get();
                    (local == Some(r)).then(|| Kind::indexed_string(copy, k))
                }
                Kind::Indexed(element) => {
                    let (r, k) = element.get();
                    let swap = |x| if local == Some(x) { copy } else { x };
                    (local == Some(r) || local == Some(k)).then(|| Kind::indexed(swap(r), swap(k)))
                }
                _ => None,
            };
            if let Some(kind) = changed {
                conflict = true;
                t.kind = kind;
            }
        }
        if conflict {
            self.emit_abc(load, copy, from, 0)?;
            self.reserve(1)?;
        }
        Ok(())
    }
}
