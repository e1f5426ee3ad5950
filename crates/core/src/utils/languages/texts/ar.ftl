### النصوص العربية للصفحات والرسائل المدمجة.

## الصفحات: نصوص مشتركة

page-email = البريد الإلكتروني
page-name = الاسم
page-optional = (اختياري)
page-password = اختر كلمة مرور
page-new-password = اختر كلمة مرور جديدة
page-password-hint =
    { $minLength ->
        [zero] { $minLength } حرف على الأقل.
        [one] حرف واحد على الأقل.
        [two] حرفان على الأقل.
        [few] { $minLength } أحرف على الأقل.
        [many] { $minLength } حرفًا على الأقل.
       *[other] { $minLength } حرف على الأقل.
    } الأفضل بضع كلمات يسهل عليك تذكّرها.
page-no-script = تحتاج هذه الصفحة إلى JavaScript. يُرجى تفعيله لهذه الصفحة، أو فتحها في متصفح آخر.
page-sign-in = تسجيل الدخول
page-provider = المتابعة باستخدام { $provider }

## الصفحات: نصوص البرنامج النصي

page-script-wait = لحظة من فضلك…
page-script-incomplete = هذا الرابط غير مكتمل. يُرجى فتح الرابط الذي وصلك مرة أخرى.
page-script-over = لم يعد هذا الرابط صالحًا: فقد استُخدم من قبل أو انتهت مدته.
page-script-other-browser = هذا ليس المتصفح الذي سجّلت منه، لذا يُرجى اختيار كلمة المرور هنا.
page-script-show-password = إظهار كلمة المرور
page-script-hide-password = إخفاء كلمة المرور
page-script-check-fields = يُرجى مراجعة الحقل المحدد.
page-script-rate-limited = محاولات كثيرة جدًا. يُرجى المحاولة مرة أخرى { $when }.
page-script-unavailable = الخدمة غير متاحة مؤقتًا. يُرجى المحاولة مرة أخرى { $when }.
page-script-later = لاحقًا
page-script-sign-in-first = يُرجى تسجيل الدخول إلى الحساب في هذا المتصفح أولًا، ثم فتح الرابط مرة أخرى.
page-script-email-taken = يوجد حساب بهذا البريد الإلكتروني بالفعل.
page-script-failed = حدث خطأ ما. يُرجى المحاولة مرة أخرى.
page-script-unreachable = تعذّر الوصول إلى الخادم. يُرجى التحقق من اتصالك ثم المحاولة مرة أخرى.
page-script-invalid-credentials = البريد الإلكتروني أو كلمة المرور غير صحيحة.
page-script-email-not-verified = يُرجى تأكيد بريدك الإلكتروني أولًا: افتح الرابط الموجود في الرسالة التي أرسلناها إليك.
page-script-account-suspended = هذا الحساب موقوف. يُرجى سؤال مشغّل { $product }.
page-script-last-super-admin = أنت المدير الأخير: عيّن مديرًا آخر أولًا.
page-script-oauth-denied = لم توافق لدى مزوّد الخدمة، لذا لم يتم تسجيل دخولك.
page-script-oauth-state-invalid = انتهت صلاحية هذا الدخول أو بدأ في متصفح آخر. يُرجى المحاولة مرة أخرى.
page-script-oauth-failed = تعذّر استخدام ردّ مزوّد الخدمة. يُرجى المحاولة مرة أخرى، أو تسجيل الدخول بطريقة أخرى.
page-script-provider-unavailable = مزوّد الخدمة لا يستجيب حاليًا. يُرجى المحاولة لاحقًا، أو تسجيل الدخول بطريقة أخرى.
page-script-email-confirmation-required = أوشكت على الانتهاء: يُرجى فتح الرابط الموجود في الرسالة التي أرسلناها إليك، في هذا المتصفح. تحقق من مجلد الرسائل غير المرغوب فيها أيضًا.
page-script-identity-taken = طريقة الدخول هذه مرتبطة بحساب آخر.
page-script-last-sign-in-method = هذه آخر طريقة لديك لتسجيل الدخول: اختر كلمة مرور أولًا.
page-script-connect-elsewhere = يُرجى فتح الرابط في المتصفح الذي جئت فيه من مزوّد الخدمة. أو سجّل الدخول هنا بطريقة أخرى ثم اربط مزوّد الخدمة من حسابك.
page-script-remove-identity = إزالة: { $provider }
page-script-identity-removed = تمت الإزالة.
page-script-password-needed = يُرجى إدخال كلمة المرور للمتابعة.
page-script-password-wrong = كلمة المرور غير صحيحة.
page-script-unknown-device = جهاز غير معروف
page-script-last-used = آخر استخدام: { $when }
page-script-end-device = تسجيل الخروج: { $device }
page-script-device-ended = تم تسجيل الخروج من الجهاز.
page-script-mistake = يُرجى مراجعة ما أدخلته هنا.
page-script-mistake-required = يُرجى ملء هذا الحقل.
page-script-mistake-too-long = هذا النص طويل جدًا.
page-script-mistake-email-invalid-format = يُرجى إدخال بريد إلكتروني مثل ‎name@example.org.
page-script-mistake-name-invalid-format = يُرجى إدخال اسم في سطر واحد وبلا رموز تحكّم.
page-script-mistake-password-too-short =
    { $minLength ->
        [zero] يُرجى استخدام { $minLength } حرف على الأقل.
        [one] يُرجى استخدام حرف واحد على الأقل.
        [two] يُرجى استخدام حرفين على الأقل.
        [few] يُرجى استخدام { $minLength } أحرف على الأقل.
        [many] يُرجى استخدام { $minLength } حرفًا على الأقل.
       *[other] يُرجى استخدام { $minLength } حرف على الأقل.
    }
