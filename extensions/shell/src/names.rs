//! Names: the tree of the nameserver, as a table.

use alloc::format;
use alloc::string::{String, ToString};

use spindle_nameserver::Listed;

use crate::table::Table;

/// What is below `path`.
pub(crate) fn names(path: &str, listed: &[Listed]) -> String {
    if listed.is_empty() {
        return format!("there is no name in {path}\n");
    }
    let mut table = Table::new(&["name", "kind", "owner", "what"]);
    for name in listed {
        table.row([name.path.clone(), name.kind.to_string(), name.owner.clone(), name.held.clone()]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use super::names;
    use spindle_nameserver::{Kind, Listed};

    #[test]
    fn a_name_is_shown_with_its_kind_and_owner() {
        let listed = |path: &str, kind, held: &str| Listed {
            path: path.into(),
            kind,
            held: held.into(),
            owner: "gatekeeper".into(),
        };
        let text = names(
            "/svc",
            &[
                listed("/svc/objects/gatekeeper", Kind::Directory, ""),
                listed("/svc/objects/gatekeeper/door", Kind::Object, "gate::Door"),
            ],
        );
        let expected = "name                          kind       owner       what\n\
                        /svc/objects/gatekeeper       directory  gatekeeper\n\
                        /svc/objects/gatekeeper/door  object     gatekeeper  gate::Door\n";
        assert_eq!(text, expected);
        assert_eq!(names("/svc/events", &[]), "there is no name in /svc/events\n");
    }
}
