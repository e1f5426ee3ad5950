### Os textos em português das páginas e dos e-mails integrados.

## Páginas: textos comuns

page-email = E-mail
page-name = Nome
page-optional = (opcional)
page-password = Escolha uma senha
page-new-password = Escolha uma nova senha
page-password-hint =
    { $minLength ->
        [one] Pelo menos { $minLength } caractere.
       *[other] Pelo menos { $minLength } caracteres.
    } O melhor são algumas palavras fáceis de lembrar.
page-no-script = Esta página precisa de JavaScript. Ative-o para esta página ou abra-a em outro navegador.
page-sign-in = Entrar
page-provider = Continuar com { $provider }

## Páginas: textos do script

page-script-wait = Um momento…
page-script-incomplete = Este link está incompleto. Abra novamente o link que recebeu.
page-script-over = Este link já não funciona: já foi usado ou expirou.
page-script-other-browser = Este não é o navegador em que a conta foi pedida. Por isso, escolha aqui a sua senha.
page-script-show-password = Mostrar a senha
page-script-hide-password = Ocultar a senha
page-script-check-fields = Verifique o campo assinalado.
page-script-rate-limited = Demasiadas tentativas. Tente novamente { $when }.
page-script-unavailable = O serviço está temporariamente indisponível. Tente novamente { $when }.
page-script-later = mais tarde
page-script-sign-in-first = Entre primeiro na conta neste navegador. Depois abra novamente o link.
page-script-email-taken = Este endereço de e-mail já tem uma conta.
page-script-failed = Ocorreu um erro. Tente novamente.
page-script-unreachable = Não foi possível chegar ao servidor. Verifique a sua conexão e tente novamente.
page-script-invalid-credentials = Endereço de e-mail ou senha incorretos.
page-script-email-not-verified = Confirme primeiro o seu endereço de e-mail: abra o link do e-mail que enviamos.
page-script-account-suspended = Esta conta está suspensa. Fale com o operador de { $product }.
page-script-last-super-admin = Você é o último administrador: nomeie outro primeiro.
page-script-oauth-denied = O acesso não foi autorizado no provedor, por isso a sessão não foi iniciada.
page-script-oauth-state-invalid = Esta entrada expirou ou foi iniciada em outro navegador. Tente novamente.
page-script-oauth-failed = Não foi possível usar a resposta do provedor. Tente novamente ou entre de outra forma.
page-script-provider-unavailable = O provedor não responde neste momento. Tente mais tarde ou entre de outra forma.
page-script-email-confirmation-required = Quase pronto: abra neste navegador o link do e-mail que enviámos. Veja também a pasta de spam.
page-script-identity-taken = Esta forma de entrar já está ligada a outra conta.
page-script-last-sign-in-method = Esta é a sua última forma de entrar: escolha primeiro uma senha.
page-script-connect-elsewhere = Abra o link no navegador em que veio do provedor. Ou entre aqui de outra forma e ligue o provedor na sua conta.
page-script-remove-identity = Remover: { $provider }
page-script-identity-removed = Foi removido.
page-script-password-needed = Digite a sua senha para continuar.
page-script-password-wrong = A senha está incorreta.
page-script-unknown-device = Dispositivo desconhecido
page-script-last-used = Último uso: { $when }
page-script-end-device = Sair: { $device }
page-script-device-ended = A sessão foi encerrada no dispositivo.
page-script-mistake = Verifique o que escreveu aqui.
page-script-mistake-required = Preencha este campo.
page-script-mistake-too-long = Este texto é demasiado longo.
page-script-mistake-email-invalid-format = Escreva um endereço de e-mail como name@example.org.
page-script-mistake-name-invalid-format = Escreva um nome numa só linha, sem caracteres de controle.
page-script-mistake-password-too-short =
    { $minLength ->
        [one] Use pelo menos { $minLength } caractere.
       *[other] Use pelo menos { $minLength } caracteres.
    }
