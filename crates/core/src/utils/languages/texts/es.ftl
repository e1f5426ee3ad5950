### Los textos en español de las páginas y los correos integrados.

## Páginas: textos comunes

page-email = Correo electrónico
page-name = Nombre
page-optional = (opcional)
page-password = Elija una contraseña
page-new-password = Elija una contraseña nueva
page-password-hint =
    { $minLength ->
        [one] Al menos { $minLength } carácter.
       *[other] Al menos { $minLength } caracteres.
    } Lo mejor son unas cuantas palabras que pueda recordar.
page-no-script = Esta página necesita JavaScript. Actívelo para esta página o ábrala en otro navegador.
page-sign-in = Iniciar sesión
page-provider = Continuar con { $provider }

## Páginas: textos de su script

page-script-wait = Un momento…
page-script-incomplete = Este enlace está incompleto. Vuelva a abrir el enlace que recibió.
page-script-over = Este enlace ya no funciona: ya se usó o ha caducado.
page-script-other-browser = Este no es el navegador con el que se registró, así que elija aquí su contraseña.
page-script-show-password = Mostrar la contraseña
page-script-hide-password = Ocultar la contraseña
page-script-check-fields = Revise el campo marcado.
page-script-rate-limited = Demasiados intentos. Inténtelo de nuevo { $when }.
page-script-unavailable = El servicio no está disponible temporalmente. Inténtelo de nuevo { $when }.
page-script-later = más tarde
page-script-sign-in-first = Inicie primero sesión en la cuenta en este navegador. Después abra de nuevo el enlace.
page-script-email-taken = Esta dirección de correo ya tiene una cuenta.
page-script-failed = Algo ha fallado. Inténtelo de nuevo.
page-script-unreachable = No se pudo conectar con el servidor. Compruebe su conexión e inténtelo de nuevo.
page-script-invalid-credentials = La dirección de correo o la contraseña no es correcta.
page-script-email-not-verified = Confirme primero su dirección de correo: abra el enlace del correo que le hemos enviado.
page-script-account-suspended = Esta cuenta está suspendida. Consulte al operador de { $product }.
page-script-last-super-admin = Usted es el último administrador: nombre antes a otro.
page-script-oauth-denied = No dio su consentimiento al proveedor, por lo que no se ha iniciado sesión.
page-script-oauth-state-invalid = Este inicio de sesión ha caducado o se comenzó en otro navegador. Inténtelo de nuevo.
page-script-oauth-failed = No se ha podido usar la respuesta del proveedor. Inténtelo de nuevo o inicie sesión de otra manera.
page-script-provider-unavailable = El proveedor no responde en este momento. Inténtelo más tarde o inicie sesión de otra manera.
page-script-email-confirmation-required = Ya casi está: abra en este navegador el enlace del correo que le hemos enviado. Revise también la carpeta de correo no deseado.
page-script-identity-taken = Este inicio de sesión ya está vinculado a otra cuenta.
page-script-last-sign-in-method = Es su última forma de iniciar sesión: elija antes una contraseña.
page-script-connect-elsewhere = Abra el enlace en el navegador en el que llegó desde el proveedor. O inicie sesión aquí de otra manera y vincule el proveedor en su cuenta.
page-script-remove-identity = Quitar: { $provider }
page-script-identity-removed = Se ha quitado.
page-script-password-needed = Introduzca su contraseña para continuar.
page-script-password-wrong = La contraseña no es correcta.
page-script-unknown-device = Dispositivo desconocido
page-script-last-used = Último uso: { $when }
page-script-end-device = Cerrar sesión: { $device }
page-script-device-ended = Se ha cerrado la sesión en el dispositivo.
page-script-mistake = Revise lo que ha escrito aquí.
page-script-mistake-required = Rellene este campo.
page-script-mistake-too-long = Este texto es demasiado largo.
page-script-mistake-email-invalid-format = Escriba una dirección de correo como name@example.org.
page-script-mistake-name-invalid-format = Escriba un nombre en una sola línea, sin caracteres de control.
page-script-mistake-password-too-short =
    { $minLength ->
        [one] Use al menos { $minLength } carácter.
       *[other] Use al menos { $minLength } caracteres.
    }
