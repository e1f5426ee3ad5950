### Les textes français des pages et des e-mails intégrés.

## Pages : textes communs

page-email = Adresse e-mail
page-name = Nom
page-optional = (facultatif)
page-password = Choisissez un mot de passe
page-new-password = Choisissez un nouveau mot de passe
page-password-hint =
    { $minLength ->
        [one] Au moins { $minLength } caractère.
       *[other] Au moins { $minLength } caractères.
    } Le mieux : quelques mots faciles à retenir.
page-no-script = Cette page a besoin de JavaScript. Activez-le pour cette page, ou ouvrez-la dans un autre navigateur.
page-sign-in = Se connecter
page-provider = Continuer avec { $provider }

## Pages : textes de leur script

page-script-wait = Un instant…
page-script-incomplete = Ce lien est incomplet. Veuillez ouvrir à nouveau le lien que vous avez reçu.
page-script-over = Ce lien ne fonctionne plus : il a déjà été utilisé ou il a expiré.
page-script-other-browser = Ce n’est pas le navigateur avec lequel vous vous êtes inscrit. Veuillez donc choisir votre mot de passe ici.
page-script-show-password = Afficher le mot de passe
page-script-hide-password = Masquer le mot de passe
page-script-check-fields = Veuillez vérifier le champ indiqué.
page-script-rate-limited = Trop de tentatives. Veuillez réessayer { $when }.
page-script-unavailable = Le service est momentanément indisponible. Veuillez réessayer { $when }.
page-script-later = plus tard
page-script-sign-in-first = Veuillez d’abord vous connecter au compte dans ce navigateur, puis ouvrir à nouveau le lien.
page-script-email-taken = Un compte existe déjà pour cette adresse e-mail.
page-script-failed = Une erreur s’est produite. Veuillez réessayer.
page-script-unreachable = Le serveur est injoignable. Vérifiez votre connexion et réessayez.
page-script-invalid-credentials = Adresse e-mail ou mot de passe incorrect.
page-script-email-not-verified = Confirmez d’abord votre adresse e-mail : ouvrez le lien de l’e-mail que nous vous avons envoyé.
page-script-account-suspended = Ce compte est suspendu. Adressez-vous à l’exploitant de { $product }.
page-script-last-super-admin = Vous êtes le dernier administrateur : nommez-en d’abord un autre.
page-script-oauth-denied = Vous n’avez pas donné votre accord au fournisseur ; vous n’êtes donc pas connecté.
page-script-oauth-state-invalid = Cette connexion a expiré ou a été commencée dans un autre navigateur. Veuillez réessayer.
page-script-oauth-failed = La réponse du fournisseur n’a pas pu être utilisée. Veuillez réessayer ou vous connecter autrement.
page-script-provider-unavailable = Le fournisseur ne répond pas pour le moment. Veuillez réessayer plus tard ou vous connecter autrement.
page-script-email-confirmation-required = C’est presque fini : ouvrez dans ce navigateur le lien de l’e-mail que nous vous avons envoyé. Regardez aussi dans vos courriers indésirables.
page-script-identity-taken = Cette connexion est déjà associée à un autre compte.
page-script-last-sign-in-method = C’est votre dernier moyen de connexion : choisissez d’abord un mot de passe.
page-script-connect-elsewhere = Veuillez ouvrir le lien dans le navigateur où vous veniez du fournisseur. Ou connectez-vous ici autrement et associez le fournisseur dans votre compte.
page-script-remove-identity = Retirer : { $provider }
page-script-identity-removed = C’est retiré.
page-script-password-needed = Saisissez votre mot de passe pour continuer.
page-script-password-wrong = Le mot de passe est incorrect.
page-script-unknown-device = Appareil inconnu
page-script-last-used = Dernière utilisation : { $when }
page-script-end-device = Déconnecter : { $device }
page-script-device-ended = L’appareil est déconnecté.
page-script-mistake = Veuillez vérifier cette saisie.
page-script-mistake-required = Veuillez remplir ce champ.
page-script-mistake-too-long = Cette saisie est trop longue.
page-script-mistake-email-invalid-format = Veuillez saisir une adresse e-mail comme name@example.org.
page-script-mistake-name-invalid-format = Veuillez saisir un nom sur une seule ligne, sans caractères de contrôle.
page-script-mistake-password-too-short =
    { $minLength ->
        [one] Veuillez utiliser au moins { $minLength } caractère.
       *[other] Veuillez utiliser au moins { $minLength } caractères.
    }