page-script-mistake-password-not-allowed = Escolha outra senha: esta é demasiado comum, ou contém o seu endereço de e-mail ou o nome { $product }.

## Página: confirmar um endereço de e-mail

page-verify-title = Confirme o seu endereço de e-mail
page-verify-lead = Basta um clique no botão e a sua conta fica pronta.
page-verify-button = Confirmar
page-verify-done = O seu endereço de e-mail está confirmado. Já pode entrar.
page-verify-over = Crie a conta novamente ou peça outro e-mail.

## Página: criar uma conta de administrador

page-setup-title = Crie a primeira conta
page-setup-lead = Esta conta pode fazer tudo. O link funciona uma só vez.
page-setup-named-title = Crie a sua conta de administrador
page-setup-named-lead = Esta conta pode fazer tudo. O link é só para este endereço e funciona uma só vez.
page-setup-button = Criar a conta
page-setup-done = A sua conta está pronta. Já pode entrar.
page-setup-over = O operador deste servidor pode criar outro.

## Página: aceitar um convite

page-accept-invitation-title = Crie a sua conta
page-accept-invitation-lead = Você recebeu um convite. Escolha uma senha e a sua conta estará pronta.
page-accept-invitation-button = Criar a conta
page-accept-invitation-done = A sua conta está pronta. Agora você pode entrar.
page-accept-invitation-over = Peça outro à pessoa que convidou você.

## Página: escolher uma nova senha

page-reset-title = Escolha uma nova senha
page-reset-lead = Isto termina a sessão em todos os dispositivos, incluindo este.
page-reset-button = Alterar a senha
page-reset-done = A sua senha foi alterada. Já pode entrar.
page-reset-over = Peça outro e-mail.

## Página: pedir um link para escolher uma nova senha

page-forgot-title = Esqueceu a sua senha?
page-forgot-lead = Escreva o endereço de e-mail da sua conta. Receberá um e-mail com um link para escolher uma nova senha.
page-forgot-button = Enviar o e-mail
page-forgot-done = Se este endereço tiver uma conta, um e-mail está a caminho. Verifique a caixa de entrada e também a pasta de spam.

## Página: confirmar outro endereço

page-confirm-email-title = Confirme o seu novo endereço de e-mail
page-confirm-email-lead = Basta um clique no botão e a sua conta passa a ter este endereço. A sessão termina em todos os outros dispositivos.
page-confirm-email-button = Confirmar
page-confirm-email-done = A sua conta tem agora este endereço de e-mail. Use-o da próxima vez que entrar.
page-confirm-email-over = Peça outro e-mail.

## Página: ligar uma conta de um provedor

page-connect-title = Confirme o seu endereço de e-mail
page-connect-lead = Basta um clique no botão e a sessão é iniciada.
page-connect-named-title = Ligar { $provider }
page-connect-named-lead = Basta um clique no botão e passa a poder entrar com { $provider } na conta deste endereço de e-mail.
page-connect-button = Confirmar e entrar
page-connect-done = A sessão foi iniciada.
page-connect-over = Entre novamente com o provedor.

## Página: recusar outro endereço

page-secure-title = Proteja a sua conta
page-secure-lead = Se não pediu outro endereço de e-mail, clique no botão: a sessão termina em todos os dispositivos e a alteração é cancelada.
page-secure-button = Terminar a sessão em todos os dispositivos
page-secure-done = A sessão terminou em todos os dispositivos. Escolha agora uma nova senha: indique que esqueceu a anterior.
page-secure-over = A sessão já tinha terminado em todos os dispositivos, ou a alteração já foi feita.

## Página: entrar

page-sign-in-title = Entrar
page-sign-in-lead = Que bom ver você de volta em { $product }.
page-sign-in-button = Entrar
page-sign-in-done = A sessão foi iniciada.
page-current-password = Senha
page-forgot-link = Esqueceu a senha?
page-sign-up-link = Criar uma conta

## Página: pedir uma conta

