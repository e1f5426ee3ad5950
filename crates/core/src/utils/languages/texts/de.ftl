### Die deutschen Texte der eingebauten Seiten und Mails.

## Seiten: was mehrere von ihnen sagen

page-email = E-Mail-Adresse
page-name = Name
page-optional = (freiwillig)
page-password = Passwort wählen
page-new-password = Neues Passwort wählen
page-password-hint =
    { $minLength ->
        [one] Mindestens { $minLength } Zeichen.
       *[other] Mindestens { $minLength } Zeichen.
    } Am besten sind einige Wörter, die Sie sich merken können.
page-no-script = Diese Seite braucht JavaScript. Schalten Sie es für diese Seite ein, oder öffnen Sie sie in einem anderen Browser.
page-sign-in = Anmelden
page-provider = Weiter mit { $provider }

## Seiten: was ihr Skript sagt

page-script-wait = Einen Moment …
page-script-incomplete = Dieser Link ist unvollständig. Bitte öffnen Sie den Link, den Sie erhalten haben, noch einmal.
page-script-over = Dieser Link gilt nicht mehr: Er wurde schon benutzt oder ist abgelaufen.
page-script-other-browser = Dies ist nicht der Browser, in dem Sie sich registriert haben. Bitte wählen Sie Ihr Passwort deshalb hier.
page-script-show-password = Passwort anzeigen
page-script-hide-password = Passwort verbergen
page-script-check-fields = Bitte prüfen Sie das markierte Feld.
page-script-rate-limited = Zu viele Versuche. Bitte versuchen Sie es { $when } noch einmal.
page-script-unavailable = Der Dienst ist vorübergehend nicht verfügbar. Bitte versuchen Sie es { $when } noch einmal.
page-script-later = später
page-script-sign-in-first = Bitte melden Sie sich zuerst in diesem Browser bei Ihrem Konto an. Öffnen Sie den Link dann noch einmal.
page-script-email-taken = Zu dieser E-Mail-Adresse gibt es bereits ein Konto.
page-script-failed = Etwas ist schiefgegangen. Bitte versuchen Sie es noch einmal.
page-script-unreachable = Der Server ist nicht erreichbar. Bitte prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.
page-script-invalid-credentials = E-Mail-Adresse oder Passwort ist falsch.
page-script-email-not-verified = Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse: Öffnen Sie den Link in der E-Mail, die wir Ihnen gesendet haben.
page-script-account-suspended = Dieses Konto ist gesperrt. Bitte wenden Sie sich an den Betreiber von { $product }.
page-script-last-super-admin = Sie sind der letzte Administrator: Ernennen Sie zuerst einen anderen.
page-script-oauth-denied = Sie haben beim Anbieter nicht zugestimmt und sind deshalb nicht angemeldet.
page-script-oauth-state-invalid = Diese Anmeldung ist abgelaufen oder wurde in einem anderen Browser begonnen. Bitte versuchen Sie es noch einmal.
page-script-oauth-failed = Mit der Antwort des Anbieters ist keine Anmeldung möglich. Bitte versuchen Sie es noch einmal, oder melden Sie sich anders an.
page-script-provider-unavailable = Der Anbieter antwortet gerade nicht. Bitte versuchen Sie es später noch einmal, oder melden Sie sich anders an.
page-script-email-confirmation-required = Fast fertig: Bitte öffnen Sie den Link in der E-Mail, die wir Ihnen geschickt haben, in diesem Browser. Sehen Sie auch im Spam-Ordner nach.
page-script-identity-taken = Diese Anmeldung ist schon mit einem anderen Konto verknüpft.
page-script-last-sign-in-method = Das ist Ihre letzte Möglichkeit, sich anzumelden: Wählen Sie zuerst ein Passwort.
page-script-connect-elsewhere = Bitte öffnen Sie den Link in dem Browser, in dem Sie vom Anbieter kamen. Oder melden Sie sich hier anders an und verknüpfen Sie den Anbieter in Ihrem Konto.
page-script-remove-identity = Entfernen: { $provider }
page-script-identity-removed = Die Verknüpfung ist entfernt.
page-script-password-needed = Bitte geben Sie Ihr Passwort ein, um fortzufahren.
page-script-password-wrong = Das Passwort ist falsch.
page-script-unknown-device = Unbekanntes Gerät
page-script-last-used = Zuletzt benutzt: { $when }
page-script-end-device = Abmelden: { $device }
page-script-device-ended = Das Gerät ist abgemeldet.
page-script-mistake = Bitte prüfen Sie diese Eingabe.
page-script-mistake-required = Bitte füllen Sie dieses Feld aus.
page-script-mistake-too-long = Diese Eingabe ist zu lang.
page-script-mistake-email-invalid-format = Bitte geben Sie eine E-Mail-Adresse wie name@example.org ein.
page-script-mistake-name-invalid-format = Bitte geben Sie einen Namen in einer Zeile und ohne Steuerzeichen ein.
page-script-mistake-password-too-short =
    { $minLength ->
        [one] Bitte verwenden Sie mindestens { $minLength } Zeichen.
       *[other] Bitte verwenden Sie mindestens { $minLength } Zeichen.
    }