page-script-mistake-password-not-allowed = Veuillez choisir un autre mot de passe : celui-ci est trop courant, ou il contient votre adresse e-mail ou le nom { $product }.

## Page : confirmer une adresse e-mail

page-verify-title = Confirmez votre adresse e-mail
page-verify-lead = Appuyez sur le bouton et votre compte est prêt.
page-verify-button = Confirmer
page-verify-done = Votre adresse e-mail est confirmée. Vous pouvez maintenant vous connecter.
page-verify-over = Veuillez vous inscrire à nouveau ou demander un autre e-mail.

## Page : créer un compte administrateur

page-setup-title = Créez le premier compte
page-setup-lead = Ce compte peut tout faire. Le lien fonctionne une seule fois.
page-setup-named-title = Créez votre compte administrateur
page-setup-named-lead = Ce compte peut tout faire. Le lien est réservé à cette adresse et fonctionne une seule fois.
page-setup-button = Créer le compte
page-setup-done = Votre compte est prêt. Vous pouvez maintenant vous connecter.
page-setup-over = L’exploitant de ce serveur peut en créer un autre.

## Page : accepter une invitation

page-accept-invitation-title = Créez votre compte
page-accept-invitation-lead = Vous êtes invité. Choisissez un mot de passe et votre compte est prêt.
page-accept-invitation-button = Créer le compte
page-accept-invitation-done = Votre compte est prêt. Vous pouvez maintenant vous connecter.
page-accept-invitation-over = Demandez-en une autre à la personne qui vous a invité.

## Page : choisir un nouveau mot de passe

page-reset-title = Choisissez un nouveau mot de passe
page-reset-lead = Vous serez déconnecté partout, y compris sur cet appareil.
page-reset-button = Changer le mot de passe
page-reset-done = Votre mot de passe est changé. Vous pouvez maintenant vous connecter.
page-reset-over = Veuillez demander un autre e-mail.

## Page : demander un lien pour choisir un nouveau mot de passe

page-forgot-title = Mot de passe oublié ?
page-forgot-lead = Saisissez l’adresse e-mail de votre compte. Vous recevrez un e-mail avec un lien pour choisir un nouveau mot de passe.
page-forgot-button = Envoyer l’e-mail
page-forgot-done = Si un compte existe pour cette adresse, un e-mail est en route. Veuillez consulter votre boîte de réception, ainsi que le dossier des indésirables.

## Page : confirmer une autre adresse

page-confirm-email-title = Confirmez votre nouvelle adresse e-mail
page-confirm-email-lead = Appuyez sur le bouton et votre compte aura cette adresse. Tous les autres appareils seront déconnectés.
page-confirm-email-button = Confirmer
page-confirm-email-done = Votre compte a maintenant cette adresse e-mail. Utilisez-la à votre prochaine connexion.
page-confirm-email-over = Veuillez demander un autre e-mail.

## Page : associer un compte d’un fournisseur

page-connect-title = Confirmez votre adresse e-mail
page-connect-lead = Appuyez sur le bouton et vous serez connecté.
page-connect-named-title = Associer { $provider }
page-connect-named-lead = Appuyez sur le bouton et vous pourrez désormais vous connecter avec { $provider } au compte de cette adresse e-mail.
page-connect-button = Confirmer et se connecter
page-connect-done = Vous êtes connecté.
page-connect-over = Veuillez vous reconnecter avec le fournisseur.

## Page : s’opposer à une autre adresse

page-secure-title = Sécurisez votre compte
page-secure-lead = Si vous n’avez pas demandé d’autre adresse e-mail, appuyez sur le bouton : tous les appareils seront déconnectés et le changement sera annulé.
page-secure-button = Déconnecter tous les appareils
page-secure-done = Tous les appareils sont déconnectés. Veuillez maintenant choisir un nouveau mot de passe : indiquez que vous avez oublié l’ancien.
page-secure-over = Tous les appareils ont déjà été déconnectés, ou le changement a eu lieu.

## Page : se connecter

page-sign-in-title = Se connecter
page-sign-in-lead = Heureux de vous retrouver sur { $product }.
page-sign-in-button = Se connecter
page-sign-in-done = Vous êtes connecté.
page-current-password = Mot de passe
page-forgot-link = Mot de passe oublié ?
page-sign-up-link = Créer un compte

## Page : demander un compte

