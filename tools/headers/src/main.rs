//! Writes `include/*.h`: templates with macros and constants written by hand, prototypes generated from the signatures of
//! the exported functions by cbindgen. A line `@prototypes a b` in a template stands for those of `src/capi/{a,b}.rs`.
//!
//! `perilune-headers ROOT` writes the headers, `perilune-headers --check ROOT` only says whether they are stale.

use std::path::Path;
use std::process::ExitCode;

/// The headers that have a template.
const HEADERS: [&str; 3] = ["lua.h", "lauxlib.h", "lualib.h"];

/// How the macro in front of the prototypes is called in each header.
fn export_macro(header: &str) -> &'static str {
    match header {
        "lua.h" => "LUA_API",
        "lauxlib.h" => "LUALIB_API",
        _ => "LUAMOD_API",
    }
}

/// The prototypes of the exported functions of one source file, in its order.
fn prototypes(source: &Path, header: &str) -> String {
    let mut config = cbindgen::Config {
        language: cbindgen::Language::C,
        no_includes: true,
        usize_is_size_t: true,
        documentation: true,
        documentation_style: cbindgen::DocumentationStyle::Cxx,
        documentation_length: cbindgen::DocumentationLength::Short,
        line_length: 200,
        ..cbindgen::Config::default()
    };
    config.function.prefix = Some(export_macro(header).to_string());
    config.function.sort_by = Some(cbindgen::SortKey::None);
    config.export.item_types = vec![cbindgen::ItemType::Functions];
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(source)
        .generate()
        .unwrap_or_else(|e| panic!("{}: {e}", source.display()));
    let mut out = Vec::new();
    bindings.write(&mut out);
    let text = String::from_utf8(out).expect("prototypes are UTF-8");
    tidy(&text, export_macro(header))
}

/// One line per prototype under its comment; the name in parentheses, so that a macro of that name does not expand.
fn tidy(text: &str, prefix: &str) -> String {
    let mut out = String::new();
    let mut joined = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            continue;
        }
        if joined.is_empty() && !line.starts_with(prefix) {
            let text = line.trim_start_matches('/').trim();
            out.push_str(&format!("/* {text} */\n"));
            continue;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(line);
        if !line.ends_with(';') {
            continue;
        }
        let open = joined.find('(').expect("a prototype has parameters");
        let name = joined[..open].rfind([' ', '*']).expect("a prototype has a type") + 1;
        out.push_str(&joined[..name]);
        out.push('(');
        out.push_str(&joined[name..open]);
        out.push(')');
        out.push_str(&joined[open..]);
        out.push('\n');
        joined.clear();
    }
    out
}

fn header(root: &Path, name: &str) -> String {
    let template = root.join("include/templates").join(format!("{name}.in"));
    let template = std::fs::read_to_string(&template).unwrap_or_else(|e| panic!("{}: {e}", template.display()));
    let mut out = String::new();
    for line in template.lines() {
        match line.strip_prefix("@prototypes ") {
            Some(files) => {
                for file in files.split_whitespace() {
                    out.push_str(&prototypes(&root.join(format!("src/capi/{file}.rs")), name));
                }
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let check = args.first().is_some_and(|a| a == "--check");
    if check {
        args.remove(0);
    }
    let root = args.first().map_or(Path::new("."), Path::new);
    let mut stale = false;
    for name in HEADERS {
        let path = root.join("include").join(name);
        let text = header(root, name);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if check {
            eprintln!("include/{name} is stale: run 'make headers' and commit the result");
            stale = true;
        } else {
            std::fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
    if stale { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