page-script-mistake-password-not-allowed = يُرجى اختيار كلمة مرور أخرى: هذه شائعة جدًا، أو تحتوي على بريدك الإلكتروني أو على الاسم { $product }.

## صفحة: تأكيد البريد الإلكتروني

page-verify-title = تأكيد بريدك الإلكتروني
page-verify-lead = اضغط على الزر ليصبح حسابك جاهزًا.
page-verify-button = تأكيد
page-verify-done = تم تأكيد بريدك الإلكتروني. يمكنك تسجيل الدخول الآن.
page-verify-over = يُرجى التسجيل من جديد، أو طلب رسالة أخرى.

## صفحة: إعداد حساب المدير

page-setup-title = إعداد الحساب الأول
page-setup-lead = لهذا الحساب جميع الصلاحيات. يعمل الرابط مرة واحدة.
page-setup-named-title = إعداد حساب المدير الخاص بك
page-setup-named-lead = لهذا الحساب جميع الصلاحيات. الرابط لهذا العنوان فقط ويعمل مرة واحدة.
page-setup-button = إنشاء الحساب
page-setup-done = حسابك جاهز. يمكنك تسجيل الدخول الآن.
page-setup-over = يمكن لمشغّل هذا الخادم إنشاء رابط آخر.

## صفحة: قبول دعوة

page-accept-invitation-title = أنشئ حسابك
page-accept-invitation-lead = لقد دُعيت. اختر كلمة مرور ليصبح حسابك جاهزًا.
page-accept-invitation-button = إنشاء الحساب
page-accept-invitation-done = حسابك جاهز. يمكنك تسجيل الدخول الآن.
page-accept-invitation-over = يُرجى طلب دعوة أخرى من الشخص الذي دعاك.

## صفحة: اختيار كلمة مرور جديدة

page-reset-title = اختيار كلمة مرور جديدة
page-reset-lead = سيتم تسجيل خروجك من كل مكان، ومن هذا الجهاز أيضًا.
page-reset-button = تغيير كلمة المرور
page-reset-done = تم تغيير كلمة المرور. يمكنك تسجيل الدخول الآن.
page-reset-over = يُرجى طلب رسالة أخرى.

## صفحة: طلب رابط لاختيار كلمة مرور جديدة

page-forgot-title = هل نسيت كلمة المرور؟
page-forgot-lead = أدخل البريد الإلكتروني لحسابك. ستصلك رسالة فيها رابط لاختيار كلمة مرور جديدة.
page-forgot-button = إرسال الرسالة
page-forgot-done = إذا كان لهذا العنوان حساب، فستصلك رسالة قريبًا. يُرجى التحقق من صندوق الوارد ومن مجلد الرسائل غير المرغوب فيها أيضًا.

## صفحة: تأكيد عنوان آخر