page-sign-up-title = Créer un compte
page-sign-up-lead = Vous recevrez un e-mail avec un lien pour confirmer votre adresse.
page-sign-up-button = Créer le compte
page-sign-up-done = Presque terminé : ouvrez dans ce navigateur le lien de l’e-mail que nous vous avons envoyé. Regardez aussi dans vos courriers indésirables.
page-sign-in-link = J’ai déjà un compte

## Page : son propre compte

page-overview-title = Votre compte
page-overview-sign-out = Se déconnecter
page-overview-devices = Vos appareils
page-overview-this-device = Cet appareil
page-overview-sign-out-all = Se déconnecter partout
page-overview-password = Changer votre mot de passe
page-overview-current-password = Mot de passe actuel
page-overview-password-button = Changer le mot de passe
page-overview-password-done = Votre mot de passe est changé. Tous les autres appareils sont déconnectés.
page-overview-email = Changer votre adresse e-mail
page-new-email = Nouvelle adresse e-mail
page-overview-email-button = Envoyer l’e-mail
page-overview-email-done = Un e-mail est en route vers la nouvelle adresse. Ouvrez son lien dans ce navigateur.
page-overview-identities = Autres moyens de connexion
page-overview-link-provider = Associer { $provider }
page-overview-identities-button = Continuer
page-overview-delete = Supprimer votre compte
page-overview-delete-lead = Tous les appareils sont déconnectés. Pendant un certain temps, l’exploitant peut rétablir le compte ; ensuite il est supprimé définitivement.
page-overview-delete-sure = Je veux supprimer mon compte.
page-overview-delete-button = Supprimer le compte
page-overview-deleted = Votre compte est supprimé. Un e-mail vous indique jusqu’à quand il peut être rétabli.

## Page : le serveur lui-même

page-front-lead = Ceci est le serveur du service : des programmes lui parlent, et il n’y a rien à voir ici.
page-front-developers = Pour les développeurs :
page-front-reference = référence de l’API

## Pages d’erreur

error-nowhere-title = Introuvable
error-nowhere-heading = Page introuvable
error-nowhere-lead = Erreur 404 : aucune page n’existe à cette adresse. Elle est peut-être mal saisie, ou la page n’existe plus.
error-limited-title = Trop de requêtes
error-limited-heading = Trop de requêtes
error-limited-lead = Erreur 429 : votre réseau a envoyé plus de requêtes que ce serveur n’en accepte à la fois. Attendez un instant, puis réessayez.
error-broken-title = Une erreur s’est produite
error-broken-heading = Une erreur s’est produite de notre côté
error-broken-lead = Erreur 500 : ce serveur a commis une erreur. Elle figure dans son journal.
error-unavailable-title = Indisponible
error-unavailable-heading = Le service est momentanément indisponible
error-unavailable-lead = Erreur 503 : ce serveur ne peut pas répondre pour le moment. Attendez un instant, puis réessayez.
error-go-to-start = Aller à la page d’accueil
error-try-again = Réessayer

## E-mails : textes communs

mail-lifetime-minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
mail-lifetime-hours =
    { $count ->
        [one] { $count } heure
       *[other] { $count } heures
    }
mail-link-hint = Si le bouton ne fonctionne pas, ouvrez ce lien :

## E-mail : confirmer une adresse

mail-verification-subject = Confirmez votre adresse e-mail pour { $product }
mail-verification-before = Quelqu’un, vous sans doute, a demandé un compte chez { $product } avec cette adresse e-mail.
mail-verification-button = Confirmer l’adresse e-mail
mail-verification-after = Le lien est valable { $lifetime }. Si ce n’était pas vous, ne faites rien : aucun compte ne sera créé.

## E-mail : le premier administrateur

mail-setup-subject = Configurez { $product }
mail-setup-before = L’exploitant de { $product } vous a désigné comme premier administrateur. Ouvrez le lien, saisissez cette adresse e-mail et choisissez un mot de passe.
mail-setup-button = Choisir un mot de passe
mail-setup-after = Le lien est valable { $lifetime } et fonctionne une seule fois. Qui le détient peut tout faire chez { $product } : ne le communiquez à personne. Si vous n’êtes pas au courant, ne faites rien : aucun compte ne sera créé.

## E-mail : une invitation

mail-invitation-subject = Vous êtes invité sur { $product }
mail-invitation-before = Vous êtes invité à ouvrir un compte sur { $product }. Ouvrez le lien, choisissez un mot de passe, et le compte est à vous.
mail-invitation-button = Créer votre compte
mail-invitation-after = Le lien est valable { $lifetime } et fonctionne une fois ; un lien plus récent le remplace. Si vous ne l’attendiez pas, ne faites rien : aucun compte ne sera créé.