page-script-mistake-password-not-allowed = Elija otra contraseña: esta es demasiado común, o contiene su dirección de correo o el nombre { $product }.

## Página: confirmar una dirección de correo

page-verify-title = Confirme su dirección de correo
page-verify-lead = Pulse el botón y su cuenta estará lista.
page-verify-button = Confirmar
page-verify-done = Su dirección de correo está confirmada. Ya puede iniciar sesión.
page-verify-over = Regístrese de nuevo o pida otro correo.

## Página: crear una cuenta de administrador

page-setup-title = Cree la primera cuenta
page-setup-lead = Esta cuenta puede hacerlo todo. El enlace funciona una sola vez.
page-setup-named-title = Cree su cuenta de administrador
page-setup-named-lead = Esta cuenta puede hacerlo todo. El enlace es solo para esta dirección y funciona una sola vez.
page-setup-button = Crear la cuenta
page-setup-done = Su cuenta está lista. Ya puede iniciar sesión.
page-setup-over = El operador de este servidor puede crear otro.

## Página: aceptar una invitación

page-accept-invitation-title = Cree su cuenta
page-accept-invitation-lead = Tiene una invitación. Elija una contraseña y su cuenta estará lista.
page-accept-invitation-button = Crear la cuenta
page-accept-invitation-done = Su cuenta está lista. Ya puede iniciar sesión.
page-accept-invitation-over = Pida otra a la persona que le ha invitado.

## Página: elegir una contraseña nueva

page-reset-title = Elija una contraseña nueva
page-reset-lead = Se cerrará la sesión en todas partes, también en este dispositivo.
page-reset-button = Cambiar la contraseña
page-reset-done = Su contraseña se ha cambiado. Ya puede iniciar sesión.
page-reset-over = Pida otro correo.

## Página: pedir un enlace para elegir una contraseña nueva

page-forgot-title = ¿Ha olvidado su contraseña?
page-forgot-lead = Escriba la dirección de correo de su cuenta. Recibirá un correo con un enlace para elegir una contraseña nueva.
page-forgot-button = Enviar el correo
page-forgot-done = Si esta dirección tiene una cuenta, recibirá un correo en breve. Revise su bandeja de entrada y también la carpeta de correo no deseado.

## Página: confirmar otra dirección

page-confirm-email-title = Confirme su nueva dirección de correo
page-confirm-email-lead = Pulse el botón y su cuenta tendrá esta dirección. Se cerrará la sesión en todos los demás dispositivos.
page-confirm-email-button = Confirmar
page-confirm-email-done = Su cuenta tiene ahora esta dirección de correo. Úsela la próxima vez que inicie sesión.
page-confirm-email-over = Pida otro correo.

## Página: vincular una cuenta de un proveedor

page-connect-title = Confirme su dirección de correo
page-connect-lead = Pulse el botón e iniciará sesión.
page-connect-named-title = Vincular { $provider }
page-connect-named-lead = Pulse el botón y a partir de ahora podrá iniciar sesión con { $provider } en la cuenta de esta dirección de correo.
page-connect-button = Confirmar e iniciar sesión
page-connect-done = Ha iniciado sesión.
page-connect-over = Inicie sesión de nuevo con el proveedor.

## Página: rechazar otra dirección

page-secure-title = Proteja su cuenta
page-secure-lead = Si no ha pedido otra dirección de correo, pulse el botón: se cerrará la sesión en todos los dispositivos y se cancelará el cambio.
page-secure-button = Cerrar la sesión en todos los dispositivos
page-secure-done = Se ha cerrado la sesión en todos los dispositivos. Elija ahora una contraseña nueva: indique que ha olvidado la anterior.
page-secure-over = Ya se cerró la sesión en todos los dispositivos, o el cambio ya se hizo.

## Página: iniciar sesión

page-sign-in-title = Iniciar sesión
page-sign-in-lead = Le damos la bienvenida de nuevo a { $product }.
page-sign-in-button = Iniciar sesión
page-sign-in-done = Ha iniciado sesión.
page-current-password = Contraseña
page-forgot-link = ¿Ha olvidado su contraseña?
page-sign-up-link = Crear una cuenta

## Página: pedir una cuenta