page-script-mistake-password-not-allowed = Bitte wählen Sie ein anderes Passwort: Dieses ist zu verbreitet, oder es enthält Ihre E-Mail-Adresse oder den Namen { $product }.

## Seite: eine E-Mail-Adresse bestätigen

page-verify-title = E-Mail-Adresse bestätigen
page-verify-lead = Noch ein Klick, und Ihr Konto ist bereit.
page-verify-button = Bestätigen
page-verify-done = Ihre E-Mail-Adresse ist bestätigt. Sie können sich jetzt anmelden.
page-verify-over = Bitte registrieren Sie sich noch einmal, oder fordern Sie eine weitere E-Mail an.

## Seite: ein Administratorkonto einrichten

page-setup-title = Das erste Konto einrichten
page-setup-lead = Dieses Konto darf alles. Der Link gilt einmal.
page-setup-named-title = Ihr Administratorkonto einrichten
page-setup-named-lead = Dieses Konto darf alles. Der Link gilt nur für diese Adresse und nur einmal.
page-setup-button = Konto anlegen
page-setup-done = Ihr Konto ist bereit. Sie können sich jetzt anmelden.
page-setup-over = Der Betreiber dieses Servers kann einen neuen Link erstellen.

## Seite: eine Einladung annehmen

page-accept-invitation-title = Ihr Konto anlegen
page-accept-invitation-lead = Sie sind eingeladen. Wählen Sie ein Passwort, und Ihr Konto ist fertig.
page-accept-invitation-button = Konto anlegen
page-accept-invitation-done = Ihr Konto ist fertig. Sie können sich jetzt anmelden.
page-accept-invitation-over = Bitte fragen Sie die Person, die Sie eingeladen hat, nach einer neuen Einladung.

## Seite: ein neues Passwort wählen

page-reset-title = Neues Passwort wählen
page-reset-lead = Damit werden Sie überall abgemeldet, auch auf diesem Gerät.
page-reset-button = Passwort ändern
page-reset-done = Ihr Passwort ist geändert. Sie können sich jetzt anmelden.
page-reset-over = Bitte fordern Sie eine weitere E-Mail an.

## Seite: einen Link für ein neues Passwort anfordern

page-forgot-title = Passwort vergessen?
page-forgot-lead = Geben Sie die E-Mail-Adresse Ihres Kontos ein. Sie erhalten eine E-Mail mit einem Link, über den Sie ein neues Passwort wählen.
page-forgot-button = E-Mail senden
page-forgot-done = Wenn es zu dieser Adresse ein Konto gibt, ist eine E-Mail unterwegs. Bitte sehen Sie in Ihrem Posteingang nach, auch im Spam-Ordner.

## Seite: eine andere Adresse bestätigen

page-confirm-email-title = Neue E-Mail-Adresse bestätigen
page-confirm-email-lead = Noch ein Klick, und Ihr Konto hat diese Adresse. Alle anderen Geräte werden abgemeldet.
page-confirm-email-button = Bestätigen
page-confirm-email-done = Ihr Konto hat jetzt diese E-Mail-Adresse. Melden Sie sich beim nächsten Mal mit ihr an.
page-confirm-email-over = Bitte fordern Sie eine weitere E-Mail an.

