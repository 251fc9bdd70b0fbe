//! Extensions that link to each other: one publishes an interface, another calls it, and two do both.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

pub(super) fn all() -> Vec<Case> {
    let ok = || Expectation::shell(0);
    let bad = || Expectation::shell(1);
    vec![
        Case::with_tests(
            "published::an_extension_calls_what_another_publishes",
            Machine::virt(),
            &[
                "load ledger",
                "load teller with SpinPublic,ledger",
                "raise teller deposit savings 100",
                "raise teller deposit travel 5",
                "raise teller withdraw savings 30",
                "raise teller balance savings",
                // The publisher sees the same accounts: there is one copy of them.
                "raise accounts",
                "halt",
            ],
            ok().then("savings: 100")
                .then("travel: 5")
                .then("savings: 70")
                .then("savings: 70")
                .then("savings: 70")
                .then("travel: 5")
                .then("2 accounts"),
        ),
        Case::with_tests(
            "published::an_event_of_a_published_crate_reaches_handlers_of_another_extension",
            Machine::virt(),
            &["load ledger", "load teller with SpinPublic,ledger", "raise teller withdraw savings 5", "halt"],
            ok().then("5 asked of savings").then("savings: 5 is more than the 0 there are"),
        ),
        Case::with_tests(
            "published::an_importer_needs_its_publisher",
            Machine::virt(),
            &["load teller", "load ledger", "load teller", "domains", "halt"],
            bad()
                .then("interface `ledger_interface` is not in this kernel")
                .then("interface `ledger_interface` is not in this kernel")
                .absent("teller is domain"),
        ),
        Case::with_tests(
            "published::a_publisher_stays_while_it_is_used",
            Machine::virt(),
            &[
                "load ledger",
                "load teller with SpinPublic,ledger",
                "unload ledger",
                "raise teller deposit savings 1",
                "unload teller",
                "unload ledger",
                "load ledger",
                "raise accounts",
                "halt",
            ],
            bad().then("`ledger` is used by teller").then("savings: 1").then("0 accounts"),
        ),
        Case::with_tests(
            "published::users_go_along_if_told_to",
            Machine::virt(),
            &[
                "load ledger",
                "load teller with SpinPublic,ledger",
                "unload ledger --with-users",
                "raise teller balance savings",
                "load ledger,teller",
                "raise teller balance savings",
                "halt",
            ],
            bad().then("no event is open by the name `teller`").then("savings: 0"),
        ),
        Case::with_tests(
            "published::what_is_published_has_to_be_defined",
            Machine::virt(),
            &["load publishes-nothing", "raise accounts", "halt"],
            bad()
                .then("`publishes-nothing` refused at parse: publishes `ledger_interface`, whose symbol 0x")
                .contains("is not defined by the object"),
        ),
        Case::with_tests(
            "published::another_version_is_another_interface",
            Machine::virt(),
            &["load ledger", "load other-published with SpinPublic,ledger", "halt"],
            bad().then("`other-published` refused at interface: interface `ledger_interface` differs"),
        ),
        Case::with_tests(
            "published::an_interface_has_one_publisher",
            Machine::virt(),
            &[
                "load ledger",
                "load impostor",
                "unload ledger",
                "load impostor",
                "raise accounts",
                "load ledger",
                "halt",
            ],
            bad()
                .then("`impostor` refused at interface: publishes interface `ledger_interface`, which is there already")
                .then("liegde is domain")
                .then("0 accounts")
                .then("`ledger` refused at interface: publishes interface `ledger_interface`"),
        ),
        Case::with_tests(
            "published::two_extensions_link_to_each_other",
            Machine::virt(),
            &[
                "load ping",
                "load ping,pong",
                "raise ping 3",
                "raise pong 2",
                "raise ping 1",
                "unload pong",
                "unload ping --with-users",
                "raise ping 1",
                "halt",
            ],
            bad()
                .then("interface `pong_interface` is not in this kernel")
                .then("ping played ball 3 and took 0")
                .then("pong played ball 2 and took 3")
                .then("ping played ball 4 and took 2")
                .then("`pong` is used by ping")
                .then("no event is open by the name `ping`"),
        ),
        Case::with_tests(
            "published::a_published_crate_is_built_on_another",
            Machine::virt(),
            &[
                "load ledger",
                "load vault with SpinPublic,ledger",
                "load clerk with SpinPublic,vault",
                "load clerk with SpinPublic,vault,ledger",
                "raise clerk 4",
                "raise clerk 1",
                "raise accounts",
                "unload ledger",
                "unload vault",
                "unload ledger --with-users",
                "raise clerk 1",
                "load clerk,ledger,vault",
                "raise clerk 1",
                "halt",
            ],
            bad()
                .then("interface `ledger_interface` is not in this kernel")
                .then("the vault holds 8")
                .then("the vault holds 10")
                .then("vault: 10")
                .then("`ledger` is used by vault, clerk")
                .then("`vault` is used by clerk")
                .then("no event is open by the name `clerk`")
                .then("the vault holds 2"),
        ),
        nothing_stays_behind(),
    ]
}

/// Publishers and users that come and go, together and one by one, in a chain and in a circle: their tables go with them.
fn nothing_stays_behind() -> Case {
    let mut commands = Vec::new();
    for _ in 0..9 {
        for _ in 0..12 {
            commands.extend([
                "load ledger",
                "load teller with SpinPublic,ledger",
                "raise teller deposit a 1",
            ]);
            commands.extend([
                "unload ledger --with-users",
                "load ledger,teller",
                "unload teller",
                "unload ledger",
            ]);
            commands.extend(["load ping,pong", "raise ping 2", "unload pong --with-users"]);
        }
        commands.push("mem");
    }
    commands.push("halt");
    let expected = Expectation::shell(0).settled("extensions").settled("heap");
    let mut case =
        Case::with_tests("published::what_is_published_leaves_nothing", Machine::virt(), &commands, expected);
    case.patience = Duration::from_secs(120);
    case
}
