//! The API tests that mean nothing behind the runtime of the platform, with the reasons.

/// A reason, and the tests and modules that have it.
pub(super) const LEFT_OUT: &[(&str, &[&str])] = &[
    (
        "they start programs (`palisade`, a function or a host of their own) and speak to those, or send no request",
        &[
            "able",
            "addresses",
            "administration::the_command_line_administers_users_by_address",
            "backup",
            "by_hand::a_backup_is_made_and_put_back",
            "by_hand::a_deployment_moves_to_another_store",
            "clocks::a_store_two_days_ahead_is_refused_with_a_message",
            "command_line",
            "connecting",
            "crash",
            "database",
            "deploy",
            "every_setting::every_setting_is_set_by_a_test",
            "every_setting::settings::accounts::bcrypt_cost_is_the_work_of_a_hash",
            "every_setting::settings::application::app_env_is_what_the_program_is_run_for",
            "every_setting::settings::application::host_is_the_address_it_listens_on",
            "every_setting::settings::application::log_format_is_how_log_lines_look",
            "every_setting::settings::application::log_level_is_what_is_logged",
            "every_setting::settings::application::port_is_the_port_it_listens_on",
            "every_setting::settings::limit_store::rate_limit_unshared_lets_instances_that_come_and_go_count_for_themselves",
            "every_setting::settings::server::drain_timeout_is_how_long_requests_may_take_to_end_when_the_server_stops",
            "every_setting::settings::server::start_timeout_is_how_long_a_start_waits_for_a_database",
            "every_setting::settings::store::database_url_is_where_documents_are_kept",
            "every_setting::settings::store::deleted_retention_is_how_long_a_deleted_account_can_be_restored",
            "every_setting::settings::store::secret_keys_seal_what_the_store_keeps_secret",
            "failover",
            "first_admin::an_invalid_administrator_is_refused_before_the_start",
            "first_admin::production_reports_a_missing_super_admin_and_the_remedy",
            "first_admin::the_log_reports_the_result_without_an_address",
            "front::the_log_reports_proxy_problems_once_an_hour",
            "hosted",
            "installing",
            "invitations::command_line::the_command_line_invites_with_any_role_and_a_server_mails_the_link",
            "languages::a_broken_text_or_template_refuses_the_start_and_check_names_its_place",
            "log_reader",
            "mail::a_stop_does_not_wait_for_the_mail_server_and_the_mail_keeps_its_message_id",
            "mail::an_empty_outbox_says_that_it_is_empty",
            "mail::an_operator_lists_retries_and_drops_mails",
            "mail_addresses::the_command_line_takes_an_address_as_people_type_it",
            "metrics",
            "missing",
            "operation",
            "outage",
            "pages::the_start_page_shows_the_link_of_the_terminal",
            "provider_settings",
            "readme",
            "secrets",
            "setup::the_operator_makes_super_admins_beside_the_running_server",
            "slow::a_client_that_obeys_keep_alive_is_never_cut_off",
            "slow::a_stop_finishes_started_requests_and_accepts_none",
            "slow::aborted_connections_leave_nothing_behind",
            "slow::an_endless_body_gets_an_answer",
            "slow::an_endless_head_is_cut_off_although_bytes_arrive",
            "slow::an_idle_connection_is_closed_after_its_timeout",
            "starting",
            "stopping",
            "storm",
            "strangers",
            "tour",
            "trust",
            "vercel",
        ],
    ),
    (
        "connections and the parser of HTTP belong to the platform: its edge and its runtime",
        &[
            "early_answers",
            "every_setting::settings::server::header_timeout_is_how_long_a_head_may_take",
            "every_setting::settings::server::idle_timeout_is_how_long_a_connection_waits_for_its_next_request",
            "every_setting::settings::server::max_connections_is_how_many_may_be_open_at_once",
            "front::local_pages_are_404_through_a_proxy",
            "http::framing::ambiguous_framing_ends_the_connection",
            "http::too_large_requests_are_refused_in_the_envelope",
            "http::unparsable_requests_are_answered_and_logged_like_others",
        ],
    ),
    (
        "the runtime goes on with a request whose client has gone, so its place is not free",
        &["guessing::a_busy_server_uses_up_no_attempts_of_the_account"],
    ),
    ("they listen to answers that go on, at the socket of the server itself", &["listening"]),
    (
        "the platform itself refuses a body of more than 4.5 MB",
        &["bad_bodies::a_body_past_the_limit_is_refused_as_soon_as_that_is_known"],
    ),
    (
        "they send nothing on MongoDB: they are about files of the embedded store",
        &[
            "by_hand::a_backup_from_before_a_wrong_clock_goes_into_a_new_file",
            "by_hand::an_embedded_store_forgets_a_time_that_was_wrong",
            "clocks::on_one_machine_a_clock_that_was_ahead_brings_nothing_back",
            "clocks::on_one_machine_work_begun_while_the_clock_was_ahead_continues",
            "clocks_apart::on_one_machine_a_signing_key_keeps_signing_when_the_clock_is_set_back",
            "clocks_apart::on_one_machine_what_ended_while_the_clock_was_ahead_stays_ended",
        ],
    ),
    (
        "they read sources and declarations, and no answers",
        &[
            "contract::every_code_that_is_declared_is_in_the_catalogue",
            "contract::no_snapshot_is_left_over",
            "coverage::every_route_has_a_summary",
        ],
    ),
    (
        "the pages of development, which answer only clients on the same machine",
        &[
            "languages::the_mailbox_of_development_shows_both_parts",
            "pages::local_pages_are_404_from_elsewhere",
            "pages::the_start_of_production_is_a_short_page_or_leads_home",
            "pages::the_start_page_of_development_leads_to_the_first_account_while_there_is_none",
        ],
    ),
    (
        "they are the host themselves: they do what the function does after an answer",
        &[
            "cron::mails_go_out_after_the_answer_that_caused_them",
            "cron::mails_go_out_when_the_scheduler_says_so",
        ],
    ),
    (
        "the worker that goes on without requests",
        &[
            "invitations::links::a_mail_that_waited_is_not_sent_once_its_link_would_be_worthless",
            "mail::health_is_degraded_while_mail_waits_for_long",
            "mail::mail_survives_a_configuration_mistake_and_shows_in_health",
            "mail_budgets::one_flooding_network_shuts_out_no_other",
            "registration::mails::failed_attempts_at_a_link_do_not_use_up_the_mail_budget",
        ],
    ),
];

/// Why this test is left out, if it is.
pub(super) fn reason(test: &str) -> Option<&'static str> {
    let named = |names: &[&str]| names.iter().any(|name| is_named(name, test));
    LEFT_OUT.iter().find(|(_, names)| named(names)).map(|(reason, _)| *reason)
}

/// Whether this is the test, or a module that contains it.
pub(super) fn is_named(name: &str, test: &str) -> bool {
    test.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_test_or_of_a_module_and_no_prefix() {
        assert!(is_named("front::here", "front::here") && is_named("front", "front::here"));
        assert!(!is_named("front::here", "front::hereafter") && !is_named("front", "frontier::here"));
        assert!(reason("vercel::after").is_some() && reason("login::after").is_none());
    }
}