## Seite: ein Konto bei einem Anbieter verknüpfen

page-connect-title = E-Mail-Adresse bestätigen
page-connect-lead = Noch ein Klick, und Sie sind angemeldet.
page-connect-named-title = { $provider } verknüpfen
page-connect-named-lead = Noch ein Klick, und Sie können sich beim Konto mit dieser E-Mail-Adresse künftig über { $provider } anmelden.
page-connect-button = Bestätigen und anmelden
page-connect-done = Sie sind angemeldet.
page-connect-over = Bitte melden Sie sich noch einmal über den Anbieter an.

## Seite: einer anderen Adresse widersprechen

page-secure-title = Ihr Konto sichern
page-secure-lead = Wenn Sie keine andere E-Mail-Adresse wollten, klicken Sie auf die Schaltfläche: Alle Geräte werden abgemeldet, und die Änderung wird abgebrochen.
page-secure-button = Alle Geräte abmelden
page-secure-done = Alle Geräte sind abgemeldet. Bitte wählen Sie jetzt ein neues Passwort: Geben Sie an, dass Sie das alte vergessen haben.
page-secure-over = Alle Geräte wurden schon abgemeldet, oder die Änderung ist erfolgt.

## Seite: anmelden

page-sign-in-title = Anmelden
page-sign-in-lead = Willkommen zurück bei { $product }.
page-sign-in-button = Anmelden
page-sign-in-done = Sie sind angemeldet.
page-current-password = Passwort
page-forgot-link = Passwort vergessen?
page-sign-up-link = Konto erstellen

## Seite: ein Konto anfordern

page-sign-up-title = Konto erstellen
page-sign-up-lead = Sie erhalten eine E-Mail mit einem Link, der Ihre Adresse bestätigt.
page-sign-up-button = Konto erstellen
page-sign-up-done = Fast fertig: Bitte öffnen Sie den Link in der E-Mail, die wir Ihnen gesendet haben, in diesem Browser. Sehen Sie auch im Spam-Ordner nach.
page-sign-in-link = Ich habe schon ein Konto

## Seite: das eigene Konto

page-overview-title = Ihr Konto
page-overview-sign-out = Abmelden
page-overview-devices = Ihre Geräte
page-overview-this-device = Dieses Gerät
page-overview-sign-out-all = Überall abmelden
page-overview-password = Passwort ändern
page-overview-current-password = Bisheriges Passwort
page-overview-password-button = Passwort ändern
page-overview-password-done = Ihr Passwort ist geändert. Alle anderen Geräte sind abgemeldet.
page-overview-email = E-Mail-Adresse ändern
page-new-email = Neue E-Mail-Adresse
page-overview-email-button = E-Mail senden
page-overview-email-done = Eine E-Mail an die neue Adresse ist unterwegs. Bitte öffnen Sie ihren Link in diesem Browser.
page-overview-identities = Weitere Möglichkeiten zur Anmeldung
page-overview-link-provider = { $provider } verknüpfen
page-overview-identities-button = Weiter
page-overview-delete = Konto löschen
page-overview-delete-lead = Alle Geräte werden abgemeldet. Eine Zeit lang kann der Betreiber das Konto wiederherstellen, danach wird es endgültig entfernt.
page-overview-delete-sure = Ich möchte mein Konto löschen.
page-overview-delete-button = Konto löschen
page-overview-deleted = Ihr Konto ist gelöscht. Eine E-Mail sagt Ihnen, bis wann es wiederhergestellt werden kann.

## Seite: der Server selbst

page-front-lead = Dies ist der Server des Dienstes: Programme sprechen mit ihm, und zu sehen gibt es hier nichts.
page-front-developers = Für Entwickler:
page-front-reference = API-Referenz

## Seiten für Fehler