page-confirm-email-title = تأكيد بريدك الإلكتروني الجديد
page-confirm-email-lead = اضغط على الزر ليصبح هذا العنوان عنوان حسابك. سيتم تسجيل الخروج من جميع الأجهزة الأخرى.
page-confirm-email-button = تأكيد
page-confirm-email-done = أصبح هذا البريد الإلكتروني عنوان حسابك. استخدمه عند تسجيل الدخول في المرة القادمة.
page-confirm-email-over = يُرجى طلب رسالة أخرى.

## صفحة: ربط حساب لدى مزوّد خدمة

page-connect-title = تأكيد بريدك الإلكتروني
page-connect-lead = اضغط على الزر ليتم تسجيل دخولك.
page-connect-named-title = ربط { $provider }
page-connect-named-lead = اضغط على الزر لتتمكن من الآن فصاعدًا من الدخول إلى حساب هذا البريد الإلكتروني باستخدام { $provider }.
page-connect-button = تأكيد وتسجيل الدخول
page-connect-done = تم تسجيل دخولك.
page-connect-over = يُرجى تسجيل الدخول عبر مزوّد الخدمة مرة أخرى.

## صفحة: رفض عنوان آخر

page-secure-title = حماية حسابك
page-secure-lead = إذا لم تطلب بريدًا إلكترونيًا آخر، فاضغط على الزر: سيتم تسجيل الخروج من جميع الأجهزة وإلغاء التغيير.
page-secure-button = تسجيل الخروج من جميع الأجهزة
page-secure-done = تم تسجيل الخروج من جميع الأجهزة. يُرجى اختيار كلمة مرور جديدة الآن: اذكر أنك نسيت القديمة.
page-secure-over = سبق تسجيل الخروج من جميع الأجهزة، أو تم التغيير بالفعل.

## صفحة: تسجيل الدخول

page-sign-in-title = تسجيل الدخول
page-sign-in-lead = مرحبًا بعودتك إلى { $product }.
page-sign-in-button = تسجيل الدخول
page-sign-in-done = تم تسجيل دخولك.
page-current-password = كلمة المرور
page-forgot-link = هل نسيت كلمة المرور؟
page-sign-up-link = إنشاء حساب

## صفحة: طلب حساب

page-sign-up-title = إنشاء حساب
page-sign-up-lead = ستصلك رسالة فيها رابط لتأكيد عنوانك.
page-sign-up-button = إنشاء الحساب
page-sign-up-done = أوشكت على الانتهاء: يُرجى فتح الرابط الموجود في الرسالة التي أرسلناها إليك في هذا المتصفح. ابحث أيضًا في مجلد الرسائل غير المرغوب فيها.
page-sign-in-link = لدي حساب بالفعل

## صفحة: حساب المستخدم

page-overview-title = حسابك
page-overview-sign-out = تسجيل الخروج
page-overview-devices = أجهزتك
page-overview-this-device = هذا الجهاز
page-overview-sign-out-all = تسجيل الخروج من كل الأجهزة
page-overview-password = تغيير كلمة المرور
page-overview-current-password = كلمة المرور الحالية
page-overview-password-button = تغيير كلمة المرور
page-overview-password-done = تغيّرت كلمة المرور. تم تسجيل الخروج من كل الأجهزة الأخرى.
page-overview-email = تغيير البريد الإلكتروني
page-new-email = البريد الإلكتروني الجديد
page-overview-email-button = إرسال الرسالة
page-overview-email-done = رسالة في طريقها إلى العنوان الجديد. يُرجى فتح رابطها في هذا المتصفح.
page-overview-identities = طرق أخرى لتسجيل الدخول
page-overview-link-provider = ربط { $provider }
page-overview-identities-button = متابعة
page-overview-delete = حذف حسابك
page-overview-delete-lead = يُسجَّل خروجك من كل الأجهزة. يستطيع المشغّل استعادة الحساب لفترة، ثم يُحذف نهائيًا.
page-overview-delete-sure = أريد حذف حسابي.
page-overview-delete-button = حذف الحساب
page-overview-deleted = تم حذف حسابك. تخبرك رسالة بالموعد الذي يمكن استعادته حتى حلوله.

## صفحة: الخادم نفسه

page-front-lead = هذا خادم الخدمة: تتواصل معه البرامج، ولا شيء هنا للعرض.
page-front-developers = للمطوّرين:
page-front-reference = مرجع واجهة البرمجة

## صفحات الأخطاء

