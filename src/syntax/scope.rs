//! Scopes: local variables, upvalues, blocks, labels and gotos.

use super::exp::{Exp, Kind};
use super::func::{Block, Compiler, Label, Var, kind};
use crate::bytecode::op::Op;
use crate::error::{LResult, Throw};
use crate::limits::MAX_LOCALS;
use crate::object::Str;
use crate::object::proto::{LocVar, UpvalDesc};
use crate::value::{Gc, TValue};

/// Debug information of this many variables fits a function.
const MAX_DEBUG_VARS: usize = i16::MAX as usize;

impl Compiler<'_, '_> {
    // ---- local variables ----

    /// Declares a local variable, not active yet; its number in the function.
    pub fn new_local(&mut self, name: Gc<Str>) -> LResult<usize> {
        let n = self.vars.len() - self.fs.first_var;
        self.check_limit(n + 1, MAX_LOCALS, "local variables")?;
        self.var_names.push(name)?;
        self.vars.push(Var {
            name,
            kind: kind::REGULAR,
            register: 0,
            debug_index: -1,
            value: TValue::NIL,
        })?;
        Ok(n)
    }
    /// A local variable of the current function.
    pub fn local(&mut self, n: usize) -> &mut Var {
        let at = self.fs.first_var + n;
        &mut self.vars[at]
    }
    /// Registers that the first `n` variables of the function `depth` levels outside take.
    fn registers_of(&mut self, depth: usize, n: usize) -> usize {
        let first = self.enclosing(depth).first_var;
        let vars = &self.vars[first..first + n];
        vars.iter()
            .rev()
            .find(|v| v.kind != kind::COMPILE_TIME)
            .map_or(0, |v| v.register as usize + 1)
    }
    /// Registers that the active variables take.
    pub fn var_registers(&mut self) -> usize {
        self.registers_of(0, self.fs.active)
    }
    /// Makes the next `n` declared variables active.
    pub fn activate_locals(&mut self, n: usize) -> LResult<()> {
        let first = self.var_registers();
        for register in first..first + n {
            let at = self.fs.active;
            self.fs.active += 1;
            let start_pc = self.fs.pc();
            let debug_index = self.fs.loc_vars.len();
            self.check_limit(debug_index, MAX_DEBUG_VARS, "local variables")?;
            let name = self.local(at).name;
            self.fs.loc_vars.push(LocVar {
                name: Some(name),
                start_pc,
                end_pc: 0,
            })?;
            let v = self.local(at);
            v.register = register as u8;
            v.debug_index = debug_index as i32;
        }
        Ok(())
    }
    /// Ends the scope of all variables from number `level` on.
    fn remove_locals(&mut self, level: usize) {
        let pc = self.fs.pc();
        while self.fs.active > level {
            self.fs.active -= 1;
            let at = self.fs.active;
            let v = *self.local(at);
            if v.kind != kind::COMPILE_TIME {
                self.fs.loc_vars[v.debug_index as usize].end_pc = pc;
            }
        }
        let len = self.fs.first_var + level;
        self.vars.truncate(len);
        self.var_names.truncate(len);
    }

    /// Sets `e` to the variable `name` as the function `depth` levels outside sees it; to `Void` if it is global. `base`
    /// tells that this function itself uses it.
    pub fn find_variable(
        &mut self,
        depth: usize,
        name: Gc<Str>,
        base: bool,
        e: &mut Exp,
    ) -> LResult<()> {
        let fs = self.enclosing(depth);
        let (first, active) = (fs.first_var, fs.active);
        let names = &self.var_names[first..first + active];
        if let Some(i) = names.iter().rposition(|n| *n == name) {
            let v = self.vars[first + i];
            if v.kind == kind::COMPILE_TIME {
                *e = Exp::new(Kind::CompileTime(first + i));
                return Ok(());
            }
            if !base {
                self.mark_upvalue(depth, i);
            }
            *e = Exp::new(Kind::local(i, v.register as usize));
            return Ok(());
        }
        if let Some(i) = self.find_upvalue(depth, name) {
            *e = Exp::new(Kind::Upvalue(i));
            return Ok(());
        }
        if self.enclosing(depth).prev.is_none() {
            *e = Exp::new(Kind::Void);
            return Ok(());
        }
        self.find_variable(depth + 1, name, false, e)?;
        let desc = match e.kind {
            Kind::Local(var) => {
                let (i, register) = var.get();
                let first = self.enclosing(depth + 1).first_var;
                let kind = self.vars[first + i].kind;
                UpvalDesc {
                    name: Some(name),
                    in_stack: true,
                    index: register as u8,
                    kind,
                }
            }
            Kind::Upvalue(i) => {
                let kind = self.enclosing(depth + 1).upvalues[i].kind;
                UpvalDesc {
                    name: Some(name),
                    in_stack: false,
                    index: i as u8,
                    kind,
                }
            }
            _ => return Ok(()),
        };
        *e = Exp::new(Kind::Upvalue(self.new_upvalue(depth, desc)?));
        Ok(())
    }
    fn find_upvalue(&mut self, depth: usize, name: Gc<Str>) -> Option<usize> {
        self.enclosing(depth)
            .upvalues
            .iter()
            .position(|u| u.name == Some(name))
    }
    /// Notes that variable `n` of an enclosing function is used as an upvalue.
    fn mark_upvalue(&mut self, depth: usize, n: usize) {
        let fs = self.enclosing(depth);
        if let Some(b) = fs.blocks.iter_mut().rev().find(|b| b.active <= n) {
            b.has_upvalue = true;
        }
        fs.needs_close = true;
    }
    /// Notes that the current block has a to-be-closed variable.
    pub fn mark_to_be_closed(&mut self) {
        let b = self.fs.block();
        b.has_upvalue = true;
        b.inside_tbc = true;
        self.fs.needs_close = true;
    }
    /// Raises "attempt to assign to const variable" unless the expression may be assigned to.
    pub fn check_assignable(&mut self, e: &Exp) -> LResult<()> {
        let name = match e.kind {
            Kind::CompileTime(i) => Some(self.vars[i].name),
            Kind::Local(var) => {
                let v = *self.local(var.get().0);
                (v.kind != kind::REGULAR).then_some(v.name)
            }
            Kind::Upvalue(i) => {
                let u = self.fs.upvalues[i];
                if u.kind != kind::REGULAR {
                    u.name
                } else {
                    None
                }
            }
            _ => None,
        };
        match name {
            Some(name) => {
                Err(self.semantic_error("attempt to assign to const variable '%s'", args![name]))
            }
            None => Ok(()),
        }
    }