page-sign-up-title = Criar uma conta
page-sign-up-lead = Você receberá um e-mail com um link para confirmar o seu endereço.
page-sign-up-button = Criar a conta
page-sign-up-done = Quase pronto: abra neste navegador o link do e-mail que enviamos. Verifique também a pasta de spam.
page-sign-in-link = Já tenho uma conta

## Página: a própria conta

page-overview-title = A sua conta
page-overview-sign-out = Sair
page-overview-devices = Os seus dispositivos
page-overview-this-device = Este dispositivo
page-overview-sign-out-all = Sair em todos os dispositivos
page-overview-password = Alterar a senha
page-overview-current-password = Senha atual
page-overview-password-button = Alterar a senha
page-overview-password-done = A sua senha foi alterada. A sessão foi encerrada em todos os outros dispositivos.
page-overview-email = Alterar o endereço de e-mail
page-new-email = Novo endereço de e-mail
page-overview-email-button = Enviar o e-mail
page-overview-email-done = Um e-mail está a caminho do novo endereço. Abra o link neste navegador.
page-overview-identities = Outras formas de entrar
page-overview-link-provider = Ligar { $provider }
page-overview-identities-button = Continuar
page-overview-delete = Excluir a conta
page-overview-delete-lead = A sessão é encerrada em todos os dispositivos. Durante algum tempo o operador pode restaurar a conta; depois ela é removida definitivamente.
page-overview-delete-sure = Quero excluir a minha conta.
page-overview-delete-button = Excluir a conta
page-overview-deleted = A sua conta foi excluída. Um e-mail informa até quando ela pode ser restaurada.

## Página: o próprio servidor

page-front-lead = Este é o servidor do serviço: programas comunicam com ele, e não há nada para ver aqui.
page-front-developers = Para desenvolvedores:
page-front-reference = referência da API

## Páginas de erro

error-nowhere-title = Não encontrada
error-nowhere-heading = Página não encontrada
error-nowhere-lead = Erro 404: não há nenhuma página neste endereço. Pode estar mal escrito, ou a página já não existe.
error-limited-title = Demasiados pedidos
error-limited-heading = Demasiados pedidos
error-limited-lead = Erro 429: chegaram da sua rede mais pedidos do que este servidor aceita de uma vez. Espere um momento e tente novamente.
error-broken-title = Ocorreu um erro
error-broken-heading = Ocorreu um erro do nosso lado
error-broken-lead = Erro 500: este servidor cometeu um erro. Está no seu registro.
error-unavailable-title = Indisponível
error-unavailable-heading = O serviço está temporariamente indisponível
error-unavailable-lead = Erro 503: este servidor não pode responder neste momento. Espere um momento e tente novamente.
error-go-to-start = Ir para a página inicial
error-try-again = Tentar novamente

## E-mails: textos comuns

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
mail-link-hint = Se o botão não funcionar, abra este link:

## E-mail: confirmar um endereço

mail-verification-subject = Confirme o seu endereço de e-mail para { $product }
mail-verification-before = Alguém, esperamos que o titular deste endereço de e-mail, pediu com ele uma conta em { $product }.
mail-verification-button = Confirmar o endereço de e-mail
mail-verification-after = O link é válido por { $lifetime }. Se não fez este pedido, não faça nada: nenhuma conta será criada.

## E-mail: o primeiro administrador

mail-setup-subject = Configure { $product }
mail-setup-before = O operador de { $product } indicou este endereço para o primeiro administrador. Abra o link, escreva este endereço de e-mail e escolha uma senha.
mail-setup-button = Escolher uma senha
mail-setup-after = O link é válido por { $lifetime } e funciona uma só vez. Quem o tiver pode fazer tudo em { $product }, por isso não o passe a ninguém. Se não sabe nada disto, não faça nada: nenhuma conta será criada.

## E-mail: um convite

mail-invitation-subject = Convite para { $product }
mail-invitation-before = Você recebeu um convite para uma conta em { $product }. Abra o link, escolha uma senha, e a conta é sua.
mail-invitation-button = Criar a conta
mail-invitation-after = O link é válido por { $lifetime } e funciona uma vez; um mais novo o substitui. Se você não esperava isto, não faça nada: nenhuma conta será criada.

