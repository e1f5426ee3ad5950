### The English texts of the built-in pages and mails. Every other language has the same messages with the same arguments.

## Pages: what several of them say

page-email = Email
page-name = Name
page-optional = (optional)
page-password = Choose a password
page-new-password = Choose a new password
page-password-hint =
    { $minLength ->
        [one] At least { $minLength } character.
       *[other] At least { $minLength } characters.
    } A few words that you will remember are best.
page-no-script = This page needs JavaScript. Turn it on for this page, or open it in another browser.
page-sign-in = Sign in
page-provider = Continue with { $provider }

## Pages: what their script says. The script puts a time like “in 5 minutes” or `page-script-later` in the place of $when.

page-script-wait = One moment …
page-script-incomplete = This link is incomplete. Please open the link that you received again.
page-script-over = This link no longer works: it was already used, or it has expired.
page-script-other-browser = You are not in the browser that you registered with, so please choose your password here.
page-script-show-password = Show the password
page-script-hide-password = Hide the password
page-script-check-fields = Please check the marked field.
page-script-rate-limited = Too many attempts. Please try again { $when }.
page-script-unavailable = The service is temporarily unavailable. Please try again { $when }.
page-script-later = later
page-script-sign-in-first = Please sign in to the account in this browser first. Then open the link again.
page-script-email-taken = This email address already has an account.
page-script-failed = Something went wrong. Please try again.
page-script-unreachable = The server could not be reached. Please check your connection and try again.
page-script-invalid-credentials = Wrong email address or password.
page-script-email-not-verified = Please confirm your email address first: open the link in the email that we sent you.
page-script-account-suspended = This account is suspended. Please ask the operator of { $product }.
page-script-last-super-admin = You are the last administrator: make another one first.
page-script-oauth-denied = You did not agree at the provider, so you are not signed in.
page-script-oauth-state-invalid = This sign-in has expired or was begun in another browser. Please try again.
page-script-oauth-failed = The provider's answer could not be used. Please try again, or sign in another way.
page-script-provider-unavailable = The provider does not answer at the moment. Please try again later, or sign in another way.
page-script-email-confirmation-required = Almost done: please open the link in the email that we sent you, in this browser. Check your spam folder too.
page-script-identity-taken = Another account is already linked to this sign-in.
page-script-last-sign-in-method = This is your last way to sign in: choose a password first.
page-script-connect-elsewhere = Please open the link in the browser in which you came from the provider. Or sign in here another way and link the provider in your account.
page-script-remove-identity = Remove: { $provider }
page-script-identity-removed = It is removed.
page-script-password-needed = Please enter your password to continue.
page-script-password-wrong = The password is wrong.
page-script-unknown-device = Unknown device
page-script-last-used = Last used { $when }
page-script-end-device = Sign out: { $device }
page-script-device-ended = The device is signed out.
page-script-mistake = Please check what you entered here.
page-script-mistake-required = Please fill in this field.
page-script-mistake-too-long = This is too long.
page-script-mistake-email-invalid-format = Please enter an email address like name@example.org.
page-script-mistake-name-invalid-format = Please enter a name on one line, without control characters.
page-script-mistake-password-too-short =
    { $minLength ->
        [one] Please use at least { $minLength } character.
       *[other] Please use at least { $minLength } characters.
    }
page-script-mistake-password-not-allowed = Please choose another password: this one is too common, or it contains your email address or the name { $product }.

## Page: confirm an email address

page-verify-title = Confirm your email address
page-verify-lead = Press the button, and your account is ready.
page-verify-button = Confirm
page-verify-done = Your email address is confirmed. You can sign in now.
page-verify-over = Please register again, or ask for another email.

## Page: set up an administrator account

page-setup-title = Set up the first account
page-setup-lead = This account can do everything. The link works once.
page-setup-named-title = Set up your administrator account
page-setup-named-lead = This account can do everything. The link is for this address only and works once.
page-setup-button = Create the account
page-setup-done = Your account is ready. You can sign in now.
page-setup-over = The operator of this server can create another one.

