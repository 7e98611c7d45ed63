//! The servers under load, their files, and what they kept.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::traffic::exchange;

/// A folder with everything that a run needs.
pub(crate) struct Place {
    folder: PathBuf,
    /// Ports of the open server, of the one that lists clients, and of a FHIR server that accepts and says nothing.
    pub(crate) open: u16,
    pub(crate) closed: u16,
    pub(crate) hanging: u16,
    _hangs: TcpListener,
}

impl Place {
    #[expect(clippy::disallowed_methods, reason = "a soak has files")]
    pub(crate) fn new() -> anyhow::Result<Self> {
        let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--release", "-p", "curbside-cli"]).status()?;
        ensure!(built.success(), "curbside-cli does not build");
        let folder = std::env::temp_dir().join(format!("curbside-soak-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        copy(Path::new("rules/trd"), &folder.join("rules/trd"))?;
        fs::write(folder.join("traps.wasm"), trapping_plugin()?)?;
        fs::write(folder.join("keys.json"), r#"{"keys": []}"#)?;
        let hangs = TcpListener::bind("127.0.0.1:0")?;
        let free = || -> anyhow::Result<u16> { Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port()) };
        let (open, closed, hanging) = (free()?, free()?, hangs.local_addr()?.port());
        let rules = "[rules]\npacks = [\"rules/trd\"]\nplugins = [\"traps.wasm\"]\n";
        let servers = format!("fhir_servers = [\"http://127.0.0.1:{hanging}/fhir\"]\nfhir_anonymous = true\n");
        let text = format!("[server]\nlisten = \"127.0.0.1:{open}\"\n{servers}[store]\nurl = \"sqlite:open.db\"\n{rules}");
        fs::write(folder.join("open.toml"), text)?;
        let client = "[[clients]]\nname = \"ehr\"\niss = \"https://ehr.example.org\"\njwks = \"keys.json\"\n";
        let text = format!("[server]\nlisten = \"127.0.0.1:{closed}\"\n[store]\nurl = \"sqlite:closed.db\"\n{rules}{client}");
        fs::write(folder.join("closed.toml"), text)?;
        Ok(Self { folder, open, closed, hanging, _hangs: hangs })
    }

    /// Changes the rules: to good ones, or to broken ones.
    #[expect(clippy::disallowed_methods, reason = "a soak has files")]
    pub(crate) fn change_rules(&self, number: u64) -> anyhow::Result<()> {
        let good = fs::read_to_string("rules/trd/pack.yaml")?;
        let text = if number % 2 == 0 { format!("{good}# change {number}\n") } else { format!("{good}unknown_key: {number}\n") };
        Ok(fs::write(self.folder.join("rules/trd/pack.yaml"), text)?)
    }

    /// How many of these cards have no feedback in the store.
    pub(crate) fn lost(&self, acknowledged: &[String]) -> anyhow::Result<usize> {
        let store = rusqlite::Connection::open(self.folder.join("open.db"))?;
        let mut find = store.prepare("SELECT COUNT(*) FROM feedback WHERE card = ?1")?;
        let mut lost = 0;
        for card in acknowledged {
            lost += usize::from(find.query_row([card], |row| row.get::<_, i64>(0))? == 0);
        }
        Ok(lost)
    }

    /// Size of the open server's state.
    pub(crate) fn state_bytes(&self) -> u64 {
        fs::metadata(self.folder.join("open.db")).map_or(0, |about| about.len())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is in the machine's own folder for such.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A server that runs.
pub(crate) struct Server(Child);

impl Server {
    #[expect(clippy::disallowed_methods, reason = "a soak has a clock")]
    pub(crate) fn start(place: &Place, name: &str) -> anyhow::Result<Self> {
        let program = Path::new("target/release/curbside").canonicalize()?;
        let config = format!("{name}.toml");
        let child = Command::new(program)
            .args(["serve", "--config", &config])
            .current_dir(&place.folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self(child);
        let port = if name == "open" { place.open } else { place.closed };
        for _ in 0..1200 {
            if exchange(port, "GET /readyz", &[], b"").is_ok_and(|(status, _)| status == 200) {
                return Ok(server);
            }
            if let Some(status) = server.0.try_wait()? {
                bail!("the server `{name}` ended: {status}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("the server `{name}` is not ready after two minutes")
    }

    /// Resident memory, in KiB; none where it is gone.
    #[expect(clippy::disallowed_methods, reason = "a soak looks at the process")]
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// SIGKILL: nothing of its own runs after it.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// As an operator stops it.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        ensure!(Command::new("kill").arg(self.0.id().to_string()).status()?.success());
        ensure!(self.0.wait()?.success(), "it did not end well");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.kill();
    }
}

/// A plug-in of the sandbox's own battery: it traps when it is called.
#[expect(clippy::disallowed_methods, reason = "a soak has files")]
fn trapping_plugin() -> anyhow::Result<Vec<u8>> {
    let tests = Path::new("crates/curbside-sandbox/tests");
    let description = r#"{"services":[{"id":"traps","hook":"patient-view","description":"Traps"}]}"#;
    let length: String = u32::try_from(description.len())?.to_le_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect();
    let call = fs::read_to_string(tests.join("hostile/trap-at-call.wat"))?;
    let fields = format!("(func (export \"describe\") (result i32) (i32.const 1024))\n{call}");
    let text = fs::read_to_string(tests.join("sandbox/component.wat"))?
        .replace("{DESCRIPTION_LENGTH}", &length)
        .replace("{DESCRIPTION}", &description.replace('"', "\\\""))
        .replace("{FIELDS}", &fields);
    wat::parse_str(text).context("the trapping plug-in")
}

#[expect(clippy::disallowed_methods, reason = "a soak has files")]
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