## E-mail: alguém tentou criar uma conta com um endereço que já tem uma

mail-taken-subject = Já tem uma conta em { $product }
mail-taken-before = Alguém tentou criar uma conta em { $product } com este endereço de e-mail, que já tem uma.
mail-taken-after = Se fez esta tentativa, entre na sua conta. Se não, não faça nada: a sua conta não mudou.

## E-mail: escolher uma nova senha

mail-password-reset-subject = Escolha uma nova senha para { $product }
mail-password-reset-before = Foi pedida a escolha de uma nova senha para a sua conta em { $product }.
mail-password-reset-button = Escolher uma nova senha
mail-password-reset-after = O link é válido por { $lifetime } e funciona uma só vez; um mais recente substitui-o. Escolher uma senha termina a sessão em todos os dispositivos. Se não fez este pedido, não faça nada: a sua senha não mudou.

## E-mail: o mesmo para uma conta suspensa

mail-reset-suspended-subject = A sua conta em { $product } está suspensa
mail-reset-suspended-before = Foi pedida a escolha de uma nova senha para a sua conta em { $product }.
mail-reset-suspended-after = A conta está suspensa, por isso este e-mail não contém nenhum link. Fale com o operador de { $product }.

## E-mail: a senha foi alterada

mail-password-changed-subject = A sua senha em { $product } foi alterada
mail-password-changed-before = A senha da sua conta em { $product } foi alterada, e a sessão terminou em todos os dispositivos. Se fez esta alteração, não precisa de fazer nada.
mail-password-changed-button = Escolher uma nova senha
mail-password-changed-after = Se não fez esta alteração, escolha imediatamente uma nova senha.

## E-mail: uma sessão foi terminada

mail-session-ended-subject = Uma sessão em { $product } foi terminada
mail-session-ended-before = Uma chave de acesso de uma das suas sessões em { $product } foi usada pela segunda vez. Isso acontece quando alguém a copiou, por isso a sessão foi terminada.
mail-session-ended-after = Entre novamente. Se acha que outra pessoa usou a sua conta, termine a sessão em todos os dispositivos.

## E-mail: confirmar outro endereço de uma conta

mail-email-change-subject = Confirme o seu novo endereço de e-mail para { $product }
mail-email-change-before = Foi pedido o uso deste endereço de e-mail para uma conta em { $product }. Abra o link num navegador com a sessão dessa conta iniciada.
mail-email-change-button = Confirmar o novo endereço de e-mail
mail-email-change-after = O link é válido por { $lifetime } e funciona uma só vez. Se não fez este pedido, não faça nada: o endereço não será usado.

## E-mail: alguém quis um endereço que já tem uma conta

mail-email-change-taken-subject = Já tem uma conta em { $product }
mail-email-change-taken-before = Foi pedido o uso deste endereço de e-mail para outra conta em { $product }. Ele já tem uma conta lá, por isso nada mudou.
mail-email-change-taken-after = Se quer usá-lo na outra conta, apague primeiro esta ou dê-lhe outro endereço. Se não fez este pedido, não faça nada.

## E-mail: foi pedido outro endereço

mail-email-change-requested-subject = Foi pedido um novo endereço de e-mail para { $product }
mail-email-change-requested-before = Foi pedido o uso de outro endereço de e-mail para a sua conta em { $product }. A alteração é feita quando esse endereço for confirmado. Se fez este pedido, não precisa de fazer nada aqui.
mail-email-change-requested-button = Não fiz este pedido: proteger a conta
mail-email-change-requested-after = Se não fez este pedido, abra o link para terminar a sessão em todos os dispositivos e cancelar a alteração. O link é válido por { $lifetime }. Depois escolha uma nova senha.

## E-mail: o endereço foi alterado

