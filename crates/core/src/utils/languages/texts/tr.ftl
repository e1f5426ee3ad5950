### Yerleşik sayfaların ve e-postaların Türkçe metinleri.

## Sayfalar: ortak metinler

page-email = E-posta
page-name = Ad
page-optional = (isteğe bağlı)
page-password = Bir parola seçin
page-new-password = Yeni bir parola seçin
page-password-hint =
    { $minLength ->
        [one] En az { $minLength } karakter.
       *[other] En az { $minLength } karakter.
    } Hatırlayacağınız birkaç sözcük en iyisidir.
page-no-script = Bu sayfa için JavaScript gereklidir. Bu sayfa için açın ya da sayfayı başka bir tarayıcıda açın.
page-sign-in = Oturum açın
page-provider = { $provider } ile devam et

## Sayfalar: betiğin metinleri

page-script-wait = Bir dakika …
page-script-incomplete = Bu bağlantı eksik. Lütfen size gönderilen bağlantıyı yeniden açın.
page-script-over = Bu bağlantı artık çalışmıyor: daha önce kullanılmış ya da süresi dolmuş.
page-script-other-browser = Bu, kaydolduğunuz tarayıcı değil. Bu yüzden lütfen parolanızı burada seçin.
page-script-show-password = Parolayı göster
page-script-hide-password = Parolayı gizle
page-script-check-fields = Lütfen işaretli alanı kontrol edin.
page-script-rate-limited = Çok fazla deneme yapıldı. Lütfen { $when } yeniden deneyin.
page-script-unavailable = Hizmet geçici olarak kullanılamıyor. Lütfen { $when } yeniden deneyin.
page-script-later = daha sonra
page-script-sign-in-first = Lütfen önce bu tarayıcıda hesabınızda oturum açın. Ardından bağlantıyı yeniden açın.
page-script-email-taken = Bu e-posta adresiyle zaten bir hesap var.
page-script-failed = Bir şeyler ters gitti. Lütfen yeniden deneyin.
page-script-unreachable = Sunucuya ulaşılamadı. Lütfen bağlantınızı kontrol edip yeniden deneyin.
page-script-invalid-credentials = E-posta adresi veya parola yanlış.
page-script-email-not-verified = Önce e-posta adresinizi onaylayın: size gönderdiğimiz e-postadaki bağlantıyı açın.
page-script-account-suspended = Bu hesap askıya alınmış. { $product } işletmecisine başvurun.
page-script-last-super-admin = Son yönetici sizsiniz: önce başka birini yönetici yapın.
page-script-oauth-denied = Sağlayıcıda onay vermediniz, bu yüzden oturum açılmadı.
page-script-oauth-state-invalid = Bu girişin süresi doldu veya başka bir tarayıcıda başlatıldı. Lütfen yeniden deneyin.
page-script-oauth-failed = Sağlayıcının yanıtı kullanılamadı. Lütfen yeniden deneyin veya başka bir yolla oturum açın.
page-script-provider-unavailable = Sağlayıcı şu anda yanıt vermiyor. Lütfen daha sonra deneyin veya başka bir yolla oturum açın.
page-script-email-confirmation-required = Neredeyse bitti: size gönderdiğimiz e-postadaki bağlantıyı bu tarayıcıda açın. İstenmeyen posta klasörüne de bakın.
page-script-identity-taken = Bu giriş zaten başka bir hesaba bağlı.
page-script-last-sign-in-method = Bu, oturum açmak için son yolunuz: önce bir parola seçin.
page-script-connect-elsewhere = Lütfen bağlantıyı sağlayıcıdan geldiğiniz tarayıcıda açın. Ya da burada başka bir yolla oturum açıp sağlayıcıyı hesabınızdan bağlayın.
page-script-remove-identity = Kaldır: { $provider }
page-script-identity-removed = Kaldırıldı.
page-script-password-needed = Devam etmek için parolanızı girin.
page-script-password-wrong = Parola yanlış.
page-script-unknown-device = Bilinmeyen cihaz
page-script-last-used = Son kullanım: { $when }
page-script-end-device = Oturumu kapat: { $device }
page-script-device-ended = Cihazdaki oturum kapatıldı.
page-script-mistake = Lütfen buraya yazdığınızı kontrol edin.
page-script-mistake-required = Lütfen bu alanı doldurun.
page-script-mistake-too-long = Bu metin çok uzun.
page-script-mistake-email-invalid-format = Lütfen name@example.org gibi bir e-posta adresi yazın.
page-script-mistake-name-invalid-format = Lütfen tek satırda, denetim karakteri içermeyen bir ad yazın.
page-script-mistake-password-too-short =
    { $minLength ->
        [one] Lütfen en az { $minLength } karakter kullanın.
       *[other] Lütfen en az { $minLength } karakter kullanın.
    }
