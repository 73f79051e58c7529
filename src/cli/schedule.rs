//! `hedui schedule`: the machine's own scheduler does the scheduling; this prints what to give it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Session;
use crate::error::{Fault, Place, Result};
use crate::pipeline::config::{self, Schedule};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Cron,
    Systemd,
    Kubernetes,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples / 示例:
  hedui schedule pipelines/monthly.toml
  hedui schedule pipelines/monthly.toml --format systemd")]
pub struct Arguments {
    /// Pipeline file / 任务配置文件
    pipeline: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Cron)]
    format: Format,
}

/// # Errors
/// [`Fault::Configuration`] when the pipeline is wrong or has no `[schedule]`.
pub fn execute(_: &Session, arguments: &Arguments) -> Result<u8> {
    let (config, _) = config::load(&arguments.pipeline)?;
    let Some(schedule) = &config.schedule else {
        let place = Place::file(arguments.pipeline.display().to_string());
        return Err(Fault::configuration(place, "no-schedule", "the pipeline has no [schedule] block; add day and at"));
    };
    let absolute = |p: &Path| fs_err::canonicalize(p).map_err(Fault::from);
    let pipeline = absolute(&arguments.pipeline)?;
    let workspace = absolute(&config.workspace)?;
    let program = std::env::current_exe()
        .map_err(|source| Fault::Machine { context: "the program cannot find itself".to_owned(), source })?;
    let text = match arguments.format {
        Format::Cron => cron(schedule, &program, &pipeline),
        Format::Systemd => systemd(schedule, &config.name, &config.title_en, &program, &pipeline, &workspace),
        Format::Kubernetes => kubernetes(schedule, &config.name, &pipeline, &workspace),
    };
    super::put(&text);
    Ok(0)
}

/// A word as a POSIX shell reads it back.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The run takes its own lock, so no flock is needed; in a crontab a bare % would end the command.
fn cron(s: &Schedule, program: &Path, pipeline: &Path) -> String {
    let command = format!("{} run {} --due --quiet", shell_word(program), shell_word(pipeline)).replace('%', "\\%");
    format!(
        "# Daily from the due day on, so that a missed night is caught up by the next one; silent when there is nothing to do.\n{} {} {}-31 * * {command}",
        s.minute, s.hour, s.day
    )
}

fn systemd(s: &Schedule, name: &str, title: &str, program: &Path, pipeline: &Path, workspace: &Path) -> String {
    let (hour, minute, day) = (s.hour, s.minute, s.day);
    let (program, pipeline, workspace) = (program.display(), pipeline.display(), workspace.display());
    format!(
        "# /etc/systemd/system/hedui-{name}.service
[Unit]
Description={title}

[Service]
Type=oneshot
WorkingDirectory={workspace}
ExecStart=\"{program}\" run \"{pipeline}\" --due --quiet
UMask=0027
NoNewPrivileges=yes
PrivateNetwork=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={workspace}

# /etc/systemd/system/hedui-{name}.timer
[Unit]
Description={title}

[Timer]
OnCalendar=*-*-{day:02}..31 {hour:02}:{minute:02}:00
Persistent=true

[Install]
WantedBy=timers.target"
    )
}

fn kubernetes(s: &Schedule, name: &str, pipeline: &Path, workspace: &Path) -> String {
    let inside = pipeline.strip_prefix(workspace).unwrap_or(pipeline).display();
    format!(
        "apiVersion: batch/v1
kind: CronJob
metadata:
  name: hedui-{name}
spec:
  schedule: \"{} {} {}-31 * *\"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: hedui
              image: hedui
              workingDir: /workspace
              command: [\"hedui\", \"run\", \"{inside}\", \"--due\", \"--quiet\"]
              volumeMounts:
                - name: workspace
                  mountPath: /workspace
          volumes:
            - name: workspace
              persistentVolumeClaim:
                claimName: hedui-workspace",
        s.minute, s.hour, s.day
    )
}
