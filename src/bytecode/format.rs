//! The header of binary chunks, as Lua 5.4 defines it.

use crate::dialect::CHUNK_VERSION;

/// First bytes of a binary chunk.
pub const SIGNATURE: &[u8; 4] = b"\x1bLua";
/// Number of the format; 0 is the official one.
pub const FORMAT: u8 = 0;
/// Bytes that a transfer in text mode would change.
pub const CONVERSION_CHECK: &[u8; 6] = b"\x19\x93\r\n\x1a\n";
/// An integer that tells the byte order.
pub const CHECK_INTEGER: i64 = 0x5678;
/// A float that tells the representation.
pub const CHECK_FLOAT: f64 = 370.5;
/// Sizes of instructions, integers and floats, and what is wrong with a chunk that has others.
pub const SIZES: [(u8, &str); 3] = [
    (4, "Instruction size mismatch"),
    (8, "lua_Integer size mismatch"),
    (8, "lua_Number size mismatch"),
];
/// The version and format bytes.
pub const VERSION: u8 = CHUNK_VERSION;
/// Bits of a tag that a chunk stores: type and variant.
pub const TAG_BITS: u8 = 0x3F;