page-script-mistake-password-not-allowed = Lütfen başka bir parola seçin: bu parola çok yaygın ya da e-posta adresinizi veya { $product } adını içeriyor.

## Sayfa: e-posta adresini onaylama

page-verify-title = E-posta adresinizi onaylayın
page-verify-lead = Düğmeye basın, hesabınız hazır olsun.
page-verify-button = Onayla
page-verify-done = E-posta adresiniz onaylandı. Artık oturum açabilirsiniz.
page-verify-over = Lütfen yeniden kaydolun ya da yeni bir e-posta isteyin.

## Sayfa: yönetici hesabı oluşturma

page-setup-title = İlk hesabı oluşturun
page-setup-lead = Bu hesap her şeyi yapabilir. Bağlantı bir kez çalışır.
page-setup-named-title = Yönetici hesabınızı oluşturun
page-setup-named-lead = Bu hesap her şeyi yapabilir. Bağlantı yalnızca bu adres içindir ve bir kez çalışır.
page-setup-button = Hesabı oluştur
page-setup-done = Hesabınız hazır. Artık oturum açabilirsiniz.
page-setup-over = Bu sunucunun işletmecisi yeni bir bağlantı oluşturabilir.

## Sayfa: daveti kabul etme

page-accept-invitation-title = Hesabınızı oluşturun
page-accept-invitation-lead = Davet edildiniz. Bir parola seçin, hesabınız hazır.
page-accept-invitation-button = Hesabı oluştur
page-accept-invitation-done = Hesabınız hazır. Artık oturum açabilirsiniz.
page-accept-invitation-over = Sizi davet eden kişiden yeni bir davet isteyin.

## Sayfa: yeni parola seçme

page-reset-title = Yeni bir parola seçin
page-reset-lead = Bu işlem, bu cihaz dahil her yerde oturumunuzu kapatır.
page-reset-button = Parolayı değiştir
page-reset-done = Parolanız değiştirildi. Artık oturum açabilirsiniz.
page-reset-over = Lütfen yeni bir e-posta isteyin.

## Sayfa: yeni parola için bağlantı isteme

page-forgot-title = Parolanızı mı unuttunuz?
page-forgot-lead = Hesabınızın e-posta adresini yazın. Yeni bir parola seçmeniz için bağlantı içeren bir e-posta alacaksınız.
page-forgot-button = E-postayı gönder
page-forgot-done = Bu adrese ait bir hesap varsa bir e-posta yolda. Lütfen gelen kutunuza ve spam klasörüne de bakın.

## Sayfa: başka bir adresi onaylama

page-confirm-email-title = Yeni e-posta adresinizi onaylayın
page-confirm-email-lead = Düğmeye basın, hesabınız bu adresi kullansın. Diğer tüm cihazlardaki oturumlar kapatılır.
page-confirm-email-button = Onayla
page-confirm-email-done = Hesabınız artık bu e-posta adresini kullanıyor. Bir sonraki girişinizde bu adresi kullanın.
page-confirm-email-over = Lütfen yeni bir e-posta isteyin.

## Sayfa: bir sağlayıcıdaki hesabı bağlama