## E-mail : quelqu’un a voulu inscrire une adresse qui a déjà un compte

mail-taken-subject = Vous avez déjà un compte chez { $product }
mail-taken-before = Quelqu’un, peut-être vous, a voulu s’inscrire chez { $product } avec cette adresse e-mail, qui a déjà un compte.
mail-taken-after = Si c’était vous, connectez-vous. Sinon, ne faites rien : votre compte n’a pas changé.

## E-mail : choisir un nouveau mot de passe

mail-password-reset-subject = Choisissez un nouveau mot de passe pour { $product }
mail-password-reset-before = Quelqu’un, vous sans doute, a demandé à choisir un nouveau mot de passe pour votre compte chez { $product }.
mail-password-reset-button = Choisir un nouveau mot de passe
mail-password-reset-after = Le lien est valable { $lifetime } et fonctionne une seule fois ; un lien plus récent le remplace. Choisir un mot de passe vous déconnecte partout. Si ce n’était pas vous, ne faites rien : votre mot de passe n’a pas changé.

## E-mail : de même pour un compte suspendu

mail-reset-suspended-subject = Votre compte chez { $product } est suspendu
mail-reset-suspended-before = Quelqu’un, peut-être vous, a demandé à choisir un nouveau mot de passe pour votre compte chez { $product }.
mail-reset-suspended-after = Le compte est suspendu, c’est pourquoi cet e-mail ne contient pas de lien. Veuillez vous adresser à l’exploitant de { $product }.

## E-mail : le mot de passe a été changé

mail-password-changed-subject = Votre mot de passe chez { $product } a été changé
mail-password-changed-before = Le mot de passe de votre compte chez { $product } a été changé, et tous les appareils ont été déconnectés. Si c’était vous, il n’y a rien à faire.
mail-password-changed-button = Choisir un nouveau mot de passe
mail-password-changed-after = Si ce n’était pas vous, choisissez immédiatement un nouveau mot de passe.

## E-mail : une session a été fermée

mail-session-ended-subject = Une session chez { $product } a été fermée
mail-session-ended-before = Une clé de connexion de l’une de vos sessions chez { $product } a été utilisée une seconde fois. Cela arrive lorsque quelqu’un l’a copiée ; la session a donc été fermée.
mail-session-ended-after = Veuillez vous reconnecter. Si vous pensez que quelqu’un d’autre a utilisé votre compte, déconnectez-vous partout.

## E-mail : confirmer une autre adresse d’un compte

mail-email-change-subject = Confirmez votre nouvelle adresse e-mail pour { $product }
mail-email-change-before = Quelqu’un, vous sans doute, a demandé à utiliser cette adresse e-mail pour un compte chez { $product }. Ouvrez le lien dans un navigateur où vous êtes connecté à ce compte.
mail-email-change-button = Confirmer la nouvelle adresse e-mail
mail-email-change-after = Le lien est valable { $lifetime } et fonctionne une seule fois. Si ce n’était pas vous, ne faites rien : l’adresse ne sera pas utilisée.

## E-mail : quelqu’un a voulu une adresse qui a déjà un compte

mail-email-change-taken-subject = Vous avez déjà un compte chez { $product }
mail-email-change-taken-before = Quelqu’un, peut-être vous, a demandé à utiliser cette adresse e-mail pour un autre compte chez { $product }. Elle y a déjà un compte ; rien n’a donc changé.
mail-email-change-taken-after = Si vous voulez l’utiliser pour l’autre compte, supprimez d’abord celui-ci ou donnez-lui une autre adresse. Si ce n’était pas vous, ne faites rien.

## E-mail : une autre adresse a été demandée

mail-email-change-requested-subject = Une nouvelle adresse e-mail a été demandée pour { $product }
mail-email-change-requested-before = Quelqu’un, vous sans doute, a demandé à utiliser une autre adresse e-mail pour votre compte chez { $product }. Le changement prendra effet lorsque cette adresse sera confirmée. Si c’était vous, il n’y a rien à faire ici.
mail-email-change-requested-button = Ce n’était pas moi : sécuriser le compte
mail-email-change-requested-after = Si ce n’était pas vous, ouvrez le lien pour déconnecter tous les appareils et annuler le changement. Le lien est valable { $lifetime }. Choisissez ensuite un nouveau mot de passe.

## E-mail : l’adresse a été changée