page-sign-up-title = Crear una cuenta
page-sign-up-lead = Recibirá un correo con un enlace para confirmar su dirección.
page-sign-up-button = Crear la cuenta
page-sign-up-done = Ya casi está: abra en este navegador el enlace del correo que le hemos enviado. Mire también en la carpeta de correo no deseado.
page-sign-in-link = Ya tengo una cuenta

## Página: la propia cuenta

page-overview-title = Su cuenta
page-overview-sign-out = Cerrar sesión
page-overview-devices = Sus dispositivos
page-overview-this-device = Este dispositivo
page-overview-sign-out-all = Cerrar sesión en todas partes
page-overview-password = Cambiar su contraseña
page-overview-current-password = Contraseña actual
page-overview-password-button = Cambiar la contraseña
page-overview-password-done = Su contraseña ha cambiado. Se ha cerrado la sesión en los demás dispositivos.
page-overview-email = Cambiar su dirección de correo
page-new-email = Nueva dirección de correo
page-overview-email-button = Enviar el correo
page-overview-email-done = Hemos enviado un correo a la nueva dirección. Abra su enlace en este navegador.
page-overview-identities = Otras formas de iniciar sesión
page-overview-link-provider = Vincular { $provider }
page-overview-identities-button = Continuar
page-overview-delete = Eliminar su cuenta
page-overview-delete-lead = Se cierra la sesión en todos los dispositivos. Durante un tiempo el operador puede restaurar la cuenta; después se elimina definitivamente.
page-overview-delete-sure = Quiero eliminar mi cuenta.
page-overview-delete-button = Eliminar la cuenta
page-overview-deleted = Su cuenta se ha eliminado. Un correo le indica hasta cuándo se puede restaurar.

## Página: el propio servidor

page-front-lead = Este es el servidor del servicio: los programas hablan con él y aquí no hay nada que ver.
page-front-developers = Para desarrolladores:
page-front-reference = referencia de la API

## Páginas de errores

error-nowhere-title = No encontrada
error-nowhere-heading = Página no encontrada
error-nowhere-lead = Error 404: no hay ninguna página en esta dirección. Puede estar mal escrita, o la página ya no existe.
error-limited-title = Demasiadas solicitudes
error-limited-heading = Demasiadas solicitudes
error-limited-lead = Error 429: desde su red llegaron más solicitudes de las que este servidor acepta a la vez. Espere un momento e inténtelo de nuevo.
error-broken-title = Algo ha fallado
error-broken-heading = Algo ha fallado por nuestra parte
error-broken-lead = Error 500: este servidor ha cometido un error. Está anotado en su registro.
error-unavailable-title = No disponible
error-unavailable-heading = El servicio no está disponible temporalmente
error-unavailable-lead = Error 503: este servidor no puede responder en este momento. Espere un momento e inténtelo de nuevo.
error-go-to-start = Ir a la página de inicio
error-try-again = Intentar de nuevo

## Correos: textos comunes

mail-lifetime-minutes =
    { $count ->
        [one] { $count } minuto
       *[other] { $count } minutos
    }
mail-lifetime-hours =
    { $count ->
        [one] { $count } hora
       *[other] { $count } horas
    }
mail-link-hint = Si el botón no funciona, abra este enlace:

## Correo: confirmar una dirección

mail-verification-subject = Confirme su dirección de correo para { $product }
mail-verification-before = Alguien, esperamos que usted, ha solicitado una cuenta en { $product } con esta dirección de correo.
mail-verification-button = Confirmar la dirección de correo
mail-verification-after = El enlace es válido durante { $lifetime }. Si no lo ha solicitado usted, no haga nada: no se creará ninguna cuenta.

## Correo: el primer administrador

mail-setup-subject = Configure { $product }
mail-setup-before = El operador de { $product } le ha nombrado primer administrador. Abra el enlace, escriba esta dirección de correo y elija una contraseña.
mail-setup-button = Elegir una contraseña
mail-setup-after = El enlace es válido durante { $lifetime } y funciona una sola vez. Quien lo tenga puede hacerlo todo en { $product }, así que no lo comparta. Si no sabe nada de esto, no haga nada: no se creará ninguna cuenta.

## Correo: una invitación