## Page: accept an invitation

page-accept-invitation-title = Create your account
page-accept-invitation-lead = You are invited. Choose a password, and your account is ready.
page-accept-invitation-button = Create the account
page-accept-invitation-done = Your account is ready. You can sign in now.
page-accept-invitation-over = Please ask the person who invited you for another one.

## Page: choose a new password

page-reset-title = Choose a new password
page-reset-lead = This signs you out everywhere, on this device too.
page-reset-button = Change the password
page-reset-done = Your password is changed. You can sign in now.
page-reset-over = Please ask for another email.

## Page: ask for a link to choose a new password

page-forgot-title = Forgot your password?
page-forgot-lead = Enter the email address of your account. You will get an email with a link to choose a new password.
page-forgot-button = Send the email
page-forgot-done = If this address has an account, an email is on its way. Please check your inbox, and your spam folder too.

## Page: confirm another address

page-confirm-email-title = Confirm your new email address
page-confirm-email-lead = Press the button, and your account has this address. Every other device is signed out.
page-confirm-email-button = Confirm
page-confirm-email-done = Your account now has this email address. Use it the next time you sign in.
page-confirm-email-over = Please ask for another email.

## Page: connect an account at a provider

page-connect-title = Confirm your email address
page-connect-lead = Press the button, and you are signed in.
page-connect-named-title = Connect { $provider }
page-connect-named-lead = Press the button, and from now on you can sign in to the account with this email address through { $provider }.
page-connect-button = Confirm and sign in
page-connect-done = You are signed in.
page-connect-over = Please sign in through the provider again.

## Page: object to another address

page-secure-title = Secure your account
page-secure-lead = If you did not ask for another email address, press the button: every device is signed out, and the change is cancelled.
page-secure-button = Sign out every device
page-secure-done = Every device is signed out. Please choose a new password now: say that you forgot the old one.
page-secure-over = Every device was signed out already, or the change took place.

## Page: sign in

page-sign-in-title = Sign in
page-sign-in-lead = Welcome back to { $product }.
page-sign-in-button = Sign in
page-sign-in-done = You are signed in.
page-current-password = Password
page-forgot-link = Forgot your password?
page-sign-up-link = Create an account

## Page: ask for an account

page-sign-up-title = Create an account
page-sign-up-lead = You will get an email with a link to confirm your address.
page-sign-up-button = Create the account
page-sign-up-done = Almost done: please open the link in the email that we sent you, in this browser. Check your spam folder too.
page-sign-in-link = I already have an account

## Page: the own account

page-overview-title = Your account
page-overview-sign-out = Sign out
page-overview-devices = Your devices
page-overview-this-device = This device
page-overview-sign-out-all = Sign out everywhere
page-overview-password = Change your password
page-overview-current-password = Current password
page-overview-password-button = Change the password
page-overview-password-done = Your password is changed. Every other device is signed out.
page-overview-email = Change your email address
page-new-email = New email address
page-overview-email-button = Send the email
page-overview-email-done = An email is on its way to the new address. Please open its link in this browser.
page-overview-identities = Other ways to sign in
page-overview-link-provider = Link { $provider }
page-overview-identities-button = Continue
page-overview-delete = Delete your account
page-overview-delete-lead = Every device is signed out. For a while the operator can restore the account; then it is removed for good.
page-overview-delete-sure = I want to delete my account.
page-overview-delete-button = Delete the account
page-overview-deleted = Your account is deleted. An email tells you until when it can be restored.

## Page: the server itself

page-front-lead = This is the server of the service: programs talk to it, and there is nothing to see here.
page-front-developers = For developers:
page-front-reference = API reference

## Pages of errors

