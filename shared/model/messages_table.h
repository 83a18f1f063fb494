/*
 * messages_table.h: MESSAGE(id, English, Vietnamese). The texts are the product's own words: changing one
 * changes what users read everywhere. {places} are filled by message_format(); a place may be named as one
 * likes, but {provider} and {region} hold ids and are shown as names ({provider} without a value: KiotProxy).
 */
/* Signing in. */
MESSAGE("err.login", "Wrong user name or password.", "Sai tên đăng nhập hoặc mật khẩu.")
MESSAGE("err.login_limited", "Too many tries. Try again in {s} s.",
	"Thử sai quá nhiều lần. Thử lại sau {s} giây.")
MESSAGE("err.session", "Your session ended. Sign in to go on.",
	"Phiên đăng nhập đã hết hạn. Đăng nhập lại để tiếp tục.")
MESSAGE("err.no_session", "Sign in, or send Authorization: Bearer <token>.",
	"Đăng nhập, hoặc gửi Authorization: Bearer <token>.")
MESSAGE("err.not_bearer", "The header Authorization must read: Bearer <token>.",
	"Header Authorization phải có dạng: Bearer <token>.")
MESSAGE("err.session_only", "This needs a person who signed in with a password; an API token may not do it.",
	"Việc này cần người dùng đăng nhập bằng mật khẩu; API token không làm được.")
MESSAGE("err.read_only", "This API token may only read.", "API token này chỉ được xem.")
MESSAGE("err.future", "Must lie in the future.", "Phải là thời điểm trong tương lai.")
MESSAGE("err.password_length",
	"A password of {min} to {max} characters; a short sentence is easy to remember.",
	"Mật khẩu từ {min} đến {max} ký tự; một câu ngắn rất dễ nhớ.")
MESSAGE("err.password_is_name", "The password must not be the user name.",
	"Mật khẩu không được trùng tên đăng nhập.")
MESSAGE("err.password_common",
	"This password is among the first that guessers try. Take one that is not a common word with numbers.",
	"Mật khẩu này nằm trong số những mật khẩu bị đoán đầu tiên. Chọn mật khẩu không phải từ thông dụng kèm số.")
MESSAGE("err.old_password", "The old password is wrong.", "Mật khẩu cũ không đúng.")
MESSAGE("err.user_unknown", "There is no such user.", "Không có người dùng này.")
MESSAGE("err.user_taken", "There is a user of this name already.", "Tên đăng nhập này đã có người dùng.")
MESSAGE("err.last_admin", "This is the last active administrator. Make another one first.",
	"Đây là quản trị viên cuối cùng đang hoạt động. Tạo quản trị viên khác trước.")
MESSAGE("err.user_has_proxies", "This user has {n} proxies. Say with reassign_to who gets them.",
	"Người dùng này đang phụ trách {n} proxy. Chọn người nhận bằng reassign_to.")
MESSAGE("msg.login_failed", "Failed logins from {address} within an hour: {count}.",
	"Số lần đăng nhập sai từ {address} trong một giờ: {count}.")
MESSAGE("err.token_name", "1 to 64 bytes of printable characters, on one line.",
	"1 đến 64 byte ký tự hiển thị được, trên một dòng.")
MESSAGE("err.forbidden", "Your account may not do this.", "Tài khoản của bạn không có quyền làm việc này.")
/* The provider and its keys. */
MESSAGE("err.key_invalid", "{provider} does not know this key. Check it, or replace it.",
	"{provider} không nhận ra key này. Kiểm tra lại key hoặc bấm Thay key.")
MESSAGE("err.key_expired",
	"The key's subscription ended. Renew it at {provider} and press Check again, or replace it.",
	"Key đã hết hạn. Gia hạn trên {provider} rồi bấm Kiểm tra lại, hoặc bấm Thay key.")
MESSAGE("err.key_duplicate", "This key is already used by {proxy}.", "Key này đã dùng cho {proxy}.")
MESSAGE("err.key_in_use", "This key is already in use.", "Key này đã được sử dụng.")
MESSAGE("err.key_replaced", "This proxy's key was replaced meanwhile.", "Key của proxy này vừa được thay.")
MESSAGE("err.new_key_refused", "The provider refused the new key; the old one stays.",
	"Nhà cung cấp không nhận key mới; vẫn giữ key cũ.")
