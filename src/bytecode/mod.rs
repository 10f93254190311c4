//! x
pub mod dump {
    use crate::error::*;
    use crate::object::*;
    pub fn dump(
        l: &State,
        p: &Proto,
        s: bool,
        w: &mut dyn FnMut(&[u8]) -> LResult<bool>,
    ) -> LResult<bool> {
        todo!()
    }
}
pub mod op;