error-nowhere-title = غير موجودة
error-nowhere-heading = الصفحة غير موجودة
error-nowhere-lead = خطأ 404: لا توجد صفحة بهذا العنوان. ربما كُتب العنوان خطأً، أو لم تعد الصفحة موجودة.
error-limited-title = طلبات كثيرة جدًا
error-limited-heading = طلبات كثيرة جدًا
error-limited-lead = خطأ 429: وصل من شبكتك عدد من الطلبات أكبر مما يقبله هذا الخادم في وقت واحد. يُرجى الانتظار قليلًا ثم المحاولة مرة أخرى.
error-broken-title = حدث خطأ ما
error-broken-heading = حدث خطأ من جانبنا
error-broken-lead = خطأ 500: أخطأ هذا الخادم، والخطأ مدوَّن في سجلّه.
error-unavailable-title = غير متاحة
error-unavailable-heading = الخدمة غير متاحة مؤقتًا
error-unavailable-lead = خطأ 503: لا يستطيع هذا الخادم الرد في الوقت الحالي. يُرجى الانتظار قليلًا ثم المحاولة مرة أخرى.
error-go-to-start = الانتقال إلى صفحة البداية
error-try-again = المحاولة مرة أخرى

## الرسائل: نصوص مشتركة

mail-lifetime-minutes =
    { $count ->
        [zero] { $count } دقيقة
        [one] دقيقة واحدة
        [two] دقيقتين
        [few] { $count } دقائق
        [many] { $count } دقيقة
       *[other] { $count } دقيقة
    }
mail-lifetime-hours =
    { $count ->
        [zero] { $count } ساعة
        [one] ساعة واحدة
        [two] ساعتين
        [few] { $count } ساعات
        [many] { $count } ساعة
       *[other] { $count } ساعة
    }
mail-link-hint = إذا لم يعمل الزر، فافتح هذا الرابط:

## رسالة: تأكيد البريد الإلكتروني

mail-verification-subject = تأكيد بريدك الإلكتروني لدى { $product }
mail-verification-before = طلب شخص ما، نأمل أنه أنت، إنشاء حساب لدى { $product } بهذا البريد الإلكتروني.
mail-verification-button = تأكيد البريد الإلكتروني
mail-verification-after = الرابط صالح لمدة { $lifetime }. إذا لم تطلب ذلك، فلا تفعل شيئًا: لن يُنشأ أي حساب.

## رسالة: المدير الأول

mail-setup-subject = إعداد { $product }
mail-setup-before = اختارك مشغّل { $product } لتكون المدير الأول. افتح الرابط، وأدخل هذا البريد الإلكتروني، واختر كلمة مرور.
mail-setup-button = اختيار كلمة مرور
mail-setup-after = الرابط صالح لمدة { $lifetime } ويعمل مرة واحدة. من يملكه يستطيع فعل كل شيء لدى { $product }، فلا تشاركه مع أحد. إذا لم تكن على علم بذلك، فلا تفعل شيئًا: لن يُنشأ أي حساب.

## رسالة: دعوة

mail-invitation-subject = لقد دُعيت إلى { $product }
mail-invitation-before = لقد دُعيت إلى حساب في { $product }. افتح الرابط واختر كلمة مرور ليصبح الحساب لك.
mail-invitation-button = إنشاء الحساب
mail-invitation-after = الرابط صالح لمدة { $lifetime } ويعمل مرة واحدة، ويحل محله رابط أحدث. إذا لم تكن تتوقع ذلك فلا تفعل شيئًا: لن يُنشأ أي حساب.

## رسالة: محاولة تسجيل بعنوان له حساب

mail-taken-subject = لديك حساب بالفعل لدى { $product }
mail-taken-before = حاول شخص ما، ربما أنت، التسجيل لدى { $product } بهذا البريد الإلكتروني، وله حساب بالفعل.
mail-taken-after = إذا كنت أنت، فسجّل الدخول. وإلا فلا تفعل شيئًا: لم يتغيّر حسابك.

## رسالة: اختيار كلمة مرور جديدة

mail-password-reset-subject = اختيار كلمة مرور جديدة لدى { $product }
mail-password-reset-before = طلب شخص ما، نأمل أنه أنت، اختيار كلمة مرور جديدة لحسابك لدى { $product }.
mail-password-reset-button = اختيار كلمة مرور جديدة
mail-password-reset-after = الرابط صالح لمدة { $lifetime } ويعمل مرة واحدة، ويحل محله أي رابط أحدث. اختيار كلمة المرور يسجّل خروجك من كل مكان. إذا لم تطلب ذلك، فلا تفعل شيئًا: لم تتغيّر كلمة المرور.