    // ---- blocks ----

    /// Begins a block.
    pub fn enter_block(&mut self, is_loop: bool) -> LResult<()> {
        let inside_tbc = self.fs.blocks.last().is_some_and(|b| b.inside_tbc);
        let block = Block {
            first_label: self.labels.len(),
            first_goto: self.gotos.len(),
            active: self.fs.active,
            has_upvalue: false,
            is_loop,
            inside_tbc,
        };
        self.fs.blocks.push(block)
    }
    /// Ends the current block.
    pub fn leave_block(&mut self) -> LResult<()> {
        let block = *self.fs.block();
        let level = self.registers_of(0, block.active);
        self.remove_locals(block.active);
        let mut closed = false;
        if block.is_loop {
            let name = self.lex.string(b"break")?;
            closed = self.create_label(name, 0, false)?;
        }
        let is_outermost = self.fs.blocks.len() == 1;
        if !closed && !is_outermost && block.has_upvalue {
            self.emit_abc(Op::Close, level, 0, 0)?;
        }
        self.fs.free_reg = level;
        self.labels.truncate(block.first_label);
        self.fs.blocks.pop();
        if !is_outermost {
            self.move_gotos_out(&block);
        } else if block.first_goto < self.gotos.len() {
            return Err(self.undefined_goto(block.first_goto));
        }
        Ok(())
    }
    /// Pending gotos of a block that ends become those of the block around it.
    fn move_gotos_out(&mut self, block: &Block) {
        for i in block.first_goto..self.gotos.len() {
            let active = self.gotos[i].active;
            // The variables are out of scope already; only their number matters now.
            if active > block.active {
                self.gotos[i].close |= block.has_upvalue;
                self.gotos[i].active = block.active;
            }
        }
    }
    #[cold]
    fn undefined_goto(&mut self, i: usize) -> Throw {
        let g = self.gotos[i];
        if g.name.bytes() == b"break" {
            return self.semantic_error("break outside loop at line %d", args![g.line]);
        }
        self.semantic_error(
            "no visible label '%s' for <goto> at line %d",
            args![g.name, g.line],
        )
    }

    // ---- labels and gotos ----

    /// Notes a goto whose jump is at `pc`.
    pub fn new_goto(&mut self, name: Gc<Str>, line: i32, pc: i32) -> LResult<()> {
        let active = self.fs.active;
        self.gotos.push(Label {
            name,
            pc,
            line,
            active,
            close: false,
        })
    }
    /// A label of the current function that is visible here.
    pub fn find_label(&self, name: Gc<Str>) -> Option<Label> {
        self.labels[self.fs.first_label..]
            .iter()
            .copied()
            .find(|l| l.name == name)
    }
    /// Registers of the variables that are active at a label.
    pub fn registers_at(&mut self, label: &Label) -> usize {
        self.registers_of(0, label.active)
    }
    /// Makes a label here and resolves the gotos of the block that wait for it. `is_last`: nothing but labels and empty
    /// statements follows in the block. Answers whether it had to close variables.
    pub fn create_label(&mut self, name: Gc<Str>, line: i32, is_last: bool) -> LResult<bool> {
        let pc = self.label();
        // Variables of the block are out of scope at a label at its end.
        let active = if is_last {
            self.fs.block().active
        } else {
            self.fs.active
        };
        let label = Label {
            name,
            pc,
            line,
            active,
            close: false,
        };
        self.labels.push(label)?;
        if self.resolve_gotos(&label)? {
            let level = self.var_registers();
            self.emit_abc(Op::Close, level, 0, 0)?;
            return Ok(true);
        }
        Ok(false)
    }
    /// Resolves the gotos of the current block that wait for a label; answers whether one must close variables.
    fn resolve_gotos(&mut self, label: &Label) -> LResult<bool> {
        let mut i = self.fs.block().first_goto;
        let mut needs_close = false;
        while i < self.gotos.len() {
            let g = self.gotos[i];
            if g.name != label.name {
                i += 1;
                continue;
            }
            needs_close |= g.close;
            if g.active < label.active {
                return Err(self.jump_into_scope(&g));
            }
            self.patch_list(g.pc, label.pc)?;
            let n = self.gotos.len();
            self.gotos.copy_within(i + 1..n, i);
            self.gotos.truncate(n - 1);
        }
        Ok(needs_close)
    }
    #[cold]
    fn jump_into_scope(&mut self, g: &Label) -> Throw {
        let var = self.local(g.active).name;
        self.semantic_error(
            "<goto %s> at line %d jumps into the scope of local '%s'",
            args![g.name, g.line, var],
        )
    }
    /// Raises an error if the function has a visible label of this name.
    pub fn check_new_label(&self, name: Gc<Str>) -> LResult<()> {
        match self.find_label(name) {
            Some(l) => {
                Err(self
                    .semantic_error("label '%s' already defined on line %d", args![name, l.line]))
            }
            None => Ok(()),
        }
    }
}