mail-invitation-subject = Tiene una invitación a { $product }
mail-invitation-before = Tiene una invitación para una cuenta en { $product }. Abra el enlace, elija una contraseña y la cuenta será suya.
mail-invitation-button = Crear la cuenta
mail-invitation-after = El enlace es válido durante { $lifetime } y funciona una vez; uno más nuevo lo sustituye. Si no lo esperaba, no haga nada: no se creará ninguna cuenta.

## Correo: alguien intentó registrar una dirección que ya tiene cuenta

mail-taken-subject = Usted ya tiene una cuenta en { $product }
mail-taken-before = Alguien, quizá usted, ha intentado registrarse en { $product } con esta dirección de correo, que ya tiene una cuenta.
mail-taken-after = Si fue usted, inicie sesión. Si no, no haga nada: su cuenta no ha cambiado.

## Correo: elegir una contraseña nueva

mail-password-reset-subject = Elija una contraseña nueva para { $product }
mail-password-reset-before = Alguien, esperamos que usted, ha pedido elegir una contraseña nueva para su cuenta en { $product }.
mail-password-reset-button = Elegir una contraseña nueva
mail-password-reset-after = El enlace es válido durante { $lifetime } y funciona una sola vez; uno más reciente lo sustituye. Al elegir una contraseña se cierra la sesión en todas partes. Si no fue usted, no haga nada: su contraseña no ha cambiado.

## Correo: lo mismo para una cuenta suspendida

mail-reset-suspended-subject = Su cuenta en { $product } está suspendida
mail-reset-suspended-before = Alguien, quizá usted, ha pedido elegir una contraseña nueva para su cuenta en { $product }.
mail-reset-suspended-after = La cuenta está suspendida, por lo que este correo no contiene ningún enlace. Consulte al operador de { $product }.

## Correo: se cambió la contraseña

mail-password-changed-subject = Se ha cambiado su contraseña en { $product }
mail-password-changed-before = Se ha cambiado la contraseña de su cuenta en { $product } y se ha cerrado la sesión en todos los dispositivos. Si fue usted, no tiene que hacer nada.
mail-password-changed-button = Elegir una contraseña nueva
mail-password-changed-after = Si no fue usted, elija una contraseña nueva de inmediato.

## Correo: se cerró una sesión

mail-session-ended-subject = Se ha cerrado una sesión en { $product }
mail-session-ended-before = Una clave de acceso de una de sus sesiones en { $product } se usó por segunda vez. Esto ocurre cuando alguien la ha copiado, por lo que se cerró la sesión.
mail-session-ended-after = Inicie sesión de nuevo. Si cree que otra persona ha usado su cuenta, cierre la sesión en todas partes.

## Correo: confirmar otra dirección de una cuenta

mail-email-change-subject = Confirme su nueva dirección de correo para { $product }
mail-email-change-before = Alguien, esperamos que usted, ha pedido usar esta dirección de correo para una cuenta en { $product }. Abra el enlace en un navegador en el que tenga iniciada la sesión de esa cuenta.
mail-email-change-button = Confirmar la nueva dirección
mail-email-change-after = El enlace es válido durante { $lifetime } y funciona una sola vez. Si no fue usted, no haga nada: la dirección no se usará.

## Correo: alguien quiso una dirección que ya tiene cuenta

mail-email-change-taken-subject = Usted ya tiene una cuenta en { $product }
mail-email-change-taken-before = Alguien, quizá usted, ha pedido usar esta dirección de correo para otra cuenta en { $product }. Ya tiene una cuenta allí, así que no ha cambiado nada.
mail-email-change-taken-after = Si quiere usarla para la otra cuenta, elimine antes esta o asígnele otra dirección. Si no fue usted, no haga nada.

## Correo: se pidió otra dirección

mail-email-change-requested-subject = Se ha pedido una nueva dirección de correo para { $product }
mail-email-change-requested-before = Alguien, esperamos que usted, ha pedido usar otra dirección de correo para su cuenta en { $product }. El cambio se hará cuando se confirme esa dirección. Si fue usted, aquí no tiene que hacer nada.
mail-email-change-requested-button = No fui yo: proteger la cuenta
mail-email-change-requested-after = Si no fue usted, abra el enlace para cerrar la sesión en todos los dispositivos y cancelar el cambio. El enlace es válido durante { $lifetime }. Después elija una contraseña nueva.

## Correo: se cambió la dirección