error-nowhere-title = Nicht gefunden
error-nowhere-heading = Seite nicht gefunden
error-nowhere-lead = Fehler 404: Unter dieser Adresse gibt es keine Seite. Vielleicht ist sie falsch geschrieben, oder die Seite gibt es nicht mehr.
error-limited-title = Zu viele Anfragen
error-limited-heading = Zu viele Anfragen
error-limited-lead = Fehler 429: Aus Ihrem Netz kamen mehr Anfragen, als dieser Server auf einmal annimmt. Bitte warten Sie einen Moment, und versuchen Sie es dann noch einmal.
error-broken-title = Etwas ist schiefgegangen
error-broken-heading = Bei uns ist etwas schiefgegangen
error-broken-lead = Fehler 500: Dieser Server hat einen Fehler gemacht. Er steht in seinem Protokoll.
error-unavailable-title = Nicht verfügbar
error-unavailable-heading = Der Dienst ist vorübergehend nicht verfügbar
error-unavailable-lead = Fehler 503: Dieser Server kann gerade nicht antworten. Bitte warten Sie einen Moment, und versuchen Sie es dann noch einmal.
error-go-to-start = Zur Startseite
error-try-again = Noch einmal versuchen

## Mails: was mehrere von ihnen sagen

mail-lifetime-minutes =
    { $count ->
        [one] { $count } Minute
       *[other] { $count } Minuten
    }
mail-lifetime-hours =
    { $count ->
        [one] { $count } Stunde
       *[other] { $count } Stunden
    }
mail-link-hint = Falls die Schaltfläche nicht funktioniert, öffnen Sie diesen Link:

## Mail: eine E-Mail-Adresse bestätigen

mail-verification-subject = Bestätigen Sie Ihre E-Mail-Adresse für { $product }
mail-verification-before = Jemand, hoffentlich Sie, möchte mit dieser E-Mail-Adresse ein Konto bei { $product } anlegen.
mail-verification-button = E-Mail-Adresse bestätigen
mail-verification-after = Der Link ist { $lifetime } gültig. Wenn Sie das nicht waren, müssen Sie nichts tun: Es wird kein Konto angelegt.

## Mail: der erste Administrator

mail-setup-subject = { $product } einrichten
mail-setup-before = Der Betreiber von { $product } hat Sie als ersten Administrator benannt. Öffnen Sie den Link, geben Sie diese E-Mail-Adresse ein, und wählen Sie ein Passwort.
mail-setup-button = Passwort wählen
mail-setup-after = Der Link ist { $lifetime } gültig und funktioniert einmal. Wer ihn hat, darf bei { $product } alles: Geben Sie ihn nicht weiter. Wenn Sie davon nichts wissen, müssen Sie nichts tun: Es wird kein Konto angelegt.

## Mail: eine Einladung

mail-invitation-subject = Sie sind zu { $product } eingeladen
mail-invitation-before = Sie sind zu einem Konto bei { $product } eingeladen. Öffnen Sie den Link, wählen Sie ein Passwort, und das Konto gehört Ihnen.
mail-invitation-button = Konto anlegen
mail-invitation-after = Der Link ist { $lifetime } gültig und funktioniert einmal; ein neuerer ersetzt ihn. Wenn Sie das nicht erwartet haben, müssen Sie nichts tun: Es wird kein Konto angelegt.

## Mail: jemand wollte eine Adresse registrieren, die ein Konto hat

mail-taken-subject = Sie haben bereits ein Konto bei { $product }
mail-taken-before = Jemand, vielleicht Sie, wollte sich bei { $product } mit dieser E-Mail-Adresse registrieren. Zu ihr gibt es bereits ein Konto.
mail-taken-after = Wenn Sie das waren, melden Sie sich an. Wenn nicht, müssen Sie nichts tun: Ihr Konto ist unverändert.

## Mail: ein neues Passwort wählen

mail-password-reset-subject = Wählen Sie ein neues Passwort für { $product }
mail-password-reset-before = Jemand, hoffentlich Sie, möchte ein neues Passwort für Ihr Konto bei { $product } wählen.
mail-password-reset-button = Neues Passwort wählen
mail-password-reset-after = Der Link ist { $lifetime } gültig und funktioniert einmal; ein neuerer ersetzt ihn. Mit dem neuen Passwort werden Sie überall abgemeldet. Wenn Sie das nicht waren, müssen Sie nichts tun: Ihr Passwort ist unverändert.