mail-email-changed-subject = Votre adresse e-mail chez { $product } a été changée
mail-email-changed-before = Votre compte chez { $product } a maintenant une autre adresse e-mail. La présente adresse n’en fait plus partie, et les autres appareils ont été déconnectés.
mail-email-changed-after = Si c’était vous, il n’y a rien à faire. Sinon, adressez-vous immédiatement à l’exploitant de { $product }.

## E-mail : confirmer l’adresse d’un compte d’un fournisseur

mail-identity-subject = Confirmez votre adresse e-mail pour { $product }
mail-identity-before = Quelqu’un, vous sans doute, s’est connecté chez { $product } avec { $provider }, qui a donné cette adresse e-mail. Ouvrez le lien dans le même navigateur pour l’associer.
mail-identity-button = Confirmer et se connecter
mail-identity-after = Le lien est valable { $lifetime } et ne fonctionne qu’une fois. Si ce n’était pas vous, ne faites rien : rien ne sera associé.

## E-mail : un compte suspendu a été utilisé avec un fournisseur

mail-identity-suspended-subject = Votre compte chez { $product } est suspendu
mail-identity-suspended-before = Quelqu’un, peut-être vous, s’est connecté chez { $product } avec { $provider }, qui a donné cette adresse e-mail.
mail-identity-suspended-after = Le compte est suspendu, c’est pourquoi cet e-mail ne contient pas de lien. Veuillez vous adresser à l’exploitant de { $product }.

## E-mail : un compte d’un fournisseur a été associé

mail-identity-linked-subject = { $provider } est maintenant associé à votre compte chez { $product }
mail-identity-linked-before = Vous pouvez désormais vous connecter à votre compte chez { $product } avec { $provider }. Si c’était vous, il n’y a rien à faire.
mail-identity-linked-button = Choisir un nouveau mot de passe
mail-identity-linked-after = Si ce n’était pas vous, choisissez immédiatement un nouveau mot de passe et retirez { $provider } de votre compte.

## E-mail : un compte d’un fournisseur a été retiré

mail-identity-removed-subject = { $provider } n’est plus associé à votre compte chez { $product }
mail-identity-removed-before = Vous ne pouvez plus vous connecter à votre compte chez { $product } avec { $provider }. Si c’était vous, il n’y a rien à faire.
mail-identity-removed-button = Choisir un nouveau mot de passe
mail-identity-removed-after = Si ce n’était pas vous, choisissez immédiatement un nouveau mot de passe.

## E-mail : une connexion sur un nouvel appareil

mail-new-device-subject = Nouvelle connexion à votre compte chez { $product }
mail-new-device-before =
    Quelqu’un, vous sans doute, s’est connecté à votre compte chez { $product } sur un appareil inconnu jusqu’ici.

    Appareil : { $device }
    Adresse réseau : { $ip }
    Heure : { $time }

    Si c’était vous, il n’y a rien à faire.
mail-new-device-unknown = inconnu
mail-new-device-button = Choisir un nouveau mot de passe
mail-new-device-after = Si ce n’était pas vous, choisissez immédiatement un nouveau mot de passe : cela déconnecte tous les appareils.

## E-mail : le compte a été supprimé

mail-account-deleted-subject = Votre compte chez { $product } a été supprimé
mail-account-deleted-before = Votre compte chez { $product } a été supprimé, et tous les appareils ont été déconnectés.
mail-account-deleted-after =
    Jusqu’au { $until }, l’exploitant de { $product } peut le restaurer, et personne ne peut inscrire cette adresse e-mail. Ensuite, toutes ses données sont effacées et l’adresse redevient libre.

    Si ce n’était pas vous, adressez-vous d’ici là à l’exploitant de { $product }.

## E-mail : quelqu’un a utilisé l’adresse d’un compte supprimé

mail-used-while-deleted-subject = Votre compte chez { $product } a été supprimé
mail-used-while-deleted-before = Quelqu’un, peut-être vous, a voulu utiliser cette adresse e-mail chez { $product }. Elle appartient à un compte qui a été supprimé.
mail-used-while-deleted-after = Jusqu’au { $until }, l’exploitant de { $product } peut restaurer le compte ; ensuite, vous pourrez inscrire à nouveau l’adresse. Si ce n’était pas vous, ne faites rien.

## E-mail : l’exploitant vérifie le serveur de messagerie

mail-test-subject = { $product } peut envoyer des e-mails
mail-test-before = L’exploitant de { $product } a demandé cet e-mail de test.
mail-test-after = Il n’a été envoyé qu’à vous, et vous n’avez rien à faire.
