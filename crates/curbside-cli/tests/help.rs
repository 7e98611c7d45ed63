//! Every command says what it does, shows examples, and says what the packs are not for.

#[cfg(test)]
mod tests {
    use std::process::Command;

    fn help(path: &[String]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_curbside")).args(path).arg("--help").output().unwrap();
        assert!(output.status.success(), "{path:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The subcommands that a help page lists.
    fn subcommands(page: &str) -> Vec<String> {
        let list = page.lines().skip_while(|line| *line != "Commands:").skip(1);
        // The names stand two columns in; what continues a description stands further in.
        let names = list.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
    }

    #[test]
    fn every_help_has_examples_and_the_caution() {
        let mut open = vec![Vec::new()];
        let mut seen = 0;
        while let Some(path) = open.pop() {
            let page = help(&path);
            assert!(page.contains("Example"), "`curbside {}` shows no example", path.join(" "));
            assert!(page.contains("awaits clinical sign-off"), "`curbside {}`", path.join(" "));
            open.extend(subcommands(&page).into_iter().map(|name| [path.clone(), vec![name]].concat()));
            seen += 1;
        }
        assert!(seen >= 8, "only {seen} commands were found");
    }

    #[test]
    fn a_wrong_command_is_wrong_usage() {
        let output = Command::new(env!("CARGO_BIN_EXE_curbside")).arg("evil").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("similar subcommand exists: 'eval'"));
    }
}