mail-email-changed-subject = Se ha cambiado su dirección de correo en { $product }
mail-email-changed-before = Su cuenta en { $product } tiene ahora otra dirección de correo. Esta dirección ya no le pertenece, y se ha cerrado la sesión en los demás dispositivos.
mail-email-changed-after = Si fue usted, no tiene que hacer nada. Si no, póngase en contacto de inmediato con el operador de { $product }.

## Correo: confirmar la dirección de una cuenta de un proveedor

mail-identity-subject = Confirme su dirección de correo para { $product }
mail-identity-before = Alguien, esperamos que usted, ha iniciado sesión en { $product } con { $provider }, que indicó esta dirección de correo. Abra el enlace en el mismo navegador para vincularla.
mail-identity-button = Confirmar e iniciar sesión
mail-identity-after = El enlace es válido durante { $lifetime } y funciona una sola vez. Si no fue usted, no haga nada: no se vinculará nada.

## Correo: se usó una cuenta suspendida con un proveedor

mail-identity-suspended-subject = Su cuenta en { $product } está suspendida
mail-identity-suspended-before = Alguien, quizá usted, ha iniciado sesión en { $product } con { $provider }, que indicó esta dirección de correo.
mail-identity-suspended-after = La cuenta está suspendida, por lo que este correo no contiene ningún enlace. Consulte al operador de { $product }.

## Correo: se vinculó una cuenta de un proveedor

mail-identity-linked-subject = { $provider } está ahora vinculado a su cuenta en { $product }
mail-identity-linked-before = A partir de ahora puede iniciar sesión en su cuenta de { $product } con { $provider }. Si fue usted, no tiene que hacer nada.
mail-identity-linked-button = Elegir una contraseña nueva
mail-identity-linked-after = Si no fue usted, elija una contraseña nueva de inmediato y quite { $provider } de su cuenta.

## Correo: se quitó una cuenta de un proveedor

mail-identity-removed-subject = { $provider } ya no está vinculado a su cuenta en { $product }
mail-identity-removed-before = Ya no puede iniciar sesión en su cuenta de { $product } con { $provider }. Si fue usted, no tiene que hacer nada.
mail-identity-removed-button = Elegir una contraseña nueva
mail-identity-removed-after = Si no fue usted, elija una contraseña nueva de inmediato.

## Correo: inicio de sesión en un dispositivo nuevo

mail-new-device-subject = Nuevo inicio de sesión en su cuenta de { $product }
mail-new-device-before =
    Alguien, esperamos que usted, ha iniciado sesión en su cuenta de { $product } desde un dispositivo que no se había visto antes.

    Dispositivo: { $device }
    Dirección de red: { $ip }
    Hora: { $time }

    Si fue usted, no tiene que hacer nada.
mail-new-device-unknown = desconocido
mail-new-device-button = Elegir una contraseña nueva
mail-new-device-after = Si no fue usted, elija una contraseña nueva de inmediato: así se cierra la sesión en todos los dispositivos.

## Correo: se eliminó la cuenta

mail-account-deleted-subject = Su cuenta en { $product } se ha eliminado
mail-account-deleted-before = Su cuenta en { $product } se ha eliminado y se ha cerrado la sesión en todos los dispositivos.
mail-account-deleted-after =
    Hasta el { $until } el operador de { $product } puede restaurarla, y nadie puede registrar esta dirección de correo. Después se borran todos sus datos y la dirección vuelve a quedar libre.

    Si no fue usted, póngase en contacto antes con el operador de { $product }.

## Correo: alguien usó la dirección de una cuenta eliminada

mail-used-while-deleted-subject = Su cuenta en { $product } se ha eliminado
mail-used-while-deleted-before = Alguien, quizá usted, quiso usar esta dirección de correo en { $product }. Pertenece a una cuenta que se ha eliminado.
mail-used-while-deleted-after = Hasta el { $until } el operador de { $product } puede restaurar la cuenta; después podrá registrar de nuevo la dirección. Si no fue usted, no haga nada.

## Correo: el operador prueba el servidor de correo

mail-test-subject = { $product } puede enviar correo
mail-test-before = El operador de { $product } ha solicitado este correo de prueba.
mail-test-after = Se ha enviado solo a usted, y no tiene que hacer nada.