MESSAGE("msg.key_tried", "The new key is being tried; until the provider takes it, the old one stays.",
	"Đang thử key mới; key cũ vẫn dùng cho đến khi nhà cung cấp nhận key mới.")
MESSAGE("msg.key_waits", "The new key is tried when the proxy goes on; until then the old one stays.",
	"Key mới sẽ được thử khi proxy chạy tiếp; đến lúc đó vẫn giữ key cũ.")
MESSAGE("err.key_repeated", "This key stands in line {line} already.", "Key này đã có ở dòng {line}.")
MESSAGE("err.proxy_repeated", "Line {line} gives this proxy another new key already.",
	"Dòng {line} đã đặt key mới khác cho proxy này.")
MESSAGE("err.cooldown", "{provider} allows the next change in {s} s. Schedule it to change on time.",
	"{provider} cho đổi IP sau {s} giây nữa. Bấm Hẹn đổi IP để tự đổi đúng lúc.")
MESSAGE("err.same_ip", "{provider} gave the same IP again ({ip}). Next try in {s} s.",
	"{provider} trả lại IP cũ ({ip}). Thử lại sau {s} giây.")
MESSAGE("err.no_stock",
	"{provider} is out of IPs in {region}. Trying again in {s} s; another region may work now.",
	"{provider} tạm hết IP ở {region}. Tự thử lại sau {s} giây; có thể chọn khu vực khác.")
MESSAGE("err.rate_limited", "{provider} limits our calls. Trying again at {time}.",
	"{provider} đang giới hạn số lần gọi. Tự thử lại lúc {time}.")
MESSAGE("err.transient", "{provider} does not answer. The current IP stays in use; trying again in {s} s.",
	"{provider} không trả lời. IP hiện tại vẫn được giữ; tự thử lại sau {s} giây.")
MESSAGE("err.not_offered", "This provider cannot be asked for that.",
	"Nhà cung cấp này không hỗ trợ thao tác đó.")
MESSAGE("err.firewall", "{provider}'s firewall refused this server (403). The key may be fine.",
	"Tường lửa {provider} từ chối máy chủ này (403). Key có thể vẫn đúng.")
MESSAGE("err.unhealthy", "No answer through this IP, twice in a row.",
	"Hai lần liên tiếp không truy cập được qua IP này.")
MESSAGE("err.exit_ip", "Pages see {ip}, but {provider} named {expected}.",
	"Trang web thấy {ip}, còn {provider} báo {expected}.")
MESSAGE("err.failures_held",
	"{failing} of {of} upstreams fail at once: rather our own network or the page that is asked for. None is replaced for that until it is over.",
	"{failing}/{of} proxy nguồn lỗi cùng lúc: có thể do mạng máy chủ hoặc trang kiểm tra. Tạm không tự đổi IP vì lỗi cho đến khi hết.")
MESSAGE("err.no_ip_yet", "The provider has not given this proxy an IP yet.",
	"Nhà cung cấp chưa cấp IP cho proxy này.")
MESSAGE("err.no_upstream", "The IP expired. Press Rotate for a new one.",
	"IP đã hết hạn. Bấm Đổi IP để lấy IP mới.")
/* Clients of the endpoints. */
MESSAGE("err.auth_407", "Sign in with user {user} and the proxy password, or allow your address {ip}.",
	"Nhập user {user} và mật khẩu proxy, hoặc thêm IP {ip} vào IP được phép.")
MESSAGE("err.auth_407_shared", "This port needs a user name (such as proxy1) and password.",
	"Port này cần user (ví dụ proxy1) và mật khẩu proxy.")
MESSAGE("err.not_a_website",
	"This is a proxy, not a website. Put {host}:{port} into your tool's proxy settings.",
	"Đây là địa chỉ proxy, không phải trang web. Dán {host}:{port} vào phần cài đặt proxy của công cụ.")
MESSAGE("err.https_absolute", "Use CONNECT for https addresses (axios: https-proxy-agent).",
	"Với địa chỉ https, công cụ phải dùng CONNECT (axios: https-proxy-agent).")
