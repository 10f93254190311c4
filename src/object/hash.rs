//! Hashes of strings: rapidhash with a seed that outsiders cannot guess, so that nobody can send keys that all meet in one
//! place. The seed is the process's: asking the system for one is as long as a good part of opening a state.

use rapidhash::v3::{DEFAULT_RAPID_SECRETS, RapidSecrets, rapidhash_v3_seeded};
use std::sync::OnceLock;

static SECRETS: OnceLock<RapidSecrets> = OnceLock::new();

/// The hash of `s`.
#[inline(always)]
pub fn hash_bytes(s: &[u8]) -> u32 {
    let h = rapidhash_v3_seeded(s, SECRETS.get_or_init(secrets));
    (h ^ (h >> 32)) as u32
}

/// The seed is random already: it need not be mixed once more for every string, as the crate's constructor would.
#[cold]
fn secrets() -> RapidSecrets {
    RapidSecrets {
        seed: random_seed(),
        secrets: DEFAULT_RAPID_SECRETS.secrets,
    }
}

fn random_seed() -> u64 {
    let mut seed = [0u8; 8];
    // SAFETY: the buffer has room for 8 bytes.
    let n = unsafe { libc::getrandom(seed.as_mut_ptr().cast(), seed.len(), libc::GRND_NONBLOCK) };
    if n == seed.len() as isize {
        return u64::from_ne_bytes(seed);
    }
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos() as u64);
    now ^ (&raw const seed as u64).rotate_left(32)
}