page-connect-title = E-posta adresinizi onaylayın
page-connect-lead = Düğmeye basın, oturumunuz açılsın.
page-connect-named-title = { $provider } hesabını bağlayın
page-connect-named-lead = Düğmeye basın; bundan sonra bu e-posta adresinin hesabında { $provider } ile oturum açabilirsiniz.
page-connect-button = Onayla ve oturum aç
page-connect-done = Oturumunuz açıldı.
page-connect-over = Lütfen sağlayıcı üzerinden yeniden oturum açın.

## Sayfa: başka bir adrese itiraz etme

page-secure-title = Hesabınızı güvenceye alın
page-secure-lead = Başka bir e-posta adresi istemediyseniz düğmeye basın: tüm cihazlardaki oturumlar kapatılır ve değişiklik iptal edilir.
page-secure-button = Tüm cihazlarda oturumu kapat
page-secure-done = Tüm cihazlardaki oturumlar kapatıldı. Lütfen şimdi yeni bir parola seçin: eskisini unuttuğunuzu belirtin.
page-secure-over = Tüm cihazlardaki oturumlar zaten kapatılmış ya da değişiklik yapılmış.

## Sayfa: oturum açma

page-sign-in-title = Oturum açın
page-sign-in-lead = { $product } hizmetine yeniden hoş geldiniz.
page-sign-in-button = Oturum aç
page-sign-in-done = Oturumunuz açıldı.
page-current-password = Parola
page-forgot-link = Parolanızı mı unuttunuz?
page-sign-up-link = Hesap oluşturun

## Sayfa: hesap isteme

page-sign-up-title = Hesap oluşturun
page-sign-up-lead = Adresinizi onaylamanız için bir bağlantı içeren e-posta alacaksınız.
page-sign-up-button = Hesabı oluştur
page-sign-up-done = Neredeyse bitti: size gönderdiğimiz e-postadaki bağlantıyı bu tarayıcıda açın. Spam klasörünüze de bakın.
page-sign-in-link = Zaten bir hesabım var

## Sayfa: kendi hesabı

page-overview-title = Hesabınız
page-overview-sign-out = Oturumu kapat
page-overview-devices = Cihazlarınız
page-overview-this-device = Bu cihaz
page-overview-sign-out-all = Her yerde oturumu kapat
page-overview-password = Parolanızı değiştirin
page-overview-current-password = Mevcut parola
page-overview-password-button = Parolayı değiştir
page-overview-password-done = Parolanız değiştirildi. Diğer tüm cihazlarda oturum kapatıldı.
page-overview-email = E-posta adresinizi değiştirin
page-new-email = Yeni e-posta adresi
page-overview-email-button = E-postayı gönder
page-overview-email-done = Yeni adrese bir e-posta gönderiliyor. Bağlantısını bu tarayıcıda açın.
page-overview-identities = Oturum açmanın diğer yolları
page-overview-link-provider = { $provider } bağla
page-overview-identities-button = Devam
page-overview-delete = Hesabınızı silin
page-overview-delete-lead = Tüm cihazlarda oturum kapatılır. İşletmeci hesabı bir süre geri yükleyebilir; sonra hesap kalıcı olarak silinir.
page-overview-delete-sure = Hesabımı silmek istiyorum.
page-overview-delete-button = Hesabı sil
page-overview-deleted = Hesabınız silindi. Ne zamana kadar geri yüklenebileceği size e-postayla bildirilir.

## Sayfa: sunucunun kendisi

page-front-lead = Bu, hizmetin sunucusudur: programlar onunla konuşur, burada görülecek bir şey yok.
page-front-developers = Geliştiriciler için:
page-front-reference = API başvurusu

## Hata sayfaları