MESSAGE("err.paused", "This proxy is paused.", "Proxy này đang tạm dừng.")
MESSAGE("err.quota", "The month's limit is used up ({used} of {limit}).",
	"Đã dùng hết hạn mức tháng ({used}/{limit}).")
/* Forms. */
MESSAGE("err.port_range", "No port left in {a}–{b}; use user and password on port {p}.",
	"Hết port trong dải {a}–{b}; dùng user và mật khẩu qua port {p}.")
MESSAGE("err.password_chars", "No spaces and none of : @ | /",
	"Mật khẩu không được có dấu cách và các ký tự : @ | /")
MESSAGE("err.password_ascii", "Only letters without marks (a–z, A–Z), digits and signs.",
	"Mật khẩu chỉ gồm chữ không dấu (a–z, A–Z), số và ký hiệu.")
MESSAGE("err.interval_min", "At least 2 minutes.", "Tối thiểu 2 phút.")
MESSAGE("msg.import", "{ok} of {n} keys added; {bad} kept below to try again.",
	"Đã thêm {ok}/{n} key; {bad} key lỗi được giữ bên dưới để thử lại.")
MESSAGE("msg.import_preview", "{ok} of {n} keys can be added; {bad} cannot.",
	"Có thể thêm {ok}/{n} key; {bad} key không thêm được.")
MESSAGE("msg.settings", "Changed: {changed}.", "Đã đổi: {changed}.")
MESSAGE("msg.delete", "Delete {n}? They stop at once; undo within 24 hours.",
	"Xóa {n} proxy? Địa chỉ sẽ ngừng ngay; hoàn tác được trong 24 giờ.")
MESSAGE("msg.offline", "Connection lost at {time}. Figures may be old.",
	"Mất kết nối từ {time}. Số liệu có thể cũ.")
MESSAGE("msg.simulator", "Simulator: keys and IPs are not real.", "Chế độ mô phỏng: key và IP không có thật.")
MESSAGE("err.notify",
	"Could not send to {channel}: {cause}. The network may block it; set a proxy for notices.",
	"Không gửi được tới {channel}: {cause}. Mạng máy chủ có thể đang chặn; đặt proxy gửi thông báo.")
MESSAGE("err.notify_refused", "Not sent to {channel}: {cause}", "Chưa gửi tới {channel}: {cause}")
MESSAGE("err.unknown", "Something unexpected happened. Request {id}.",
	"Có lỗi ngoài dự kiến. Mã yêu cầu: {id}.")
/* Notices: what happened to a proxy, after its name and a colon, or after "37 proxies". */
MESSAGE("notice.unhealthy", "unhealthy", "lỗi kết nối")
MESSAGE("notice.no_upstream", "no IP", "chưa có IP")
MESSAGE("notice.rotation_failed", "could not rotate", "không đổi được IP")
MESSAGE("notice.key_invalid", "invalid key", "key sai")
MESSAGE("notice.key_expired", "key expired", "key hết hạn")
MESSAGE("notice.quota_reached", "quota reached", "hết hạn mức")
MESSAGE("notice.key_expiring", "key about to end", "key sắp hết hạn")
MESSAGE("notice.same_ip", "same IP again", "vẫn IP cũ")
MESSAGE("notice.recovered", "working again", "đã hoạt động lại")
MESSAGE("notice.rotated", "rotated", "đã đổi IP")
MESSAGE("notice.many", "{n} proxies {what}: ", "{n} proxy {what}: ")
MESSAGE("notice.days_left", "{days} d left", "còn {days} ngày")
MESSAGE("notice.test", "A test from the channel {channel}: notices will come here.",
	"Tin thử của kênh {channel}: thông báo sẽ đến đây.")
MESSAGE("err.notice_url", "Write it as https://host/path.", "Nhập dạng https://tên_miền/đường_dẫn.")
MESSAGE("err.notice_http", "Write it as https://host/path; plain http only where NOTIFY_ALLOW_PRIVATE allows it.",
	"Nhập dạng https://tên_miền/đường_dẫn; chỉ dùng http khi bật NOTIFY_ALLOW_PRIVATE.")