## رسالة: الأمر نفسه لحساب موقوف

mail-reset-suspended-subject = حسابك لدى { $product } موقوف
mail-reset-suspended-before = طلب شخص ما، ربما أنت، اختيار كلمة مرور جديدة لحسابك لدى { $product }.
mail-reset-suspended-after = الحساب موقوف، لذا لا تحتوي هذه الرسالة على رابط. يُرجى التواصل مع مشغّل { $product }.

## رسالة: تغيّرت كلمة المرور

mail-password-changed-subject = تم تغيير كلمة مرورك لدى { $product }
mail-password-changed-before = تم تغيير كلمة مرور حسابك لدى { $product }، وتسجيل الخروج من جميع الأجهزة. إذا كنت أنت من فعل ذلك، فلا حاجة لفعل شيء.
mail-password-changed-button = اختيار كلمة مرور جديدة
mail-password-changed-after = إذا لم تكن أنت، فاختر كلمة مرور جديدة فورًا.

## رسالة: إنهاء جلسة

mail-session-ended-subject = تم إنهاء جلسة لدى { $product }
mail-session-ended-before = استُخدم مفتاح دخول لإحدى جلساتك لدى { $product } مرة ثانية. يحدث ذلك عندما ينسخه شخص ما، لذا تم إنهاء الجلسة.
mail-session-ended-after = يُرجى تسجيل الدخول من جديد. إذا ظننت أن شخصًا آخر استخدم حسابك، فسجّل الخروج من كل مكان.

## رسالة: تأكيد عنوان آخر للحساب

mail-email-change-subject = تأكيد بريدك الإلكتروني الجديد لدى { $product }
mail-email-change-before = طلب شخص ما، نأمل أنه أنت، استخدام هذا البريد الإلكتروني لحساب لدى { $product }. افتح الرابط في متصفح سجّلت فيه الدخول إلى ذلك الحساب.
mail-email-change-button = تأكيد البريد الإلكتروني الجديد
mail-email-change-after = الرابط صالح لمدة { $lifetime } ويعمل مرة واحدة. إذا لم تطلب ذلك، فلا تفعل شيئًا: لن يُستخدم العنوان.

## رسالة: محاولة استخدام عنوان له حساب

mail-email-change-taken-subject = لديك حساب بالفعل لدى { $product }
mail-email-change-taken-before = طلب شخص ما، ربما أنت، استخدام هذا البريد الإلكتروني لحساب آخر لدى { $product }. لهذا العنوان حساب هناك بالفعل، لذا لم يتغيّر شيء.
mail-email-change-taken-after = إذا أردت استخدامه للحساب الآخر، فاحذف هذا الحساب أولًا أو امنحه عنوانًا آخر. إذا لم تطلب ذلك، فلا تفعل شيئًا.

## رسالة: طُلب عنوان آخر

mail-email-change-requested-subject = طُلب بريد إلكتروني جديد لدى { $product }
mail-email-change-requested-before = طلب شخص ما، نأمل أنه أنت، استخدام بريد إلكتروني آخر لحسابك لدى { $product }. يسري التغيير عند تأكيد ذلك العنوان. إذا كنت أنت، فلا حاجة لفعل شيء هنا.
mail-email-change-requested-button = لم أكن أنا: حماية الحساب
mail-email-change-requested-after = إذا لم تطلب ذلك، فافتح الرابط لتسجيل الخروج من جميع الأجهزة وإلغاء التغيير. الرابط صالح لمدة { $lifetime }. بعد ذلك اختر كلمة مرور جديدة.

## رسالة: تغيّر العنوان

mail-email-changed-subject = تم تغيير بريدك الإلكتروني لدى { $product }
mail-email-changed-before = أصبح لحسابك لدى { $product } بريد إلكتروني آخر. لم يعد هذا العنوان تابعًا له، وتم تسجيل الخروج من الأجهزة الأخرى.
mail-email-changed-after = إذا كنت أنت من فعل ذلك، فلا حاجة لفعل شيء. وإلا فتواصل مع مشغّل { $product } فورًا.

## رسالة: تأكيد عنوان حساب لدى مزوّد خدمة