mail-email-changed-subject = O seu endereço de e-mail em { $product } foi alterado
mail-email-changed-before = A sua conta em { $product } tem agora outro endereço de e-mail. Este endereço já não lhe pertence, e a sessão terminou nos outros dispositivos.
mail-email-changed-after = Se fez esta alteração, não precisa de fazer nada. Se não, fale imediatamente com o operador de { $product }.

## E-mail: confirmar o endereço de uma conta de um provedor

mail-identity-subject = Confirme o seu endereço de e-mail para { $product }
mail-identity-before = Alguém, esperamos que o titular deste endereço de e-mail, entrou em { $product } com { $provider }, que indicou este endereço. Abra o link no mesmo navegador para fazer a ligação.
mail-identity-button = Confirmar e entrar
mail-identity-after = O link é válido por { $lifetime } e funciona uma só vez. Se não fez isto, não faça nada: nada será ligado.

## E-mail: uma conta suspensa foi usada com um provedor

mail-identity-suspended-subject = A sua conta em { $product } está suspensa
mail-identity-suspended-before = Alguém entrou em { $product } com { $provider }, que indicou este endereço de e-mail.
mail-identity-suspended-after = A conta está suspensa, por isso este e-mail não contém nenhum link. Fale com o operador de { $product }.

## E-mail: uma conta de um provedor foi ligada

mail-identity-linked-subject = { $provider } está agora ligado à sua conta em { $product }
mail-identity-linked-before = A partir de agora pode entrar na sua conta em { $product } com { $provider }. Se fez esta alteração, não precisa de fazer nada.
mail-identity-linked-button = Escolher uma nova senha
mail-identity-linked-after = Se não fez esta alteração, escolha imediatamente uma nova senha e remova { $provider } da sua conta.

## E-mail: uma conta de um provedor foi removida

mail-identity-removed-subject = { $provider } já não está ligado à sua conta em { $product }
mail-identity-removed-before = Já não pode entrar na sua conta em { $product } com { $provider }. Se fez esta alteração, não precisa de fazer nada.
mail-identity-removed-button = Escolher uma nova senha
mail-identity-removed-after = Se não fez esta alteração, escolha imediatamente uma nova senha.

## E-mail: entrada num dispositivo novo

mail-new-device-subject = Nova entrada na sua conta em { $product }
mail-new-device-before =
    Houve uma entrada na sua conta em { $product } num dispositivo que ainda não era conhecido.

    Dispositivo: { $device }
    Endereço de rede: { $ip }
    Hora: { $time }

    Se foi uma entrada sua, não precisa de fazer nada.
mail-new-device-unknown = desconhecido
mail-new-device-button = Escolher uma nova senha
mail-new-device-after = Se não foi uma entrada sua, escolha imediatamente uma nova senha: isso termina a sessão em todos os dispositivos.

## E-mail: a conta foi apagada

mail-account-deleted-subject = A sua conta em { $product } foi apagada
mail-account-deleted-before = A sua conta em { $product } foi apagada, e a sessão terminou em todos os dispositivos.
mail-account-deleted-after =
    Até { $until } o operador de { $product } pode restaurá-la, e ninguém pode criar uma conta com este endereço de e-mail. Depois todos os seus dados são removidos e o endereço fica livre.

    Se não fez este pedido, fale antes disso com o operador de { $product }.

## E-mail: alguém usou o endereço de uma conta apagada

mail-used-while-deleted-subject = A sua conta em { $product } foi apagada
mail-used-while-deleted-before = Alguém tentou usar este endereço de e-mail em { $product }. Ele pertence a uma conta que foi apagada.
mail-used-while-deleted-after = Até { $until } o operador de { $product } pode restaurar a conta; depois pode criar uma conta nova com este endereço. Se não fez esta tentativa, não faça nada.

## E-mail: o operador testa o servidor de e-mail

mail-test-subject = { $product } consegue enviar e-mails
mail-test-before = O operador de { $product } pediu este e-mail de teste.
mail-test-after = Foi enviado só para este endereço, e não precisa de fazer nada.