error-nowhere-title = Bulunamadı
error-nowhere-heading = Sayfa bulunamadı
error-nowhere-lead = Hata 404: bu adreste bir sayfa yok. Adres yanlış yazılmış ya da sayfa kaldırılmış olabilir.
error-limited-title = Çok fazla istek
error-limited-heading = Çok fazla istek
error-limited-lead = Hata 429: ağınızdan, bu sunucunun bir defada kabul ettiğinden fazla istek geldi. Lütfen biraz bekleyip yeniden deneyin.
error-broken-title = Bir şeyler ters gitti
error-broken-heading = Bizim tarafımızda bir şeyler ters gitti
error-broken-lead = Hata 500: bu sunucu bir hata yaptı. Hata, sunucunun günlüğünde kayıtlı.
error-unavailable-title = Kullanılamıyor
error-unavailable-heading = Hizmet geçici olarak kullanılamıyor
error-unavailable-lead = Hata 503: bu sunucu şu anda yanıt veremiyor. Lütfen biraz bekleyip yeniden deneyin.
error-go-to-start = Başlangıç sayfasına gidin
error-try-again = Yeniden deneyin

## E-postalar: ortak metinler

mail-lifetime-minutes =
    { $count ->
        [one] { $count } dakika
       *[other] { $count } dakika
    }
mail-lifetime-hours =
    { $count ->
        [one] { $count } saat
       *[other] { $count } saat
    }
mail-link-hint = Düğme çalışmazsa bu bağlantıyı açın:

## E-posta: adresi onaylama

mail-verification-subject = { $product } için e-posta adresinizi onaylayın
mail-verification-before = Birisi, umarız siz, bu e-posta adresiyle { $product } hesabı açmak istedi.
mail-verification-button = E-posta adresimi onayla
mail-verification-after = Bağlantı { $lifetime } geçerlidir. Bunu siz istemediyseniz hiçbir şey yapmayın: hesap oluşturulmayacaktır.

## E-posta: ilk yönetici

mail-setup-subject = { $product } kurulumunu yapın
mail-setup-before = { $product } işletmecisi sizi ilk yönetici olarak belirledi. Bağlantıyı açın, bu e-posta adresini yazın ve bir parola seçin.
mail-setup-button = Parola seç
mail-setup-after = Bağlantı { $lifetime } geçerlidir ve bir kez çalışır. Bağlantıya sahip olan kişi { $product } üzerinde her şeyi yapabilir; kimseyle paylaşmayın. Bundan haberiniz yoksa hiçbir şey yapmayın: hesap oluşturulmayacaktır.

## E-posta: davet

mail-invitation-subject = { $product } hizmetine davet edildiniz
mail-invitation-before = { $product } hizmetinde bir hesaba davet edildiniz. Bağlantıyı açın, bir parola seçin; hesap sizindir.
mail-invitation-button = Hesabınızı oluşturun
mail-invitation-after = Bağlantı { $lifetime } geçerlidir ve bir kez çalışır; daha yenisi onun yerine geçer. Bunu beklemiyorsanız bir şey yapmayın: hesap oluşturulmaz.

## E-posta: hesabı olan bir adresle kaydolma denemesi

mail-taken-subject = { $product } için zaten bir hesabınız var
mail-taken-before = Birisi, belki siz, zaten hesabı olan bu e-posta adresiyle { $product } hizmetine kaydolmak istedi.
mail-taken-after = Bu sizseniz oturum açın. Değilseniz hiçbir şey yapmayın: hesabınız değişmedi.

## E-posta: yeni parola seçme

mail-password-reset-subject = { $product } için yeni bir parola seçin
mail-password-reset-before = Birisi, umarız siz, { $product } hesabınız için yeni bir parola seçmek istedi.
mail-password-reset-button = Yeni parola seç
mail-password-reset-after = Bağlantı { $lifetime } geçerlidir ve bir kez çalışır; yeni bir bağlantı bunun yerine geçer. Parola seçmek her yerde oturumunuzu kapatır. Bunu siz istemediyseniz hiçbir şey yapmayın: parolanız değişmedi.

## E-posta: askıya alınmış hesap için aynısı