MESSAGE("err.notice_link_local", "Notices never go to link-local addresses (169.254.0.0/16, fe80::/10).",
	"Không bao giờ gửi thông báo tới địa chỉ link-local (169.254.0.0/16, fe80::/10).")
MESSAGE("err.notice_private",
	"Notices go to public addresses only, unless NOTIFY_ALLOW_PRIVATE allows others.",
	"Chỉ gửi thông báo tới địa chỉ công khai, trừ khi bật NOTIFY_ALLOW_PRIVATE.")
MESSAGE("err.bot_token", "Paste the token as @BotFather gives it, such as 123456:ABC-def.",
	"Dán token như @BotFather cấp, ví dụ 123456:ABC-def.")
MESSAGE("err.chat_id", "A chat's number, such as -1001234567890, or @channelname.",
	"Nhập số của chat, ví dụ -1001234567890, hoặc @tên_kênh.")
/* Values that a form or a program sent. {field} is the member's name. */
MESSAGE("err.type", "{field} must be {wanted}.", "{field} phải là {wanted}.")
MESSAGE("err.unknown_field", "There is no field {field}.", "Không có trường {field}.")
MESSAGE("err.unknown_parameter", "There is no parameter {field}.", "Không có tham số {field}.")
MESSAGE("err.not_settable", "{field} is set by the server; it cannot be written.",
	"{field} do hệ thống đặt, không ghi được.")
MESSAGE("err.only_at_creation", "{field} is given when the proxy is created; it cannot be changed later.",
	"{field} chỉ nhập khi tạo proxy, sau đó không đổi được.")
MESSAGE("err.static_no_key", "{field} does not go with provider static: a fixed upstream has no key.",
	"{field} không dùng với provider static: proxy nguồn cố định không có key.")
MESSAGE("err.not_both", "{field} and {wanted}: one of the two, not both.",
	"{field} và {wanted}: chỉ nhập một trong hai.")
MESSAGE("err.required", "{field} is missing.", "Thiếu {field}.")
MESSAGE("err.range", "A number from {min} to {max}.", "Nhập số từ {min} đến {max}.")
MESSAGE("err.text_length", "{min} to {max} characters.", "Từ {min} đến {max} ký tự.")
MESSAGE("err.text_chars", "Only printable characters, on one line.",
	"Chỉ dùng ký tự hiển thị được, trên một dòng.")
MESSAGE("err.key_chars", "1 to 128 letters, digits or signs, no spaces.",
	"Key gồm 1 đến 128 chữ, số hoặc dấu, không có dấu cách.")
MESSAGE("err.choice", "{value} is not one of: {wanted}.", "{value} không nằm trong: {wanted}.")
MESSAGE("err.subdomain", "Small letters, digits and hyphens, at most 63.",
	"Chỉ dùng chữ thường, số và dấu gạch ngang, tối đa 63 ký tự.")
MESSAGE("err.username", "1 to 64 letters, digits and . _ - @", "1 đến 64 chữ, số và các ký tự . _ - @")
MESSAGE("err.too_many", "At most {max} entries.", "Tối đa {max} mục.")
MESSAGE("err.allow_cidr", "{value} is not an IP address or block, such as 203.0.113.5 or 203.0.113.0/24.",
	"{value} không phải IP hoặc dải IP, ví dụ 203.0.113.5 hoặc 203.0.113.0/24.")
MESSAGE("err.allow_host_bits",
	"{value} is neither one address nor a whole block: leave out the /, or write the block's first address, such as 203.0.113.0/24.",
	"{value} không phải một IP hay trọn một dải: bỏ phần sau /, hoặc nhập IP đầu của dải, ví dụ 203.0.113.0/24.")
MESSAGE("err.time", "Not a time such as 2026-01-31T12:00:00Z, nor a date such as 31/01/2026.",
	"Không phải thời gian dạng 2026-01-31T12:00:00Z hoặc ngày dạng 31/01/2026.")
MESSAGE("err.upstream_url", "Write it as http://address:port or http://user:password@address:port.",
	"Nhập dạng http://địa_chỉ:port hoặc http://user:mật_khẩu@địa_chỉ:port.")
