//! Names the Lua library in this process to the runner.

#[test]
fn the_library_that_is_meant() -> Result<(), Box<dyn std::error::Error>> {
    mlua::Lua::new().load("return 1").eval::<i64>()?;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    let line = maps.lines().find(|line| line.contains("liblua5.4.so")).ok_or("no library")?;
    let start = line.find('/').ok_or("no path")?;
    std::fs::write(std::env::var("USED")?, &line[start..])?;
    Ok(())
}
