//! `palisade invite`.

use palisade_api_tests::binary::{make_super_admin, run, succeed};

use super::*;

#[test]
fn the_command_line_invites_with_any_role_and_a_server_mails_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = run(folder.path(), &["invite", ADA], &[]);
    assert_eq!(nothing.status, Some(1), "{}", nothing.complained);
    assert!(!folder.path().join("data").exists(), "inviting makes no deployment");

    make_super_admin(folder.path(), ROOT, PASSWORD, &[]);
    let printed =
        succeed(folder.path(), &["invite", ADA, "--role", "super_admin", "--name", "Ada", "--json"], &[])
            .printed;
    let made: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&made["email"], &made["role"]), (&json!(ADA), &json!("super_admin")));
    assert_eq!((&made["name"], &made["invitedBy"]), (&json!("Ada"), &Value::Null));
    assert!(made["id"].as_str().unwrap().starts_with("inv_") && made["expiresAt"].is_string(), "{made}");
    let plain = succeed(folder.path(), &["invite", "bob@example.org"], &[]).printed;
    assert!(plain.lines().any(|line| line.starts_with("role") && line.ends_with("user")), "{plain}");
    assert!(plain.contains("A running server mails the link"), "{plain}");

    for (arguments, why) in [
        (&["invite", ADA][..], "This address has a pending invitation"),
        (&["invite", ROOT], "An account with this email address already exists"),
        (&["invite", "no address"], "EMAIL must be an email address"),
        (
            &["invite", "eve@example.org", "--role", "king"],
            "--role must be one of: user support admin super_admin",
        ),
        (&["invite", "eve@example.org", "--name", " "], "--name must have at least 1 character"),
    ] {
        let refused = run(folder.path(), arguments, &[]);
        assert_eq!(refused.status, Some(1), "{arguments:?}");
        assert!(refused.complained.contains(why), "{arguments:?}: {}", refused.complained);
    }
}