mail-reset-suspended-subject = { $product } hesabınız askıya alındı
mail-reset-suspended-before = Birisi, belki siz, { $product } hesabınız için yeni bir parola seçmek istedi.
mail-reset-suspended-after = Hesap askıya alındığı için bu e-postada bağlantı yok. Lütfen { $product } işletmecisine başvurun.

## E-posta: parola değiştirildi

mail-password-changed-subject = { $product } parolanız değiştirildi
mail-password-changed-before = { $product } hesabınızın parolası değiştirildi ve tüm cihazlardaki oturumlar kapatıldı. Bunu siz yaptıysanız yapmanız gereken bir şey yok.
mail-password-changed-button = Yeni parola seç
mail-password-changed-after = Bunu siz yapmadıysanız hemen yeni bir parola seçin.

## E-posta: bir oturum kapatıldı

mail-session-ended-subject = { $product } oturumlarınızdan biri kapatıldı
mail-session-ended-before = { $product } oturumlarınızdan birinin giriş anahtarı ikinci kez kullanıldı. Bu, birisi anahtarı kopyaladığında olur; bu yüzden oturum kapatıldı.
mail-session-ended-after = Lütfen yeniden oturum açın. Hesabınızı başka birinin kullandığını düşünüyorsanız her yerde oturumu kapatın.

## E-posta: hesabın başka bir adresini onaylama

mail-email-change-subject = { $product } için yeni e-posta adresinizi onaylayın
mail-email-change-before = Birisi, umarız siz, bu e-posta adresini bir { $product } hesabı için kullanmak istedi. Bağlantıyı, o hesapta oturum açtığınız bir tarayıcıda açın.
mail-email-change-button = Yeni e-posta adresimi onayla
mail-email-change-after = Bağlantı { $lifetime } geçerlidir ve bir kez çalışır. Bunu siz istemediyseniz hiçbir şey yapmayın: adres kullanılmayacaktır.

## E-posta: hesabı olan bir adresi kullanma denemesi

mail-email-change-taken-subject = { $product } için zaten bir hesabınız var
mail-email-change-taken-before = Birisi, belki siz, bu e-posta adresini başka bir { $product } hesabı için kullanmak istedi. Bu adresin zaten bir hesabı var; bu yüzden hiçbir şey değişmedi.
mail-email-change-taken-after = Adresi diğer hesap için kullanmak istiyorsanız önce bu hesabı silin ya da ona başka bir adres verin. Bunu siz istemediyseniz hiçbir şey yapmayın.

## E-posta: başka bir adres istendi

mail-email-change-requested-subject = { $product } için yeni bir e-posta adresi istendi
mail-email-change-requested-before = Birisi, umarız siz, { $product } hesabınız için başka bir e-posta adresi kullanmak istedi. Değişiklik, o adres onaylandığında geçerli olur. Bunu siz istediyseniz burada yapmanız gereken bir şey yok.
mail-email-change-requested-button = Ben değildim: hesabı güvenceye al
mail-email-change-requested-after = Bunu siz istemediyseniz, tüm cihazlardaki oturumları kapatmak ve değişikliği iptal etmek için bağlantıyı açın. Bağlantı { $lifetime } geçerlidir. Ardından yeni bir parola seçin.

## E-posta: adres değiştirildi

mail-email-changed-subject = { $product } e-posta adresiniz değiştirildi
mail-email-changed-before = { $product } hesabınızın artık başka bir e-posta adresi var. Bu adres artık o hesaba ait değil ve diğer cihazlardaki oturumlar kapatıldı.
mail-email-changed-after = Bunu siz yaptıysanız yapmanız gereken bir şey yok. Siz yapmadıysanız hemen { $product } işletmecisine başvurun.

## E-posta: bir sağlayıcıdaki hesabın adresini onaylama

