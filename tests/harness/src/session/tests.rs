//! Sessions with guests that are shell scripts.

use super::*;

fn told(guest: &str, commands: &[&str]) -> Record {
    let script = Script {
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
        patience: Duration::from_millis(1500),
    };
    run(Command::new("sh").args(["-c", guest]), &script, &mut |_| {}).unwrap()
}

fn texts(record: &Record) -> Vec<&str> {
    record.lines.iter().filter(|line| !line.is_echo).map(|line| line.text.as_str()).collect()
}

/// Echoes as a serial line does, answers, and leaves at `halt` with status 3.
const SHELL: &str = r#"exec bash -c '
    printf "booted\r\n"
    while printf "spindle> " && IFS= read -r -d $(printf "\r") line; do
        printf "%s\r\n" "$line"
        case $line in halt) exit 3;; *) printf "did %s\r\n" "$line";; esac
    done'"#;

#[test]
fn commands_are_typed_at_prompts_and_their_echo_is_told_from_output() {
    let record = told(SHELL, &["cores", "halt"]);
    assert_eq!(record.ending, Ending::Exited(3), "{record:?}");
    assert_eq!(texts(&record), ["booted", "did cores"]);
    assert!(record.unsent.is_empty());
}

#[test]
fn a_guest_that_says_nothing_more_times_out_and_is_killed() {
    let record = told("echo here; exec sleep 1000", &[]);
    assert_eq!(record.ending, Ending::TimedOut);
    assert_eq!(texts(&record), ["here"]);
}

#[test]
fn a_guest_that_leaves_early_leaves_commands_unsent() {
    let record = told("printf 'spindle> '; exit 0", &["cores", "halt"]);
    assert_eq!(record.ending, Ending::Exited(0));
    assert_eq!(record.unsent, ["halt"]);
}

#[test]
fn a_shell_that_asks_on_after_the_last_command_is_ended() {
    let record =
        told("printf 'spindle> '; sleep 0.1; printf 'halt\\r\\nspindle> '; exec sleep 1000", &["halt"]);
    assert_eq!(record.ending, Ending::AskedForMore);
}

#[test]
fn a_closed_output_is_no_exit() {
    let record = told("exec >&-; exec sleep 1000", &[]);
    assert_eq!(record.ending, Ending::TimedOut);
}

#[test]
fn a_crash_is_no_status() {
    assert_eq!(told("kill -9 $$", &[]).ending, Ending::Crashed);
}

#[test]
fn what_qemu_itself_says_is_kept_apart() {
    let record = told("echo warning >&2; echo line", &[]);
    assert_eq!(record.errors, "warning\n");
    assert_eq!(texts(&record), ["line"]);
}

#[test]
fn output_between_prompt_and_echo_is_output() {
    let guest = "printf 'spindle> '; sleep 0.1; printf 'tick 1\\r\\nhalt\\r\\nbye\\r\\n'";
    let record = told(guest, &["halt"]);
    assert_eq!(texts(&record), ["tick 1", "bye"]);
}

#[test]
fn what_is_awaited_is_waited_for_and_not_typed() {
    let awaiting = told(
        r#"exec bash -c 'printf "spindle> "; IFS= read -r -d $(printf "\r") a; printf "%s\r\nspindle> " "$a"; sleep 0.2
            printf "it is over\r\n"; IFS= read -r -d $(printf "\r") b; printf "%s\r\n" "$b"; exit 4'"#,
        &["go", "@await it is over", "halt"],
    );
    assert_eq!(awaiting.ending, Ending::Exited(4), "{awaiting:?}");
    assert_eq!(texts(&awaiting), ["it is over"]);
}

#[test]
fn what_is_awaited_and_never_said_times_out() {
    let record = told("printf 'spindle> '; exec sleep 1000", &["@await the end", "halt"]);
    assert_eq!(record.ending, Ending::TimedOut);
    assert_eq!(record.unsent, ["@await the end", "halt"]);
}

#[test]
fn a_prompt_that_is_written_over_was_a_prompt() {
    let guest = "printf 'spindle> tick 1\\r\\ntick 2\\r\\n'; sleep 0.1; printf 'halt\\r\\n'; exit 5";
    let record = told(guest, &["halt"]);
    assert_eq!(record.ending, Ending::Exited(5), "{record:?}");
    assert!(record.unsent.is_empty());
    assert_eq!(texts(&record), ["tick 1", "tick 2"]);
}

#[test]
fn a_prompt_that_is_written_over_after_it_was_answered_is_no_second_one() {
    let guest = r#"exec bash -c 'printf "spindle> "; IFS= read -r -d $(printf "\r") a; printf "echo: $a\r\n"; sleep 0.1
        printf "$a\r\n"; sleep 0.1; exit 6'"#;
    let record = told(guest, &["halt"]);
    assert_eq!(record.ending, Ending::Exited(6), "{record:?}");
    assert_eq!(texts(&record), ["echo: halt"]);
}
