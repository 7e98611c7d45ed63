//! What every command prints and how it ends: `cmd/*.trycmd` hold the commands and their output.
//! `TRYCMD=overwrite cargo test -p curbside-cli --test cmd` writes new output; read the difference.

#[test]
fn commands_print_what_the_files_say() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}