MESSAGE("err.upstream_name", "Give the upstream's IP address: names are not looked up for traffic.",
	"Nhập địa chỉ IP của proxy nguồn: hệ thống không tra tên miền cho lưu lượng.")
MESSAGE("err.upstream_private", "{value} is not a public address.", "{value} không phải địa chỉ công khai.")
MESSAGE("err.not_static", "Only proxies of the provider static have an upstream of their own.",
	"Chỉ proxy có nhà cung cấp static mới có proxy nguồn riêng.")
MESSAGE("err.date", "{value} is not a date such as 31/01/2027 or 2027-01-31.",
	"{value} không phải ngày dạng 31/01/2027 hoặc 2027-01-31.")
MESSAGE("err.import_columns", "More than five columns; they are: key, name, region, tags, paid until.",
	"Nhiều hơn năm cột; thứ tự cột: key, tên, khu vực, nhãn, hạn key.")
MESSAGE("err.import_empty", "There is no key in it.", "Không có key nào.")
MESSAGE("err.pair", "Write the old key or the proxy's name, a blank, and the new key.",
	"Mỗi dòng gồm key cũ hoặc tên proxy, dấu cách, rồi key mới.")
MESSAGE("err.no_plan_days", "How many days its key is sold for is not known; give days or a date.",
	"Chưa biết gói key bao nhiêu ngày; nhập số ngày hoặc ngày hết hạn.")
/* REST. */
MESSAGE("err.bad_request", "The request cannot be read.", "Không đọc được yêu cầu.")
MESSAGE("err.not_found", "There is nothing here by that name.", "Không tìm thấy.")
MESSAGE("err.upgrade", "This address is a WebSocket's: connect with Upgrade: websocket.",
	"Đây là địa chỉ WebSocket: kết nối với Upgrade: websocket.")
MESSAGE("err.method", "This address does not take that method.", "Địa chỉ này không nhận phương thức đó.")
MESSAGE("err.cross_site", "The request came from another site.", "Yêu cầu đến từ trang khác nên bị từ chối.")
MESSAGE("err.body_too_large", "The request is too large.", "Yêu cầu quá lớn.")
MESSAGE("err.store_away", "The database does not answer. Proxies go on working; try again in {s} s.",
	"Cơ sở dữ liệu không trả lời. Proxy vẫn chạy; thử lại sau {s} giây.")
MESSAGE("err.busy", "Too much at once. Try again in {s} s.", "Đang quá tải. Thử lại sau {s} giây.")
MESSAGE("err.endpoint_unreachable", "{target} cannot be reached from here: {cause}",
	"Không kết nối được {target}: {cause}")
MESSAGE("err.endpoint_answer", "{target} answered {status}: {said}", "{target} trả lời {status}: {said}")
MESSAGE("err.no_way", "No relay offers a way to this endpoint now.",
	"Hiện không có máy chủ proxy nào phục vụ địa chỉ này.")
MESSAGE("err.no_socks5", "No relay speaks SOCKS5 here: take a form for HTTP, such as http_url or host_port_user_pass.",
	"Hiện không có máy chủ proxy nào hỗ trợ SOCKS5: chọn định dạng HTTP, ví dụ http_url hoặc host_port_user_pass.")
MESSAGE("err.static", "This proxy's upstream is fixed; it does not rotate.",
	"Proxy này dùng nguồn cố định nên không đổi IP được.")
MESSAGE("err.not_scheduled", "No rotation is scheduled.", "Không có lần đổi IP nào đang hẹn.")
MESSAGE("err.no_domain",
	"DOMAIN is not set, or is an IP address: endpoints have no names, so DNS needs no records.",
	"DOMAIN chưa đặt hoặc là địa chỉ IP: proxy không có tên miền nên không cần bản ghi DNS.")
MESSAGE("err.name_taken", "{value} is already taken.", "{value} đã có người dùng.")
MESSAGE("err.limit", "The limit of {max} is reached.", "Đã đạt giới hạn {max}.")
MESSAGE("err.idempotency", "This Idempotency-Key was used for another request.",
	"Idempotency-Key này đã dùng cho yêu cầu khác.")