error-nowhere-title = Not found
error-nowhere-heading = Page not found
error-nowhere-lead = Error 404: there is no page at this address. It may be mistyped, or the page is gone.
error-limited-title = Too many requests
error-limited-heading = Too many requests
error-limited-lead = Error 429: more requests came from your network than this server accepts at once. Please wait a moment, then try again.
error-broken-title = Something went wrong
error-broken-heading = Something went wrong on our side
error-broken-lead = Error 500: this server made a mistake. It is in its log.
error-unavailable-title = Not available
error-unavailable-heading = The service is temporarily unavailable
error-unavailable-lead = Error 503: this server cannot answer at the moment. Please wait a moment, then try again.
error-go-to-start = Go to the start page
error-try-again = Try again

## Mails: what several of them say. $lifetime is one of the first two texts.

mail-lifetime-minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
mail-lifetime-hours =
    { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
mail-link-hint = If the button does not work, open this link:

## Mail: confirm an email address

mail-verification-subject = Confirm your email address for { $product }
mail-verification-before = Someone, hopefully you, asked for an account at { $product } with this email address.
mail-verification-button = Confirm your email address
mail-verification-after = The link is valid for { $lifetime }. If you did not ask for this, do nothing: no account will be created.

## Mail: the first administrator

mail-setup-subject = Set up { $product }
mail-setup-before = The operator of { $product } named you as its first administrator. Open the link, enter this email address and choose a password.
mail-setup-button = Choose a password
mail-setup-after = The link is valid for { $lifetime } and works once. Whoever has it can do everything at { $product }, so do not share it. If you know nothing about this, do nothing: no account will be created.

## Mail: an invitation

mail-invitation-subject = You are invited to { $product }
mail-invitation-before = You are invited to an account at { $product }. Open the link, choose a password, and the account is yours.
mail-invitation-button = Create your account
mail-invitation-after = The link is valid for { $lifetime } and works once; a newer one replaces it. If you did not expect this, do nothing: no account will be created.

## Mail: somebody tried to register an address that has an account

mail-taken-subject = You already have an account at { $product }
mail-taken-before = Someone, maybe you, tried to register at { $product } with this email address, which already has an account.
mail-taken-after = If it was you, sign in. If it was not you, do nothing: your account has not changed.

## Mail: choose a new password

mail-password-reset-subject = Choose a new password for { $product }
mail-password-reset-before = Someone, hopefully you, asked to choose a new password for your account at { $product }.
mail-password-reset-button = Choose a new password
mail-password-reset-after = The link is valid for { $lifetime } and works once; a newer one replaces it. Choosing a password signs you out everywhere. If it was not you, do nothing: your password has not changed.

## Mail: the same for a suspended account

mail-reset-suspended-subject = Your account at { $product } is suspended
mail-reset-suspended-before = Someone, maybe you, asked to choose a new password for your account at { $product }.
mail-reset-suspended-after = The account is suspended, so there is no link in this email. Please ask the operator of { $product }.

## Mail: the password was changed

mail-password-changed-subject = Your password at { $product } was changed
mail-password-changed-before = The password of your account at { $product } was changed, and every device was signed out. If it was you, there is nothing to do.
mail-password-changed-button = Choose a new password
mail-password-changed-after = If it was not you, choose a new password at once.

## Mail: a session was ended

mail-session-ended-subject = A session at { $product } was ended
mail-session-ended-before = A sign-in key of one of your sessions at { $product } was used a second time. That happens when somebody has copied it, so the session was ended.
mail-session-ended-after = Please sign in again. If you think that somebody else used your account, sign out everywhere.

## Mail: confirm another address of an account

mail-email-change-subject = Confirm your new email address for { $product }
mail-email-change-before = Someone, hopefully you, asked to use this email address for an account at { $product }. Open the link in a browser in which you are signed in to that account.
mail-email-change-button = Confirm your new email address
mail-email-change-after = The link is valid for { $lifetime } and works once. If it was not you, do nothing: the address will not be used.

## Mail: somebody wanted an address that has an account

mail-email-change-taken-subject = You already have an account at { $product }
mail-email-change-taken-before = Someone, maybe you, asked to use this email address for another account at { $product }. It already has an account there, so nothing has changed.
mail-email-change-taken-after = If you want to use it for the other account, delete this one or give it another address first. If it was not you, do nothing.

## Mail: another address was requested

mail-email-change-requested-subject = A new email address was requested for { $product }
mail-email-change-requested-before = Someone, hopefully you, asked to use another email address for your account at { $product }. The change takes effect when that address is confirmed. If it was you, there is nothing to do here.
mail-email-change-requested-button = It was not me: secure the account
mail-email-change-requested-after = If it was not you, open the link to sign out every device and to cancel the change. The link is valid for { $lifetime }. Choose a new password afterwards.

## Mail: the address was changed

mail-email-changed-subject = Your email address at { $product } was changed
mail-email-changed-before = Your account at { $product } now has another email address. This address no longer belongs to it, and other devices were signed out.
mail-email-changed-after = If it was you, there is nothing to do. If it was not you, contact the operator of { $product } at once.

## Mail: confirm the address of an account at a provider

mail-identity-subject = Confirm your email address for { $product }
mail-identity-before = Someone, hopefully you, signed in to { $product } through { $provider }, which gave this email address. Open the link in the same browser to connect it.
mail-identity-button = Confirm and sign in
mail-identity-after = The link is valid for { $lifetime } and works once. If it was not you, do nothing: nothing will be connected.

## Mail: a suspended account was used through a provider

mail-identity-suspended-subject = Your account at { $product } is suspended
mail-identity-suspended-before = Someone, maybe you, signed in to { $product } through { $provider }, which gave this email address.
mail-identity-suspended-after = The account is suspended, so there is no link in this email. Please ask the operator of { $product }.

## Mail: an account at a provider was linked

mail-identity-linked-subject = { $provider } is now linked to your account at { $product }
mail-identity-linked-before = From now on you can sign in to your account at { $product } through { $provider }. If it was you, there is nothing to do.
mail-identity-linked-button = Choose a new password
mail-identity-linked-after = If it was not you, choose a new password at once and remove { $provider } from your account.

## Mail: an account at a provider was removed

mail-identity-removed-subject = { $provider } is no longer linked to your account at { $product }
mail-identity-removed-before = You can no longer sign in to your account at { $product } through { $provider }. If it was you, there is nothing to do.
mail-identity-removed-button = Choose a new password
mail-identity-removed-after = If it was not you, choose a new password at once.

## Mail: a sign-in on a new device

mail-new-device-subject = New sign-in to your account at { $product }
mail-new-device-before =
    Someone, hopefully you, signed in to your account at { $product } on a device that was not seen there before.

    Device: { $device }
    Network address: { $ip }
    Time: { $time }

    If it was you, there is nothing to do.
mail-new-device-unknown = unknown
mail-new-device-button = Choose a new password
mail-new-device-after = If it was not you, choose a new password at once: that signs out every device.

## Mail: the account was deleted

mail-account-deleted-subject = Your account at { $product } was deleted
mail-account-deleted-before = Your account at { $product } was deleted, and every device was signed out.
mail-account-deleted-after =
    Until { $until } the operator of { $product } can restore it, and nobody can register this email address. After that all of its data is removed, and the address is free again.

    If it was not you, contact the operator of { $product } before then.

## Mail: somebody used the address of a deleted account

mail-used-while-deleted-subject = Your account at { $product } was deleted
mail-used-while-deleted-before = Someone, maybe you, wanted to use this email address at { $product }. It belongs to an account that was deleted.
mail-used-while-deleted-after = Until { $until } the operator of { $product } can restore the account; after that you can register the address again. If it was not you, do nothing.

## Mail: the operator tests the mail server

mail-test-subject = { $product } can send mail
mail-test-before = The operator of { $product } requested this test email.
mail-test-after = It was sent only to you, and you need not do anything.
