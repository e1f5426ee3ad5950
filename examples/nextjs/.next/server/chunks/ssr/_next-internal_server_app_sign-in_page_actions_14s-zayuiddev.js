module.exports=[94784,a=>{"use strict";a.s([])}];

//# sourceMappingURL=_next-internal_server_app_sign-in_page_actions_14s-zayuiddev.js.map