mail-identity-subject = تأكيد بريدك الإلكتروني لدى { $product }
mail-identity-before = سجّل شخص ما، نأمل أنه أنت، الدخول إلى { $product } باستخدام { $provider }، الذي ذكر هذا البريد الإلكتروني. افتح الرابط في المتصفح نفسه لربطهما.
mail-identity-button = تأكيد وتسجيل الدخول
mail-identity-after = الرابط صالح لمدة { $lifetime } ويعمل مرة واحدة. إذا لم تكن أنت، فلا تفعل شيئًا: لن يُربط أي شيء.

## رسالة: استُخدم حساب موقوف عبر مزوّد خدمة

mail-identity-suspended-subject = حسابك لدى { $product } موقوف
mail-identity-suspended-before = سجّل شخص ما، ربما أنت، الدخول إلى { $product } باستخدام { $provider }، الذي ذكر هذا البريد الإلكتروني.
mail-identity-suspended-after = الحساب موقوف، لذا لا تحتوي هذه الرسالة على رابط. يُرجى التواصل مع مشغّل { $product }.

## رسالة: رُبط حساب لدى مزوّد خدمة

mail-identity-linked-subject = أصبح { $provider } مرتبطًا بحسابك لدى { $product }
mail-identity-linked-before = يمكنك من الآن فصاعدًا الدخول إلى حسابك لدى { $product } باستخدام { $provider }. إذا كنت أنت من فعل ذلك، فلا حاجة لفعل شيء.
mail-identity-linked-button = اختيار كلمة مرور جديدة
mail-identity-linked-after = إذا لم تكن أنت، فاختر كلمة مرور جديدة فورًا وأزل { $provider } من حسابك.

## رسالة: أُزيل حساب لدى مزوّد خدمة

mail-identity-removed-subject = لم يعد { $provider } مرتبطًا بحسابك لدى { $product }
mail-identity-removed-before = لم يعد بإمكانك الدخول إلى حسابك لدى { $product } باستخدام { $provider }. إذا كنت أنت من فعل ذلك، فلا حاجة لفعل شيء.
mail-identity-removed-button = اختيار كلمة مرور جديدة
mail-identity-removed-after = إذا لم تكن أنت، فاختر كلمة مرور جديدة فورًا.

## رسالة: تسجيل دخول من جهاز جديد

mail-new-device-subject = تسجيل دخول جديد إلى حسابك لدى { $product }
mail-new-device-before =
    سجّل شخص ما، نأمل أنه أنت، الدخول إلى حسابك لدى { $product } من جهاز لم يُستخدم من قبل.

    الجهاز: { $device }
    عنوان الشبكة: { $ip }
    الوقت: { $time }

    إذا كنت أنت، فلا حاجة لفعل شيء.
mail-new-device-unknown = غير معروف
mail-new-device-button = اختيار كلمة مرور جديدة
mail-new-device-after = إذا لم تكن أنت، فاختر كلمة مرور جديدة فورًا: سيتم بذلك تسجيل الخروج من جميع الأجهزة.

## رسالة: حُذف الحساب

mail-account-deleted-subject = تم حذف حسابك لدى { $product }
mail-account-deleted-before = تم حذف حسابك لدى { $product }، وتسجيل الخروج من جميع الأجهزة.
mail-account-deleted-after =
    حتى { $until } يستطيع مشغّل { $product } استعادته، ولا يستطيع أحد التسجيل بهذا البريد الإلكتروني. بعد ذلك تُزال جميع بياناته، ويصبح العنوان متاحًا من جديد.

    إذا لم تكن أنت، فتواصل مع مشغّل { $product } قبل ذلك.

## رسالة: استُخدم عنوان حساب محذوف

mail-used-while-deleted-subject = تم حذف حسابك لدى { $product }
mail-used-while-deleted-before = أراد شخص ما، ربما أنت، استخدام هذا البريد الإلكتروني لدى { $product }. وهو تابع لحساب محذوف.
mail-used-while-deleted-after = حتى { $until } يستطيع مشغّل { $product } استعادة الحساب، وبعد ذلك يمكنك التسجيل بالعنوان من جديد. إذا لم تكن أنت، فلا تفعل شيئًا.

## رسالة: المشغّل يختبر خادم البريد

mail-test-subject = يستطيع { $product } إرسال البريد
mail-test-before = طلب مشغّل { $product } رسالة الاختبار هذه.
mail-test-after = أُرسلت إليك وحدك، ولا حاجة لفعل شيء.
