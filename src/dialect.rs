//! What differs between versions of Lua. Only 5.4 exists so far.

/// `_VERSION`
pub const VERSION: &str = "Lua 5.4";
/// `LUA_VERSION_NUM`
pub const VERSION_NUM: i32 = 504;
/// Directory suffix of module paths and suffix of the environment variables.
pub const VERSION_DIR: &str = "5.4";
/// Suffix of `LUA_PATH_x_y`, `LUA_CPATH_x_y`, `LUA_INIT_x_y`.
pub const ENV_SUFFIX: &str = "_5_4";
/// Version byte of binary chunks.
pub const CHUNK_VERSION: u8 = 0x54;
