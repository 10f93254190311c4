//! Passes, text in, text out: every file under `tests/<pass>/` is a test.
//!
//! A file names the passes to run (`; passes: fold, dce`), has a trace, and behind `; expect:` the trace that is to come out,
//! or `; expect reject: Unstable`.
//!
//! The files under `tests/direct/` have a trace that the generator of one pass compiles; behind `; in order:` what begins lines
//! of its listing, one behind the other, and behind `; nowhere:` what begins none.

use perilune_jit::{Backend, Options, optimise, parse};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The folder of the tests of machine code.
const DIRECT: &str = "direct";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    for name in Options::NAMES {
        files.extend(traces(&root.join(name)));
    }
    if cfg!(target_arch = "x86_64") {
        files.extend(traces(&root.join(DIRECT)));
    }
    files.sort();
    let mut failed = 0;
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).display();
        let text = std::fs::read_to_string(file).expect("a readable file");
        let is_direct = file.parent().is_some_and(|p| p.ends_with(DIRECT));
        let result = if is_direct {
            check_code(&text)
        } else {
            check(&text)
        };
        match result {
            Ok(()) => println!("test {name} ... ok"),
            Err(why) => {
                failed += 1;
                println!("test {name} ... FAILED\n{why}");
            }
        }
    }
    let (passed, word) = (
        files.len() - failed,
        if failed == 0 { "ok" } else { "FAILED" },
    );
    println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn traces(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let files: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    assert!(
        files.len() >= 5,
        "{} has only {} tests",
        folder.display(),
        files.len()
    );
    files
}

fn check(text: &str) -> Result<(), String> {
    let (input, expected) = text.split_once("; expect").ok_or("no expectation")?;
    let mut t = parse(input)?;
    let result = optimise(&mut t, &options(input)?);
    if let Some(reject) = expected.strip_prefix(" reject: ") {
        return match result {
            Err(r) if format!("{r:?}") == reject.trim() => Ok(()),
            other => Err(format!("{other:?} instead of {}\n{t}", reject.trim())),
        };
    }
    result.map_err(|r| format!("{r}\n{t}"))?;
    let expected = parse(expected.strip_prefix(':').ok_or("no ':' behind 'expect'")?)?;
    let (got, want) = (t.to_string(), expected.to_string());
    if got == want {
        Ok(())
    } else {
        Err(format!("--- got\n{got}--- expected\n{want}"))
    }
}

fn check_code(text: &str) -> Result<(), String> {
    let (input, expected) = text.split_once("; in order:\n").ok_or("no expectation")?;
    let (expected, unwanted) = expected
        .split_once("; nowhere:\n")
        .unwrap_or((expected, ""));
    let mut back = Backend::new().ok_or("no back end")?;
    back.keep_listing(true);
    let code = back.compile(&parse(input)?, 0);
    code.map_err(|why| format!("{why}"))?;
    let listing = back.listing().ok_or("no listing")?;
    let mut lines = listing.lines().map(str::trim_start);
    for start in expected.lines() {
        if !lines.any(|line| line.starts_with(start)) {
            return Err(format!("no '{start}' where it is expected\n{listing}"));
        }
    }
    let mut lines = listing.lines().map(str::trim_start);
    match lines.find(|line| unwanted.lines().any(|start| line.starts_with(start))) {
        Some(line) => Err(format!("'{line}' is not expected\n{listing}")),
        None => Ok(()),
    }
}

fn options(input: &str) -> Result<Options, String> {
    let line = input
        .lines()
        .find_map(|l| l.strip_prefix("; passes:"))
        .ok_or("no passes")?;
    let mut options = Options {
        verify: true,
        ..Options::all(false)
    };
    for name in line.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        *options
            .field(name)
            .ok_or_else(|| format!("no pass '{name}'"))? = true;
    }
    Ok(options)
}