/* Moving in. {value} is a name. */
MESSAGE("import.no_object", "It is no object with members.", "Không phải đối tượng JSON.")
MESSAGE("import.field", "It has no usable {value}.", "Thiếu {value} hợp lệ.")
MESSAGE("import.twice", "The file has it twice; the first one counts.",
	"Bị trùng trong tệp; chỉ lấy mục đầu tiên.")
MESSAGE("import.key_taken", "Its key is already used by {value}.", "Key này đã dùng cho {value}.")
MESSAGE("import.name_taken", "{value} belongs to another proxy here.",
	"{value} đã thuộc về proxy khác ở đây.")
MESSAGE("import.user_kept", "A user of that name is here with another password, which stays.",
	"Đã có người dùng trùng tên với mật khẩu khác; mật khẩu ở đây được giữ nguyên.")
MESSAGE("import.user_replaced", "A user of that name was here and has the password that was brought now.",
	"Người dùng trùng tên ở đây nay dùng mật khẩu trong bản sao lưu.")
MESSAGE("import.token_taken", "Its user has another token of that name here.",
	"Người dùng này đã có token trùng tên ở đây.")
MESSAGE("import.channel_taken", "Another channel has its id here.", "Kênh khác ở đây đã dùng mã này.")
MESSAGE("import.not_empty", "{n} proxies here are not those of the backup; restore onto an empty host.",
	"Ở đây có {n} proxy không thuộc bản sao lưu; hãy khôi phục lên máy chủ trống.")
MESSAGE("import.not_opened", "The backup cannot be opened.", "Không mở được bản sao lưu.")
MESSAGE("import.log_old", "Only the newest 5,000 lines of history are taken.",
	"Chỉ lấy 5.000 dòng lịch sử mới nhất.")
MESSAGE("import.log_full", "The history here is too long to put older lines between.",
	"Lịch sử ở đây đã quá dài để chèn thêm dòng cũ.")
MESSAGE("import.log", "{text}", "{text}")
/* The change-IP link. Tools look for the seconds behind "sau". */
MESSAGE("link.cooldown", "The next change is allowed in {s} s.", "Vui lòng đổi IP sau {s} giây.")
MESSAGE("link.limited", "The provider limits our calls; ask again in {s} s.",
	"Nhà cung cấp đang giới hạn số lần gọi, thử lại sau {s} giây.")
MESSAGE("link.running", "The IP is being changed; ask again in {s} s.", "Đang đổi IP, xem lại sau {s} giây.")
MESSAGE("link.unknown", "There is no such change-IP link, or it was taken back.",
	"Link đổi IP này không tồn tại hoặc đã bị thu hồi.")
MESSAGE("link.preview", "A preview changes no IP; open the link itself.",
	"Xem trước không đổi IP; hãy mở chính link này.")
MESSAGE("err.not_restorable", "There is no deleted proxy by that number; one can be restored for 24 hours.",
	"Không có proxy đã xóa nào với số này; chỉ khôi phục được trong 24 giờ sau khi xóa.")
/* A relay's answers to clients. */
MESSAGE("err.target_refused", "This address may not be reached through the proxy.",
	"Không được truy cập địa chỉ này qua proxy.")
MESSAGE("err.endpoint_unknown", "There is no such proxy.", "Không có proxy này.")
MESSAGE("err.endpoint_conflict", "Port, address and name belong to different proxies.",
	"Port, địa chỉ và tên thuộc về các proxy khác nhau.")
MESSAGE("err.upstream_refused", "The upstream cannot be reached now.", "Hiện không kết nối được proxy nguồn.")
MESSAGE("err.upstream_answer", "The upstream refused the request.", "Proxy nguồn từ chối yêu cầu.")
MESSAGE("err.upstream_slow", "The upstream did not answer in time.", "Proxy nguồn trả lời quá chậm.")
MESSAGE("err.too_many_connections", "Too many connections at once.", "Quá nhiều kết nối cùng lúc.")
MESSAGE("err.head_slow", "The request did not arrive in time.", "Yêu cầu đến quá chậm.")
