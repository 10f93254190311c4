//! The command line: which options there are, and where the script starts.

/// What the options ask for.
#[derive(Default)]
pub struct Options {
    /// `-i`
    pub interactive: bool,
    /// `-v` or `-i`
    pub version: bool,
    /// `-e`
    pub execute: bool,
    /// `-E`
    pub ignore_environment: bool,
    /// Position of the script's name; `None` if there is no script.
    pub script: Option<usize>,
}

/// Reads the options up to the script. `Err` has the position of the argument that is not one.
pub fn collect(args: &[Vec<u8>]) -> Result<Options, usize> {
    let mut options = Options::default();
    let mut i = 1;
    while let Some(arg) = args.get(i) {
        match arg.as_slice() {
            b"--" => {
                i += 1;
                break;
            }
            b"-E" => options.ignore_environment = true,
            b"-W" => {}
            b"-v" => options.version = true,
            b"-i" => {
                options.interactive = true;
                options.version = true;
            }
            [b'-', b'e' | b'l', rest @ ..] => {
                options.execute |= arg[1] == b'e';
                if rest.is_empty() {
                    // The argument of the option is the next one, which must not look like an option.
                    if args.get(i + 1).is_none_or(|next| next.starts_with(b"-")) {
                        return Err(i);
                    }
                    i += 1;
                }
            }
            [b'-', _, ..] => return Err(i),
            _ => break,
        }
        i += 1;
    }
    options.script = (i < args.len()).then_some(i);
    Ok(options)
}

/// What an option in front of the script makes the interpreter do.
pub enum Action<'a> {
    /// `-e`
    Execute(&'a [u8]),
    /// `-l`
    Library(&'a [u8]),
    /// `-W`
    Warnings,
}

/// The actions of the options (which `collect` has checked) in front of position `end`, in their order.
pub fn actions(args: &[Vec<u8>], end: usize) -> Vec<Action<'_>> {
    let mut actions = Vec::new();
    let mut i = 1;
    while i < end {
        match args[i].as_slice() {
            [b'-', kind @ (b'e' | b'l'), rest @ ..] => {
                let value = if rest.is_empty() {
                    i += 1;
                    args[i].as_slice()
                } else {
                    rest
                };
                actions.push(if *kind == b'e' {
                    Action::Execute(value)
                } else {
                    Action::Library(value)
                });
            }
            b"-W" => actions.push(Action::Warnings),
            _ => {}
        }
        i += 1;
    }
    actions
}

/// The message for an argument that is no option, and what the options are.
pub fn usage(program: &str, bad: &[u8]) -> String {
    let bad_text = String::from_utf8_lossy(bad);
    let reason = match bad {
        [_, b'e' | b'l', ..] => format!("'{bad_text}' needs argument"),
        _ => format!("unrecognized option '{bad_text}'"),
    };
    format!(
        "{program}: {reason}
usage: {program} [options] [script [args]]
Available options are:
  -e stat   execute string 'stat'
  -i        enter interactive mode after executing 'script'
  -l mod    require library 'mod' into global 'mod'
  -l g=mod  require library 'mod' into global 'g'
  -v        show version information
  -E        ignore environment variables
  -W        turn warnings on
  --        stop handling options
  -         stop handling options and execute stdin
"
    )
}