## Mail: dasselbe für ein gesperrtes Konto

mail-reset-suspended-subject = Ihr Konto bei { $product } ist gesperrt
mail-reset-suspended-before = Jemand, vielleicht Sie, möchte ein neues Passwort für Ihr Konto bei { $product } wählen.
mail-reset-suspended-after = Das Konto ist gesperrt, deshalb enthält diese E-Mail keinen Link. Bitte wenden Sie sich an den Betreiber von { $product }.

## Mail: das Passwort wurde geändert

mail-password-changed-subject = Ihr Passwort bei { $product } wurde geändert
mail-password-changed-before = Das Passwort Ihres Kontos bei { $product } wurde geändert, und alle Geräte wurden abgemeldet. Wenn Sie das waren, müssen Sie nichts tun.
mail-password-changed-button = Neues Passwort wählen
mail-password-changed-after = Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort.

## Mail: eine Sitzung wurde beendet

mail-session-ended-subject = Eine Sitzung bei { $product } wurde beendet
mail-session-ended-before = Ein Anmeldeschlüssel einer Ihrer Sitzungen bei { $product } wurde ein zweites Mal benutzt. Das geschieht, wenn ihn jemand kopiert hat. Deshalb wurde die Sitzung beendet.
mail-session-ended-after = Bitte melden Sie sich neu an. Wenn Sie glauben, dass jemand anders Ihr Konto benutzt hat, melden Sie sich überall ab.

## Mail: eine andere Adresse eines Kontos bestätigen

mail-email-change-subject = Bestätigen Sie Ihre neue E-Mail-Adresse für { $product }
mail-email-change-before = Jemand, hoffentlich Sie, möchte diese E-Mail-Adresse für ein Konto bei { $product } verwenden. Öffnen Sie den Link in einem Browser, in dem Sie bei diesem Konto angemeldet sind.
mail-email-change-button = Neue E-Mail-Adresse bestätigen
mail-email-change-after = Der Link ist { $lifetime } gültig und funktioniert einmal. Wenn Sie das nicht waren, müssen Sie nichts tun: Die Adresse wird nicht verwendet.

## Mail: jemand wollte eine Adresse, die ein Konto hat

mail-email-change-taken-subject = Sie haben bereits ein Konto bei { $product }
mail-email-change-taken-before = Jemand, vielleicht Sie, möchte diese E-Mail-Adresse für ein anderes Konto bei { $product } verwenden. Zu ihr gibt es dort bereits ein Konto, daher hat sich nichts geändert.
mail-email-change-taken-after = Wenn Sie sie für das andere Konto verwenden möchten, löschen Sie zuerst dieses Konto, oder geben Sie ihm eine andere Adresse. Wenn Sie das nicht waren, müssen Sie nichts tun.

## Mail: eine andere Adresse wurde angefordert

mail-email-change-requested-subject = Für { $product } wurde eine neue E-Mail-Adresse angefordert
mail-email-change-requested-before = Jemand, hoffentlich Sie, möchte eine andere E-Mail-Adresse für Ihr Konto bei { $product } verwenden. Die Änderung gilt, sobald diese Adresse bestätigt ist. Wenn Sie das waren, müssen Sie hier nichts tun.
mail-email-change-requested-button = Das war ich nicht: Konto sichern
mail-email-change-requested-after = Wenn Sie das nicht waren, öffnen Sie den Link: Er meldet alle Geräte ab und bricht die Änderung ab. Der Link ist { $lifetime } gültig. Wählen Sie danach ein neues Passwort.

## Mail: die Adresse wurde geändert

mail-email-changed-subject = Ihre E-Mail-Adresse bei { $product } wurde geändert
mail-email-changed-before = Ihr Konto bei { $product } hat jetzt eine andere E-Mail-Adresse. Diese Adresse gehört nicht mehr dazu, und andere Geräte wurden abgemeldet.
mail-email-changed-after = Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, wenden Sie sich sofort an den Betreiber von { $product }.

## Mail: die Adresse eines Kontos bei einem Anbieter bestätigen