mail-identity-subject = { $product } için e-posta adresinizi onaylayın
mail-identity-before = Birisi, umarız siz, { $provider } ile { $product } hizmetinde oturum açtı; bu e-posta adresi oradan geldi. Bağlamak için bağlantıyı aynı tarayıcıda açın.
mail-identity-button = Onayla ve oturum aç
mail-identity-after = Bağlantı { $lifetime } geçerlidir ve bir kez çalışır. Bunu siz yapmadıysanız hiçbir şey yapmayın: hiçbir şey bağlanmayacaktır.

## E-posta: askıya alınmış bir hesap bir sağlayıcıyla kullanıldı

mail-identity-suspended-subject = { $product } hesabınız askıya alındı
mail-identity-suspended-before = Birisi, belki siz, { $provider } ile { $product } hizmetinde oturum açtı; bu e-posta adresi oradan geldi.
mail-identity-suspended-after = Hesap askıya alındığı için bu e-postada bağlantı yok. Lütfen { $product } işletmecisine başvurun.

## E-posta: bir sağlayıcıdaki hesap bağlandı

mail-identity-linked-subject = { $provider } artık { $product } hesabınıza bağlı
mail-identity-linked-before = Bundan sonra { $product } hesabınızda { $provider } ile oturum açabilirsiniz. Bunu siz yaptıysanız yapmanız gereken bir şey yok.
mail-identity-linked-button = Yeni parola seç
mail-identity-linked-after = Bunu siz yapmadıysanız hemen yeni bir parola seçin ve { $provider } bağlantısını hesabınızdan kaldırın.

## E-posta: bir sağlayıcıdaki hesap kaldırıldı

mail-identity-removed-subject = { $provider } artık { $product } hesabınıza bağlı değil
mail-identity-removed-before = { $product } hesabınızda artık { $provider } ile oturum açamazsınız. Bunu siz yaptıysanız yapmanız gereken bir şey yok.
mail-identity-removed-button = Yeni parola seç
mail-identity-removed-after = Bunu siz yapmadıysanız hemen yeni bir parola seçin.

## E-posta: yeni bir cihazda oturum açıldı

mail-new-device-subject = { $product } hesabınızda yeni oturum
mail-new-device-before =
    Birisi, umarız siz, { $product } hesabınızda daha önce görülmemiş bir cihazdan oturum açtı.

    Cihaz: { $device }
    Ağ adresi: { $ip }
    Zaman: { $time }

    Bu sizseniz yapmanız gereken bir şey yok.
mail-new-device-unknown = bilinmiyor
mail-new-device-button = Yeni parola seç
mail-new-device-after = Bu siz değilseniz hemen yeni bir parola seçin: bu, tüm cihazlardaki oturumları kapatır.

## E-posta: hesap silindi

mail-account-deleted-subject = { $product } hesabınız silindi
mail-account-deleted-before = { $product } hesabınız silindi ve tüm cihazlardaki oturumlar kapatıldı.
mail-account-deleted-after =
    { $product } işletmecisi hesabı şu zamana kadar geri yükleyebilir: { $until }. O zamana kadar kimse bu e-posta adresiyle kaydolamaz. Sonra hesabın tüm verileri kaldırılır ve adres yeniden boşa çıkar.

    Bunu siz yapmadıysanız o zamandan önce { $product } işletmecisine başvurun.

## E-posta: silinmiş bir hesabın adresi kullanıldı

mail-used-while-deleted-subject = { $product } hesabınız silindi
mail-used-while-deleted-before = Birisi, belki siz, bu e-posta adresini { $product } hizmetinde kullanmak istedi. Adres, silinmiş bir hesaba ait.
mail-used-while-deleted-after = { $product } işletmecisi hesabı şu zamana kadar geri yükleyebilir: { $until }. Sonra bu adresle yeniden kaydolabilirsiniz. Bu siz değilseniz hiçbir şey yapmayın.

## E-posta: işletmeci posta sunucusunu deniyor

mail-test-subject = { $product } e-posta gönderebiliyor
mail-test-before = { $product } işletmecisi bu deneme e-postasını istedi.
mail-test-after = Yalnızca size gönderildi ve bir şey yapmanız gerekmiyor.