mail-identity-subject = Bestätigen Sie Ihre E-Mail-Adresse für { $product }
mail-identity-before = Jemand, hoffentlich Sie, hat sich über { $provider } bei { $product } angemeldet; von dort stammt diese E-Mail-Adresse. Öffnen Sie den Link im selben Browser, um beides zu verknüpfen.
mail-identity-button = Bestätigen und anmelden
mail-identity-after = Der Link ist { $lifetime } gültig und funktioniert einmal. Wenn Sie das nicht waren, müssen Sie nichts tun: Es wird nichts verknüpft.

## Mail: ein gesperrtes Konto wurde über einen Anbieter benutzt

mail-identity-suspended-subject = Ihr Konto bei { $product } ist gesperrt
mail-identity-suspended-before = Jemand, vielleicht Sie, hat sich über { $provider } bei { $product } angemeldet; von dort stammt diese E-Mail-Adresse.
mail-identity-suspended-after = Das Konto ist gesperrt, deshalb enthält diese E-Mail keinen Link. Bitte wenden Sie sich an den Betreiber von { $product }.

## Mail: ein Konto bei einem Anbieter wurde verknüpft

mail-identity-linked-subject = { $provider } ist jetzt mit Ihrem Konto bei { $product } verknüpft
mail-identity-linked-before = Ab jetzt können Sie sich bei { $product } auch über { $provider } anmelden. Wenn Sie das waren, müssen Sie nichts tun.
mail-identity-linked-button = Neues Passwort wählen
mail-identity-linked-after = Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort und entfernen Sie { $provider } aus Ihrem Konto.

## Mail: ein Konto bei einem Anbieter wurde entfernt

mail-identity-removed-subject = { $provider } ist nicht mehr mit Ihrem Konto bei { $product } verknüpft
mail-identity-removed-before = Sie können sich bei { $product } nicht mehr über { $provider } anmelden. Wenn Sie das waren, müssen Sie nichts tun.
mail-identity-removed-button = Neues Passwort wählen
mail-identity-removed-after = Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort.

## Mail: eine Anmeldung auf einem neuen Gerät

mail-new-device-subject = Neue Anmeldung bei Ihrem Konto bei { $product }
mail-new-device-before =
    Jemand, hoffentlich Sie, hat sich bei Ihrem Konto bei { $product } auf einem Gerät angemeldet, das dort noch nicht bekannt war.

    Gerät: { $device }
    Netzwerkadresse: { $ip }
    Zeit: { $time }

    Wenn Sie das waren, müssen Sie nichts tun.
mail-new-device-unknown = unbekannt
mail-new-device-button = Neues Passwort wählen
mail-new-device-after = Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort: Damit werden alle Geräte abgemeldet.

## Mail: das Konto wurde gelöscht

mail-account-deleted-subject = Ihr Konto bei { $product } wurde gelöscht
mail-account-deleted-before = Ihr Konto bei { $product } wurde gelöscht, und alle Geräte wurden abgemeldet.
mail-account-deleted-after =
    Bis { $until } kann der Betreiber von { $product } es wiederherstellen, und niemand kann diese E-Mail-Adresse registrieren. Danach werden alle Daten des Kontos entfernt, und die Adresse ist wieder frei.

    Wenn Sie das nicht waren, wenden Sie sich vorher an den Betreiber von { $product }.

## Mail: jemand hat die Adresse eines gelöschten Kontos benutzt

mail-used-while-deleted-subject = Ihr Konto bei { $product } wurde gelöscht
mail-used-while-deleted-before = Jemand, vielleicht Sie, wollte diese E-Mail-Adresse bei { $product } verwenden. Sie gehört zu einem Konto, das gelöscht wurde.
mail-used-while-deleted-after = Bis { $until } kann der Betreiber von { $product } das Konto wiederherstellen; danach können Sie die Adresse wieder registrieren. Wenn Sie das nicht waren, müssen Sie nichts tun.

## Mail: der Betreiber prüft den Mailserver

mail-test-subject = { $product } kann E-Mails senden
mail-test-before = Der Betreiber von { $product } hat diese Test-E-Mail angefordert.
mail-test-after = Sie ging nur an Sie, und Sie müssen nichts tun.
